"""Seeded pictures: ordinary ones for the fit, and strange ones."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass

import numpy as np
from PIL import Image

#: How Pillow writes the formats that the server reads, with their file extensions.
FORMATS = {
    "jpg": {"format": "JPEG", "quality": 90},
    "png": {"format": "PNG"},
    "webp": {"format": "WEBP", "lossless": True},
    "tif": {"format": "TIFF"},
    "gif": {"format": "GIF"},
    "bmp": {"format": "BMP"},
    "ppm": {"format": "PPM"},
}


@dataclass(frozen=True)
class Picture:
    """An image file in the form that a client sends."""

    name: str
    data: bytes


def ordinary(generator: np.random.Generator, side: int) -> Image.Image:
    """Soft blobs of colour. Any kind of picture works if a model is fitted on it."""
    coarse = generator.integers(0, 256, (5, 5, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)


def strange(generator: np.random.Generator, side: int) -> Image.Image:
    """Hard stripes with noise."""
    stripes = (np.arange(side) // 3 % 2 * 200)[None, :, None]
    noise = generator.integers(0, 56, (side, side, 3))
    return Image.fromarray((stripes + noise).astype(np.uint8))


def encoded(image: Image.Image, ending: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, **FORMATS[ending])
    return buffer.getvalue()


def pictures(seed: int, count: int, kind: str = "ordinary") -> list[Picture]:
    """Pictures of all formats in turn, and of several sizes."""
    generator = np.random.default_rng([seed, len(kind)])
    draw = {"ordinary": ordinary, "strange": strange}[kind]
    endings = list(FORMATS)
    made = []
    for number in range(count):
        ending = endings[number % len(endings)]
        side = int(generator.choice([32, 48, 64, 96]))
        made.append(Picture(f"{kind}-{number:04}.{ending}", encoded(draw(generator, side), ending)))
    return made


def broken(seed: int, intact: list[Picture], count: int) -> list[Picture]:
    """Truncated, bit-flipped and spliced copies. Some are still images, but most are not."""
    dice = random.Random(seed)
    made = []
    for number in range(count):
        picture = intact[number % len(intact)]
        made.append(Picture(f"broken-{number:04}-{picture.name}", _damage(dice, picture.data)))
    return made


def _damage(dice: random.Random, data: bytes) -> bytes:
    kind = dice.randrange(3)
    if kind == 0:
        return data[: dice.randrange(1, len(data))]
    changed = bytearray(data)
    if kind == 1:
        for _ in range(dice.choice([1, 3, 20])):
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    else:
        start = dice.randrange(len(changed))
        changed[start : start + dice.randrange(64)] = dice.randbytes(dice.randrange(64))
    return bytes(changed)
