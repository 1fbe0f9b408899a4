"""Paths with spaces, in every script, that look like flags, and that are not UTF-8."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy
import pytest
from core_data import COLOUR, assert_same, command, pictures

import oddity
from oddity import Detector
from oddity.errors import UsageError

PICTURES = pictures(60)
NAMES = [
    "ünïcødé 日本語 🦉 with 'quotes', and; spaces",
    "--id",
    "-a=b",
    "memory:1",
    os.fsdecode(b"new\nline \xff\xfe"),
]


@pytest.fixture(params=NAMES, ids=range(len(NAMES)))
def name(request: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a file in the current folder."""
    monkeypatch.chdir(tmp_path)
    return str(request.param)


@pytest.mark.filterwarnings("ignore::oddity.OddityWarning")
def test_every_path(name: str, shared_detector: Detector) -> None:
    images = name + ".npy"
    # Only image files may have names that are not UTF-8.
    name = os.fsencode(name).decode("utf-8", "replace")
    model, steps, labels = (name + end for end in (".onnx", ".json", ".txt"))
    shutil.copy(COLOUR, model)
    with open(images, "wb") as file:
        numpy.save(file, PICTURES)
    Path(steps).write_text('{"mean": 0.5, "std": 0.25}')
    Path(labels).write_text("".join(f"class {number}\n" for number in range(10)))

    fit = oddity.fit(model, id=images, calibration=[images], preprocess=steps, labels=labels, score="energy")
    saved = name + ".guarded"
    fit.guarded.save(saved)
    assert len(oddity.blocks(model)) == 4
    assert oddity.inspect(saved)["labels"][3] == "class 3"
    with Detector(saved, cache_dir=name + " cache") as detector:
        assert detector.labels == [f"class {number}" for number in range(10)]
        assert_same(detector.arrays(images), detector.arrays(PICTURES))
        assert os.listdir(name + " cache")
        os.mkdir(name)
        os.rename(images, os.path.join(name, images))
        found = detector.evaluate(
            id=name + "/" + images, ood={name.replace("=", "-"): [name + "/" + images] * 2}
        )
        assert found.json["detectors"][0]["ood"][0]["images"] == 120


def test_names_in_tables_are_those_of_the_command(
    tmp_path: Path, guarded: Path, shared_detector: Detector
) -> None:
    folder = os.fsencode(tmp_path) + b"/\xff \\x41 \n"
    os.mkdir(folder)
    for name in (b"a\xfe.pgm", "ä b.pgm".encode()):
        with open(folder + b"/" + name, "wb") as file:
            file.write(b"P5 1 1 255\n\x10")
    names = shared_detector.score(os.fsdecode(folder), table="numpy")["name"]
    lines = command("score", guarded, folder, "--format", "jsonl").stdout.decode().splitlines()
    import json

    assert list(names) == [json.loads(line)["input"] for line in lines]


def test_lists_of_paths(tmp_path: Path, shared_detector: Detector) -> None:
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number}.pgm")
        paths[-1].write_bytes(b"P5 1 1 255\n" + bytes([50 * number]))
    (tmp_path / "list.txt").write_text("".join(f"{path}\n" for path in paths))
    expected = shared_detector.arrays(paths)
    assert_same(shared_detector.arrays(f"@{tmp_path}/list.txt"), expected)
    assert_same(shared_detector.arrays(tmp_path), shared_detector.arrays([*paths, tmp_path / "list.txt"][:3]))


def test_a_zero_byte(shared_detector: Detector) -> None:
    with pytest.raises(UsageError, match="zero byte"):
        shared_detector.arrays("a\0b.png")
    with pytest.raises(UsageError, match="zero byte"):
        Detector("a\0b.onnx")
    with pytest.raises(UsageError, match="zero byte"):
        oddity.run("inspect", "a\0b.onnx")


class BytesPath:
    """A path as bytes."""

    def __init__(self, path: bytes) -> None:
        self.path = path

    def __fspath__(self) -> bytes:
        return self.path


def test_paths_of_bytes(guarded: Path, tmp_path: Path) -> None:
    path = tmp_path / "images.npy"
    numpy.save(path, PICTURES)
    with Detector(BytesPath(os.fsencode(guarded))) as detector:  # type: ignore[arg-type]
        assert detector.path == str(guarded)
        assert_same(detector.arrays(BytesPath(os.fsencode(path))), detector.arrays(PICTURES))
