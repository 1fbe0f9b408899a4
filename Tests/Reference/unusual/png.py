"""PNG files with unusual chunks around their pixels."""

import struct
import zlib

from png_file import chunk, png

from .pictures import RNG

WIDTH, HEIGHT = 11, 7


def rows(bits=24):
    return b"".join(bytes([y % 5]) + RNG.bytes((bits * WIDTH + 7) // 8) for y in range(HEIGHT))


def rgb(**chunks):
    return png(WIDTH, HEIGHT, 8, 2, zlib.compress(rows()), **chunks)


ANCILLARY = {
    "gAMA": bytes(4), "cHRM": bytes(32), "sRGB": b"\x09", "sBIT": bytes(3), "bKGD": b"\xff" * 6, "hIST": bytes(20),
    "pHYs": bytes(8) + b"\7", "tIME": b"\xff" * 7, "sPLT": bytes(2), "tEXt": b"\0hello", "zTXt": b"Comment\0\0nonsense",
    "iTXt": b"Comment\0\0\0\xff\0c\0\xff", "eXIf": b"", "cICP": b"\1\x0d\0\1", "vpAg": bytes(9), "iDOT": bytes(28),
}
PROFILES = {
    "no-profile": b"x\0\0" + zlib.compress(b"junk"), "damaged": b"x\0\0nonsense", "no-name": b"\0\0" + zlib.compress(b"junk"),
    "cut": b"x\0\0" + zlib.compress(bytes(range(256)) * 4)[:-20], "long-name": b"x" * 100 + b"\0\0" + zlib.compress(b"junk"),
    "spaces": b" x \0\0" + zlib.compress(b"junk"),
}


def files():
    for name, data in ANCILLARY.items():
        made = chunk(name.encode(), data)
        yield f"{name}.png", rgb(before=made)
        yield f"{name}-behind.png", rgb(after=made)
        yield f"{name}-twice.png", rgb(before=made * 2)
    for name in ("sBIT", "bKGD", "hIST", "tIME", "tEXt", "zTXt", "iTXt", "sPLT", "vpAg"):
        yield f"{name}-empty.png", rgb(before=chunk(name.encode(), b""))
    for name, data in PROFILES.items():
        yield f"profile-{name}.png", rgb(before=chunk(b"iCCP", data))
        yield f"profile-{name}-srgb.png", rgb(before=chunk(b"iCCP", data) + chunk(b"sRGB", b"\0"))
    yield "unknown-critical.png", rgb(before=chunk(b"ABCD", b"xx"))
    yield "odd-palette.png", rgb(before=chunk(b"PLTE", RNG.bytes(7)))
    yield from palettes()
    yield from pixels()


def palettes():
    for bits in (1, 2, 4, 8):
        for colours in {1, (1 << bits) - 1, min((1 << bits) + 3, 256)}:
            before = chunk(b"PLTE", RNG.bytes(3 * colours))
            yield f"palette-{bits}-{colours}.png", png(WIDTH, HEIGHT, bits, 3, zlib.compress(rows(bits)), before=before)
    for name, palette in {"none": b"", "empty": chunk(b"PLTE", b""), "cut": chunk(b"PLTE", RNG.bytes(200))}.items():
        yield f"palette-{name}.png", png(WIDTH, HEIGHT, 8, 3, zlib.compress(rows(8)), before=palette)
    palette = chunk(b"PLTE", RNG.bytes(768))
    for name, alphas in {"one": b"\0", "all": RNG.bytes(256), "empty": b""}.items():
        before = palette + chunk(b"tRNS", alphas)
        yield f"transparent-{name}.png", png(WIDTH, HEIGHT, 8, 3, zlib.compress(rows(8)), before=before)


def pixels():
    whole = rgb()
    place = whole.index(b"IDAT") - 4
    yield "empty-pixels-first.png", whole[:place] + chunk(b"IDAT", b"") + whole[place:]
    yield "empty-pixels-last.png", whole[:-12] + chunk(b"IDAT", b"") + whole[-12:]
    yield "no-end.png", whole[:-12]
    for count in range(13, 20):
        yield f"cut-{count}.png", whole[:-count]
    yield "trailing.png", whole + b"junk" * 9
    yield "pixels-behind-pixels.png", whole[:-12] + chunk(b"IDAT", b"extra") + whole[-12:]
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0))
    yield "long-header.png", whole[:8] + chunk(b"IHDR", whole[16:29] + b"\0") + whole[33:]
    yield "second-header.png", whole[:33] + header + whole[33:]
    yield "late-header.png", whole[:8] + chunk(b"tEXt", b"a\0b") + whole[8:]
    yield "no-frames.png", rgb(before=chunk(b"acTL", bytes(8)))
