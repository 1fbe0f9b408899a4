"""Mutations of a JPEG's segments and of the coded data between its markers."""

from __future__ import annotations

import struct
from random import Random

from . import blind, part_lists, tiff_parts

_EXIF = b"Exif\0\0"
_BARE = {0x01, *range(0xD0, 0xDA)}
#: (marker, content, data up to the next segment: coded data behind a scan's header).
Segment = tuple[int, bytes, bytes]

_NEW: tuple[Segment, ...] = (
    (0xEE, b"Adobe\0\x64\0\0\0\0\0", b""), (0xEE, b"Adobe\0\x64\0\0\0\0\1", b""),
    (0xEE, b"Adobe\0\x64\0\0\0\0\2", b""), (0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0", b""), (0xDD, b"\0\1", b""),
    (0xDD, b"\0\0", b""), (0xDD, b"\xff\xff", b""), (0xFE, b"comment", b""), (0xDC, b"\0\x10", b""),
    (0xCC, b"\0\0", b""), (0xE1, _EXIF + b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0", b""),
    (0xE2, b"MPF\0II*\0\x08\0\0\0\0\0", b""), (0xE2, b"ICC_PROFILE\0\1\1junk", b""), (0xED, b"Photoshop 3.0\0junk", b""),
    (0xC8, b"", b""), (0xDE, b"\0" * 6, b""), (0xF0, b"xx", b""),
)  # fmt: skip


def segments(data: bytes) -> list[Segment]:
    found: list[Segment] = []
    place = 2
    while place + 1 < len(data):
        marker = data[place + 1]
        place += 2
        content = b""
        if marker not in _BARE:
            length = struct.unpack(">H", data[place : place + 2].ljust(2, b"\0"))[0]
            content = data[place + 2 : place + max(2, length)]
            place += max(2, length)
        end = place
        while end < len(data) and not (data[end] == 0xFF and _is_marker(data[end + 1 : end + 2])):
            end += 1
        found.append((marker, content, data[place:end]))
        place = end
    return found


def _is_marker(following: bytes) -> bool:
    """Whether the bytes after an FF begin a segment. A stuffed zero and restart markers are part of the coded data."""
    return bool(following) and following[0] not in (0, 0xFF) and not 0xD0 <= following[0] <= 0xD7


def joined(parts: list[Segment], random: Random) -> bytes:
    file = b"\xff\xd8"
    wrong = random.randrange(len(parts)) if parts and random.random() < 0.05 else -1
    for position, (marker, content, behind) in enumerate(parts):
        length = len(content) + 2
        if position == wrong:
            length = blind.number(random, 16, length)
        head = b"" if marker in _BARE else struct.pack(">H", length & 0xFFFF)
        file += b"\xff" + bytes([marker]) + head + content + behind
    return file


def frame(random: Random, parts: list[Segment]) -> list[Segment]:
    """One field of the frame header: size, precision, components, sampling, tables, or its kind."""
    places = [place for place, part in enumerate(parts) if part[0] in (0xC0, 0xC1, 0xC2)]
    if not places:
        return parts
    place = random.choice(places)
    marker, content, behind = parts[place]
    kind = random.randrange(6)
    if kind == 0:
        marker = random.choice((0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC9, 0xCA, 0xCB, 0xF7))
    elif kind <= 2 and len(content) >= 5:
        old = struct.unpack_from(">H", content, 2 * kind - 1)[0]
        content = blind.replaced(content, 2 * kind - 1, struct.pack(">H", blind.number(random, 16, old)))
    elif len(content) > 6:
        field = random.choice((0, 5, *range(6, len(content))))
        value = random.choice((0, 1, 2, 3, 4, 8, 12, 16, 0x11, 0x12, 0x21, 0x22, 0x41, 0x14, 0x44, 0x55, 255))
        content = blind.replaced(content, field, bytes([value]))
    return [*parts[:place], (marker, content, behind), *parts[place + 1 :]]


def content(random: Random, parts: list[Segment]) -> list[Segment]:
    """The content of one segment: tables, scan headers, or application data. EXIF contains a TIFF structure."""
    place = random.randrange(len(parts))
    marker, old, behind = parts[place]
    if old.startswith(_EXIF) and random.random() < 0.8:
        new = _EXIF + tiff_parts.mutate(random, old[len(_EXIF) :])
    else:
        new = random.choice((blind.bits, blind.bits, blind.run, blind.cut, blind.inserted))(random, old)
    return [*parts[:place], (marker, new[:65533], behind), *parts[place + 1 :]]


def coded(random: Random, parts: list[Segment]) -> list[Segment]:
    """The data behind a scan's header."""
    places = [place for place, part in enumerate(parts) if part[2]]
    if not places:
        return parts
    place = random.choice(places)
    marker, head, behind = parts[place]
    how = (blind.bits, blind.bits, blind.run, blind.cut, blind.deleted, blind.inserted, _restarts)
    return [*parts[:place], (marker, head, random.choice(how)(random, behind)), *parts[place + 1 :]]


def _restarts(random: Random, data: bytes) -> bytes:
    """Adds, removes or renumbers a restart marker."""
    places = [at for at in range(len(data) - 1) if data[at] == 0xFF and 0xD0 <= data[at + 1] <= 0xD7]
    new = bytes([0xFF, 0xD0 + random.randrange(8)])
    if not places or random.random() < 0.3:
        at = random.randrange(len(data) + 1)
        return data[:at] + new + data[at:]
    at = random.choice(places)
    return data[:at] + (new if random.random() < 0.5 else b"") + data[at + 2 :]


def another(random: Random, parts: list[Segment]) -> list[Segment]:
    return part_lists.with_one_of(random, parts, _NEW)


_ALL = (frame, frame, frame, content, content, content, coded, coded, part_lists.reordered, another)


def mutate(random: Random, data: bytes) -> bytes:
    parts = segments(data)
    if not data.startswith(b"\xff\xd8") or not parts:
        return blind.bits(random, data)
    return joined(random.choice(_ALL)(random, parts), random)
