"""Mutations of a PNG's chunks. Most have correct checksums, because decoders would otherwise stop at the checksum."""

from __future__ import annotations

import struct
import zlib
from random import Random

from . import blind, part_lists

SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: (name, content).
Chunk = tuple[bytes, bytes]

_NEW: tuple[Chunk, ...] = (
    (b"tRNS", b"\0\1"), (b"tRNS", b"\0\1\0\2\0\3"), (b"tRNS", bytes(range(0, 250, 9))), (b"tRNS", b""),
    (b"PLTE", bytes(range(48))), (b"PLTE", b""), (b"PLTE", bytes(7)), (b"gAMA", struct.pack(">I", 45455)),
    (b"gAMA", bytes(4)), (b"bKGD", b"\0\1"), (b"sBIT", b"\5\6\5"), (b"acTL", struct.pack(">II", 2, 0)),
    (b"acTL", bytes(8)), (b"fcTL", struct.pack(">IIIIIHHBB", 0, 13, 7, 0, 0, 1, 1, 0, 0)), (b"IDAT", b""),
    (b"fdAT", bytes(8)), (b"eXIf", b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"),
    (b"eXIf", b"junk"), (b"tEXt", b"Comment\0hello"), (b"zTXt", b"Comment\0\0" + zlib.compress(bytes(999))),
    (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<r tiff:Orientation=\"6\"/>"), (b"IEND", b""), (b"ABCD", b"xx"),
    (b"iCCP", b"x\0\0" + zlib.compress(b"junk")), (b"sRGB", b"\0"), (b"CgBI", bytes(4)), (b"pHYs", bytes(9)),
    (b"zTXt", b"Comment\0\0" + zlib.compress(bytes(3 << 20))),
)  # fmt: skip


def chunks(data: bytes) -> list[Chunk]:
    found: list[Chunk] = []
    place = len(SIGNATURE)
    while place + 8 <= len(data):
        size = struct.unpack_from(">I", data, place)[0]
        found.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + size]))
        place += 12 + size
    return found


def joined(parts: list[Chunk], random: Random) -> bytes:
    """A file of chunks. Sometimes one has a wrong length or a wrong checksum."""
    file = SIGNATURE
    wrong = random.randrange(len(parts)) if parts and random.random() < 0.06 else -1
    for position, (name, content) in enumerate(parts):
        length, checksum = len(content), zlib.crc32(name + content)
        if position == wrong and random.random() < 0.5:
            length = blind.number(random, 32, length)
        elif position == wrong:
            checksum ^= 1 << random.randrange(32)
        file += struct.pack(">I", length) + name + content + struct.pack(">I", checksum)
    return file


def header(random: Random, parts: list[Chunk]) -> list[Chunk]:
    """Changes one field of the first chunk."""
    name, content = parts[0]
    if len(content) < 13:
        return parts
    field = random.randrange(7)
    if field < 2:
        old = struct.unpack_from(">I", content, 4 * field)[0]
        content = blind.replaced(content, 4 * field, struct.pack(">I", blind.number(random, 32, old)))
    else:
        small = random.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 255))
        content = blind.replaced(content, 6 + field, bytes([small]))
    return [(name, content), *parts[1:]]


def content(random: Random, parts: list[Chunk]) -> list[Chunk]:
    """Changes the content of one chunk, mostly of one that contains no pixels."""
    others = [place for place, (name, _) in enumerate(parts) if name not in (b"IDAT", b"IEND")]
    place = random.choice(others) if others and random.random() < 0.75 else random.randrange(len(parts))
    name, old = parts[place]
    new = random.choice((blind.bits, blind.run, blind.cut, blind.deleted, blind.inserted))(random, old)
    return [*parts[:place], (name, new), *parts[place + 1 :]]


def another(random: Random, parts: list[Chunk]) -> list[Chunk]:
    return part_lists.with_one_of(random, parts, _NEW)


def renamed(random: Random, parts: list[Chunk]) -> list[Chunk]:
    place = random.randrange(len(parts))
    name = bytearray(parts[place][0])
    if name:
        # Bit 5 of each letter determines whether the chunk is critical, public, and safe to copy.
        name[random.randrange(len(name))] ^= random.choice((32, 32, 1, 128))
    return [*parts[:place], (bytes(name), parts[place][1]), *parts[place + 1 :]]


def _with_pixels(parts: list[Chunk], packed: bytes) -> list[Chunk]:
    """Moves all pixel data to the position of its first chunk."""
    place = next(place for place, (name, _) in enumerate(parts) if name == b"IDAT")
    rest = [part for part in parts[place:] if part[0] != b"IDAT"]
    return [*parts[:place], (b"IDAT", packed), *rest]


def rows(random: Random, parts: list[Chunk]) -> list[Chunk]:
    """Changes the uncompressed rows: filters, samples, too few, too many."""
    packed = b"".join(content for name, content in parts if name == b"IDAT")
    try:
        raw = zlib.decompressobj().decompress(packed, 1 << 20)
    except zlib.error:
        return parts
    if not raw:
        return parts
    kind = random.randrange(4)
    if kind == 0:
        raw = blind.bits(random, raw)
    elif kind == 1:
        raw = raw[: random.choice((0, 1, len(raw) // 2, len(raw) - 1))]
    elif kind == 2:
        raw += bytes(random.choice((1, 5, 100, 9000)))
    else:
        raw = bytes([random.choice((1, 2, 3, 4, 5, 6, 255))]) + raw[1:]
    return _with_pixels(parts, zlib.compress(raw, random.choice((0, 1, 9))))


def stream(random: Random, parts: list[Chunk]) -> list[Chunk]:
    """Changes the zlib stream: its header, its checksum, its end, and its division into chunks."""
    packed = b"".join(content for name, content in parts if name == b"IDAT")
    if len(packed) < 8:
        return parts
    kind = random.randrange(6)
    if kind == 0:
        packed = bytes([random.choice((0x08, 0x18, 0x48, 0x68, 0x78, 0x79, 0x88))]) + packed[1:]
    elif kind == 1:
        packed = packed[:-4] + random.randbytes(4)
    elif kind == 2:
        packed = packed[: -random.randrange(1, 8)]
    elif kind == 3:
        packed += random.randbytes(random.randrange(1, 40))
    elif kind == 4:
        packed = blind.bits(random, packed)
    else:
        place = next(place for place, (name, _) in enumerate(parts) if name == b"IDAT")
        cut = random.randrange(len(packed))
        whole = _with_pixels(parts, packed)
        between = [random.choice(_NEW)] if random.random() < 0.3 else []
        halves = [(b"IDAT", packed[:cut]), *between, (b"IDAT", packed[cut:])]
        return [*whole[:place], *halves, *whole[place + 1 :]]
    return _with_pixels(parts, packed)


_ALL = (header, header, content, content, part_lists.reordered, another, another, renamed, rows, stream)


def mutate(random: Random, data: bytes) -> bytes:
    parts = chunks(data)
    if not data.startswith(SIGNATURE) or not any(name == b"IDAT" for name, _ in parts):
        return blind.bits(random, data)
    return joined(random.choice(_ALL)(random, parts), random)
