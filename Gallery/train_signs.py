"""Divides traffic signs into folders, trains a small classifier on some of them, and exports it as ONNX.

usage: PYTHONPATH=Training train_signs.py SIGNS OUTPUT

SIGNS has a folder for each kind of sign. The kinds whose number ends in 0 or 5 become OUTPUT/unseen; the classifier never sees them.
Of the others, a random 55 % become OUTPUT/train, and half of the rest each OUTPUT/calibration and OUTPUT/test.
"""

import random
import shutil
import sys
from pathlib import Path

try:
    import numpy as np
    import torch
    from cifar_networks import resnet18
    from onnx_export import export
    from PIL import Image
    from torch.nn import functional
except ImportError as missing:
    sys.exit(f"train_signs.py: {missing}: pip install torch==2.13.0 onnx==1.23.2 numpy==2.4.6 pillow==13.0.0")

EPOCHS, BATCH, RATE = 60, 64, 0.1


def divide(signs, output):
    draw = random.Random(1)
    for file in sorted(signs.rglob("*.png")):
        kind = file.parent.name
        part = draw.choices(["train", "calibration", "test"], [55, 22.5, 22.5])[0]
        target = output / ("unseen" if kind[-1] in "05" else part) / kind
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)


def load(folder, kinds):
    files = sorted(folder.rglob("*.png"))
    pixels = np.stack([np.asarray(Image.open(file).convert("RGB")) for file in files])
    labels = torch.tensor([kinds.index(file.parent.name) for file in files])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2) / 127.5 - 1, labels


def varied(images):
    """Each turned, moved and scaled a little, and brighter or darker."""
    count = len(images)
    angle = torch.empty(count).uniform_(-0.2, 0.2)
    scale = torch.empty(count).uniform_(0.85, 1.15)
    shift = torch.empty(count, 2).uniform_(-0.12, 0.12)
    rows = [scale * angle.cos(), -scale * angle.sin(), shift[:, 0], scale * angle.sin(), scale * angle.cos(), shift[:, 1]]
    grid = functional.affine_grid(torch.stack(rows, 1).view(-1, 2, 3), images.shape, align_corners=False)
    bent = functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
    return ((bent + 1) * torch.empty(count, 1, 1, 1).uniform_(0.6, 1.4) - 1).clamp(-1, 1)


def main(signs, output):
    divide(signs, output)
    kinds = sorted(folder.name for folder in (output / "train").iterdir())
    (output / "labels.txt").write_text("".join(f"{kind}\n" for kind in kinds))
    torch.manual_seed(1)
    images, labels = load(output / "train", kinds)
    network = resnet18(width=16, classes=len(kinds))
    steps = EPOCHS * (len(images) // BATCH)
    descent = torch.optim.SGD(network.parameters(), RATE, momentum=0.9, weight_decay=5e-4, nesterov=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(descent, RATE, total_steps=steps)
    for epoch in range(1, EPOCHS + 1):
        for rows in torch.randperm(len(images)).split(BATCH)[: len(images) // BATCH]:
            loss = functional.cross_entropy(network(varied(images[rows])), labels[rows])
            descent.zero_grad()
            loss.backward()
            descent.step()
            schedule.step()
        if epoch % 10 == 0:
            print(f"epoch {epoch} of {EPOCHS}: loss {loss.item():.3f}", flush=True)
    export(network, (torch.zeros(2, 3, 32, 32),), output / "classifier.onnx", dynamo=False, opset=17)


if len(sys.argv) != 3:
    sys.exit(__doc__)
main(Path(sys.argv[1]), Path(sys.argv[2]))
