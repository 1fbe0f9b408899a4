"""Mutations of the fields and blocks of BMP, GIF, WebP and PNM."""

from __future__ import annotations

import re
import struct
from random import Random

from . import blind, tiff_parts

#: The fields of a bitmap's headers: (position, struct's letter).
_BITMAP_FIELDS = (
    (10, "I"), (14, "I"), (18, "i"), (22, "i"), (26, "H"), (28, "H"), (28, "H"), (30, "I"), (30, "I"),
    (34, "I"), (46, "I"), (46, "I"), (54, "I"), (58, "I"), (62, "I"), (66, "I"), (2, "I"),
)  # fmt: skip
_BITMAP_VALUES = {
    10: (0, 14, 26, 54, 66, 70, 118, 1078), 14: (12, 16, 40, 52, 56, 64, 108, 124), 26: (0, 1, 2),
    28: (0, 1, 2, 4, 8, 16, 24, 32, 64), 30: (0, 1, 2, 3, 4, 5, 6, 11), 46: (0, 1, 2, 15, 16, 17, 255, 256),
}  # fmt: skip


def bitmap(random: Random, data: bytes) -> bytes:
    shift = 0 if data.startswith(b"BM") else -14
    place, letter = random.choice(_BITMAP_FIELDS)
    start, kind = place + shift, "<" + letter
    if random.random() < 0.15 or start < 0 or start + struct.calcsize(kind) > len(data):
        return random.choice((blind.bits, blind.run, blind.cut, blind.inserted))(random, data)
    old = struct.unpack_from(kind, data, start)[0]
    size = struct.calcsize(kind)
    new = blind.number(random, 8 * size, old)
    if letter == "i" and random.random() < 0.2:
        new = -old & (1 << 8 * size) - 1
    elif place in _BITMAP_VALUES and random.random() < 0.6:
        new = random.choice(_BITMAP_VALUES[place])
    return blind.replaced(data, start, new.to_bytes(size, "little"))


_GIF_EXTENSIONS = (
    b"!\xf9\4\1\0\0\3\0", b"!\xf9\4\0\0\0\0\0", b"!\xf9\4\x0d\0\0\xff\0", b"!\xf9\0", b"!\xf9\2\1\0\0",
    b"!\xfe\5hello\0", b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0", b"!\1\x0c" + bytes(12) + b"\0", b"!", b"\0", b";", b",",
    b"!\xf9\5\1\0\0\3\0\0", b"!\xff\x0bNETSCAPE2.0\0",
)  # fmt: skip


def _gif_descriptor(data: bytes) -> int:
    """The position of the first frame's descriptor; 0 if it cannot be found."""
    if len(data) < 13:
        return 0
    place = 13 + (3 << (data[10] & 7) + 1 if data[10] & 128 else 0)
    while place < len(data) and data[place] == ord("!"):
        place += 2
        while place < len(data) and data[place]:
            place += 1 + data[place]
        place += 1
    return place if place + 10 < len(data) and data[place] == ord(",") else 0


def gif(random: Random, data: bytes) -> bytes:
    descriptor = _gif_descriptor(data)
    kind = random.randrange(6)
    if kind <= 1 and descriptor:
        # Left, top, width and height of the frame, or the size of the screen.
        place = random.choice((6, 8, *range(descriptor + 1, descriptor + 9, 2)))
        old = struct.unpack_from("<H", data, place)[0]
        return blind.replaced(data, place, struct.pack("<H", blind.number(random, 16, old)))
    if kind == 2 and descriptor:
        place = random.choice((4, 10, 11, 12, descriptor + 9, descriptor + 10))
        value = random.choice(
            (0, 1, 2, 3, 7, 8, 9, 11, 12, 13, 64, 128, 135, 192, 199, 255, random.randrange(256))
        )
        return blind.replaced(data, place, bytes([value]))
    if kind == 3 and descriptor:
        return data[:descriptor] + random.choice(_GIF_EXTENSIONS) + data[descriptor:]
    if kind == 4 and descriptor:
        # The codes, including the lengths of their blocks.
        return data[: descriptor + 10] + random.choice(blind.ALL)(random, data[descriptor + 10 :])
    return random.choice(blind.ALL)(random, data)


