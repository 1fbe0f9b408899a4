"""Orientations in all places where Pillow's getexif finds them, and in places where it does not."""

import struct
import zlib

from png_file import chunk

from .pictures import RGB, encoded

ORIENTATION = 274
FORMATS = {1: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 11: "f", 13: "I"}
FAR = {5: "II", 10: "ii", 12: "d", 16: "Q", 3: "HHH"}
SOFTWARE = (305, 2, 4, b"ab\0\0")


def tiff(entries, order="<", magic=None, behind=b""):
    head = magic or (b"II*\0" if order == "<" else b"MM\0*")
    body = b"".join(struct.pack(order + "HHI", tag, kind, count) + value for tag, kind, count, value in entries)
    return head + struct.pack(order + "IH", 8, len(entries)) + body + bytes(4) + behind


def near(value, kind=3, order="<", count=1):
    return (ORIENTATION, kind, count, struct.pack(order + FORMATS[kind], value).ljust(4, b"\0"))


def far(kind, values, order):
    place = (ORIENTATION, kind, len(values) if kind == 3 else 1, struct.pack(order + "I", 26))
    return tiff([place], order, behind=struct.pack(order + FAR[kind], *values))


def exifs():
    """Orientations of every type and byte order, and in unusual directories."""
    for order, name in ("<", "le"), (">", "be"):
        for kind in FORMATS:
            yield f"type-{kind}-{name}", tiff([near(6, kind, order)], order)
        for value in (0, 9, 65535):
            yield f"value-{value}-{name}", tiff([near(value, 3, order)], order)
        for kind, values in {5: (12, 2), 10: (-6, -1), 12: (6.0,), 16: (6,), 3: (6, 7, 8)}.items():
            yield f"far-{kind}-{name}", far(kind, values, order)
        swapped = b"II\0*" if order == "<" else b"MM*\0"
        yield f"swapped-{name}", tiff([near(6, 3, order)], order, magic=swapped)
        beyond = (270, 2, 6, struct.pack(order + "I", 1000))
        yield f"entry-beyond-{name}", tiff([beyond, near(6, 3, order)], order)
        huge = (270, 2, 600_000, struct.pack(order + "I", 1000))
        yield f"entry-huge-{name}", tiff([huge, near(6, 3, order)], order)
    yield "text", tiff([(ORIENTATION, 2, 2, b"6\0\0\0")])
    yield "first-of-two", tiff([near(6), near(3)])
    yield "unknown-type-first", tiff([(ORIENTATION, 99, 1, b"\3\0\0\0"), near(6)])
    yield "no-count-first", tiff([near(3, count=0), near(6)])
    yield "unsorted", tiff([SOFTWARE, near(6)])
    yield "cut", tiff([near(6), SOFTWARE])[:-10]


def xmp(text):
    return b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>' + text + b"</rdf:RDF></x:xmpmeta>"


XMPS = {
    "attribute": xmp(b'<rdf:Description tiff:Orientation="6"/>'),
    "element": xmp(b"<rdf:Description><tiff:Orientation>6</tiff:Orientation></rdf:Description>"),
    "zero": xmp(b'<r tiff:Orientation="0"/>'),
    "two-digits": xmp(b'<r tiff:Orientation="68"/>'),
    "single-quotes": xmp(b"<r tiff:Orientation='6'/>"),
    "spaces": xmp(b"<tiff:Orientation> 6</tiff:Orientation>"),
    "second": xmp(b'<r tiff:Orientation="x"/><tiff:OrientationX>3<tiff:Orientation>8</tiff:Orientation>'),
    "not-utf8": xmp(b'\xff\xfe<r tiff:Orientation="6"/>'),
}
SIX, THREE = tiff([near(6)]), tiff([near(3)])


def segment(marker, payload):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(payload) + 2) + payload


def exif_segment(data):
    return segment(0xE1, b"Exif\0\0" + data)


def xmp_segment(data):
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + data)


def jpegs():
    whole = encoded(RGB, "JPEG", quality=92)

    def with_segments(*segments, at=2):
        return whole[:at] + b"".join(segments) + whole[at:]

    for name, data in exifs():
        yield f"exif-{name}.jpg", with_segments(exif_segment(data))
    for name, data in XMPS.items():
        yield f"xmp-{name}.jpg", with_segments(xmp_segment(data))
    six = XMPS["attribute"]
    yield "exif-0-xmp.jpg", with_segments(exif_segment(tiff([near(0)])), xmp_segment(six))
    yield "exif-bytes-xmp.jpg", with_segments(exif_segment(tiff([near(3, 1)])), xmp_segment(six))
    yield "exif-without-xmp.jpg", with_segments(exif_segment(tiff([SOFTWARE])), xmp_segment(six))
    yield "exif-wrong-xmp.jpg", with_segments(exif_segment(b"XX" + SIX), xmp_segment(six))
    yield "xmp-exif.jpg", with_segments(xmp_segment(six), exif_segment(THREE))
    yield "xmp-twice.jpg", with_segments(xmp_segment(six), xmp_segment(XMPS["second"]))
    yield "exif-twice.jpg", with_segments(exif_segment(SIX), exif_segment(THREE))
    yield "exif-in-parts.jpg", with_segments(exif_segment(SIX[:12]), exif_segment(SIX[12:]))
    yield "exif-behind-another.jpg", with_segments(segment(0xE1, b"hello"), exif_segment(SIX))
    yield "exif-in-app2.jpg", with_segments(segment(0xE2, b"Exif\0\0" + SIX))
    yield "exif-behind-tables.jpg", with_segments(exif_segment(SIX), at=whole.index(b"\xff\xc4"))
    yield "exif-behind-padding.jpg", with_segments(b"\xff\xff\xff", exif_segment(SIX))
    yield "exif-behind-junk.jpg", with_segments(b"\0\1\2", exif_segment(SIX), at=20)


