"""PyTorch, Pillow, a DataLoader with two workers and forward hooks: the usual implementation of the paper's method.

usage: torch_peer.py score|fit|engine TASK.json

`score` writes a line for each image. `fit` writes the NormRatio of every block and the threshold. `engine` writes the images per
second of the hooked network on prepared tensors. speed.py writes TASK.json: network, model, images, preprocessing, batch, block,
calibration.
"""

import json
import sys
import time

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from images import Preprocessing, files_in
from results import Lines
from torch_networks import Measured

WORKERS = 2


class Images(Dataset):
    def __init__(self, task, jigsaws=False):
        self.files, self.preprocessing = files_in(task["images"]), Preprocessing(task["preprocessing"])
        self.jigsaws = jigsaws

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        image = torch.from_numpy(self.preprocessing(self.files[index]))
        return (image, jigsaw(image)) if self.jigsaws else image


def jigsaw(image, grid=3):
    """The image cut into grid x grid tiles, in random order. The remaining pixels at the right and at the bottom are zero."""
    height, width = image.shape[1] // grid, image.shape[2] // grid
    result = torch.zeros_like(image)
    for place, tile in enumerate(torch.randperm(grid * grid).tolist()):
        (y, x), (v, u) = divmod(place, grid), divmod(tile, grid)
        result[:, y * height : (y + 1) * height, x * width : (x + 1) * width] = image[
            :, v * height : (v + 1) * height, u * width : (u + 1) * width
        ]
    return result


def batches(task, **options):
    return DataLoader(Images(task, **options), batch_size=task["batch"], num_workers=WORKERS)


def score(task):
    network = Measured(task["network"], task["model"], [task["block"]])
    lines = Lines(task["calibration"])
    files = iter(files_in(task["images"]))
    for images in batches(task):
        logits, norms = network(images)
        lines.write([next(files) for _ in images], norms[:, 0].numpy(), logits.numpy())


def fit(task):
    """NormRatio over all images, and the threshold of the selected block."""
    network = Measured(task["network"], task["model"])
    norms, pseudo = [], []
    for images, jigsaws in batches(task, jigsaws=True):
        norms.append(network(images)[1])
        pseudo.append(network(jigsaws)[1])
    norms, pseudo = torch.cat(norms), torch.cat(pseudo)
    ratios = (norms / pseudo).mean(0)
    block = int(ratios.argmax())
    threshold = float(np.quantile(norms[:, block].numpy(), 0.05))
    print(json.dumps({"norm_ratios": ratios.tolist(), "block": block, "threshold": threshold}))


def engine(task):
    network = Measured(task["network"], task["model"], [task["block"]])
    images = torch.rand(task["batch"], *task["shape"])
    network(images)
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < task["seconds"]:
        network(images)
        done += len(images)
    print(json.dumps({"images_per_second": done / (time.perf_counter() - start)}))


if __name__ == "__main__":
    with open(sys.argv[2]) as file, torch.inference_mode():
        {"score": score, "fit": fit, "engine": engine}[sys.argv[1]](json.load(file))
