"""Damaged image files.

Usage: bad_image_reference.py FOLDER
Prints the names of whole files, one of each format, as JSON.
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
print(json.dumps(list(whole)))
