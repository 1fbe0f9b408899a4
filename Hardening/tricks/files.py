"""Unusual image files, for which another program may show a picture other than the one that Oddity scores."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image, ImageCms

SIDE = 32
ORIENTATION = 0x0112


def picture(seed: int) -> np.ndarray:
    """uint8 [32, 32, 3]: coarse random colours, which differ in every orientation."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return coarse.repeat(4, axis=0).repeat(4, axis=1)


#: The visible picture, and the hidden picture.
SHOWN, HIDDEN = picture(1), picture(2)


def encode(image: Image.Image | np.ndarray, kind: str, **options: object) -> bytes:
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def as_pillow(data: bytes) -> np.ndarray:
    """The pixels from Pillow, without rotation."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def rows_of(pixels: np.ndarray) -> bytes:
    """A PNG's pixels, compressed, without filters."""
    flat = pixels.reshape(len(pixels), -1)
    raw = flat.astype(">u2").view(np.uint8) if pixels.dtype == np.uint16 else flat
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in raw))


def header(colour: int = 2, bits: int = 8, side: int = SIDE) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, bits, colour, 0, 0, 0))


def png(pixels: np.ndarray, before: bytes = b"", after: bytes = b"", colour: int = 2, bits: int = 8) -> bytes:
    start = b"\x89PNG\r\n\x1a\n" + header(colour, bits) + before
    return start + chunk(b"IDAT", rows_of(pixels)) + after + chunk(b"IEND", b"")


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    return tags


def xmp(orientation: int) -> bytes:
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r tiff:Orientation="{orientation}"/></x:xmpmeta>'.encode()


def with_thumbnail(data: bytes, thumbnail: bytes) -> bytes:
    """A JPEG whose EXIF thumbnail shows another picture."""
    offset = 8 + 2 + 4
    tags = struct.pack(">HHHII", 2, 0x0201, 4, 1, offset + 30) + struct.pack(
        ">HHII", 0x0202, 4, 1, len(thumbnail)
    )
    tiff = b"MM\0*" + struct.pack(">IHI", 8, 0, offset) + tags + struct.pack(">I", 0) + thumbnail
    content = b"Exif\0\0" + tiff
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + data[2:]


def animated_png(default: np.ndarray, frames: list[np.ndarray]) -> bytes:
    """An APNG whose default image is not a frame. Browsers never show it."""
    numbers = iter(range(100))
    parts = [chunk(b"acTL", struct.pack(">II", len(frames), 0)), chunk(b"IDAT", rows_of(default))]
    for frame in frames:
        control = struct.pack(">IIIIIHHBB", next(numbers), SIDE, SIDE, 0, 0, 1, 10, 0, 0)
        parts += [chunk(b"fcTL", control), chunk(b"fdAT", struct.pack(">I", next(numbers)) + rows_of(frame))]
    return b"\x89PNG\r\n\x1a\n" + header() + b"".join(parts) + chunk(b"IEND", b"")


def swapped_profile() -> bytes:
    """A colour profile of a screen with an unusual white point."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB", 5000)).tobytes()


def zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("hidden.png", data)
    return buffer.getvalue()


def reduced_first(small: np.ndarray, large: np.ndarray) -> bytes:
    """A TIFF whose first page declares itself a reduced image of the second page."""
    first = Image.fromarray(small)
    tags = {254: 1}
    return encode(first, "TIFF", save_all=True, append_images=[Image.fromarray(large)], tiffinfo=tags)
