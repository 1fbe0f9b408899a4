"""Images of one channel with ids and labels, read from IDX, NumPy and tar files, and a seeded sample of them in parts."""

import gzip
import io
import tarfile

import numpy as np
from PIL import Image

from splitmix64 import fnv1a, image_randomness


class ImageSet:
    """A set of images. `read(positions)` returns uint8 [n, H, W]. `labels` is [N], or None."""

    def __init__(self, ids, read, labels=None):
        self.ids, self.read, self.labels = ids, read, labels


def idx(path, header):
    with gzip.open(path) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def of_rows(images, labels=None):
    return ImageSet([fnv1a(str(row)) for row in range(len(images))], lambda positions: images[positions], labels)


def of_tar(path):
    with tarfile.open(path) as archive:
        names = [member.name for member in archive if member.isfile()]

    def read(positions):
        with tarfile.open(path) as archive:
            files = [archive.extractfile(names[position]).read() for position in positions]
        return np.stack([np.asarray(Image.open(io.BytesIO(file)).convert("L")) for file in files])

    return ImageSet([fnv1a(name) for name in names], read)


def open_set(path):
    if path.endswith(".tar"):
        return of_tar(path)
    if path.endswith(".npy"):
        return of_rows(np.load(path)[..., 0])
    labels = idx(path.replace("images-idx3", "labels-idx1"), 8)
    return of_rows(idx(path, 16).reshape(len(labels), 28, 28), labels.astype(int))


def sampled(ids, limit, seed):
    """The `limit` positions with the smallest keys, in ascending order, and the key of each."""
    keys = [image_randomness(seed, i, 0)[0] for i in ids]
    positions = sorted(sorted(range(len(ids)), key=lambda p: (keys[p], p))[:limit])
    return positions, [keys[p] for p in positions]


def part_of(seed, image_id):
    """The part of an image, as in a fit without calibration images."""
    draw = image_randomness(seed, image_id, 0)[1]
    return "fit" if draw < 0.6 else "select" if draw < 0.8 else "calibrate"


def preprocessed(images, mean, std):
    """Converts [n, H, W] to the network's [n, 1, H, W]."""
    scaled = images[:, None].astype(np.float32) / np.float32(255)
    return (scaled - np.float32(mean)) / np.float32(std)
