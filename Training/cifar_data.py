"""CIFAR-10 from tars of images: uint8 on the training device, flipped and shifted as batches are drawn."""

import hashlib
import io
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

# Oddity's `cifar` preprocessing: mean and standard deviation of the red, green and blue pixels in 0…1.
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
SIDE, SHIFT = 32, 4


@dataclass
class Images:
    pixels: torch.Tensor
    """[N, 40, 40, 3] uint8: the images within a black frame as wide as they may be shifted."""
    labels: torch.Tensor
    """[N] int64: the place of an image's folder among the sorted folder names."""

    def __len__(self) -> int:
        return len(self.labels)


def load(path: Path, cache: Path, device: str) -> Images:
    """The images of a tar with one folder a class. It is decoded once; `cache` keeps the pixels."""
    facts = path.stat()
    key = hashlib.sha256(f"{path.resolve()} {facts.st_size} {facts.st_mtime_ns}".encode()).hexdigest()
    copy = cache / f"{path.stem}-{key[:12]}.npz"
    if not copy.exists():
        pixels, labels = decode(path)
        cache.mkdir(parents=True, exist_ok=True)
        partial = copy.with_suffix(".partial.npz")
        np.savez(partial, pixels=pixels, labels=labels)
        os.replace(partial, copy)
    with np.load(copy) as arrays:
        framed = np.pad(arrays["pixels"], ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)))
        return Images(torch.from_numpy(framed).to(device), torch.from_numpy(arrays["labels"]).to(device))


def decode(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Pixels [N, 32, 32, 3] and labels [N], in the order of the archive."""
    pixels, folders = [], []
    with tarfile.open(path) as archive:
        for member in archive:
            if not member.isfile():
                continue
            image = Image.open(io.BytesIO(archive.extractfile(member).read())).convert("RGB")
            if image.size != (SIDE, SIDE):
                raise ValueError(f"{path}: {member.name} is {image.size}, not {SIDE}x{SIDE}")
            pixels.append(np.asarray(image))
            folders.append(Path(member.name).parent.name)
    if not pixels:
        raise ValueError(f"{path} holds no images")
    _, labels = np.unique(folders, return_inverse=True)
    return np.stack(pixels), labels.astype(np.int64)


def batch(images: Images, rows: torch.Tensor, augment: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Normalised images [N, 3, 32, 32], channels last in memory, and their labels. `augment` flips each
    with probability 1/2 and shifts it by up to 4 pixels; black comes in. Draws from torch's generator."""
    pixels = images.pixels
    top = left = torch.full((len(rows), 1), SHIFT)
    across = torch.arange(SIDE).expand(len(rows), SIDE)
    down = across
    if augment:
        top, left = torch.randint(0, 2 * SHIFT + 1, (2, len(rows), 1))
        flip = torch.rand(len(rows), 1) < 0.5
        across = torch.where(flip, SIDE - 1 - across, across)
    places = rows[:, None, None], (down + top)[:, :, None], (across + left)[:, None, :]
    chosen = pixels[tuple(place.to(pixels.device) for place in places)].permute(0, 3, 1, 2)
    mean, std = (torch.tensor(x, device=pixels.device)[:, None, None] for x in (MEAN, STD))
    return (chosen / 255 - mean) / std, images.labels[rows.to(pixels.device)]
