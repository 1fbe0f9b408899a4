"""GIF files: frames that do not fill their screen, palettes, transparency, interlacing and code lengths."""

import struct

from .pictures import RNG

PALETTE = RNG.bytes(768)
SMALL = RNG.bytes(48)
RAMP = bytes(place // 3 for place in range(768))


def codes(indices, bits, clears=True, ends=True):
    """Lempel-Ziv-Welch, packed into blocks."""
    clear, size, following = 1 << bits, bits + 1, (1 << bits) + 2
    table = {(value,): value for value in range(clear)}
    packed, pending, waiting = bytearray(), 0, 0

    def emit(code):
        nonlocal pending, waiting
        pending |= code << waiting
        waiting += size
        while waiting >= 8:
            packed.append(pending & 255)
            pending, waiting = pending >> 8, waiting - 8

    emit(clear)
    current = ()
    for index in indices:
        longer = current + (int(index),)
        if longer in table:
            current = longer
            continue
        emit(table[current])
        if following < 4096:
            table[longer] = following
            size += following == 1 << size and size < 12
            following += 1
        elif clears:
            emit(clear)
            size, following = bits + 1, clear + 2
            table = {(value,): value for value in range(clear)}
        current = (int(index),)
    emit(table[current])
    if ends:
        emit(clear + 1)
    if waiting:
        packed.append(pending & 255)
    blocks = b"".join(bytes([len(packed[at : at + 255])]) + packed[at : at + 255] for at in range(0, len(packed), 255))
    return bytes([bits]) + blocks + b"\0"


def table_flag(palette):
    return 0 if palette is None else 0x80 | (len(palette) // 3).bit_length() - 2


def gif(screen, frame, indices, palette, own=None, transparent=None, interlaced=False, bits=8, extension=b"", **options):
    """`frame` is left, top, width and height."""
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, table_flag(palette), 9, 0) + (palette or b"")
    if transparent is not None:
        extension += b"!\xf9\4\1\0\0" + bytes([transparent, 0])
    flags = table_flag(own) | 0x40 * interlaced
    descriptor = b"," + struct.pack("<HHHHB", *frame, flags) + (own or b"")
    return head + extension + descriptor + codes(indices, bits, **options) + b";"


def files():
    whole, part = (0, 0, 29, 19), (3, 4, 11, 9)
    for transparent in (None, 0, 7, 255):
        for interlaced in (False, True):
            options = {"transparent": transparent, "interlaced": interlaced}
            name = f"{transparent}-{interlaced}.gif"
            yield f"whole-{name}", gif((29, 19), whole, RNG.integers(0, 256, 551), PALETTE, **options)
            yield f"part-{name}", gif((29, 19), part, RNG.integers(0, 256, 99), PALETTE, **options)
            yield f"beyond-{name}", gif((10, 8), part, RNG.integers(0, 256, 99), PALETTE, **options)
            yield f"own-{name}", gif((29, 19), part, RNG.integers(0, 16, 99), PALETTE, own=SMALL, bits=4, **options)
            yield f"only-own-{name}", gif((29, 19), part, RNG.integers(0, 16, 99), None, own=SMALL, bits=4, **options)
            yield f"no-palette-{name}", gif((29, 19), part, RNG.integers(0, 256, 99), None, **options)
            yield f"ramp-{name}", gif((29, 19), part, RNG.integers(0, 256, 99), RAMP, **options)
            yield f"short-palette-{name}", gif((29, 19), part, RNG.integers(0, 256, 99), SMALL, **options)
    for height in (1, 2, 3, 4, 5, 8, 9):
        yield f"interlaced-{height}.gif", gif((5, height), (0, 0, 5, height), RNG.integers(0, 256, 5 * height), PALETTE, interlaced=True)
    for bits in range(2, 9):
        yield f"bits-{bits}.gif", gif((60, 50), (0, 0, 60, 50), RNG.integers(0, 1 << bits, 3000), PALETTE, bits=bits)
    many = RNG.integers(0, 256, 8000)
    yield "full-table.gif", gif((100, 80), (0, 0, 100, 80), many, PALETTE)
    yield "never-cleared.gif", gif((100, 80), (0, 0, 100, 80), many, PALETTE, clears=False)
    yield "flat.gif", gif((100, 80), (0, 0, 100, 80), [5] * 8000, PALETTE)
    yield "no-end-code.gif", gif((29, 19), whole, RNG.integers(0, 256, 551), PALETTE, ends=False)
    yield "too-many.gif", gif((29, 19), whole, RNG.integers(0, 256, 600), PALETTE)
    extensions = {
        "comment": b"!\xfe\5hello\0", "loop": b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0", "words": b"!\x01\x0c" + bytes(12) + b"\3abc\0",
        "two-controls": b"!\xf9\4\1\0\0\7\0!\xf9\4\0\0\0\3\0", "xmp": b'!\xff\x0bXMP DataXMP<r tiff:Orientation="6"/>\1' + bytes(range(255, -1, -1)) + b"\0",
    }
    for name, extension in extensions.items():
        yield f"{name}.gif", gif((29, 19), whole, RNG.integers(0, 256, 551), PALETTE, extension=extension)
