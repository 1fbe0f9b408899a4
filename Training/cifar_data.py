"""CIFAR-10 from tars of images: uint8 on the training device, shifted and flipped when batches are made."""

import hashlib
import io
import os
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

# Oddity's `cifar` preprocessing: the mean and standard deviation of the red, green and blue pixels in 0…1.
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
SIDE, SHIFT = 32, 4


@dataclass
class Images:
    pixels: torch.Tensor
    """[N, 40, 40, 3] uint8: the images within a black frame as wide as they may be shifted."""
    labels: torch.Tensor
    """[N] int64: the place of an image's folder among the sorted folder names."""

    def __post_init__(self):
        self.mean, self.std = (torch.tensor(x, device=self.pixels.device)[:, None, None] for x in (MEAN, STD))

    def __len__(self) -> int:
        return len(self.labels)


def load(path: Path, cache: Path, device: str) -> Images:
    """The images of a tar with one folder per class. It is decoded once, and `cache` stores the pixels."""
    facts = path.stat()
    key = hashlib.sha256(f"{path.resolve()} {facts.st_size} {facts.st_mtime_ns}".encode()).hexdigest()
    copy = cache / f"{path.stem}-{key[:12]}.npz"
    if not copy.exists():
        pixels, labels = decode(path)
        cache.mkdir(parents=True, exist_ok=True)
        # A unique name, for trainings that start at the same time.
        partial = copy.with_suffix(f".{os.getpid()}.partial.npz")
        np.savez(partial, pixels=pixels, labels=labels)
        os.replace(partial, copy)
    with np.load(copy) as arrays:
        return framed(arrays["pixels"], arrays["labels"], device)


def framed(pixels: np.ndarray, labels: np.ndarray, device: str) -> Images:
    """Images on the device. `pixels` is [N, 32, 32, 3]."""
    wider = np.pad(pixels, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)))
    return Images(torch.from_numpy(wider).to(device), torch.from_numpy(labels).to(device))


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


def draw(count: int, augment: bool) -> torch.Tensor:
    """The augmentation of each image, [count, 4] int64: its row, its shift from the top and from the left,
    and whether it is flipped. Augmented images are in random order. Uses torch's CPU generator, so that the
    result is the same for every device."""
    if not augment:
        centre = torch.full((count,), SHIFT)
        return torch.stack([torch.arange(count), centre, centre, torch.zeros_like(centre)], 1)
    shifts = torch.randint(0, 2 * SHIFT + 1, (count, 2))
    return torch.cat([torch.randperm(count)[:, None], shifts, torch.randint(0, 2, (count, 1))], 1)


def batch(
    images: Images, draws: torch.Tensor, augment: Callable[[torch.Tensor], torch.Tensor] | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Normalised images [N, 3, 32, 32], channels last in memory, and their labels. `draws` is [N, 4], on the
    device of the images. No step waits for the device. `augment` changes each image, uint8 [3, 32, 32],
    before it is normalised."""
    rows, top, left, flip = draws.unbind(1)
    across = torch.arange(SIDE, device=draws.device).expand(len(draws), SIDE)
    down = across + top[:, None]
    across = torch.where(flip[:, None] > 0, SIDE - 1 - across, across) + left[:, None]
    chosen = images.pixels[rows[:, None, None], down[:, :, None], across[:, None, :]].permute(0, 3, 1, 2)
    if augment:
        chosen = torch.stack([augment(image) for image in chosen])
    return (chosen / 255 - images.mean) / images.std, images.labels[rows]
