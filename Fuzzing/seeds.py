#!/usr/bin/env python3
"""Writes the initial corpus of each fuzz target: the files that the tests' references make, sorted by their kind.

Usage: seeds.py FOLDER TARGET…
Fills FOLDER/TARGET. ODDITY names the command, which makes the guarded model and the parts of fits that some targets need.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCES = ROOT / "Tests" / "Reference"
#: The network of guarded models and parts.
NETWORK = ROOT / "Tests" / "Fixtures" / "residual.ts.onnx"
#: A longer seed would be mutated too rarely to be useful.
LONGEST = 512 << 10

#: The targets whose seeds are files that start with these bytes.
MAGIC: dict[str, tuple[bytes, ...]] = {
    "jpeg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG",),
    "gif": (b"GIF8",),
    "bmp": (b"BM",),
    "pnm": tuple(f"P{kind}".encode() for kind in range(1, 8)),
    "tiff": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    "packed": (b"\x1f\x8b", b"\xfd7zXZ", b"BZh", b"\x28\xb5\x2f\xfd"),
    "npy": (b"\x93NUMPY",),
    "idx": (b"\0\0\x08",),
}
#: References that write files and print their properties.
FILES = ("decode", "unusual_image", "bad_image", "archive", "source", "bad_source", "preprocess")


def kinds(path: Path, head: bytes) -> Iterator[str]:
    """The targets that a file is a seed of."""
    for target, starts in MAGIC.items():
        if head.startswith(starts):
            yield target
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        yield "webp"
    if head[257:262] == b"ustar":
        yield "tar"
    if head.startswith(b"PK"):
        yield "npz" if path.suffix == ".npz" else "zip"
    if path.suffix == ".json":
        yield "preprocessing"
    if path.suffix == ".txt":
        yield "list"
    if path.suffix == ".bin":
        yield "cifar"


def put(folder: Path, target: str, name: str, content: bytes) -> None:
    if len(content) <= LONGEST:
        (folder / target).mkdir(parents=True, exist_ok=True)
        (folder / target / name).write_bytes(content)


def from_references(folder: Path) -> None:
    """Runs the tests' references and keeps the files that they write. A reference that fails here also fails in the tests."""
    for name in FILES:
        with tempfile.TemporaryDirectory() as made:
            script = REFERENCES / f"{name}_reference.py"
            subprocess.run([sys.executable, "-W", "ignore", script, made], check=True, stdout=subprocess.DEVNULL, cwd=REFERENCES)
            for number, path in enumerate(sorted(Path(made).rglob("*"))):
                if path.is_file() and not path.is_symlink():
                    content = path.read_bytes()
                    for target in kinds(path, content[:512]):
                        put(folder, target, f"{name}-{number}", content)


def networks(folder: Path, *targets: str) -> None:
    for path in sorted((ROOT / "Tests" / "Fixtures").glob("*.onnx")):
        for target in targets:
            put(folder, target, path.name, path.read_bytes())


