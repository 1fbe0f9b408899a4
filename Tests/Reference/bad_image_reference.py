"""Damaged image files.

Usage: bad_image_reference.py FOLDER
Prints the names of intact files, one of each format, as JSON.
"""

import io
import json
import os
import pathlib
import struct
import sys
import zlib

import numpy as np
from PIL import Image
from png_file import chunk, png
from unusual.tiff import tiff

FOLDER = pathlib.Path(sys.argv[1])
RNG = np.random.default_rng(24)
NOISE = Image.fromarray(RNG.integers(0, 256, (48, 64, 3), dtype=np.uint8))


def encoded(kind, **options):
    buffer = io.BytesIO()
    NOISE.save(buffer, kind, **options)
    return buffer.getvalue()


def write(name, data):
    (FOLDER / name).write_bytes(data)


def damaged(data, position):
    return data[:position] + bytes(byte ^ 0x55 for byte in data[position : position + 8]) + data[position + 8 :]


whole = {
    "whole.jpg": encoded("JPEG"),
    "whole-progressive.jpg": encoded("JPEG", progressive=True),
    "whole.png": encoded("PNG"),
    "whole.webp": encoded("WEBP"),
    "whole.tif": encoded("TIFF", compression="tiff_lzw"),
    "whole.gif": encoded("GIF"),
    "whole.bmp": encoded("BMP"),
    "whole.ppm": encoded("PPM"),
}
for name, data in whole.items():
    write(name, data)
    write(name.replace("whole", "truncated"), data[: len(data) * 2 // 3])

write("empty.jpg", b"")
write("text.jpg", b"This is not an image, whatever its name says.\n" * 20)
write("one-byte.png", b"\x89")
write("picture.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
os.mkdir(FOLDER / "folder.jpg")
os.mkfifo(FOLDER / "pipe.jpg")
write("no-end-marker.jpg", whole["whole.jpg"][:-2])
write("header-only.jpg", whole["whole.jpg"][:100])
write("no-frame.jpg", b"\xff\xd8" + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x00" * 50 + b"\xff\xd9")
write("damaged.png", damaged(whole["whole.png"], len(whole["whole.png"]) // 2))
write("enormous.png", png(60_000, 60_000, 8, 2, zlib.compress(bytes(1000))))
rows = bytes(9 * (1 + 3 * 8))
black = zlib.compress(rows)
write("wrong-checksum.png", png(8, 9, 8, 2, black[:-1] + bytes([black[-1] ^ 1])))
write("few-rows.png", png(8, 9, 8, 2, zlib.compress(rows[:-25])))
write("inflating.png", png(8, 9, 8, 2, black, chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100 << 20)))))
frame = whole["whole.jpg"].index(b"\xff\xc0") + 5
write("enormous.jpg", whole["whole.jpg"][:frame] + struct.pack(">HH", 60_000, 60_000) + whole["whole.jpg"][frame + 4 :])
write("enormous.bmp", whole["whole.bmp"][:18] + struct.pack("<ii", 60_000, 60_000) + whole["whole.bmp"][26:])
write("run-length.bmp", whole["whole.bmp"][:30] + struct.pack("<I", 1) + whole["whole.bmp"][34:])
Image.fromarray(RNG.normal(size=(9, 8)).astype(np.float32)).save(FOLDER / "float.tif")
Image.fromarray(RNG.integers(0, 256, (9, 8), dtype=np.int32)).save(FOLDER / "integers.tif")
NOISE.convert("YCbCr").save(FOLDER / "ycbcr.tif")
Image.fromarray(np.asarray(NOISE), "LAB").save(FOLDER / "lab.tif")
NOISE.resize((8, 9)).save(FOLDER / "good.png")


def frame_with(offset, *values):
    """The JPEG with other bytes from this offset behind its frame's marker on."""
    place = whole["whole.jpg"].index(b"\xff\xc0") + offset
    return whole["whole.jpg"][:place] + bytes(values) + whole["whole.jpg"][place + len(values) :]


def unread_jpegs():
    yield "lossless.jpg", frame_with(1, 0xC3)
    yield "hierarchical.jpg", frame_with(1, 0xC5)
    yield "jpeg-ls.jpg", frame_with(1, 0xF7)
    yield "twelve-bits.jpg", frame_with(4, 12)
    yield "two-components.jpg", b"\xff\xd8\xff\xc0\0\x0e\x08\0\1\0\1\2\1\x11\0\2\x11\0" + whole["whole.jpg"][2:]
    progressive = whole["whole-progressive.jpg"]
    yield "early-scans.jpg", progressive[: progressive.rindex(b"\xff\xda")] + b"\xff\xd9"
    # libjpeg first warns about the version, and then fails. TurboJPEG reports both as warnings.
    table = progressive.index(b"\xff\xc4", progressive.index(b"\xff\xda")) + 4
    warned = progressive[:table] + b"\x4f" + progressive[table + 1 :]
    yield "warned-and-damaged.jpg", warned.replace(b"JFIF\0\1", b"JFIF\0\2", 1)


def encoded_grey(width, height):
    buffer = io.BytesIO()
    NOISE.convert("L").resize((width, height)).save(buffer, "JPEG")
    return buffer.getvalue()


def unread_tiffs():
    grey = [encoded_grey(16, 16)] * 3
    yield "planes-in-ycbcr.tif", tiff("<", 8, 3, 6, grey, size=(16, 16), coding=7, entries=[(284, 3, [2])])
    yield "no-colours.tif", tiff("<", 8, 3, None, [bytes(48)], size=(8, 2))
    yield "twelve-bits.tif", tiff("<", 12, 1, 1, [bytes(24)], size=(8, 2))
    yield "other-inks.tif", tiff("<", 8, 4, 5, [bytes(64)], size=(8, 2), entries=[(332, 3, [2])])
    yield "three-inks.tif", tiff("<", 8, 3, 5, [bytes(48)], size=(8, 2))
    yield "no-palette.tif", tiff("<", 8, 1, 3, [bytes(16)], size=(8, 2))
    yield "many-tiles.tif", tiff("<", 8, 1, 1, [bytes(16)] * 9, size=(65535, 4), entries=[(322, 3, [4]), (323, 3, [4])])
    yield "unknown-coding.tif", tiff("<", 8, 1, 1, [bytes(16)], size=(8, 2), coding=50002)


FOREIGN = {
    "photo.heic": b"\0\0\0\x18ftypheic", "photo.avif": b"\0\0\0\x18ftypavif", "photo.jp2": b"\0\0\0\x0cjP  \r\n\x87\n",
    "photo.jxl": b"\xff\x0a", "floats.pfm": b"Pf\n1 1\n-1.0\n", "picture.pam": b"P7\nWIDTH 1\n", "layers.psd": b"8BPS\0\1",
    "site.ico": b"\0\0\1\0\1\0", "page.html": b"<!DOCTYPE html><html></html>", "paper.pdf": b"%PDF-1.7",
}
def cut_tiffs():
    """Damaged TIFFs whose directory Oddity rewrites at the end of the file."""
    yield "truncated-plane.tif", tiff("<", 8, 1, 1, [bytes(48)], size=(8, 6), entries=[(284, 3, [2])])[:-2]
    # A length of type double (12) that is smaller than any integer.
    negative = tiff("<", 8, 1, 1, [bytes(48)], size=(8, 6), coding=5, entries=[(284, 3, [2])])
    tag = struct.pack("<HH", 279, 4)
    place = negative.index(tag)
    entry = struct.pack("<HHII", 279, 12, 1, len(negative))
    yield "negative-length.tif", negative[:place] + entry + negative[place + 12:] + struct.pack("<d", -(2.0**63))
    yield "truncated-planes.tif", tiff("<", 16, 3, 2, [bytes(96)] * 3, size=(8, 6), entries=[(284, 3, [2])])[:-2]


for name, data in (*unread_jpegs(), *unread_tiffs(), *cut_tiffs()):
    write(name, data)
for name, data in FOREIGN.items():
    write(name, data + bytes(200))
write("beyond.pgm", b"P2\n2 1\n15\n1 16\n")
write("no-greatest.pgm", b"P5\n1 1\n0\n\0")
print(json.dumps(list(whole)))
