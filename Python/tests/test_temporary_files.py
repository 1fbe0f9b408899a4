"""No temporary files remain, regardless of how a call or a process ends."""

from __future__ import annotations

import gc
import tempfile
from pathlib import Path

import pytest
from core_data import COLOUR, pictures, python

import oddity
from oddity import Detector
from oddity._guarded import Guarded

pytestmark = pytest.mark.filterwarnings("ignore::oddity.OddityWarning")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_calls_that_succeed(folder: Path) -> None:
    images, steps = pictures(120), {"mean": 0.5, "std": 0.25}
    labels = [f"class {number}" for number in range(10)]
    fit = oddity.fit(COLOUR.read_bytes(), id=images, preprocess=steps, labels=labels, score="energy")
    assert [path.name for path in folder.iterdir()] == [Path(fit.guarded.path).parent.name]
    with Detector(bytes(fit.guarded)) as detector:
        detector.evaluate(id=images, ood={"a": images})
        fit.guarded.save(folder / "kept.onnx")
    del detector, fit
    gc.collect()
    assert [path.name for path in folder.iterdir()] == ["kept.onnx"]


def test_calls_that_fail(folder: Path) -> None:
    for model, images in [
        (b"no model", pictures(60)),
        (COLOUR.read_bytes(), pictures(3)),
        (COLOUR, "nowhere"),
    ]:
        with pytest.raises(oddity.OddityError):
            oddity.fit(model, id=images, preprocess={"mean": 0.5}, labels=["a"], score="energy")
    with pytest.raises(oddity.OddityError):
        Detector(b"no model")
    gc.collect()
    assert not list(folder.iterdir())


def test_a_model_is_there_as_long_as_somebody_holds_it(folder: Path, fitted: oddity.Fit) -> None:
    guarded = Guarded(bytes(fitted.guarded))
    detector = Detector(guarded)
    del guarded
    gc.collect()
    assert Path(detector.path).exists()
    assert len(detector.evaluate(id=pictures(20), ood={"a": pictures(20)}).table) == 2


@pytest.mark.parametrize("end", ["fit.cycle = fit", "1 / 0"])
def test_the_end_of_a_process(folder: Path, end: str) -> None:
    code = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
import numpy, oddity
images = numpy.random.default_rng(0).integers(0, 256, (120, 32, 32, 3)).astype(numpy.uint8)
fit = oddity.fit(open(sys.argv[2], "rb").read(), id=images, score="energy")
detector = oddity.Detector(fit.guarded)
"""
    done = python(code + end, folder, COLOUR)
    assert done.returncode == (1 if "/" in end else 0), done.stderr
    assert not list(folder.iterdir())
