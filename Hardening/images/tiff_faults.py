"""Faults of a TIFF's directory from which two decoders make different pixels."""

from __future__ import annotations

import struct
from collections import Counter

from . import tiff_parts

_SHORT = 3
#: Tags with one integer each, which determine how pixels are read.
_SINGLE = {256, 257, 259, 262, 266, 274, 277, 278, 284, 317, 322, 323, 530}
_DECIDING = _SINGLE | {258, 273, 279, 324, 325, 338, 339}
_TILES = {322, 323, 324, 325}


class Tags:
    """The entries of the first directory, in the order of the file."""

    def __init__(self, data: bytes) -> None:
        found = tiff_parts.directory(data)
        self.all: list[tuple[int, int, int, int]] = []
        if found is None:
            return
        for entry in found.entries:
            tag, kind = struct.unpack_from(found.order + "HH", entry)
            count = struct.unpack_from(found.word_kind, entry, 4)[0]
            field = entry[4 + struct.calcsize(found.word_kind) :]
            code = {1: "B", 3: "H"}.get(kind, "I")
            # Values that do not fit here are stored elsewhere, and this is their position.
            is_elsewhere = count * struct.calcsize(code) > len(field)
            value = struct.unpack_from(found.order + ("I" if is_elsewhere else code), field)[0]
            self.all.append((tag, kind, count, value))

    def first(self, tag: int, default: int) -> int:
        return next((value for known, _, _, value in self.all if known == tag), default)

    def bits(self, data: bytes) -> int:
        """The bits per sample. More than two values are stored elsewhere in the file."""
        found = tiff_parts.directory(data)
        for tag, kind, count, value in self.all:
            if tag == 258 and kind == _SHORT and count > 2 and found and value + 2 <= len(data):
                return int(struct.unpack_from(found.order + "H", data, value)[0])
        return self.first(258, 1)


def is_misread_by_pillow(data: bytes) -> bool:
    """Whether it is one of the kinds that docs/commands.md lists."""
    tags = Tags(data)
    photometric, bits = tags.first(262, 0), tags.bits(data)
    if bits == 16 and photometric == 0:
        return True
    if tags.first(284, 1) != 2:
        return False
    samples = tags.first(277, 1)
    is_plain_white_first = photometric == 0 and tags.first(259, 1) == 1
    if bits < 8 and tags.first(259, 1) == 1:
        # A pixel takes one byte.
        return True
    return is_plain_white_first or bits == 16 or samples == 4 or photometric in (0, 1, 3) and samples > 1


def has_dim_palette(data: bytes) -> bool:
    tags, found = Tags(data), tiff_parts.directory(data)
    for tag, _, count, place in tags.all:
        if found and tag == 320 and place + 2 * count <= len(data):
            values = struct.unpack_from(f"{found.order}{count}H", data, place)
            return any(0 < value < 256 for value in values)
    return False


def contradicts_itself(data: bytes) -> bool:
    """Whether a deciding tag is repeated, out of order or of a wrong type, or tiles are mixed with strips."""
    tags = Tags(data).all
    counts = Counter(tag for tag, _, _, _ in tags)
    numbers = [tag for tag, _, _, _ in tags]
    if any(counts[tag] > 1 for tag in _DECIDING) or numbers != sorted(numbers):
        return True
    if any(tag in _DECIDING and kind not in (3, 4, 16) for tag, kind, _, _ in tags):
        return True
    if any(tag in _SINGLE and count != 1 for tag, _, count, _ in tags):
        return True
    samples = next((value for tag, _, _, value in tags if tag == 277), 1)
    if any(tag == 258 and count != samples for tag, _, count, _ in tags):
        return True
    if any(_count(tags, places) != _count(tags, lengths) for places, lengths in ((273, 279), (324, 325))):
        return True
    present = _TILES & set(numbers)
    return bool(present) and present != _TILES


def _count(tags: list[tuple[int, int, int, int]], tag: int) -> int:
    return next((count for known, _, count, _ in tags if known == tag), 0)


def chooses_unlike_libtiff(data: bytes) -> bool:
    """Whether the directory contradicts itself, and PackBits across rows does not explain the difference."""
    return contradicts_itself(data) and not is_packed_across_rows(data)


def is_cut(data: bytes) -> bool:
    """Whether the file ends within a strip."""
    tags, found = Tags(data), tiff_parts.directory(data)
    lists = [values(data, tags, found.order, tag) for tag in (273, 279)] if found else [[], []]
    return any(place + length > len(data) for place, length in zip(*lists, strict=False))


def values(data: bytes, tags: Tags, order: str, tag: int) -> list[int]:
    """The positions and lengths, which have 32 bits in all seeds."""
    for known, _, count, value in tags.all:
        if known == tag:
            is_far = count > 1 and value + 4 * count <= len(data)
            return list(struct.unpack_from(f"{order}{count}I", data, value)) if is_far else [value]
    return []


def is_plain(data: bytes) -> bool:
    """Whether it is not compressed."""
    return Tags(data).first(259, 1) == 1


def has_planes(data: bytes) -> bool:
    return Tags(data).first(284, 1) == 2


def has_swapped_version(data: bytes) -> bool:
    return data[:4] in (b"II\0*", b"MM*\0")


def is_packed_across_rows(data: bytes) -> bool:
    """Whether it has PackBits in strips of more rows than libvips reads at once, or with no stated number of rows."""
    tags = Tags(data)
    return tags.first(259, 1) == 32773 and tags.first(278, 0xFFFFFFFF) > 128
