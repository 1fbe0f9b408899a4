"""JPEG files about which libjpeg warns, and rare samplings, components and colours."""

from .metadata import segment
from .pictures import CMYK, GREY, RGB, encoded


def files():
    whole = encoded(RGB, "JPEG", quality=92)
    yield from headers(whole)
    yield from colours()
    yield from samplings()
    yield from damaged(whole)


def headers(whole):
    for version in (b"\0\2", b"\2\1", b"\xff\xff"):
        yield f"jfif-{version.hex()}.jpg", whole.replace(b"JFIF\0\1\1", b"JFIF\0" + version)
    yield "no-density.jpg", whole[:13] + b"\xff\0\0\xff\xff" + whole[18:]
    yield "jfif-cut.jpg", whole[:2] + segment(0xE0, b"JFIF\0\1\1") + whole[20:]
    yield "jfxx.jpg", whole[:20] + segment(0xE0, b"JFXX\0\x10abc") + whole[20:]
    yield "profile-in-part.jpg", whole[:20] + segment(0xE2, b"ICC_PROFILE\0\1\3garbage") + whole[20:]
    between = {
        "zeros": b"\0\0", "padding": b"\xff\xff\xff", "stuffing": b"\xff\0", "many": bytes(range(1, 200)), "restart": b"\xff\xd0",
        "comment": segment(0xFE, b""), "unknown": segment(0xEF, b"x" * 300),
    }
    for marker in (0xDB, 0xC0, 0xC4, 0xDA):
        place = whole.index(bytes([0xFF, marker]))
        for name, junk in between.items():
            yield f"{name}-before-{marker:x}.jpg", whole[:place] + junk + whole[place:]
    yield "two-images.jpg", whole + encoded(GREY, "JPEG")
    yield "pages.jpg", encoded(RGB, "MPO", save_all=True, append_images=[RGB])


def colours():
    """Adobe's marker with every transform, and components with various names."""
    for name, picture in {"rgb": RGB, "grey": GREY, "cmyk": CMYK}.items():
        data = encoded(picture, "JPEG", quality=95)
        plain = data[:2] + data[20:] if data[6:10] == b"JFIF" else data
        if b"Adobe" in plain:
            place = plain.index(b"Adobe") - 4
            plain = plain[:place] + plain[place + 16 :]
        yield f"unmarked-{name}.jpg", plain
        for transform in (0, 1, 2, 255):
            adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([transform]))
            yield f"adobe-{transform}-{name}.jpg", plain[:2] + adobe + plain[2:]
            yield f"adobe-{transform}-jfif-{name}.jpg", data[:2] + adobe + data[2:]
    for names in ((0, 1, 2), (82, 71, 66), (1, 34, 35)):
        data = bytearray(encoded(RGB, "JPEG"))
        frame, scan = data.index(b"\xff\xc0"), data.index(b"\xff\xda")
        for number, name in enumerate(names):
            data[frame + 10 + 3 * number] = data[scan + 5 + 2 * number] = name
        yield f"components-{names[0]}-{names[1]}.jpg", bytes(data[:2] + data[20:])


def samplings():
    for progressive in (False, True):
        yield f"411-{progressive}.jpg", encoded(RGB, "JPEG", subsampling="4:1:1", progressive=progressive)
    for name, picture, factors in (
        ("colour", RGB, (0x41, 0x11, 0x11)), ("colour", RGB, (0x21, 0x12, 0x11)),
        ("colour", RGB, (0x11, 0x22, 0x22)), ("grey", GREY, (0x22,)), ("cmyk", CMYK, (0x22, 0x11, 0x11, 0x22)),
    ):
        options = {"subsampling": 0} if name == "colour" else {}
        data = bytearray(encoded(picture, "JPEG", quality=95, **options))
        frame = data.index(b"\xff\xc0")
        for number, factor in enumerate(factors):
            data[frame + 11 + 3 * number] = factor
        yield f"{name}-{'-'.join(f'{factor:02x}' for factor in factors)}.jpg", bytes(data)


def damaged(whole):
    restarts = bytearray(encoded(RGB, "JPEG", restart_marker_blocks=1))
    restarts[restarts.index(b"\xff\xd1") + 1] = 0xD4
    yield "wrong-restart.jpg", bytes(restarts)
    parameters = bytearray(whole)
    parameters[parameters.index(b"\xff\xda") + 12] = 62
    yield "scan-parameters.jpg", bytes(parameters)
    yield "early-end.jpg", whole[: whole.index(b"\xff\xda") + 60] + b"\xff\xd9"
    tables = whole.index(b"\xff\xdb")
    wide = b"\x10" + b"".join(bytes([0, value]) for value in whole[tables + 5 : tables + 69])
    yield "wide-tables.jpg", whole[:tables] + segment(0xDB, wide) + whole[tables + 69 :]
