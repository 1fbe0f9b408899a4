"""Repairs a file that Pillow refuses, by removing what it refuses, so that its pixels can be compared with Oddity's."""

from __future__ import annotations

from random import Random

import numpy

from . import jpeg_parts, png_parts

#: The application data of JPEG that determines the colour space.
_COLOUR_MARKERS = (0xE0, 0xEE)
_APPLICATION_AND_COMMENT = (*range(0xE0, 0xF0), 0xFE)


def _png(data: bytes) -> bytes | None:
    """The header, the palette and the pixels, with correct checksums."""
    wanted: dict[bytes, bytes] = {}
    pixels: list[png_parts.Chunk] = []
    for name, content in png_parts.chunks(data):
        if name == b"IDAT":
            pixels.append((name, content))
        elif pixels:
            break
        # Transparency does not affect red, green and blue, and Pillow refuses some of it.
        elif name in (b"IHDR", b"PLTE") and len(content) > 0:
            wanted[name] = content
    if b"IHDR" not in wanted or not pixels:
        return None
    first = [(name, wanted[name]) for name in (b"IHDR", b"PLTE") if name in wanted]
    return png_parts.joined([*first, *pixels, (b"IEND", b"")], _Never())


class _Never(Random):
    """A random source with which no chunk gets a wrong length or checksum."""

    def random(self) -> float:
        return 1.0

    def randrange(self, *_: int) -> int:
        return -1


def _gif(data: bytes) -> bytes | None:
    return b"GIF89a" + data[6:]


def _jpeg(data: bytes) -> bytes | None:
    parts = jpeg_parts.segments(data)
    kept = [part for part in parts if part[0] in _COLOUR_MARKERS or part[0] not in _APPLICATION_AND_COMMENT]
    return jpeg_parts.joined(kept, _Never())


_MENDING = ((b"\x89PNG", _png), (b"GIF8", _gif), (b"\xff\xd8", _jpeg))


def mended(data: bytes) -> bytes | None:
    """None if the file cannot be repaired."""
    return next((mend(data) for start, mend in _MENDING if data.startswith(start)), None)


def is_turned(left: numpy.ndarray, right: numpy.ndarray) -> bool:
    """Whether one image equals the other one in any orientation, because the repaired file has lost its orientation."""
    for image in (left, left.transpose(1, 0, 2)):
        for rows in (1, -1):
            for columns in (1, -1):
                if numpy.array_equal(image[::rows, ::columns], right):
                    return True
    return False
