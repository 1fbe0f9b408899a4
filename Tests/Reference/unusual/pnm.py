"""PNM files with every maximum value, spacing and kind of comment that Pillow reads."""

import numpy as np

from .pictures import RNG

GREATEST = (1, 2, 3, 7, 15, 31, 64, 100, 127, 128, 200, 254, 255, 256, 257, 1000, 1023, 4095, 32768, 65534, 65535)


def header(kind, width, height, greatest=None):
    return b"P%d\n%d %d\n" % (kind, width, height) + (b"%d\n" % greatest if greatest else b"")


def words(values):
    return b" ".join(b"%d" % value for value in values.ravel())


def files():
    for greatest in GREATEST:
        bytes_each = ">u2" if greatest > 255 else "u1"
        grey, colour = RNG.integers(0, greatest + 1, (7, 11)), RNG.integers(0, greatest + 1, (7, 11, 3))
        yield f"bytes-{greatest}.pgm", header(5, 11, 7, greatest) + grey.astype(bytes_each).tobytes()
        yield f"bytes-{greatest}.ppm", header(6, 11, 7, greatest) + colour.astype(bytes_each).tobytes()
        yield f"words-{greatest}.pgm", header(2, 11, 7, greatest) + words(grey)
        yield f"words-{greatest}.ppm", header(3, 11, 7, greatest) + words(colour)
        beyond = RNG.integers(0, np.iinfo(bytes_each[-2:]).max + 1, (7, 11, 3)).astype(bytes_each)
        yield f"beyond-{greatest}.ppm", header(6, 11, 7, greatest) + beyond.tobytes()
    for width in (1, 7, 8, 9, 17):
        bits = RNG.integers(0, 2, width * 5)
        yield f"bits-{width}.pbm", header(4, width, 5) + RNG.bytes((width + 7) // 8 * 5)
        yield f"words-{width}.pbm", header(1, width, 5) + words(bits)
        yield f"digits-{width}.pbm", header(1, width, 5) + words(bits).replace(b" ", b"") + b"\n"
    yield from spacings()


def spacings():
    """`RAW` contains no byte that looks like white space or a digit."""
    raw = RNG.integers(200, 250, 9).astype("u1").tobytes()
    heads = (
        b"P5 3 3 255 ", b"P5\t3\r3\x0b255\x0c", b"P5\r\n3 3\r\n255\n", b"P5\n# c\n3 3\n255\n", b"P5\n3 # c\n3\n255\n",
        b"P5\n3#c\n 3\n255\n", b"P5\n3 3\n#a\n#b\n255\n", b"P5\n3 3\n255#c\n\n", b"P5\n3 3\n# c\r255\n", b"P5 #c\n3 3\n255\n",
        b"P5\n\n\n3    3\n\n255\n", b"P5\n03 003\n0255\n", b"P5\n3 3 25#x\n5\n", b"P5\n 3 3 \n255\n",
    )
    for number, head in enumerate(heads):
        yield f"spacing-{number}.pgm", head + raw
    bits = (b"0 1 1#c\n0 1 0 1 0 1", b"011#c\n010101", b"#x\n#y\n0 1 1 0 1 0 1 0 1", b"0 1 1 0 1 0 1 0 1 1 1", b"0\x0b1\x0c1\t0\r10101")
    for number, body in enumerate(bits):
        yield f"spacing-{number}.pbm", b"P1\n3 3\n" + body
    values = (
        b"1 2 3 4 5 6 7 8 9", b"1 2 3#c\n4 5 6 7 8 9 10", b"1 2 3 #c\n4 5 6 7 8 9", b"1 2 3 4 5 6 7 8 9 10 x", b"1 2 3 4 5 6 7 8 009",
        b"1 2 3 4 5 6 7 8 9#end", b"1\r\n2\r\n3\r\n#c\r\n4\r\n5 6 7 8 9\r\n",
    )
    for number, body in enumerate(values):
        yield f"spacing-words-{number}.pgm", b"P2\n3 3\n255\n" + body
    yield "two-images.pgm", (b"P5\n3 3\n255\n" + raw) * 2
