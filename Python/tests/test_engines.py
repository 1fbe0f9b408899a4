"""The same model with other engines: OpenVINO, or ONNX Runtime from its own package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import pytest
from core_data import COLOUR, command, pictures, tensors

import oddity
from oddity.errors import UsageError

pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def guarded() -> Any:
    images = pictures(120)
    return oddity.fit(COLOUR, id=images, calibration=images, score="energy+norm", alpha=0.1, seed=1).guarded


def test_scores_agree(guarded: Any) -> None:
    images = tensors(64)
    names = ("openvino", "onnxruntime")
    one, other = (oddity.Detector(guarded, engine=name).arrays(images) for name in names)
    spread = numpy.ptp(one.scores)
    assert numpy.abs(one.scores - other.scores).max() <= 1e-5 * spread
    assert (one.outliers == other.outliers).all()
    assert (one.classes == other.classes).all()


def test_a_detector_keeps_its_engine_where_it_is_unpickled(guarded: Any) -> None:
    import pickle

    detector = oddity.Detector(guarded, engine="onnxruntime", device="cpu", threads=1)
    again = pickle.loads(pickle.dumps(detector))
    assert (again.arrays(tensors(3)).scores == detector.arrays(tensors(3)).scores).all()


def test_fit_and_evaluate(guarded: Any) -> None:
    images = pictures(120)
    fit = oddity.fit(
        COLOUR, id=images, calibration=images, score="energy+norm", alpha=0.1, seed=1, engine="onnxruntime"
    )
    assert "ONNX Runtime" in fit.report()._repr_html_()
    detector = oddity.Detector(fit.guarded, engine="onnxruntime")
    sets = {"id": pictures(60, seed=3), "ood": {"noise": pictures(60, seed=4)}}
    ours, theirs = (each.evaluate(**sets) for each in (detector, oddity.Detector(guarded)))
    assert abs(ours.false_alarms - theirs.false_alarms) <= 1 / 60


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"engine": "torch"}, "no engine is called 'torch': name openvino or onnxruntime"),
        ({"device": "cuda:7"}, "has no cuda"),
        ({"engine": "onnxruntime", "device": "GPU"}, "is not one of cpu"),
        ({"engine": "openvino", "device": "GPU.7"}, "finds no device 'GPU.7' here"),
        ({"engine": "openvino", "device": "NPU"}, "NPU computes in half precision"),
        ({"engine": "onnxruntime", "precision": "bf16"}, "use f32"),
        ({"engine": "onnxruntime", "device_memory": 64}, "leave the limit out"),
        ({"engine": "openvino", "device_memory": 64}, "leave the limit out"),
        ({"device_memory": 0}, "pass a whole number of at least 1"),
        ({"engine": ""}, "no engine is called ''"),
    ],
)
def test_what_is_not_there(guarded: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        oddity.Detector(guarded, **options)


def test_the_command_lists_them() -> None:
    found = {each["engine"]: each for each in json.loads(oddity.run("engines", "--json"))}
    assert found["openvino"]["devices"] and "cpu" in found["onnxruntime"]["devices"]
    assert Path(found["onnxruntime"]["library"]).parent.name == "capi"
    assert command("engines").returncode == 0


def test_a_file_is_scored_alike(guarded: Any, tmp_path: Path) -> None:
    path = tmp_path / "images.npy"
    numpy.save(path, tensors(40))
    detector = oddity.Detector(guarded, engine="onnxruntime")
    assert (detector.arrays(path).scores == detector.arrays(tensors(40)).scores).all()
