"""The networks of the checks of `diagnose` and `assess`, with images that they were not trained on."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy
from faults import Pipeline
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ODDITY_DATA", ROOT.parent / "shared/data"))
ODDITY = os.environ.get("ODDITY", str(ROOT / ".build/release/oddity"))

CIFAR = Pipeline("RGB", 32, None, (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))
FASHION = Pipeline("L", 28, None, (0.286,), (0.353,))
LITE = Pipeline("RGB", 224, 256, (127 / 255,) * 3, (128 / 255,) * 3, Image.Resampling.BICUBIC)


@dataclass(frozen=True)
class Network:
    """A classifier with images that it was not trained on, and images of other kinds."""

    model: Path
    pipeline: Pipeline
    preprocess: str
    images: Path
    others: tuple[Path, ...]


def cifar(model: str) -> Network:
    others = ("near-cifar100", "textures", "sun", "gtsrb", "mnist")
    files = tuple(DATA / f"cifar10/{name}.tar.gz" for name in others)
    return Network(ROOT / model, CIFAR, "cifar", DATA / "cifar10/test.tar.gz", files)


def fashion(model: str) -> Network:
    preprocess = str(ROOT / "Demo/networks/preprocess.json")
    return Network(ROOT / f"Demo/networks/{model}.onnx", FASHION, preprocess, ROOT / ".demo/test.tar", (ROOT / ".demo/stamps",))


NETWORKS = {
    "ResNet-18": cifar("Training/full/results/resnet18-seed1.onnx"),
    "VGG-11": cifar("Training/full/results/vgg11-seed1.onnx"),
    "ResNet-18 half width": cifar("Training/networks/resnet18-w32.onnx"),
    "ResNet-18 quarter width": cifar("Training/networks/resnet18-w16.onnx"),
    "ResNet-18 label smoothing": cifar("Training/networks/resnet18-w16-smoothing.onnx"),
    "ResNet-18 mixup": cifar("Training/networks/resnet18-w16-mixup.onnx"),
    "MobileNetV3": cifar("Training/networks/mobilenetv3.onnx"),
    "ResNet-18 (demo)": fashion("resnet18"),
    "VGG-11 (demo)": fashion("vgg11"),
    "EfficientNet-Lite0": Network(
        ROOT / ".benchmarks/efficientnet-lite0.onnx", LITE, str(ROOT / ".benchmarks/efficientnet-lite0.preprocess.json"),
        DATA / "imagenet-sample.tar", (DATA / "imagenet-ood-textures.tar", DATA / "imagenet-ood-sun.tar"),
    ),
}


def pictures(source: Path, count: int, seed: int) -> tuple[list[Image.Image], list[str]]:
    """A seeded sample of an archive or a folder. Each image has the name of its folder, or its own name."""
    random = numpy.random.default_rng(seed)
    kinds = (".png", ".jpg", ".jpeg", ".webp")
    if source.is_dir():
        files = sorted(file for file in source.rglob("*") if file.suffix.lower() in kinds)
        chosen = [files[index] for index in sorted(random.permutation(len(files))[:count])]
        return [Image.open(file).copy() for file in chosen], [file.parent.name for file in chosen]
    with tarfile.open(source) as archive:
        members = sorted((m for m in archive if m.isfile() and m.name.lower().endswith(kinds)), key=lambda m: m.name)
        chosen = [members[index] for index in sorted(random.permutation(len(members))[:count])]
        images = []
        for member in chosen:
            file = archive.extractfile(member)
            images.append(Image.open(io.BytesIO(file.read())).copy() if file else Image.new("L", (1, 1)))
        names = [member.name for member in members]
    labels = [m.name.split("/")[-2] if "/" in m.name.removeprefix("./") else str(names.index(m.name)) for m in chosen]
    return images, labels


def oddity(*arguments: object) -> str:
    done = subprocess.run([ODDITY, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"oddity {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def labelled(network: Network, count: int, seed: int) -> tuple[list[Image.Image], numpy.ndarray]:
    """A seeded sample in random order, with the indices of the classes."""
    images, folders = pictures(network.images, count, seed)
    if network.pipeline.mode == "L":
        names = (ROOT / "Demo/networks/labels.txt").read_text().split("\n")
    elif network.pipeline is LITE:
        names = [str(index) for index in range(1000)]
    else:
        names = sorted(set(folders))
    truth = numpy.array([names.index(name) for name in folders])
    order = numpy.random.default_rng(seed + 1).permutation(len(images))
    return [images[index] for index in order], truth[order]
