"""The package gives the same values, files and messages as the command."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy
import pytest
from core_data import COLOUR, FIXTURES, GREY, NETWORKS, command, pictures, tensors

import oddity
from oddity import Detector
from oddity.errors import OddityError

pytestmark = pytest.mark.filterwarnings("ignore::oddity.OddityWarning")

PICTURES = pictures(70)


def lines(guarded: Path, *sources: Any) -> list[dict[str, Any]]:
    printed = command("score", guarded, *sources).stdout.decode()
    return [json.loads(line) for line in printed.splitlines()]


@pytest.fixture(params=["pictures", "tensors", "files"])
def images(request: Any, tmp_path: Path) -> tuple[Path, Any]:
    """A source of the command, and the same images in memory."""
    if request.param == "files":
        for number, picture in enumerate(PICTURES):
            (tmp_path / f"{number:03}.ppm").write_bytes(b"P6 32 32 255\n" + picture.tobytes())
        return tmp_path, PICTURES
    array = PICTURES if request.param == "pictures" else tensors(70)
    numpy.save(tmp_path / "images.npy", array)
    return tmp_path / "images.npy", array


def test_scores_are_those_of_the_command(
    images: tuple[Path, Any], guarded: Path, shared_detector: Detector
) -> None:
    source, array = images
    printed = lines(guarded, source)
    for given in (source, array, list(array)):
        found = shared_detector.arrays(given)
        for column, values in [
            ("energy", found.scores[:, 0]),
            ("featurenorm", found.scores[:, 1]),
        ]:
            expected = numpy.array([line["scores"][column] for line in printed], numpy.float32)
            assert values.tobytes() == expected.tobytes()
        p_values = numpy.array([line["p_value"] for line in printed], numpy.float32)
        assert found.p_values.tobytes() == p_values.tobytes()
        assert found.outliers.tolist() == [line["outlier"] for line in printed]
        assert found.classes.tolist() == [line["class"] for line in printed]
        assert found.confidences.tolist() == [line["confidence"] for line in printed]


def test_tables_are_those_of_the_command(
    images: tuple[Path, Any], guarded: Path, shared_detector: Detector
) -> None:
    source, _ = images
    table = shared_detector.score(source, table="numpy")
    printed = list(
        csv.reader(io.StringIO(command("score", guarded, source, "--format", "csv").stdout.decode()))
    )
    header, rows = printed[0], printed[1:]
    assert [name for name in header if name not in ("label", "error")] == ["input", *table.dtype.names[1:]]
    assert list(table["name"]) == [row[0] for row in rows]
    for name in table.dtype.names[1:]:
        texts = [row[header.index(name)] for row in rows]
        if name == "outlier":
            assert [str(bool(value)).lower() for value in table[name]] == texts
        else:
            assert table[name].tobytes() == numpy.array(texts).astype(table[name].dtype).tobytes(), name


def test_failures_are_those_of_the_command(tmp_path: Path, guarded: Path, shared_detector: Detector) -> None:
    good, cut = tmp_path / "good.ppm", tmp_path / "cut.png"
    good.write_bytes(b"P6 32 32 255\n" + PICTURES[0].tobytes())
    cut.write_bytes(b"\x89PNG\r\n\x1a\n")
    paths = [cut, good, tmp_path / "nowhere.png"]
    printed = lines(guarded, *paths)
    table = shared_detector.score(paths, table="numpy")
    assert list(table["error"]) == [line.get("error") for line in printed]
    assert list(table["name"]) == [line["input"] for line in printed]


@pytest.mark.parametrize("kind", ["pictures", "tensors"])
def test_a_fit_of_memory_is_one_of_a_file(kind: str, tmp_path: Path) -> None:
    array, other = (
        (pictures(150), pictures(60, seed=1)) if kind == "pictures" else (tensors(150), tensors(60, seed=1))
    )
    numpy.save(tmp_path / "array.npy", array)
    numpy.save(tmp_path / "other.npy", other)
    options: dict[str, Any] = {"score": ["energy", "knn"], "block": 3, "seed": 3, "limit": 100}
    parts = [array[:40], *array[40:50], array[50:]]
    for given, calibration, in_file in [(array, None, None), (parts, other, tmp_path / "other.npy")]:
        of_file = oddity.fit(COLOUR, id=tmp_path / "array.npy", calibration=in_file, **options)
        of_memory = oddity.fit(COLOUR, id=given, calibration=calibration, **options)
        assert bytes(of_memory.guarded) == bytes(of_file.guarded)
        assert of_memory.json == of_file.json


def test_a_fit_is_that_of_the_command(tmp_path: Path) -> None:
    numpy.save(tmp_path / "array.npy", pictures(150, 28, 28, 1))
    (tmp_path / "steps.json").write_text('{"mean": 0.5, "std": 0.25}')
    output = tmp_path / "guarded.onnx"
    done = command(
        *(
            "fit",
            GREY,
            "--id",
            tmp_path / "array.npy",
            "--preprocess",
            tmp_path / "steps.json",
            "--score",
            "energy",
        ),
        *("--seed", "2", "--json", "--output", output),
    )
    assert done.returncode == 0, done.stderr
    fit = oddity.fit(
        GREY, id=pictures(150, 28, 28, 1), preprocess={"mean": 0.5, "std": 0.25}, score="energy", seed=2
    )
    assert bytes(fit.guarded) == output.read_bytes()
    printed = json.loads(done.stdout)
    printed.pop("output", None)
    assert fit.json == printed
    said = [
        line.removeprefix("oddity: warning: ")
        for line in done.stderr.decode().splitlines()
        if "warning" in line
    ]
    assert fit.warnings == said


def test_a_network_of_the_demo(tmp_path: Path) -> None:
    images = pictures(60, 28, 28, 1)
    numpy.save(tmp_path / "images.npy", images)
    fit = oddity.fit(
        *(NETWORKS / "vgg11.onnx",),
        id=images,
        calibration=images,
        preprocess=NETWORKS / "preprocess.json",
        labels=NETWORKS / "labels.txt",
        score="featurenorm",
    )
    fit.guarded.save(tmp_path / "guarded.onnx")
    with Detector(fit.guarded) as detector:
        table = detector.score(images, table="numpy")
        printed = lines(tmp_path / "guarded.onnx", tmp_path / "images.npy")
        assert list(table["label"]) == [line["label"] for line in printed]
        assert list(table["score"]) == [numpy.float32(line["score"]) for line in printed]


FAILURES: list[tuple[Any, ...]] = [
    ("fit", COLOUR),
    ("fit", COLOUR, "--id", "nowhere", "-o", "x.onnx"),
    ("fit", "nowhere.onnx", "--id", "a.npy", "-o", "x.onnx"),
    ("fit", COLOUR, "--id", "a.npy", "-o", "x.onnx", "--score", "nothing"),
    ("fit", COLOUR, "--id", "a.npy", "-o", "x.onnx", "--alpha", "2"),
    ("fit", COLOUR, "--id", "a.npy", "-o", "x.onnx", "--preprocess", "nowhere.json"),
    ("fit", COLOUR, "--id", "a.npy", "-o", "nowhere/x.onnx"),
    ("fit", FIXTURES / "no_blocks.ts.onnx", "--id", "a.npy", "-o", "x.onnx"),
    ("fit", FIXTURES / "two_inputs.ts.onnx", "--id", "a.npy", "-o", "x.onnx"),
    ("fit", COLOUR, "--id", "few.npy", "-o", "x.onnx"),
    ("fit", FIXTURES / "no_head.ts.onnx", "--id", "a.npy", "-o", "x.onnx"),
    ("inspect", COLOUR),
    ("evaluate", COLOUR, "--id", "a.npy", "--ood", "b=a.npy"),
    ("score", "a.npy", "a.npy"),
    ("scores", "nothing"),
    ("nothing",),
    ("blocks", COLOUR, "--nothing"),
]


@pytest.mark.parametrize("arguments", FAILURES, ids=range(len(FAILURES)))
def test_errors_are_those_of_the_command(
    arguments: tuple[Any, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    numpy.save("a.npy", pictures(60))
    numpy.save("few.npy", pictures(3))
    done = command(*arguments)
    with pytest.raises(OddityError) as caught:
        oddity.run(*map(str, arguments))
    error = caught.value
    assert error.status == done.returncode
    said = [line for line in done.stderr.decode().splitlines() if not line.startswith("oddity: warning")]
    # Usage information may follow in further lines.
    assert re.split(r"\\x0a|\n", str(error))[0] == said[0].removeprefix("oddity: ")
    assert error.name
