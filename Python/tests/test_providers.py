"""A guarded model in the user's own ONNX Runtime, by providers of the package's."""

from __future__ import annotations

import pickle
import sys
import threading
from typing import Any

import numpy
import pytest
from core_data import COLOUR, pictures, tensors

import oddity
from oddity.errors import InputError, InternalError, MissingError, UsageError

onnxruntime = pytest.importorskip("onnxruntime")

PROCESSOR = ["CPUExecutionProvider"]


@pytest.fixture(scope="module")
def guarded() -> Any:
    images = pictures(120)
    return oddity.fit(COLOUR, id=images, calibration=images, score="energy+norm", alpha=0.1, seed=1).guarded


@pytest.fixture
def detector(guarded: Any) -> Any:
    with oddity.Detector(guarded, engine="onnxruntime", providers=PROCESSOR) as opened:
        yield opened


def test_verdicts_are_those_of_odditys_engines(guarded: Any, detector: Any) -> None:
    for images in (tensors(70), pictures(70, seed=3)):
        found = detector.arrays(images)
        for engine in ("onnxruntime", "openvino"):
            other = oddity.Detector(guarded, engine=engine).arrays(images)
            assert numpy.abs(found.scores - other.scores).max() <= 1e-5 * numpy.ptp(other.scores)
            assert (found.outliers == other.outliers).all()
            assert (found.classes == other.classes).all()
            assert numpy.abs(found.confidences - other.confidences).max() < 1e-5


def test_scores_are_those_of_the_guarded_file_in_a_session(guarded: Any, detector: Any) -> None:
    images = tensors(8)
    session = onnxruntime.InferenceSession(bytes(guarded), providers=PROCESSOR)
    name = session.get_inputs()[0].name
    (scores,) = session.run(["ood_score"], {name: images})
    found = detector.arrays(images).scores[:, 0]
    assert numpy.abs(found - scores.reshape(-1)).max() <= 1e-5 * numpy.ptp(scores)


def test_fixed_batches_are_filled() -> None:
    images = pictures(120)
    fixed = COLOUR.with_name("fixed_batch.dyn.onnx")
    fit = oddity.fit(fixed, id=images, calibration=images, score="energy", alpha=0.1, seed=1)
    found = oddity.Detector(fit, providers=PROCESSOR).arrays(tensors(7)).scores
    assert numpy.allclose(found, oddity.Detector(fit).arrays(tensors(7)).scores, atol=1e-4)


def test_evaluate(guarded: Any, detector: Any) -> None:
    sets = {"id": pictures(60, seed=3), "ood": {"noise": pictures(60, seed=4)}}
    ours, theirs = (each.evaluate(**sets) for each in (detector, oddity.Detector(guarded)))
    assert abs(ours.false_alarms - theirs.false_alarms) <= 1 / 60
    assert f"ONNX Runtime {onnxruntime.__version__} on CPU" in ours._repr_html_()


def test_threads_share_a_detector(detector: Any) -> None:
    images, found = tensors(40), []
    threads = [
        threading.Thread(target=lambda: found.append(detector.arrays(images).scores)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and all((each == found[0]).all() for each in found)


def test_pickled(detector: Any) -> None:
    again = pickle.loads(pickle.dumps(detector))
    assert again._session is not None
    assert (again.arrays(tensors(3)).scores == detector.arrays(tensors(3)).scores).all()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ZeroDivisionError("mine"), StopIteration("s")])
def test_an_error_of_the_session_ends_the_call(detector: Any, error: BaseException) -> None:
    class Broken:
        def run(self, *_: Any) -> Any:
            raise error

    sessions = dict(detector._session._sessions)
    detector._session._sessions[1] = Broken()
    if isinstance(error, Exception):
        with pytest.raises(InternalError) as raised:
            detector.arrays(tensors(100))
        assert raised.value.__cause__ is error and str(error) in str(raised.value)
    else:
        with pytest.raises(KeyboardInterrupt):
            detector.arrays(tensors(100))
    detector._session._sessions.update(sessions)
    assert len(detector.arrays(tensors(5)).scores) == 5


def test_ctrl_c_between_batches(detector: Any) -> None:
    """Python notices a signal where its code goes on: at the first line of what C calls."""
    import signal

    class Interrupted:
        def run(self, *given: Any) -> Any:
            signal.raise_signal(signal.SIGINT)
            return session.run(*given)

    session = detector._session._sessions[1]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        detector._session._sessions[1] = Interrupted()
        with pytest.raises(KeyboardInterrupt):
            detector.arrays(tensors(100))
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"providers": ["NopeExecutionProvider"]}, "has no provider 'NopeExecutionProvider', only "),
        ({"providers": []}, r"providers is \[\]: pass a list"),
        ({"providers": "CPUExecutionProvider"}, "pass a list"),
        ({"providers": [7]}, "providers holds 7"),
        ({"providers": [("CPUExecutionProvider", 7)]}, "providers holds"),
        ({"providers": PROCESSOR, "engine": "openvino"}, "leave out engine='openvino'"),
        ({"providers": PROCESSOR, "device": "cpu"}, "leave out device"),
        ({"providers": PROCESSOR, "device_memory": 64}, "leave out device_memory"),
        ({"providers": PROCESSOR, "precision": "f32"}, "leave out precision"),
        ({"providers": PROCESSOR, "cache_dir": "."}, "leave out cache_dir"),
        ({"providers": PROCESSOR, "threads": 0}, "pass a whole number"),
    ],
)
def test_what_does_not_fit_together(guarded: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        oddity.Detector(guarded, **options)


def test_a_plain_classifier_is_refused() -> None:
    with pytest.raises(InputError, match="is a plain classifier"):
        oddity.Detector(COLOUR, providers=PROCESSOR)


def test_without_onnxruntime(guarded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingError, match="pip install onnxruntime"):
        oddity.Detector(guarded, providers=PROCESSOR)


def test_full_precision_is_asked_for() -> None:
    from oddity._session import _checked

    there = ["CUDAExecutionProvider", "CoreMLExecutionProvider", "TensorrtExecutionProvider", *PROCESSOR]
    cuda = _checked(["CUDAExecutionProvider", *PROCESSOR], there)
    assert cuda == [("CUDAExecutionProvider", {"use_tf32": "0"}), ("CPUExecutionProvider", {})]
    own = _checked([("CUDAExecutionProvider", {"device_id": "1", "use_tf32": "1"})], there)
    assert own == [("CUDAExecutionProvider", {"device_id": "1", "use_tf32": "1"})]
    with pytest.raises(UsageError, match="NVIDIA_TF32_OVERRIDE=0"):
        _checked(["TensorrtExecutionProvider"], there)
