"""Damaged and hostile sources of images.

Usage: bad_source_reference.py FOLDER
"""

import gzip
import io
import os
import pathlib
import struct
import sys
import tarfile
import zipfile

import numpy as np
from PIL import Image

FOLDER = pathlib.Path(sys.argv[1])
RNG = np.random.default_rng(25)
MEGABYTE = 1 << 20


def picture():
    buffer = io.BytesIO()
    Image.fromarray(RNG.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def write(name, data):
    (FOLDER / name).write_bytes(data)


def tar(name, members, mode="w"):
    with tarfile.open(FOLDER / name, mode) as archive:
        for member, data in members:
            entry = tarfile.TarInfo(member)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return (FOLDER / name).read_bytes()


def tars():
    whole = tar("good.tar", [(f"{index}.png", picture()) for index in range(4)])
    write("truncated.tar", whole[:2000])
    packed = tar("good.tar.gz", [(f"{index}.png", picture()) for index in range(4)], "w:gz")
    write("truncated.tar.gz", packed[: len(packed) // 2])
    damaged = bytearray(whole)
    damaged[1024 + 512 : 1024 + 600] = b"\xff" * 88
    write("damaged.tar", bytes(damaged))
    write("not-a.tar", b"no archive at all\n" * 100)
    write("empty.tar", b"")
    tar("no-images.tar", [("a.txt", b"text"), ("b.csv", b"1,2")])
    tar("one-bad.tar", [("0.png", picture()), ("1.jpg", b"text"), ("2.png", b""), ("3.png", picture())])
    tar("bomb.tar.gz", [("bomb.png", b"\0" * (100 * MEGABYTE))], "w:gz")
    tar("many-bombs.tar.gz", [(f"{index}.png", b"\0" * MEGABYTE) for index in range(100)], "w:gz")


def zips():
    """Zips with bytes before the archive, and with a comment that looks like the end of another archive."""
    for name, before, comment in ("prefixed", b"#!/bin/sh\nexit\n" * 9, b""), ("commented", b"", b"PK\5\6" + b"x" * 40):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("0.png", picture())
            archive.comment = comment
        write(f"{name}.zip", before + buffer.getvalue())


def foreign():
    write("data.h5", b"\x89HDF\r\n\x1a\n" + bytes(100))
    write("data.parquet", b"PAR1" + bytes(100))
    write("pointer.zip", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    write("picture.png", picture())


zips()
foreign()


def idx():
    header = struct.pack(">IIII", 0x803, 3, 4, 5)
    labels = struct.pack(">II", 0x801, 3)
    write("short-images-idx3-ubyte", header + bytes(59))
    write("packed-images-idx3-ubyte.gz", gzip.compress(header + bytes(59)))
    write("cut-images-idx3-ubyte.gz", gzip.compress(header + RNG.bytes(60))[:40])
    write("huge-images-idx3-ubyte.gz", gzip.compress(struct.pack(">IIII", 0x803, 2**32 - 1, 2**32 - 1, 9) + bytes(50)))
    write("zero-images-idx3-ubyte", struct.pack(">IIII", 0x803, 0, 28, 28))
    write("zero-enormous-images-idx3-ubyte", struct.pack(">IIII", 0x803, 0, 2**32 - 1, 2**32 - 1))
    # Their product is the largest 63-bit number, so adding the header's size overflows.
    largest = struct.pack(">IIII", 0x803, 454_279, 31_252_369, 649_657)
    write("largest-images-idx3-ubyte", largest)
    write("largest-images-idx3-ubyte.gz", gzip.compress(largest))
    write("flat-images-idx3-ubyte", struct.pack(">IIII", 0x803, 3, 0, 28))
    write("only-labels-idx1-ubyte", labels + bytes(3))
    write("odd-images-idx3-ubyte", header + bytes(60))
    write("odd-labels-idx1-ubyte", struct.pack(">II", 0x801, 2) + bytes(2))
    write("bad-images-idx3-ubyte", header + bytes(60))
    write("bad-labels-idx1-ubyte", header + bytes(60))
    # The data after the declared content is never decompressed.
    write("bomb-images-idx3-ubyte.gz", gzip.compress(header + bytes(200 * MEGABYTE)))
    write("honest-bomb-images-idx3-ubyte.gz", gzip.compress(struct.pack(">IIII", 0x803, 200, 1024, 1024) + bytes(200 * MEGABYTE)))
    write("plain.gz", gzip.compress(b"hello" * 1000))


def numpy_arrays():
    np.save(FOLDER / "fortran.npy", np.asfortranarray(np.zeros((2, 3, 4, 3), np.uint8)))
    np.save(FOLDER / "doubles.npy", np.zeros((2, 3, 4, 4)))
    np.save(FOLDER / "channels-first.npy", np.zeros((2, 3, 8, 9), np.uint8))
    np.save(FOLDER / "no-rows.npy", np.zeros((0, 8, 9, 3), np.uint8))
    np.save(FOLDER / "no-pixels.npy", np.zeros((4, 0, 9, 3), np.uint8))
    np.save(FOLDER / "flat.npy", np.zeros(9, np.uint8))
    np.save(FOLDER / "objects.npy", np.array([{}, None], dtype=object), allow_pickle=True)
    np.save(FOLDER / "whole.npy", np.zeros((4, 8, 9, 3), np.uint8))
    whole = (FOLDER / "whole.npy").read_bytes()
    write("truncated.npy", whole[:-1])
    write("header.npy", whole[:60])
    for name, shape in [("overflow", (2**63 - 1, 2**63 - 1, 3)), ("digits", (10**30, 1, 1, 1))]:
        text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
        write(f"{name}.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + bytes(8))
    write("text.npy", b"not an array")
    np.savez(FOLDER / "ambiguous.npz", x_train=np.zeros((2, 8, 9), np.uint8), x_test=np.zeros((2, 8, 9), np.uint8))
    np.savez(FOLDER / "no-images.npz", y=np.zeros(5, np.int64))
    np.savez(FOLDER / "short-labels.npz", x=np.zeros((4, 8, 9), np.uint8), y=np.zeros(3, np.int64))
    np.savez(FOLDER / "float-labels.npz", x=np.zeros((4, 8, 9), np.uint8), y=np.zeros(4))
    np.savez_compressed(FOLDER / "bomb.npz", x=np.zeros((200, 1024, 1024), np.uint8))
    np.savez(FOLDER / "whole.npz", x=RNG.integers(0, 256, (4, 8, 9), dtype=np.uint8))
    write("truncated.npz", (FOLDER / "whole.npz").read_bytes()[:200])
    with zipfile.ZipFile(FOLDER / "pictures.zip", "w") as archive:
        archive.writestr("0.png", picture())


def others():
    os.mkdir(FOLDER / "no-images")
    write("no-images/notes.txt", b"text")
    os.mkdir(FOLDER / "mixed")
    for name, data in {"a.png": picture(), "b.jpg": b"text", "c.png": b"", "d.png": picture()}.items():
        write(f"mixed/{name}", data)
    os.symlink("absent.png", FOLDER / "mixed" / "e.png")
    write("odd.bin", bytes(3072))
    write("empty.bin", b"")
    write("empty-list.txt", b"\n \n")
    os.mkfifo(FOLDER / "pipe")


tars()
idx()
numpy_arrays()
others()
print("[]")
