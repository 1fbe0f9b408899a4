"""Mutations of a TIFF's directory, in TIFF files and in the EXIF data of other files."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from random import Random

from . import blind

#: Tags that determine how pixels are read, with a few values for each.
_VALUES = {
    256: (1, 29, 65535), 257: (1, 19, 65535), 258: (1, 2, 4, 8, 12, 16, 32, 64), 259: (1, 2, 3, 4, 5, 6, 7, 8, 32773),
    262: (0, 1, 2, 3, 4, 5, 6, 8), 266: (0, 1, 2, 3), 274: (0, 1, 3, 6, 8, 9), 277: (0, 1, 2, 3, 4, 5, 255),
    278: (0, 1, 3, 7, 1000, 0xFFFFFFFF), 284: (0, 1, 2, 3), 317: (1, 2, 3), 322: (16, 32), 323: (16, 32),
    332: (1, 2), 338: (0, 1, 2, 3), 339: (1, 2, 3, 4), 530: (1, 2, 4), 700: (65,),
}  # fmt: skip


@dataclass
class Directory:
    """The first directory of a file, as its position and its raw entries."""

    order: str
    is_big: bool
    place: int
    entries: list[bytes]

    @property
    def entry_size(self) -> int:
        return 20 if self.is_big else 12

    @property
    def count_kind(self) -> str:
        return self.order + ("Q" if self.is_big else "H")

    @property
    def word_kind(self) -> str:
        return self.order + ("Q" if self.is_big else "I")

    def encoded(self) -> bytes:
        return struct.pack(self.count_kind, len(self.entries)) + b"".join(self.entries)


def directory(data: bytes) -> Directory | None:
    if len(data) < 16 or data[:2] not in (b"II", b"MM"):
        return None
    order = "<" if data[:2] == b"II" else ">"
    is_big = 43 in data[2:4]
    kind = order + ("Q" if is_big else "I")
    place = struct.unpack_from(kind, data, 8 if is_big else 4)[0]
    found = Directory(order, is_big, place, [])
    head = struct.calcsize(found.count_kind)
    if place + head > len(data):
        return None
    count = struct.unpack_from(found.count_kind, data, place)[0]
    start = place + head
    for at in range(start, start + min(count, 100) * found.entry_size, found.entry_size):
        if at + found.entry_size <= len(data):
            found.entries.append(data[at : at + found.entry_size])
    return found if found.entries else None


def _with_tag(random: Random, found: Directory, tag: int, value: int) -> bytes:
    """An entry with one value."""
    kind = random.choice((3, 3, 3, 4, 1))
    size = {1: "B", 3: "H", 4: "I"}[kind]
    limit = {1: 0xFF, 3: 0xFFFF, 4: 0xFFFFFFFF}[kind]
    room = 8 if found.is_big else 4
    field = struct.pack(found.order + size, value & limit).ljust(room, b"\0")
    return struct.pack(found.order + "HH", tag, kind) + struct.pack(found.word_kind, 1) + field


def value(random: Random, found: Directory) -> None:
    """Sets another value of a meaningful tag, whether or not the tag exists."""
    tag = random.choice(list(_VALUES))
    known = random.random() < 0.7
    entry = _with_tag(random, found, tag, random.choice(_VALUES[tag]) if known else blind.number(random, 32))
    tags = [struct.unpack_from(found.order + "H", old)[0] for old in found.entries]
    if tag in tags and random.random() < 0.9:
        found.entries[tags.index(tag)] = entry
    else:
        found.entries.append(entry)
        if random.random() < 0.7:
            found.entries.sort(key=lambda old: struct.unpack_from(found.order + "H", old)[0])


def field(random: Random, found: Directory) -> None:
    """Changes the tag, the type, the count or the value of an entry."""
    place = random.randrange(len(found.entries))
    entry = found.entries[place]
    word = struct.calcsize(found.word_kind)
    start, kind = random.choice(
        ((0, found.order + "H"), (2, found.order + "H"), (4, found.word_kind), (4 + word, found.word_kind),
         (4 + word, found.word_kind), (4 + word, found.order + "H"))
    )  # fmt: skip
    old = struct.unpack_from(kind, entry, start)[0]
    new = random.randrange(20) if start == 2 else blind.number(random, 8 * struct.calcsize(kind), old)
    found.entries[place] = blind.replaced(entry, start, struct.pack(kind, new))


def order(random: Random, found: Directory) -> None:
    """Removes an entry, repeats one, or swaps two."""
    first, second = random.randrange(len(found.entries)), random.randrange(len(found.entries))
    kind = random.randrange(3)
    if kind == 0:
        del found.entries[first]
    elif kind == 1:
        found.entries.insert(second, found.entries[first])
    else:
        found.entries[first], found.entries[second] = found.entries[second], found.entries[first]


def mutate(random: Random, data: bytes) -> bytes:
    found = directory(data)
    choice = random.random()
    if found is None or choice < 0.15:
        return random.choice((blind.bits, blind.run, blind.word, blind.cut))(random, data)
    if choice < 0.2:
        return (
            random.choice((b"II", b"MM", b"II")) + random.choice((b"*\0", b"\0*", b"+\0", b"\0+")) + data[4:]
        )
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        if found.entries:
            random.choice((value, value, value, field, field, order))(random, found)
    # At the end of the file, where there is space for any number of entries.
    data += b"\0" * (len(data) % 2)
    word = struct.calcsize(found.word_kind)
    pointed = blind.replaced(data, word, struct.pack(found.word_kind, len(data)))
    return pointed + found.encoded() + bytes(word)
