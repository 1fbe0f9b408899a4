"""`Detector.diagnose` and the command give the same results."""

from __future__ import annotations

import json
from pathlib import Path

import numpy
import pytest
from core_data import COLOUR, command, pictures

import oddity
from oddity import Detector
from oddity.errors import InputError, OddityError

pytestmark = pytest.mark.filterwarnings("ignore::oddity.OddityWarning")


@pytest.fixture(scope="module")
def diagnosed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("diagnosed") / "guarded.onnx"
    fit = oddity.fit(
        COLOUR,
        id=pictures(200),
        calibration=pictures(200, seed=8),
        preprocess="cifar",
        score="energy",
        engine="openvino",
    )
    fit.guarded.save(path)
    return path


def test_it_is_that_of_the_command(diagnosed: Path, tmp_path: Path) -> None:
    images = pictures(64, seed=9)
    numpy.save(tmp_path / "images.npy", images)
    expected = json.loads(command("diagnose", diagnosed, tmp_path / "images.npy", "--json").stdout)
    with Detector(diagnosed) as detector:
        found = detector.diagnose(tmp_path / "images.npy")
        of_memory = detector.diagnose(images)
    assert found.json == expected
    assert found.verdict == expected["verdict"] and found.p_value == expected["p_value"]
    assert list(found.faults) == [row["fault"] for row in expected["faults"]]
    assert of_memory.json["verdict"] == found.verdict
    assert found.healthy == (found.verdict != "fault") and (found.fault is None) == found.healthy
    assert found.verdict in repr(found) and isinstance(found.warnings, list)


def test_faults_are_named(diagnosed: Path) -> None:
    with Detector(diagnosed) as detector:
        negative = detector.diagnose(255 - pictures(64, seed=10))
    assert not negative.healthy and negative.fault is not None
    assert next(iter(negative.faults)) == negative.fault
    assert all(share is None or 0 <= share <= 1 for share in negative.faults.values())
    assert negative.faults["other-images"] is None


def test_few_images_and_no_signatures(diagnosed: Path, guarded: Path) -> None:
    with Detector(diagnosed) as detector:
        with pytest.raises(InputError, match="too few"):
            detector.diagnose(pictures(5))
        with pytest.raises(OddityError):
            detector.diagnose(pictures(64), limit=3)


def test_tensors_are_compared(diagnosed: Path, tmp_path: Path) -> None:
    images = pictures(6, seed=11)
    with Detector(diagnosed) as detector:
        size = detector.sample_shape[1:]
        images = images[:, : size[0], : size[1]]
        scaled = (images / 255).transpose(0, 3, 1, 2).astype(numpy.float32)
        mean = numpy.array([0.4914, 0.4822, 0.4465])[:, None, None]
        std = numpy.array([0.2470, 0.2435, 0.2616])[:, None, None]
        right = ((scaled - mean) / std).astype(numpy.float32)
        if images.shape[1:3] == tuple(size):
            same = detector.check_tensors(right, list(images))
            assert same.same and same.steps == [] and same.verdict == "same"
        numpy.save(tmp_path / "scaled.npy", scaled)
        wrong = detector.check_tensors(tmp_path / "scaled.npy", images)
        assert not wrong.same and wrong.steps == ["mean and std were not applied"] and "mean" in repr(wrong)
        with pytest.raises(InputError, match="rows"):
            detector.check_tensors(right[:3], images)
