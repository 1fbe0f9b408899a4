"""Runs Benchmarks/get-data on small archives of every kind that it lays out, and checks the results.

usage: get_data_check.py FOLDER
"""

import hashlib
import io
import json
import pathlib
import subprocess
import sys
import tarfile
import zipfile

import numpy as np
from PIL import Image
from scipy.io import savemat

COMMAND = pathlib.Path(__file__).parents[2] / "Benchmarks" / "get-data"
CLASSES = ["cat", "airplane"]


def picture(seed):
    return np.random.default_rng(seed).integers(0, 256, (32, 32, 3), dtype=np.uint8)


def encoded(seed):
    file = io.BytesIO()
    Image.fromarray(picture(seed)).save(file, "PNG")
    return file.getvalue()


def tar(path, members):
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path.read_bytes()


def zipped(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def cifar_records(seeds):
    return b"".join(bytes([seed % 2]) + picture(seed).transpose(2, 0, 1).tobytes() for seed in seeds)


def archives(folder):
    """Writes one archive of each kind, and returns their catalogue."""
    batches = {f"cifar/data_batch_{i}.bin": cifar_records([2 * i, 2 * i + 1]) for i in range(1, 6)}
    batches["cifar/test_batch.bin"] = cifar_records([20, 21, 22])
    batches["cifar/batches.meta.txt"] = "\n".join([*CLASSES, ""]).encode()
    tar(folder / "cifar.tar.gz", batches)
    savemat(folder / "svhn.mat", {"X": np.stack([picture(30 + i) for i in range(4)], axis=3), "y": np.ones((4, 1))})
    tar(folder / "dtd.tar.gz", {"./dtd/images/a/1.png": encoded(1), "./dtd/images/b/2.jpg": b"2", "./dtd/labels/a.txt": b"",
                                "./dtd/images/b/._2.jpg": b"x"})  # fmt: skip
    tar(folder / "places.tar", {f"test/{i:02}.png": encoded(i) for i in range(20)})
    train = {f"{c}.tar": tar(folder / "inner", {f"{c}_{i}.JPEG": bytes([i]) for i in range(2)}) for c in ("n02", "n01")}
    tar(folder / "train.tar", train)
    tar(folder / "val.tar", {f"ILSVRC2012_val_{i:08}.JPEG": bytes([i]) for i in (2, 1, 3)})
    meta = io.BytesIO()
    kinds = [("ILSVRC2012_ID", "O"), ("WNID", "O")]
    savemat(meta, {"synsets": np.array([(1, "n02"), (2, "n01")], dtype=kinds)})
    tar(folder / "kit.tar.gz", {"kit/data/meta.mat": meta.getvalue(),
                                "kit/data/ILSVRC2012_validation_ground_truth.txt": b"1\n2\n1\n"})  # fmt: skip
    zipped(folder / "lists.zip", {"benchmark_imglist/c/test.txt": "c/x/1.png 0\nc/y z/2.png -1\n", "__MACOSX/a": "x"})
    zipped(folder / "c.zip", {"x/1.png": encoded(1), "y z/2.png": encoded(2)})
    zipped(folder / "half.zip", {"x/1.png": encoded(1)})
    damaged = bytearray((folder / "c.zip").read_bytes())
    damaged[60:90] = bytes(30)
    (folder / "damaged.zip").write_bytes(damaged)
    (folder / "cut.tar.gz").write_bytes((folder / "dtd.tar.gz").read_bytes()[:200])
    crc = bytearray((folder / "dtd.tar.gz").read_bytes())
    crc[-8] ^= 1
    (folder / "crc.tar.gz").write_bytes(crc)
    (folder / "page.tar").write_bytes(b"<html>Too many requests</html>" * 50)
    tar(folder / "kit2.tar.gz", {"kit/readme": b""})
    zipped(folder / "text.zip", {"readme.md": b""})
    savemat(folder / "small.mat", {"X": np.zeros((16, 16, 3, 4), np.uint8)})
    secret = bytearray((folder / "half.zip").read_bytes())
    secret[6] |= 1
    secret[secret.rindex(b"PK\x01\x02") + 8] |= 1
    (folder / "secret.zip").write_bytes(secret)
    tar(folder / "out.tar", {"../evil.png": encoded(1)})
    return [
        entry("CIFAR", "cifar.tar.gz", "cifar", {"c10/train": 10, "c10/test": 3}),
        entry("SVHN", "svhn.mat", "svhn", {"svhn": 4}),
        entry("DTD", "dtd.tar.gz", "tar", {"textures": 2}, inside="dtd/images/"),
        entry("Places", "places.tar", "sample", {"places": 5}, inside=""),
        entry("train", "train.tar", "imagenet-train", {"in/train": 4}),
        entry("val", ["val.tar", "kit.tar.gz"], "imagenet-val", {"in/val": 3}),
        entry("lists", "lists.zip", "zip", {"openood/benchmark_imglist": None}, inside="benchmark_imglist/"),
        entry("C", "c.zip", "zip", {"openood/images_classic/c": None}, lists=["c/test.txt"]),
    ]


def entry(name, files, layout, folders, **rest):
    files = [{"name": file} for file in ([files] if isinstance(files, str) else files)]
    return {"name": name, "suites": ["s"], "page": "https://example.org", "files": files, "layout": layout, "folders": folders} | rest


def run(folder, sets, *arguments, status=0):
    (folder / "sets.json").write_text(json.dumps(sets))
    command = [sys.executable, str(COMMAND), "--catalogue", str(folder / "sets.json"), "--data", str(folder / "data"), *arguments]
    outcome = subprocess.run(command, capture_output=True, text=True)
    assert outcome.returncode == status, (outcome.returncode, outcome.stdout, outcome.stderr)
    assert "Traceback" not in outcome.stderr, outcome.stderr
    return outcome.stdout + outcome.stderr


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def check_layouts(folder, sets):
    said = run(folder, sets)
    assert said.count("not there") == len(sets) and "https://example.org" in said, said
    said = run(folder, sets, "--from", str(folder))
    data = folder / "data"
    assert "there, 10 images in train; there, 3 images in test" in said and "all 2 images of c/test.txt" in said, said
    for number, seed in enumerate([*range(2, 12)]):
        path = data / "c10/train" / CLASSES[seed % 2] / f"{number:05}.png"
        assert (np.asarray(Image.open(path)) == picture(seed)).all(), path
    assert (np.asarray(Image.open(data / "c10/test/airplane/00001.png")) == picture(21)).all()
    assert [(np.asarray(Image.open(data / "svhn" / f"{i:05}.png")) == picture(30 + i)).all() for i in range(4)] == [True] * 4
    assert tree(data / "textures") == ["a/1.png", "b/2.jpg"]
    assert len(tree(data / "places")) == 5
    assert tree(data / "in/train") == [f"n0{c}/n0{c}_{i}.JPEG" for c in (1, 2) for i in range(2)]
    assert tree(data / "in/val") == [f"{c}/ILSVRC2012_val_0000000{i}.JPEG" for c, i in (("n01", 2), ("n02", 1), ("n02", 3))]
    assert tree(data / "openood/images_classic/c") == ["x/1.png", "y z/2.png"]
    assert not list(data.rglob("*.partial")) and not list(data.rglob("__MACOSX"))
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*")}
    assert "not there" not in run(folder, sets, "--from", str(folder))
    assert before == {path: path.stat().st_mtime_ns for path in data.rglob("*")}
    assert "Download what is missing" not in run(folder, sets)
    (data / "svhn/00000.png").unlink()
    said = run(folder, sets, "--from", str(folder), status=1)
    assert "incomplete, 3 images in place of 4" in said, said


def check_refusals(folder):
    md5 = hashlib.md5((folder / "dtd.tar.gz").read_bytes()).hexdigest()
    right = entry("right", "dtd.tar.gz", "tar", {"right": 2}, inside="dtd/images/")
    right["files"][0]["md5"] = md5
    assert "there, 2 images" in run(folder, [right], "--from", str(folder))
    cases = {
        "in place of": entry("sum", "dtd.tar.gz", "tar", {"sum": 2}, inside="dtd/images/"),
        "another set": entry("count", "dtd.tar.gz", "tar", {"count": 3}, inside="dtd/images/"),
        "download it again": entry("cut", "cut.tar.gz", "tar", {"cut": 2}, inside="dtd/images/"),
        "leads out of its folder": entry("out", "out.tar", "tar", {"out": 1}, inside=""),
        "lacks 1 of the 2 images": entry("half", "half.zip", "zip", {"openood/images_classic/c": None}, lists=["c/test.txt"]),
        "it is not CIFAR-10's": entry("no", "places.tar", "cifar", {"no/a": 1, "no/b": 1}),
        "20 images, and 21 are needed": entry("few", "places.tar", "sample", {"few": 21}, inside=""),
        "cannot be unpacked (File is not a zip file)": entry("zip", "places.tar", "zip", {"zip": None}),
        "page.tar cannot be unpacked": entry("page", "page.tar", "tar", {"page": 1}, inside=""),
        "CRC": entry("crc", "crc.tar.gz", "tar", {"crc": 2}, inside="dtd/images/"),
        "kit2.tar.gz has no meta.mat": entry("kit", ["val.tar", "kit2.tar.gz"], "imagenet-val", {"kit": 3}),
        "neither images nor lists": entry("text", "text.zip", "zip", {"text": None}),
        "in place of uint8 [32, 32, 3, N]": entry("mat", "small.mat", "svhn", {"mat": 4}),
        "is encrypted": entry("secret", "secret.zip", "zip", {"secret": None}),
        "cannot be unpacked (": entry("damaged", "damaged.zip", "zip", {"damaged": None}),
        "svhn2 is missing: add it, or delete": entry("part", "svhn.mat", "svhn", {"svhn": 4, "svhn2": 4}),
    }
    cases["in place of"]["files"][0]["md5"] = "0" * 32
    for path in (folder / "data/openood/images_classic/c").rglob("*.png"):
        path.unlink()
    (folder / "data/openood/images_classic/c/x").rmdir()
    (folder / "data/openood/images_classic/c/y z").rmdir()
    (folder / "data/openood/images_classic/c").rmdir()
    for words, case in cases.items():
        said = run(folder, [case], "--from", str(folder), status=1)
        assert words in said and said.startswith(case["name"]) and said.count("\n") == 1, said
    assert not (folder / "evil.png").exists() and not (folder / "data/evil.png").exists()
    made = ["sum", "count", "cut", "out", "no/a", "no/b", "few", "zip", "damaged", "svhn2", "page", "crc", "kit", "text", "mat", "secret", "openood/images_classic/c"]
    assert not any((folder / "data" / name).exists() for name in made)
    assert not list((folder / "data").rglob("*.partial"))


def main():
    folder = pathlib.Path(sys.argv[1])
    check_layouts(folder, archives(folder))
    check_refusals(folder)
    catalogue = json.loads((COMMAND.parent / "sets" / "sets.json").read_text())
    suites = {suite for entry in catalogue for suite in entry["suites"]}
    json.dump({"suites": sorted(suites)}, sys.stdout)


if __name__ == "__main__":
    main()
