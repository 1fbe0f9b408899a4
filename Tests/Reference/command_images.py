"""Images for the command's tests, good and bad.

Usage: command_images.py FOLDER

Smooth waves with noise are in-distribution: id/CLASS/NNN.jpg in ten class folders, cal/NNN.png, and new/,
which also has a grey image, one with transparency, and one that its EXIF data rotates. Uniform noise is
strange: odd/NN.jpg, and the grey sixteen-bits.png.
"""

import gzip
import io
import os
import pathlib
import struct
import sys
import tarfile
import zlib

import numpy as np
from PIL import Image
import png_file

FOLDER = pathlib.Path(sys.argv[1])
RNG = np.random.default_rng(31)
MEGABYTE = 1 << 20


def wave(channels=3):
    height, width = RNG.integers(32, 60, 2)
    y, x = np.mgrid[:height, :width]
    planes = []
    for _ in range(channels):
        fx, fy, phase = RNG.uniform(0, 0.5), RNG.uniform(0, 0.5), RNG.uniform(0, 6)
        planes.append(127 + 80 * np.sin(fx * x + fy * y + phase) + 20 * RNG.normal(size=(height, width)))
    return Image.fromarray(np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8))


def noise(height=40, width=50):
    return Image.fromarray(RNG.integers(0, 256, (height, width, 3), dtype=np.uint8))


def encoded(image, kind):
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def write(name, data):
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def good():
    for index in range(160):
        write(f"id/c{index % 10}/{index:03}.jpg", encoded(wave(), "JPEG"))
    for index in range(99):
        write(f"cal/{index:03}.png", encoded(wave(), "PNG"))
    for index in range(20):
        write(f"odd/{index:02}.jpg", encoded(noise(), "JPEG"))
    for index in range(8):
        write(f"new/{index}.jpg", encoded(wave(), "JPEG"))
    wave().convert("L").save(FOLDER / "new/grey.jpg")
    turned = Image.Exif()
    turned[0x0112] = 6
    wave().save(FOLDER / "new/turned.jpg", exif=turned)
    wave(4).save(FOLDER / "new/transparent.png")


def bad_images(folder):
    jpeg, png = encoded(noise(), "JPEG"), encoded(noise(), "PNG")
    write(f"{folder}/cut.jpg", jpeg[: len(jpeg) // 2])
    write(f"{folder}/cut.png", png[: len(png) // 2])
    write(f"{folder}/empty.jpg", b"")
    write(f"{folder}/enormous.png", png_file.png(60_000, 60_000, 8, 2, zlib.compress(bytes(1000))))
    write(f"{folder}/text.jpg", b"This is no image, whatever its name says.\n" * 20)
    os.symlink("nowhere.jpg", FOLDER / folder / "dangling.jpg")


def sources():
    write("no-images/notes.txt", b"text")
    os.mkdir(FOLDER / "folder.jpg")
    write("list.txt", b"odd/01.jpg\nfolder.jpg\nodd/00.jpg\n")
    with tarfile.open(FOLDER / "bomb.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo("bomb.png")
        entry.size = 100 * MEGABYTE
        archive.addfile(entry, io.BytesIO(bytes(entry.size)))
    np.savez_compressed(FOLDER / "bomb.npz", x=np.zeros((100, 1024, 1024), np.uint8))
    write("cut.tar.gz", gzip.compress(RNG.bytes(100_000))[:50_000])
    with tarfile.open(FOLDER / "odd.tar", "w") as archive:
        for name in ("b.jpg", "a.jpg", "bad.jpg"):
            data = b"text" if name == "bad.jpg" else encoded(noise(), "JPEG")
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def arrays():
    x = RNG.integers(0, 256, (600, 32, 32, 3), dtype=np.uint8)
    np.save(FOLDER / "many.npy", x)
    np.savez(FOLDER / "known.npz", x=x[:10], y=np.arange(10))
    np.savez(FOLDER / "outside.npz", x=x[:3], y=np.array([0, 9, 10]))
    write("out-images-idx3-ubyte", struct.pack(">IIII", 0x803, 3, 32, 32) + RNG.bytes(3 * 1024))
    write("out-labels-idx1-ubyte", struct.pack(">II", 0x801, 3) + bytes([0, 1, 99]))
    values = RNG.normal(size=(25, 3, 32, 32)).astype(np.float32)
    values[1, 2, 3, 4] = np.nan
    values[2, 0, 0, 0] = np.inf
    np.save(FOLDER / "nan.npy", values)
    np.save(FOLDER / "small.npy", values[:, :, :16, :16])


def texts():
    write("spec.json", b'{"resize": 36, "crop": 32, "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.25, 0.3]}')
    write("grey.json", b'{"resize": [30, 31], "crop": 28, "interpolation": "bicubic", "mean": [0.4], "std": [0.2]}')
    write("names.txt", "".join(f"c{index}\n" for index in range(10)).encode())
    write("others.txt", "".join(f"d{index}\n" for index in range(1, 10)).encode() + b"c0\n")
    paths = sorted(path.relative_to(FOLDER / "id").as_posix() for path in (FOLDER / "id").rglob("*.jpg"))
    write("truth.csv", ("path,index\n" + "".join(f"{path},{path[1]}\n" for path in paths)).encode())
    write("outside.csv", "".join(f"{path},10\n" for path in paths).encode())
    write("elsewhere.csv", b"somewhere/else.jpg,1\n")


good()
bad_images("bad")
sources()
arrays()
texts()
for index in range(160):
    os.makedirs(FOLDER / "mixed", exist_ok=True)
    os.symlink(f"../id/c{index % 10}/{index:03}.jpg", FOLDER / f"mixed/{index:03}.jpg")
write("mixed/000-bad.jpg", b"text")
write("mixed/zzz-empty.png", b"")
Image.fromarray(RNG.integers(0, 65536, (40, 50), dtype=np.uint16)).save(FOLDER / "sixteen-bits.png")
print("[]")
