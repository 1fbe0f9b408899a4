"""A guarded model in the user's own ONNX Runtime, with providers of that package."""

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

onnx = pytest.importorskip("onnx")
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


def test_weights_in_files_of_their_own() -> None:
    """Models above 1 GiB have external weights. This test passes them for a small network, as the library
    does."""
    import ctypes

    from oddity import _library
    from oddity._session import Session

    own = COLOUR.with_name("external.dyn.onnx")
    model = onnx.load(own, load_external_data=False)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = str(own.with_name(entry.value))
    files = {
        entry.value
        for each in model.graph.initializer
        for entry in each.external_data
        if entry.key == "location"
    }
    assert len(files) == 1
    content = model.SerializeToString()
    session = Session(PROCESSOR, None)
    error = _library.Error()
    network = _library.Network(
        5,
        ctypes.cast(content, ctypes.c_void_p),
        len(content),
        _library.texts(list(files)),
        1,
        ctypes.pointer(error),
    )
    session._compile(network)
    images = tensors(4)
    name = session._sessions[5].get_inputs()[0].name
    expected = onnxruntime.InferenceSession(str(own), providers=PROCESSOR).run(None, {name: images})
    assert all(
        (a == b).all() for a, b in zip(session._sessions[5].run(None, {name: images}), expected, strict=True)
    )


def test_a_provider_that_does_not_start_is_refused(guarded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Fallen(onnxruntime.InferenceSession):  # type: ignore[misc, name-defined]
        def get_providers(self) -> list[str]:
            return []

    monkeypatch.setattr(onnxruntime, "InferenceSession", Fallen)
    with pytest.raises(UsageError, match="cannot start CPUExecutionProvider here"):
        oddity.Detector(guarded, providers=PROCESSOR)


def test_a_call_within_a_call_is_refused(detector: Any) -> None:
    def again(*_: Any) -> None:
        detector.arrays(tensors(1))

    with pytest.raises(UsageError, match="open a second detector"):
        detector.arrays(tensors(200), progress=again)
    assert len(detector.arrays(tensors(5)).scores) == 5


def test_a_measured_batch_and_an_interruption_within(guarded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Oddity measures a device if there are thousands of images. If memory runs out, only the search ends."""
    from oddity._session import Session

    class Card(Session):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            self.runner.device = b"CUDA"

    monkeypatch.setattr("oddity._detector.Session", Card)
    images = numpy.repeat(tensors(8), 1024, axis=0)
    expected = oddity.Detector(guarded, providers=PROCESSOR, batch=32).arrays(images).scores
    detector: Any = oddity.Detector(guarded, providers=PROCESSOR)
    ((number, session),) = detector._session._sessions.items()
    sizes: list[int] = []

    class Watched:
        most = 20
        interrupts = False

        def run(self, names: Any, given: Any) -> Any:
            (values,) = given.values()
            sizes.append(len(values))
            if len(values) > self.most:
                raise KeyboardInterrupt if self.interrupts else RuntimeError("CUDA failure 2: out of memory")
            return session.run(names, given)

    detector._session._sessions[number] = Watched()
    Watched.interrupts = True
    with pytest.raises(KeyboardInterrupt):
        detector.arrays(images)
    Watched.interrupts = False
    assert numpy.allclose(detector.arrays(images).scores, expected, atol=1e-4)
    assert set(sizes) == {16, 32} and sizes[-1] == 16


def test_closing_gives_the_networks_back(guarded: Any) -> None:
    detector: Any = oddity.Detector(guarded, providers=PROCESSOR)
    detector.close()
    assert not detector._session._sessions


def test_a_session_that_failed_is_let_go_of(guarded: Any) -> None:
    """Its generator ends where it waits, and does not use arguments of earlier calls."""
    import gc
    import weakref

    detector: Any = oddity.Detector(guarded, providers=PROCESSOR)
    detector._session._sessions.clear()
    with pytest.raises(InternalError):
        detector.arrays(tensors(5))
    session = weakref.ref(detector._session)
    detector.close()
    del detector
    gc.collect()
    assert session() is None


def test_an_error_keeps_its_cause(detector: Any) -> None:
    mine = ValueError("mine")
    mine.__cause__ = ZeroDivisionError()

    def broken(*_: Any) -> None:
        raise mine

    with pytest.raises(ValueError, match="mine") as raised:
        detector.evaluate(id=pictures(50), ood={"noise": pictures(50, seed=4)}, progress=broken)
    assert isinstance(raised.value.__cause__, ZeroDivisionError)
    ((number, _),) = detector._session._sessions.items()

    class Broken:
        def run(self, *_: Any) -> Any:
            raise KeyboardInterrupt

    detector._session._sessions[number] = Broken()
    with pytest.raises(KeyboardInterrupt) as interrupted:
        detector.arrays(tensors(5))
    assert interrupted.value.__cause__ is None


@pytest.mark.parametrize("version", ["1.19.2", "1.9", "foo"])
def test_old_versions_are_refused(guarded: Any, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(onnxruntime, "__version__", version)
    with pytest.raises(MissingError, match="is too old"):
        oddity.Detector(guarded, providers=PROCESSOR)


def test_threads_evaluate(detector: Any) -> None:
    sets = {"id": pictures(20, seed=3), "ood": {"noise": pictures(20, seed=4)}}
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(detector.evaluate(**sets))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2 and len(detector._session._sessions) == 1


def test_evaluations_leave_no_network_behind(detector: Any) -> None:
    sets = {"id": pictures(20, seed=3), "ood": {"noise": pictures(20, seed=4)}}
    for _ in range(3):
        detector.evaluate(**sets)
    assert len(detector._session._sessions) == 1


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
    for number in sessions:
        detector._session._sessions[number] = Broken()
    if isinstance(error, Exception):
        with pytest.raises(InternalError) as raised:
            detector.arrays(tensors(100))
        assert raised.value.__cause__ is error and str(error) in str(raised.value)
    else:
        with pytest.raises(KeyboardInterrupt):
            detector.arrays(tensors(100))
    detector._session._sessions.update(sessions)
    assert len(detector.arrays(tensors(5)).scores) == 5


def test_signals_keep_their_stack(guarded: Any) -> None:
    """If an engine gave a signal stack to this thread and freed it, the process would end."""
    import ctypes

    class Stack(ctypes.Structure):
        _fields_ = (("sp", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t))

    def current() -> tuple[int | None, int]:
        stack = Stack()
        assert ctypes.CDLL(None).sigaltstack(None, ctypes.byref(stack)) == 0
        return stack.sp, stack.size

    found: list[tuple[int | None, int]] = []

    def use() -> None:
        found.append(current())
        with oddity.Detector(guarded) as detector:
            detector.arrays(tensors(5))
            found.append(current())
        found.append(current())

    # A separate thread, because an earlier test may have set another signal stack on this one.
    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert len(found) == 3 and len(set(found)) == 1


def test_ctrl_c_between_batches(detector: Any) -> None:
    """Python handles a signal when Python code resumes, which is at the first line of a function that C
    calls."""
    import signal

    class Interrupted:
        def __init__(self) -> None:
            self.pending = True

        def run(self, *given: Any) -> Any:
            # Only once. A second signal would arrive while the first one is handled.
            if self.pending:
                self.pending = False
                signal.raise_signal(signal.SIGINT)
            return session.run(*given)

    ((number, session),) = detector._session._sessions.items()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        detector._session._sessions[number] = Interrupted()
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
