"""`Detector.evaluate` and the command give the same results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import pytest
from core_data import command, pictures, tensors

import oddity
from oddity import Detector
from oddity.errors import InputError, UsageError

pytestmark = pytest.mark.filterwarnings("ignore::oddity.OddityWarning")

IMAGES = pictures(60, seed=5)
OTHERS = pictures(40, seed=6)[:, ::-1] // 2


def test_it_is_that_of_the_command(tmp_path: Path, guarded: Path, shared_detector: Detector) -> None:
    for name, array in [("id", IMAGES), ("others", OTHERS), ("tensors", tensors(30))]:
        numpy.save(tmp_path / f"{name}.npy", array)
    sets = [f"others={tmp_path}/others.npy", f"noise={tmp_path}/tensors.npy"]
    done = command("evaluate", guarded, "--id", tmp_path / "id.npy", "--ood", *sets, "--json")
    expected = json.loads(done.stdout)
    of_files = shared_detector.evaluate(
        id=tmp_path / "id.npy", ood={"others": tmp_path / "others.npy", "noise": [tmp_path / "tensors.npy"]}
    )
    of_memory = shared_detector.evaluate(id=IMAGES, ood={"others": list(OTHERS), "noise": tensors(30)})
    assert of_files.json == expected
    for one, other in zip(of_memory.json["detectors"], expected["detectors"], strict=True):
        assert one["ood"] == other["ood"] and one["id_flagged"] == other["id_flagged"]


def test_what_it_says(shared_detector: Detector, tmp_path: Path) -> None:
    found = shared_detector.evaluate(id=IMAGES, ood={"a": OTHERS, "b c": OTHERS[:20]})
    names = found.table.dtype.names if isinstance(found.table, numpy.ndarray) else found.table.columns
    assert list(names)[:3] == ["score", "ood", "images"]
    assert len(found.table) == 4
    assert list(found.table["ood"]) == ["a", "b c"] * 2 and list(found.table["images"]) == [40, 20] * 2
    assert found.accuracy is None and 0 <= found.false_alarms <= 1
    assert isinstance(found.warnings, list)
    report = found.report()
    report.save(tmp_path / "report.html")
    assert "b c" in report.html and found._repr_html_() == report._repr_html_()
    assert "memory:" not in report.html


def test_labels(shared_detector: Detector, tmp_path: Path) -> None:
    numpy.save(tmp_path / "id.npy", IMAGES)
    classes = shared_detector.arrays(IMAGES).classes
    rows = "".join(f"{tmp_path}/id.npy#{row},{label}\n" for row, label in enumerate(classes))
    (tmp_path / "-labels.csv").write_text("path,index\n" + rows)
    found = shared_detector.evaluate(
        id=tmp_path / "id.npy", ood={"a": OTHERS}, labels=tmp_path / "-labels.csv"
    )
    assert found.accuracy == 1


@pytest.mark.parametrize("ood", [{}, {"": OTHERS}, {"a=b": OTHERS}])
def test_sets_that_cannot_be(shared_detector: Detector, ood: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        shared_detector.evaluate(id=IMAGES, ood=ood)


def test_images_that_cannot_be_used(shared_detector: Detector) -> None:
    with pytest.raises(InputError):
        shared_detector.evaluate(id="nowhere", ood={"a": OTHERS})
    with pytest.raises(InputError):
        shared_detector.evaluate(id=IMAGES, ood={"a": "nowhere"})
    with pytest.raises(UsageError):
        shared_detector.evaluate(id=[], ood={"a": OTHERS})


@pytest.mark.parametrize("name", ["-a", "ü 日", 'with "quotes" <b>', "a,b", "a\tb"])
def test_names_of_sets(shared_detector: Detector, name: str) -> None:
    found = shared_detector.evaluate(id=IMAGES, ood={name: OTHERS})
    assert found.json["detectors"][0]["ood"][0]["name"] == name


def test_options_of_the_detector_are_kept(guarded: Path, tmp_path: Path) -> None:
    with Detector(guarded, threads=1, batch=5, precision="f32", cache_dir=tmp_path / "cache") as detector:
        found = detector.evaluate(id=IMAGES, ood={"a": OTHERS})
    assert found.json["detectors"]


def test_a_model_in_memory(fitted: oddity.Fit) -> None:
    with Detector(bytes(fitted.guarded)) as detector:
        assert len(detector.evaluate(id=IMAGES, ood={"a": OTHERS}).table) == 2
