"""Damaged TIFF strips that Pillow's own libraries decode differently from the system's libraries."""

from __future__ import annotations

import ctypes
import ctypes.util
from pathlib import Path

import PIL

from .tiff_extent import Extent
from .tiff_faults import Tags

_ZSTD, _LZMA = 50000, 34925
_FINISH = 3
#: The most bytes of an unpacked strip. Those of the check are far smaller.
_MOST_BYTES = 1 << 24


def _libraries(name: str) -> list[ctypes.CDLL]:
    """Pillow's library and the system's; fewer than two if Pillow does not have its own."""
    own = sorted((Path(PIL.__file__).parents[1] / "pillow.libs").glob(f"lib{name}-*.so*"))
    known = ctypes.util.find_library(name)
    return [ctypes.CDLL(str(path)) for path in (*own[:1], *([known] if known else []))]


def _strip(data: bytes, compression: int) -> tuple[bytes, int] | None:
    """The only strip of a file with this compression, and the size of its unpacked data."""
    if Tags(data).first(259, 1) != compression:
        return None
    extent = Extent(data)
    is_one = len(extent.places) == len(extent.lengths) == extent.needed == 1
    if extent.is_tiled or extent.has_planes or not is_one or extent.pixel_bytes(0) > _MOST_BYTES:
        return None
    place, length = extent.places[0], extent.lengths[0]
    return data[place : place + length], extent.pixel_bytes(0)


def zstd_differs(data: bytes) -> bool:
    """Whether both libraries unpack a strip without an error, but to different bytes."""
    strip, libraries = _strip(data, _ZSTD), _libraries("zstd")
    if strip is None or len(libraries) < 2:
        return False
    made = []
    for library in libraries:
        library.ZSTD_decompress.restype = ctypes.c_size_t
        room = ctypes.create_string_buffer(strip[1])
        size = library.ZSTD_decompress(room, ctypes.c_size_t(strip[1]), strip[0], ctypes.c_size_t(len(strip[0])))
        made.append(room.raw if size == strip[1] else b"")
    return b"" not in made and made[0] != made[1]


class _Stream(ctypes.Structure):
    """liblzma's `lzma_stream`."""

    _fields_ = (
        ("next_in", ctypes.c_void_p), ("avail_in", ctypes.c_size_t), ("total_in", ctypes.c_uint64),
        ("next_out", ctypes.c_void_p), ("avail_out", ctypes.c_size_t), ("total_out", ctypes.c_uint64),
        ("allocator", ctypes.c_void_p), ("internal", ctypes.c_void_p), ("reserved", ctypes.c_uint64 * 12),
    )  # fmt: skip


def lzma_ends_early(data: bytes) -> bool:
    """Whether the system's library unpacks all pixels before it detects the damage of a strip, and Pillow's library does not."""
    strip, libraries = _strip(data, _LZMA), _libraries("lzma")
    if strip is None or len(libraries) < 2:
        return False
    own, system = (_lzma_bytes(library, *strip) for library in libraries)
    return own < system == strip[1]


def _lzma_bytes(library: ctypes.CDLL, packed: bytes, size: int) -> int:
    source, room = ctypes.create_string_buffer(packed, len(packed)), ctypes.create_string_buffer(size)
    stream = _Stream(next_in=ctypes.addressof(source), avail_in=len(packed),
                     next_out=ctypes.addressof(room), avail_out=size)  # fmt: skip
    library.lzma_stream_decoder(ctypes.byref(stream), ctypes.c_uint64(1 << 28), 0)
    while library.lzma_code(ctypes.byref(stream), _FINISH) == 0 and stream.avail_out:
        pass
    library.lzma_end(ctypes.byref(stream))
    return size - int(stream.avail_out)
