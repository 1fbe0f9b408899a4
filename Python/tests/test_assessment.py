"""`Detector.assess` and the command give the same results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import pytest
from core_data import COLOUR, command, pictures
from PIL import Image

import oddity
from oddity import Detector
from oddity.errors import InputError, UsageError

pytestmark = pytest.mark.filterwarnings("ignore::oddity.OddityWarning")


@pytest.fixture(scope="module")
def assessed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that is calibrated on labelled images. The labels are the predicted classes, except for every
    fifth image."""
    folder = tmp_path_factory.mktemp("assessed")
    first, path = folder / "first.onnx", folder / "guarded.onnx"

    def fitted(calibration: Any, labels: list[str] | None = None) -> oddity.Fit:
        return oddity.fit(
            COLOUR,
            id=pictures(200),
            calibration=calibration,
            labels=labels,
            preprocess="cifar",
            score="energy",
            engine="openvino",
        )

    fitted(pictures(200, seed=8)).guarded.save(first)
    images = pictures(200, seed=9)
    with Detector(first) as detector:
        classes = detector.arrays(images).classes
        count = int(detector.info["classes"])
    truth = [int(index) if row % 5 else (int(index) + 1) % count for row, index in enumerate(classes)]
    for row, index in enumerate(truth):
        place = folder / "calibration" / f"class{index}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(images[row]).save(place / f"{row}.png")
    labels = [f"class{index}" for index in range(count)]
    fitted(folder / "calibration", labels).guarded.save(path)
    return path


def test_it_is_that_of_the_command(assessed: Path, tmp_path: Path) -> None:
    images = pictures(120, seed=10)
    numpy.save(tmp_path / "images.npy", images)
    flags = ("--max-outliers", "0.5", "--json")
    expected = json.loads(command("assess", assessed, tmp_path / "images.npy", *flags).stdout)
    with Detector(assessed) as detector:
        found = detector.assess(tmp_path / "images.npy", max_outliers=0.5)
        of_memory = detector.assess(images)
    assert found.json == expected
    assert found.flagged == expected["flagged"] and found.shift_p_value == expected["shift"]["p_value"]
    assert found.strange_at_least == expected["strange"]["share_at_least"] and found.passes
    assert of_memory.json["flagged"] == found.flagged and of_memory.json["gates"] == []
    assert found.withheld is None and found.accuracy is not None and found.accuracy_of_all is not None
    assert 0 <= found.accuracy.low <= found.accuracy.value <= found.accuracy.high <= 1
    assert found.accuracy_of_all.images == 120
    assert f"{found.accuracy.value:.3f}" in repr(found) and "<html" in found.report().html
    assert sum(len(group) for group in found.groups) <= 120 and isinstance(found.warnings, list)


def test_confidence_is_calibrated(assessed: Path, guarded: Path) -> None:
    images = pictures(30, seed=11)
    with Detector(assessed) as detector:
        scores = detector.arrays(images)
        table = detector.score(images, table="numpy")
        temperature = detector.info["confidence_temperature"]
    assert temperature > 0 and numpy.isfinite(scores.calibrated_confidences).all()
    assert (scores.calibrated_confidences.mean() < scores.confidences.mean()) == (temperature > 1)
    assert numpy.array_equal(table["calibrated_confidence"], scores.calibrated_confidences)
    with Detector(guarded) as detector:
        plain = detector.arrays(images)
        assert "calibrated_confidence" not in detector.score(images, table="numpy").dtype.names
        withheld = detector.assess(pictures(40, seed=12))
    assert numpy.isnan(plain.calibrated_confidences).all()
    assert withheld.accuracy is None and withheld.withheld and "accuracy unknown" in repr(withheld)


def test_gates_and_what_cannot_be_assessed(assessed: Path) -> None:
    with Detector(assessed) as detector:
        strict = detector.assess(pictures(40, seed=13), min_accuracy=1.0)
        assert not strict.passes
        with pytest.raises(InputError, match="too few"):
            detector.assess(pictures(5))
        with pytest.raises(UsageError, match="share from 0 to 1"):
            detector.assess(pictures(40), max_outliers=3)