def oddity(*arguments: str | Path) -> None:
    subprocess.run([os.environ["ODDITY"], *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def images(folder: Path, count: int) -> Path:
    """Some random images in one array."""
    import numpy

    path = folder / "images.npy"
    draws = numpy.random.default_rng(5)
    numpy.save(path, draws.normal(size=(count, 3, 32, 32)).astype(numpy.float32))
    return path


def guarded(folder: Path) -> None:
    """Guarded models that together contain everything that such files can contain, and their metadata one by one."""
    import onnx

    keys = [
        "oddity", "oddity.calibration", "oddity.verification", "oddity.signatures", "oddity.accuracy", "oddity.map",
    ]
    for name, count, flags in (("map", 100, ("--with-map", "--no-signatures")), ("guarded", 600, ())):
        path = folder / f"{name}.onnx"
        with tempfile.TemporaryDirectory() as made:
            fit = ("fit", NETWORK, "--id", images(Path(made), count), "--preprocess", "cifar", "--quiet")
            oddity(*fit, "--score", "featurenorm,energy", *flags, "--output", path)
        put(folder, "guarded", path.name, path.read_bytes())
        texts = {item.key: item.value for item in onnx.load(path).metadata_props}
        for number, key in enumerate(keys):
            if key in texts:
                put(folder, "metadata", f"{name}-{key}", bytes([number]) + texts[key].encode())


def parts(folder: Path) -> None:
    """A fit of one part, because a fit with several parts would need all of them. It has few images, because long files are
    mutated too slowly."""
    with tempfile.TemporaryDirectory() as made:
        fit = ("fit", NETWORK, "--id", images(Path(made), 40), "--preprocess", "cifar", "--shard", "1/1", "--quiet")
        for name, flags in {"plain": ("--no-signatures",), "signatures": ()}.items():
            path = Path(made, name)
            oddity(*fit, "--score", "energy", *flags, "--partial", path)
            put(folder, "part", name, path.read_bytes())


def suites(folder: Path) -> None:
    for path in sorted((ROOT / "Benchmarks").glob("*.yaml")):
        put(folder, "suite", path.name, path.read_bytes())


def texts(folder: Path) -> None:
    put(folder, "labels", "names", b"cat\ndog\nna\xc3\xafve\n")
    put(folder, "labels", "list", b"path,index\na/b.png,0\n\"c,d.png\",1\n#3,2\n")
    put(folder, "scores", "numbers", b"0.25\n-1e3\nnan\n")
    line = {"path": "a.png", "score": 1.5, "p_value": 0.25, "outlier": False, "class": 3, "scores": {"energy": 2}}
    put(folder, "scores", "lines", (json.dumps(line) + "\n" + json.dumps({"path": "b", "error": "x"}) + "\n").encode())


def configuration(folder: Path) -> None:
    put(
        folder, "configuration", "all",
        b"host: 127.0.0.1\nport: 8080\nwebhook: http://127.0.0.1:9/x\ndrift-delta: 0.01\nmax-batch: 16\nmax-delay: 2\n"
        b"thumbnails: true\n",
    )


def requests(folder: Path) -> None:
    ppm = b"P6 4 3 255\n" + bytes(range(36))
    tensor = json.dumps({
        "id": "1", "inputs": [{"name": "input", "shape": [1, 3], "datatype": "FP32", "data": [[0, 1.5, -2e3]]}],
        "outputs": [{"name": "ood_score"}], "parameters": {"source": "door"},
    }).encode()
    binary = json.dumps({
        "inputs": [{"name": "image", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": 4 + len(ppm)}}],
        "parameters": {"binary_data_output": True},
    }).encode()
    put(folder, "inference", "json", b"\0\0" + tensor)
    files = len(ppm).to_bytes(4, "little") + ppm
    put(folder, "inference", "binary", len(binary).to_bytes(2, "big") + binary + files)
    form = (
        b"POST /v1/models/net/score\nContent-Type: multipart/form-data; boundary=xyz\n\n--xyz\r\n"
        b'Content-Disposition: form-data; name="image"; filename="a.ppm"\r\n\r\n' + ppm + b"\r\n--xyz\r\n"
        b'Content-Disposition: form-data; name="source"\r\n\r\ndoor\r\n--xyz--\r\n'
    )
    listed = b'POST /v1/models/net/score\nContent-Type: application/json\n\n{"source": "door", "images": [{"name": "a", "data": "UDYgMSAxIDI1NQoBAgM="}]}'
    for target in ("form", "http"):
        put(folder, target, "form", form)
        put(folder, target, "list", listed)
        put(folder, target, "image", b"POST /v1/models/net/score?source=door\n\n" + ppm)
    for number, route in enumerate((
        "GET /", "GET /metrics", "GET /v2", "GET /v2/health/live", "GET /v2/models/net", "GET /v2/models/net/ready", "GET /v1/models",
        "GET /v1/models/net/drift", "GET /openapi.json", "POST /v1/models/net/assess", "DELETE /v1/models/net/drift/door",
    )):
        put(folder, "http", f"route-{number}", f"{route}\nAccept: */*\n\n".encode())
    put(folder, "http", "tensor", b"POST /v2/models/net/infer\nContent-Type: application/json\n\n" + tensor)
    head = f"POST /v2/models/net/infer\nInference-Header-Content-Length: {len(binary)}\n\n".encode()
    put(folder, "http", "binary", head + binary + files)


#: The functions that fill the corpora, with their targets.
MAKERS: list[tuple[Callable[[Path], None], set[str]]] = [
    (from_references, {*MAGIC, "webp", "tar", "zip", "npz", "preprocessing", "list", "cifar"}),
    (lambda folder: networks(folder, "onnx", "onnx-file", "blocks"), {"onnx", "onnx-file", "blocks"}),
    (guarded, {"guarded", "metadata", "http"}),
    (parts, {"part"}),
    (suites, {"suite"}),
    (texts, {"labels", "scores"}),
    (configuration, {"configuration"}),
    (requests, {"inference", "form", "http"}),
]


def main() -> None:
    folder, wanted = Path(sys.argv[1]), set(sys.argv[2:])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for make, targets in MAKERS:
        if targets & wanted:
            make(folder)
    for target in sorted(wanted):
        seeds = len(list((folder / target).glob("*")))
        if not seeds:
            sys.exit(f"seeds: none for {target}")
        print(f"seeds: {target}: {seeds}")


if __name__ == "__main__":
    main()
