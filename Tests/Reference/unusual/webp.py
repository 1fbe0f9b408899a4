"""Animated WebP: frames that leave a part of the canvas uncovered, and alpha that the header does not
declare."""

import struct

import numpy as np
from PIL import Image

from .pictures import RNG, encoded

ALPHA, ANIMATION = 16, 2


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def animation(flags, frame, width=20, height=16, left=4, top=6):
    """One frame on a larger canvas."""
    still = encoded(frame, "WEBP", lossless=True, exact=True)
    pixels = still[still.index(b"VP8L") :]

    def three(*numbers):
        return b"".join(number.to_bytes(3, "little") for number in numbers)

    header = bytes([flags | ANIMATION, 0, 0, 0]) + three(width - 1, height - 1)
    place = three(left // 2, top // 2, frame.width - 1, frame.height - 1, 100) + b"\0"
    parts = chunk(b"VP8X", header) + chunk(b"ANIM", bytes(6)) + chunk(b"ANMF", place + pixels)
    return b"RIFF" + struct.pack("<I", 4 + len(parts)) + b"WEBP" + parts


def files():
    samples = RNG.integers(0, 256, (8, 10, 4), dtype=np.uint8)
    for flags in (0, ALPHA):
        for channels in (3, 4):
            frame = Image.fromarray(np.ascontiguousarray(samples[..., :channels]))
            yield f"partial-{flags}-{channels}.webp", animation(flags, frame)
            yield f"whole-{flags}-{channels}.webp", animation(flags, frame, 10, 8, 0, 0)