def raw_profile(data):
    digits = data.hex().encode()
    lines = b"\n".join(digits[place : place + 72] for place in range(0, len(digits), 72))
    return b"\nexif\n%8d\n" % len(data) + lines + b"\n"


def text_chunks(keyword, text):
    yield "text", chunk(b"tEXt", keyword + b"\0" + text)
    yield "compressed", chunk(b"zTXt", keyword + b"\0\0" + zlib.compress(text))
    yield "international", chunk(b"iTXt", keyword + b"\0\0\0en\0Key\0" + text)
    yield "international-compressed", chunk(b"iTXt", keyword + b"\0\1\0\0\0" + zlib.compress(text))


def pngs():
    whole = encoded(RGB, "PNG")
    front, end = 33, len(whole) - 12

    def with_chunks(*chunks, at=front):
        return whole[:at] + b"".join(chunks) + whole[at:]

    for name, data in {"plain": SIX, "prefix": b"Exif\0\0" + SIX}.items():
        yield f"exif-{name}.png", with_chunks(chunk(b"eXIf", data))
        yield f"exif-{name}-behind.png", with_chunks(chunk(b"eXIf", data), at=end)
        for kind, made in text_chunks(b"Raw profile type exif", raw_profile(data)):
            yield f"raw-{name}-{kind}.png", with_chunks(made)
            yield f"raw-{name}-{kind}-behind.png", with_chunks(made, at=end)
        yield f"raw-{name}-app1.png", with_chunks(chunk(b"tEXt", b"Raw profile type APP1\0" + raw_profile(data)))
    for name, data in XMPS.items():
        for kind, made in text_chunks(b"XML:com.adobe.xmp", data):
            yield f"xmp-{name}-{kind}.png", with_chunks(made)
    raw = chunk(b"tEXt", b"Raw profile type exif\0" + raw_profile(SIX))
    yield "raw-capitals.png", with_chunks(chunk(b"tEXt", b"Raw profile type exif\0" + raw_profile(SIX).upper()))
    yield "raw-crlf.png", with_chunks(raw_crlf())
    yield "raw-exif.png", with_chunks(raw, chunk(b"eXIf", THREE))
    yield "raw-damaged.png", with_chunks(chunk(b"zTXt", b"Raw profile type exif\0\0nonsense"))
    yield "exif-text.png", with_chunks(chunk(b"tEXt", b"exif\0" + SIX))
    yield "exif-twice.png", with_chunks(chunk(b"eXIf", THREE), chunk(b"eXIf", SIX))
    yield "exif-empty.png", with_chunks(chunk(b"eXIf", b""))
    yield "exif-xmp.png", with_chunks(chunk(b"eXIf", THREE), chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMPS["element"]))


def raw_crlf():
    return chunk(b"tEXt", b"Raw profile type exif\0" + raw_profile(SIX).replace(b"\n", b"\r\n"))


def webps():
    coded = encoded(RGB, "WEBP", lossless=True)
    frame = b"VP8L", coded[20 : 20 + struct.unpack("<I", coded[16:20])[0]]

    def webp(flags, *behind):
        canvas = struct.pack("<I", RGB.width - 1)[:3] + struct.pack("<I", RGB.height - 1)[:3]
        return riff((b"VP8X", bytes([flags, 0, 0, 0]) + canvas), frame, *behind)

    for name, data in {"plain": SIX, "prefix": b"Exif\0\0" + SIX}.items():
        yield f"exif-{name}.webp", webp(8, (b"EXIF", data))
    yield "exif-unannounced.webp", webp(0, (b"EXIF", SIX))
    yield "exif-twice.webp", webp(8, (b"EXIF", THREE), (b"EXIF", SIX))
    for name, data in XMPS.items():
        yield f"xmp-{name}.webp", webp(4, (b"XMP ", data))
    yield "exif-xmp.webp", webp(12, (b"EXIF", THREE), (b"XMP ", XMPS["attribute"]))
    yield "xmp-unannounced.webp", webp(0, (b"XMP ", XMPS["attribute"]))
    yield "xmp-simple.webp", riff(frame, (b"XMP ", XMPS["attribute"]))


def riff(*chunks):
    body = b"".join(name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def files():
    yield from jpegs()
    yield from pngs()
    yield from webps()