#: (name, content).
_Chunk = tuple[bytes, bytes]
_WEBP_NEW: tuple[_Chunk, ...] = (
    (b"VP8X", bytes(4) + b"\x1e\0\0\x16\0\0"), (b"VP8X", b"\x10\0\0\0\x1e\0\0\x16\0\0"), (b"ALPH", b"\0" + bytes(713)),
    (b"ALPH", b"\1junk"), (b"EXIF", b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"), (b"ICCP", b"junk"),
    (b"XMP ", b'<r tiff:Orientation="6"/>'), (b"ANIM", bytes(6)), (b"ANMF", bytes(16)), (b"junk", b"xxx"),
)  # fmt: skip


def _webp_chunks(data: bytes) -> list[_Chunk]:
    found: list[_Chunk] = []
    place = 12
    while place + 8 <= len(data):
        size = struct.unpack_from("<I", data, place + 4)[0]
        found.append((data[place : place + 4], data[place + 8 : place + 8 + size]))
        place += 8 + size + size % 2
    return found


def _webp_joined(parts: list[_Chunk], random: Random) -> bytes:
    body = b"".join(name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in parts)
    size = len(body) + 4
    if random.random() < 0.06:
        size = blind.number(random, 32, size)
    return b"RIFF" + struct.pack("<I", size) + b"WEBP" + body


def webp(random: Random, data: bytes) -> bytes:
    parts = _webp_chunks(data)
    if not parts or random.random() < 0.1:
        return random.choice(blind.ALL)(random, data)
    kind = random.randrange(5)
    place = random.randrange(len(parts))
    name, content = parts[place]
    if kind == 0:
        parts.insert(random.randrange(len(parts) + 1), random.choice(_WEBP_NEW))
    elif kind == 1:
        other = random.randrange(len(parts))
        parts[place], parts[other] = parts[other], parts[place]
    elif kind == 2 and len(parts) > 1:
        del parts[place]
    elif kind == 3 and content:
        # The chunk's own header: flags, canvas, size of the frame.
        at = random.randrange(min(len(content), 12))
        value = random.choice((0, 1, 2, 4, 8, 16, 18, 26, 30, 63, 64, 128, 255, random.randrange(256)))
        parts[place] = name, blind.replaced(content, at, bytes([value]))
    elif name == b"EXIF":
        parts[place] = name, tiff_parts.mutate(random, content)
    else:
        parts[place] = (
            name,
            random.choice((blind.bits, blind.run, blind.cut, blind.inserted))(random, content),
        )
    return _webp_joined(parts, random)


_PNM_NUMBERS = (
    b"0", b"1", b"2", b"254", b"255", b"256", b"65535", b"65536", b"00012", b"-1", b"1e3", b"99999999999", b"+3",
    b"4294967297", b"9", b"31", b"",
)  # fmt: skip
_PNM_BETWEEN = (
    b" ",
    b"\n",
    b"\r",
    b"\t",
    b"\x0b",
    b"\x0c",
    b"#c\n",
    b"#c",
    b"\0",
    b"x",
    b"\r\n",
    b"  ",
    b"\x1c",
    b"\x85",
)


def pnm(random: Random, data: bytes) -> bytes:
    head = data[:40]
    tokens = list(re.finditer(rb"[0-9]+", head))
    kind = random.randrange(4)
    if kind == 0 and len(tokens) > 1:
        token = random.choice(tokens[1:5])
        return data[: token.start()] + random.choice(_PNM_NUMBERS) + data[token.end() :]
    if kind == 1:
        at = random.randrange(min(len(data), 24) + 1)
        return data[:at] + random.choice(_PNM_BETWEEN) + data[at:]
    if kind == 2 and len(data) > 3:
        return blind.replaced(
            data, 1, random.choice((b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"f", b"F", b"y"))
        )
    return random.choice(blind.ALL)(random, data)
