"""Bitmaps of every header, depth, palette, mask and run length that Pillow reads."""

import struct

from .pictures import RNG

WIDTH, HEIGHT = 13, 6


def row_bytes(bits):
    return (WIDTH * bits + 31) // 32 * 4


def bitmap(bits, coding, rows, behind=b"", header=40, colours=0, offset=None, height=HEIGHT, gap=b""):
    start = 14 + header + len(behind) + len(gap) if offset is None else offset
    information = struct.pack("<IiiHHIIiiII", header, WIDTH, height, 1, bits, coding, len(rows), 0, 0, colours, 0)
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, start) + information + behind + gap + rows


MASKS = {
    32: [
        (0xFF0000, 0xFF00, 0xFF, 0), (0xFF000000, 0xFF0000, 0xFF00, 0xFF), (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
        (0xFF000000, 0xFF00, 0xFF, 0xFF0000), (0, 0, 0, 0),
    ],
    24: [(0xFF0000, 0xFF00, 0xFF, 0)],
    16: [(0xF800, 0x7E0, 0x1F, 0), (0x7C00, 0x3E0, 0x1F, 0x8000)],
}


def files():
    for bits in (1, 4, 8, 16, 24, 32):
        rows = RNG.bytes(row_bytes(bits) * HEIGHT)
        palette = RNG.bytes(4 << bits) if bits <= 8 else b""
        padding = row_bytes(bits) - (WIDTH * bits + 7) // 8
        yield f"bits-{bits}.bmp", bitmap(bits, 0, rows, palette)
        yield f"bits-{bits}-down.bmp", bitmap(bits, 0, rows, palette, height=-HEIGHT)
        yield f"bits-{bits}-unpadded.bmp", bitmap(bits, 0, rows[: len(rows) - padding], palette)
        yield f"bits-{bits}-nowhere.bmp", bitmap(bits, 0, rows, palette, offset=0)
        yield f"bits-{bits}-gap.bmp", bitmap(bits, 0, rows, palette, gap=b"gap" * 5)
        core = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, bits)
        colours = RNG.bytes(3 << bits) if bits <= 8 else b""
        yield f"bits-{bits}-os2.bmp", b"BM" + struct.pack("<IHHI", 0, 0, 0, 26 + len(colours)) + core + colours + rows
        if bits <= 8:
            yield f"bits-{bits}-on-palette.bmp", bitmap(bits, 0, rows, palette, offset=54)
            for count in {1, (1 << bits) - 1}:
                yield f"palette-{bits}-{count}.bmp", bitmap(bits, 0, rows, RNG.bytes(4 * count), colours=count)
        yield f"bare-{bits}.dib", bitmap(bits, 0, rows, palette)[14:]
    yield from few_colours()
    yield from masks()
    yield from runs()


def few_colours():
    """Bitmaps of one bit that use one colour, black, with and without a stored white; and more colours than
    the file can contain."""
    rows = RNG.bytes(row_bytes(1) * HEIGHT)
    for name, palette in ("black", bytes(4)), ("black-and-white", bytes(4) + b"\xff\xff\xff\0"), ("white", b"\xff\xff\xff\0"):
        yield f"one-colour-{name}.bmp", bitmap(1, 0, rows, palette, colours=1)
    rows = (RNG.integers(0, 16, row_bytes(8) * HEIGHT, dtype="uint8")).tobytes()
    for colours in (17, 256, 300, 65536):
        yield f"colours-{colours}.bmp", bitmap(8, 0, rows, RNG.bytes(4 * 16), colours=colours)


def masks():
    for bits, kinds in MASKS.items():
        rows = RNG.bytes(row_bytes(bits) * HEIGHT)
        for number, kind in enumerate(kinds):
            for header in (40, 52, 56, 108, 124):
                if header < 56 and kind[3] and bits == 32:
                    continue
                behind = struct.pack("<IIII", *kind)[: 12 if header < 56 else 16].ljust(max(12, header - 40), b"\0")
                start = 14 + 40 + len(behind)
                yield f"masks-{bits}-{number}-{header}.bmp", bitmap(bits, 3, rows, behind, header, offset=start)
            nowhere = struct.pack("<III", *kind[:3])
            if not kind[3]:
                yield f"masks-{bits}-{number}-nowhere.bmp", bitmap(bits, 3, rows, nowhere, offset=0)


def runs():
    eight, four = RNG.bytes(4 << 8), RNG.bytes(4 << 4)
    runs = bytes([5, 7, 0, 5]) + RNG.bytes(5) + bytes([0, 3, 9, 0, 0])
    mixed = runs * HEIGHT + b"\0\1"
    for height in (HEIGHT, -HEIGHT):
        yield f"runs-8-{height}.bmp", bitmap(8, 1, mixed, eight, height=height)
        nibbles = b"".join(bytes([0, 7]) + RNG.bytes(4) + bytes([6, int(RNG.integers(256)), 0, 0]) for _ in range(HEIGHT))
        yield f"runs-4-{height}.bmp", bitmap(4, 2, nibbles + b"\0\1", four, height=height)
    short = b"".join(bytes([5, row, 0, 0]) for row in range(HEIGHT)) + b"\0\1"
    yield "runs-short.bmp", bitmap(8, 1, short, eight)
    yield "runs-long.bmp", bitmap(8, 1, short.replace(b"\5", b"\x14"), eight)
    yield "runs-moved.bmp", bitmap(8, 1, bytes([4, 7, 0, 2, 3, 1, 5, 9, 0, 0]) + mixed, eight)
    yield "runs-moved-to-the-end.bmp", bitmap(8, 1, bytes([4, 7, 0, 2, 0, 255]), eight)
    yield "runs-no-end.bmp", bitmap(8, 1, mixed[:-2], eight)
