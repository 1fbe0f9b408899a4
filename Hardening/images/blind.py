"""Mutations that are independent of the format."""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random

#: Values for numbers in headers: the limits of their ranges, and the values beside them.
EXTREMES = (
    0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 64, 127, 128, 255, 256, 257, 1000, 4095, 4096, 16383, 16384,
    32767, 32768, 65500, 65535, 65536, 0xFFFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF,
)  # fmt: skip

Mutation = Callable[[Random, bytes], bytes]


def number(random: Random, bits: int, old: int = 0) -> int:
    """A limit, a neighbour of the old value, or any other value."""
    choice = random.random()
    if choice < 0.55:
        value = random.choice(EXTREMES)
    elif choice < 0.8:
        value = old + random.choice((-2, -1, 1, 2))
    else:
        value = random.getrandbits(bits)
    return value & (1 << bits) - 1


def replaced(data: bytes, start: int, new: bytes) -> bytes:
    """Replaces bytes of the data by the same number of new bytes."""
    return data[:start] + new + data[start + len(new) :]


def bits(random: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 4, 16))):
        if changed:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def run(random: Random, data: bytes) -> bytes:
    start = random.randrange(len(data) + 1)
    length = min(random.choice((1, 2, 4, 8, 32)), len(data) - start)
    value = random.choice((b"\0", b"\xff", b"\x7f", b"\x80", None))
    return replaced(data, start, random.randbytes(length) if value is None else value * length)


def cut(random: Random, data: bytes) -> bytes:
    """Truncates the file, in half of the cases near the end."""
    if random.random() < 0.5:
        return data[: max(0, len(data) - random.choice((1, 2, 3, 4, 8, 12, 16, 20)))]
    return data[: random.randrange(len(data) + 1)]


def deleted(random: Random, data: bytes) -> bytes:
    start = random.randrange(len(data) + 1)
    return data[:start] + data[start + random.choice((1, 2, 4, 12, 100)) :]


def inserted(random: Random, data: bytes) -> bytes:
    start = random.randrange(len(data) + 1)
    length = random.choice((1, 2, 4, 12, 100))
    extra = random.randbytes(length) if random.random() < 0.5 else bytes(length)
    return data[:start] + extra + data[start:]


def repeated(random: Random, data: bytes) -> bytes:
    """Repeats a part of the file, directly behind it or elsewhere."""
    start = random.randrange(len(data) + 1)
    part = data[start : start + random.choice((4, 16, 64, 256))]
    place = random.randrange(len(data) + 1)
    return data[:place] + part + data[place:]


def word(random: Random, data: bytes) -> bytes:
    """Changes a number of two or four bytes near the start, where headers are."""
    size = random.choice((2, 4))
    if len(data) < size:
        return data
    start = random.randrange(min(len(data) - size + 1, 120))
    order = random.choice("<>")
    kind = order + ("H" if size == 2 else "I")
    old = struct.unpack_from(kind, data, start)[0]
    return replaced(data, start, struct.pack(kind, number(random, 8 * size, old)))


def appended(random: Random, data: bytes) -> bytes:
    return data + random.choice((bytes(16), random.randbytes(40), data))


ALL: tuple[Mutation, ...] = (bits, bits, run, cut, deleted, inserted, repeated, word, appended)


def spliced(random: Random, data: bytes, other: bytes) -> bytes:
    """Joins the start of one file and the end of another one."""
    if random.random() < 0.5:
        # Cut both at about the same share, so that the second part may fit.
        share = random.random()
        return data[: int(share * len(data))] + other[int(share * len(other)) :]
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]
