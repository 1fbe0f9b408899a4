"""Sources of images of every kind, all with the same pictures, and their content.

Usage: source_reference.py FOLDER
Writes the sources and prints {"shape": [N, H, W, C], "pixels": [...], "labels": [...], "floats": [...]} as
JSON: uint8 pictures in C order, their labels, and the float32 array, [N, C, H, W].
"""

import gzip
import io
import json
import pathlib
import struct
import sys
import tarfile

import numpy as np
from PIL import Image

FOLDER = pathlib.Path(sys.argv[1])
RNG = np.random.default_rng(23)
COUNT, SIDE = 5, 32
PICTURES = RNG.integers(0, 256, (COUNT, SIDE, SIDE, 3), dtype=np.uint8)
LABELS = np.array([3, 0, 9, 1, 3])
NAMES = ["b/2.png", "b/10.PNG", "a/z.png", "top.png", "Z/deep/er/1.png"]


def encoded(samples):
    buffer = io.BytesIO()
    Image.fromarray(samples).save(buffer, "PNG")
    return buffer.getvalue()


def folder():
    for name, samples in zip(NAMES, PICTURES):
        path = FOLDER / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(samples))
    for distraction in (".hidden.png", ".git/x.png", "a/notes.txt", "a/._z.png"):
        path = FOLDER / "folder" / distraction
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"no image")
    (FOLDER / "folder" / "a" / "loop").symlink_to("..")


def tars():
    for name, mode in (("images.tar", "w"), ("images.tar.gz", "w:gz"), ("images.tgz", "w:gz")):
        with tarfile.open(FOLDER / name, mode) as archive:
            directory = tarfile.TarInfo("./b")
            directory.type = tarfile.DIRTYPE
            archive.addfile(directory)
            for member, samples in zip(NAMES, PICTURES):
                add(archive, f"./{member}" if member.startswith("b/") else member, encoded(samples))
                add(archive, f"{member}.txt", b"no image")
                add(archive, f"x/._{pathlib.Path(member).name}", b"no image")
            link = tarfile.TarInfo("link.png")
            link.type, link.linkname = tarfile.SYMTYPE, "top.png"
            archive.addfile(link)


def add(archive, name, data):
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))


def idx():
    grey = PICTURES[..., 0]
    images = struct.pack(">IIII", 0x803, COUNT, SIDE, SIDE) + grey.tobytes()
    labels = struct.pack(">II", 0x801, COUNT) + LABELS.astype(np.uint8).tobytes()
    write("t10k-images-idx3-ubyte", images)
    write("t10k-labels-idx1-ubyte", labels)
    write("train-images-idx3-ubyte.gz", gzip.compress(images))
    write("train-labels-idx1-ubyte.gz", gzip.compress(labels))
    write("dotted-images.idx3-ubyte", images)
    write("lonely", images)


def cifar():
    planes = PICTURES.transpose(0, 3, 1, 2).reshape(COUNT, -1)
    fine = LABELS.astype(np.uint8)[:, None]
    write("cifar10.bin", np.hstack([fine, planes]).tobytes())
    write("cifar100.bin", np.hstack([fine // 2, fine, planes]).tobytes())


def numpy_arrays():
    np.save(FOLDER / "colour.npy", PICTURES)
    np.save(FOLDER / "grey.npy", PICTURES[..., 0])
    np.save(FOLDER / "three-grey.npy", PICTURES[:3, :, :, 0])
    np.save(FOLDER / "one.npy", PICTURES[0])
    np.save(FOLDER / "one-grey.npy", PICTURES[0, :, :, :1])
    np.save(FOLDER / "one-of-one.npy", PICTURES[:1])
    np.save(FOLDER / "one-float.npy", FLOATS[0])
    np.savez(FOLDER / "one.npz", x=PICTURES[0])
    (FOLDER / "packed.npy.gz").write_bytes(gzip.compress((FOLDER / "colour.npy").read_bytes()))
    np.save(FOLDER / "fortran.npy", np.asfortranarray(PICTURES))
    np.save(FOLDER / "doubles.npy", FLOATS.astype(np.float64))
    np.save(FOLDER / "channels-first.npy", PICTURES.transpose(0, 3, 1, 2)[:, :, :8, :9].copy())
    np.save(FOLDER / "floats.npy", FLOATS)
    np.save(FOLDER / "objects.npy", np.array([{}, None], dtype=object), allow_pickle=True)
    np.savez(FOLDER / "named.npz", z=PICTURES, x=PICTURES, y=LABELS)
    np.savez_compressed(FOLDER / "compressed.npz", pictures=PICTURES, labels=LABELS.astype(np.int8))
    np.savez(FOLDER / "unnamed.npz", PICTURES)
    np.savez(FOLDER / "ambiguous.npz", x_train=PICTURES, x_test=PICTURES)
    np.savez(FOLDER / "short-labels.npz", x=PICTURES, y=LABELS[:3])


def write(name, data):
    (FOLDER / name).write_bytes(data)


FLOATS = RNG.normal(size=(COUNT, 3, 4, 6)).astype(np.float32)
folder()
tars()
idx()
cifar()
numpy_arrays()
print(json.dumps({
    "names": NAMES, "side": SIDE, "pixels": PICTURES.reshape(COUNT, -1).tolist(), "labels": LABELS.tolist(),
    "floats": FLOATS.reshape(COUNT, -1).tolist(),
}))
