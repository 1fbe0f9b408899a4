"""Splits benchmark images into parts that are small enough to transfer: lossless mosaics of a hundred images
each.

usage: parts.py DATA OUTPUT [--parts N]

DATA contains train.tar.gz, test.tar.gz (folders of classes) and tars of OOD images, all 32x32. The first part
contains everything except most of the training images, so that it is sufficient for testing the job.
"""

import argparse
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cifar_data import SIDE, decode  # noqa: E402

SETS = {
    "train": "train.tar.gz",
    "test": "test.tar.gz",
    "cifar100": "near-cifar100.tar.gz",
    "textures": "textures.tar.gz",
    "sun": "sun.tar.gz",
    "gtsrb": "gtsrb.tar.gz",
    "mnist": "mnist.tar.gz",
}
COLUMNS = 10
MOSAIC = COLUMNS * COLUMNS


def mosaic(pixels: np.ndarray) -> np.ndarray:
    """Images [n, 32, 32, 3] in rows of ten, as one [320, 320, 3]. Missing images are black."""
    full = np.zeros((MOSAIC, SIDE, SIDE, 3), np.uint8)
    full[: len(pixels)] = pixels
    grid = full.reshape(COLUMNS, COLUMNS, SIDE, SIDE, 3).transpose(0, 2, 1, 3, 4)
    return grid.reshape(COLUMNS * SIDE, COLUMNS * SIDE, 3)


def tiles(grid: np.ndarray) -> np.ndarray:
    """The reverse of `mosaic`: [100, 32, 32, 3]."""
    return grid.reshape(COLUMNS, SIDE, COLUMNS, SIDE, 3).transpose(0, 2, 1, 3, 4).reshape(MOSAIC, SIDE, SIDE, 3)


def write(pixels: np.ndarray, path: Path) -> None:
    grid = mosaic(pixels)
    Image.fromarray(grid).save(path, lossless=True, quality=60, method=4)
    if not np.array_equal(np.asarray(Image.open(path).convert("RGB")), grid):
        raise SystemExit(f"{path} does not hold the same pixels: this Pillow's WebP is not lossless")


def pack(data: Path, output: Path, parts: int) -> None:
    folders = [output / f"part-{number + 1}" for number in range(parts)]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    labels = {}
    for name, archive in SETS.items():
        pixels, classes = decode(data / archive)
        labels[name] = classes.tolist()
        for number, first in enumerate(range(0, len(pixels), MOSAIC)):
            # The other sets take a quarter of the space.
            part = folders[0 if name != "train" or number % 10 < 3 or parts == 1 else 1 + number % (parts - 1)]
            write(pixels[first : first + MOSAIC], part / f"{name}.{first:05}.webp")
        print(f"{name}: {len(pixels)} images", flush=True)
    (folders[0] / "labels.json").write_text(json.dumps(labels))


def load(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """The pixels and labels of a set, from all parts that exist."""
    index = next(folder.glob("*/labels.json"), None)
    if index is None:
        raise SystemExit(f"{folder} has no part-1 with labels.json: copy all parts that parts.py wrote into it")
    labels = np.array(json.loads(index.read_text())[name])
    files = sorted(folder.glob(f"*/{name}.*.webp"), key=lambda path: path.name)
    if not files:
        raise SystemExit(f"{folder} has no images of {name}")

    def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
        first = int(path.name.split(".")[1])
        mine = labels[first : first + MOSAIC]
        return tiles(np.asarray(Image.open(path).convert("RGB")))[: len(mine)], mine

    with ThreadPoolExecutor() as pool:
        pixels, classes = zip(*pool.map(read, files))
    return np.concatenate(pixels), np.concatenate(classes).astype(np.int64)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--parts", type=int, default=2)
    options = parser.parse_args()
    pack(options.data, options.output, options.parts)
