"""The pictures of the files, and their encoding with Pillow."""

import io

import numpy as np
from PIL import Image

RNG = np.random.default_rng(19)


def waves(width=29, height=19):
    y, x = np.mgrid[0:height, 0:width]
    channels = 127 + 100 * np.sin(y / 5 + x / 9), 127 + 100 * np.cos(y / 7 - x / 4), (x * 3 + y * 5) % 256
    return np.stack(channels, -1).astype(np.uint8)


RGB = Image.fromarray(waves())
GREY = RGB.convert("L")
CMYK = Image.fromarray(RNG.integers(0, 256, (19, 29, 4), dtype=np.uint8), "CMYK")


def encoded(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()
