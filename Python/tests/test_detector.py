"""The properties of a detector, and how it is opened, copied and closed."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import tempfile
import weakref
from pathlib import Path
from typing import Any

import numpy
import pytest
from core_data import COLOUR, FIXTURES, assert_same, command, pictures, tensors

import oddity
from oddity import Detector
from oddity.errors import HandleError, InputError, UsageError

PICTURES = pictures(10)


def test_what_it_says(guarded: Path, shared_detector: Detector, fitted: oddity.Fit) -> None:
    info = shared_detector.info
    assert info.pop("sample_shape") == [3, 32, 32] and shared_detector.sample_shape == (3, 32, 32)
    assert info == json.loads(command("inspect", guarded, "--json").stdout) == oddity.inspect(guarded)
    assert info == fitted.guarded.info == oddity.inspect(fitted.guarded)
    assert shared_detector.score_names == ["energy", "featurenorm"]
    assert shared_detector.alpha == fitted.alpha == 0.05
    assert shared_detector.threshold == fitted.threshold
    assert shared_detector.labels is None
    assert shared_detector.path == str(guarded)
    assert "energy" in repr(shared_detector) and "energy" in shared_detector._repr_html_()
    info["scores"] = []
    assert shared_detector.score_names


def test_all_forms_of_a_guarded_model(guarded: Path, fitted: oddity.Fit, shared_detector: Detector) -> None:
    expected = shared_detector.arrays(PICTURES)
    content = guarded.read_bytes()
    assert bytes(fitted.guarded) == content
    for given in (guarded, str(guarded), fitted.guarded, content, bytearray(content), memoryview(content)):
        with Detector(given) as detector:
            assert_same(detector.arrays(PICTURES), expected)


def test_files_of_older_versions() -> None:
    for version in (1, 2):
        with Detector(FIXTURES / f"guarded.v{version}.onnx") as detector:
            shape = detector.sample_shape
            assert len(detector.arrays(numpy.zeros((3, *shape), numpy.float32)).scores) == 3


@pytest.mark.parametrize("given", [None, 5, ["a.onnx"], object()])
def test_what_is_no_guarded_model(given: Any) -> None:
    with pytest.raises(UsageError, match="is no guarded model"):
        Detector(given)


def test_files_that_are_no_guarded_model(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no model")
    for given in (tmp_path / "nowhere.onnx", tmp_path / "text.onnx", tmp_path, b"", b"no model", COLOUR):
        with pytest.raises(InputError) as caught:
            Detector(given)
        assert caught.value.status == 65
    assert caught.value.name == "notGuarded"


@pytest.mark.parametrize(
    "options",
    [
        {"threads": 0},
        {"threads": -1},
        {"threads": 1.5},
        {"threads": "2"},
        {"batch": 0},
        {"batch": 1 << 31},
        {"precision": "f16"},
        {"precision": ""},
    ],
)
def test_options_that_do_not_exist(guarded: Path, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        Detector(guarded, **options)
    assert caught.value.status == 2


def test_options_reach_the_engine(guarded: Path, tmp_path: Path, shared_detector: Detector) -> None:
    values = tensors(70)
    expected = shared_detector.arrays(values)
    cache = tmp_path / "cache"
    given: list[dict[str, Any]] = [
        {"threads": 1},
        {"batch": numpy.int64(7)},
        {"cache_dir": cache},
        {"precision": "f32"},
    ]
    for options in given:
        with Detector(guarded, **options) as detector:
            assert numpy.allclose(detector.arrays(values).scores, expected.scores, rtol=1e-4)
    assert any(cache.iterdir())


def test_a_network_of_fixed_batch(tmp_path: Path) -> None:
    model = FIXTURES / "fixed_batch.dyn.onnx"
    with pytest.warns(oddity.OddityWarning):
        fit = oddity.fit(model, id=pictures(100), score="energy")
    with Detector(fit.guarded) as detector:
        values = tensors(11)
        everything = detector.arrays(values)
        assert numpy.allclose(everything.scores[8:], detector.arrays(values[8:]).scores, rtol=1e-5)


def test_close(guarded: Path) -> None:
    detector = Detector(guarded)
    detector.close()
    detector.close()
    assert "closed" in repr(detector)
    for use in (
        lambda: detector.score(PICTURES),
        lambda: detector.arrays(tensors(2)),
        lambda: detector.evaluate(id=PICTURES, ood={"same": PICTURES}),
        lambda: detector.__enter__().arrays(PICTURES),
    ):
        with pytest.raises(HandleError, match="closed") as caught:
            use()
        assert caught.value.status == 131
    # Properties that were read when the detector was opened remain.
    assert detector.alpha == 0.05


def test_copies_live_on_their_own(guarded: Path, shared_detector: Detector) -> None:
    expected = shared_detector.arrays(PICTURES)
    original = Detector(guarded, threads=1, batch=8)
    copies = [pickle.loads(pickle.dumps(original)), copy.copy(original), copy.deepcopy(original)]
    original.close()
    for one in copies:
        assert one._options == original._options
        assert numpy.allclose(one.arrays(PICTURES).scores, expected.scores, rtol=1e-5)
        one.close()
    # Copying a closed detector opens it again.
    assert len(pickle.loads(pickle.dumps(original)).arrays(PICTURES).scores) == 10


def test_a_copy_that_cannot_be_opened(guarded: Path) -> None:
    """If unpickling raised an error in a pool of processes, the pool would hang."""
    from oddity._detector import _opened

    one = _opened(b"no model", {})
    assert "cannot be opened" in repr(one)
    for use in (lambda: one.arrays(PICTURES), lambda: one.info, lambda: one.alpha, lambda: one.path):
        with pytest.raises(InputError):
            use()
    again = pickle.loads(pickle.dumps(one))
    with again, pytest.raises(InputError):
        again.score(PICTURES)


def test_results_can_be_pickled(fitted: oddity.Fit, shared_detector: Detector) -> None:
    again = pickle.loads(pickle.dumps(fitted))
    assert again.json == fitted.json and bytes(again.guarded) == bytes(fitted.guarded)
    assert again.guarded.path != fitted.guarded.path
    scores = shared_detector.arrays([b"", PICTURES])
    again = pickle.loads(pickle.dumps(scores))
    assert_same(again, scores)
    assert again.errors == scores.errors


def test_a_detector_goes_with_its_last_reference(guarded: Path) -> None:
    from oddity import _library

    detector = Detector(guarded)
    number, gone = detector._handle, weakref.ref(detector)
    del detector
    gc.collect()
    assert gone() is None
    with pytest.raises(HandleError):
        _library.call("oddity_free", number)


def test_a_fit_opens_as_its_guarded_model(fitted: oddity.Fit, shared_detector: Detector) -> None:
    with Detector(fitted) as opened:
        assert_same(opened.arrays(PICTURES), shared_detector.arrays(PICTURES))


def test_bytes_leave_no_file(guarded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Detector(guarded.read_bytes()) as opened:
        assert list(tmp_path.iterdir()) == []
        copied = pickle.loads(pickle.dumps(opened))
        assert list(tmp_path.iterdir()) == []
        assert Path(copied.path).read_bytes() == guarded.read_bytes()
