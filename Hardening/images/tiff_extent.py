"""The extent of a TIFF's strips and tiles, for files of which one decoder needs more than the other."""

from __future__ import annotations

import struct

from . import tiff_faults, tiff_parts
from .tiff_faults import Tags

#: The limit above which Oddity refuses a file: `TIFFTiles.mostSteps`.
_MOST_STEPS = 1 << 25


class Extent:
    """The strips or tiles of a file, according to its first directory."""

    def __init__(self, data: bytes) -> None:
        tags, found = Tags(data), tiff_parts.directory(data)
        self.width, self.height = tags.first(256, 0), tags.first(257, 0)
        self.has_planes = tags.first(284, 1) == 2
        self.samples = tags.first(277, 1)
        self.is_tiled = any(tag == 322 for tag, _, _, _ in tags.all)
        self.part_width = max(1, tags.first(322, 1) if self.is_tiled else self.width)
        rows = tags.first(323 if self.is_tiled else 278, self.height)
        self.part_rows = max(1, rows if self.is_tiled else min(rows, self.height))
        self._bits = tags.bits(data) * (1 if self.has_planes else self.samples)
        order = found.order if found else "<"
        of_parts = (324, 325) if self.is_tiled else (273, 279)
        self.places, self.lengths = (tiff_faults.values(data, tags, order, tag) for tag in of_parts)

    @property
    def across(self) -> int:
        return -(-self.width // self.part_width)

    @property
    def down(self) -> int:
        return -(-self.height // self.part_rows)

    @property
    def needed(self) -> int:
        """The number of strips or tiles for the image size."""
        return self.across * self.down * (self.samples if self.has_planes else 1)

    def pixel_bytes(self, part: int) -> int:
        """The size of an uncompressed strip or tile. For the last strip, only the rows in the image."""
        top = part % (self.across * self.down) // self.across * self.part_rows
        rows = self.part_rows if self.is_tiled else min(self.part_rows, self.height - top)
        return rows * ((self.part_width * self._bits + 7) // 8)

    def has_all_pixels(self, size: int) -> bool:
        """Whether a file of this size contains all pixels, regardless of the stored lengths."""
        if not 0 < self.needed <= len(self.places):
            return False
        return all(self.places[part] + self.pixel_bytes(part) <= size for part in range(self.needed))


def has_whole_planes(data: bytes) -> bool:
    """All bytes of separate planes: as many as the lengths say, or as the pixels need."""
    if not tiff_faults.has_planes(data):
        return False
    return not tiff_faults.is_cut(data) or tiff_faults.is_plain(data) and Extent(data).has_all_pixels(len(data))


def has_parts_to_spare(data: bytes) -> bool:
    """Whether it is uncompressed, has positions of more strips or tiles than the size needs, and all pixels in the needed
    ones."""
    extent = Extent(data)
    is_one = tiff_faults.is_plain(data) and not extent.has_planes
    return is_one and len(extent.places) > extent.needed and extent.has_all_pixels(len(data))


def ends_within_a_tile_of_a_plane(data: bytes) -> bool:
    """Whether the file ends within the last tile, and the missing part of it is outside of the image."""
    extent = Extent(data)
    if extent.needed < 1 or not (extent.is_tiled and extent.has_planes and tiff_faults.is_plain(data)):
        return False
    cut = [part for part, (place, length) in enumerate(zip(extent.places, extent.lengths, strict=False))
           if place + length > len(data)]  # fmt: skip
    rows = extent.height - (extent.down - 1) * extent.part_rows
    columns = extent.width - (extent.across - 1) * extent.part_width
    row = extent.pixel_bytes(0) // extent.part_rows
    seen = (rows - 1) * row + -(-columns * row // extent.part_width)
    return cut == [extent.needed - 1] and extent.places[cut[0]] + seen <= len(data)


#: The tags that determine the end of the pixels: size, bits, positions, lengths and samples.
_OF_EXTENT = (256, 257, 258, 273, 277, 278, 279, 322, 323, 324, 325)
#: The integer types with their sizes in bytes. Only large files have integers of eight bytes.
_WHOLE = {1: 1, 3: 2, 4: 4}


def _cannot_be(data: bytes, kind: int, count: int, value: int) -> bool:
    """Whether an entry does not have an integer type, or its values are outside of the file."""
    size = count * _WHOLE.get(kind, len(data) + 1)
    return size > len(data) or size > 4 and value + size > len(data)


def leaves_its_end_open(data: bytes) -> bool:
    """Whether lengths of strips or tiles are missing, impossible, not as many as their positions, or end beyond the file like the
    pixels."""
    if any(tag in _OF_EXTENT and _cannot_be(data, *entry) for tag, *entry in Tags(data).all):
        return True
    extent = Extent(data)
    if not 0 < extent.needed <= len(extent.places) or len(extent.places) != len(extent.lengths):
        return True
    needed = [max(extent.lengths[part], extent.pixel_bytes(part)) for part in range(extent.needed)]
    return any(extent.places[part] + bytes_needed > len(data) for part, bytes_needed in enumerate(needed))


def has_too_many_tiles(data: bytes) -> bool:
    """Whether there are so many in a row that libvips needs seconds for its lists of them."""
    extent = Extent(data)
    return extent.is_tiled and extent.across**2 * extent.down > _MOST_STEPS


def directory_is_cut(data: bytes) -> bool:
    """Whether the file ends before the number of entries that its directory states."""
    found = tiff_parts.directory(data)
    if found is None:
        return False
    count = struct.unpack_from(found.count_kind, data, found.place)[0]
    return found.place + struct.calcsize(found.count_kind) + count * found.entry_size > len(data)
