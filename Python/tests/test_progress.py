"""Callbacks receive progress, and end the work by raising an error."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from core_data import COLOUR, pictures, tensors

import oddity
from oddity import Detector
from oddity._preprocess import tensors as preprocessed

pytestmark = pytest.mark.filterwarnings("ignore::oddity.OddityWarning")

PICTURES = pictures(2000)


class Heard:
    def __init__(self, error: BaseException | None = None) -> None:
        self.events: list[tuple[str, int, int]] = []
        self.threads: set[int] = set()
        self.closed = 0
        self.error = error

    def __call__(self, task: str, done: int, total: int) -> None:
        self.events.append((task, done, total))
        self.threads.add(threading.get_ident())
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        self.closed += 1


def test_progress_of_a_fit() -> None:
    heard = Heard()
    oddity.fit(COLOUR, id=PICTURES[:500], score="energy", progress=heard)
    assert heard.events and heard.closed == 1
    assert heard.threads == {threading.get_ident()}
    for task, done, total in heard.events:
        assert task and 0 <= done <= total


@pytest.mark.parametrize("images", [PICTURES, tensors(2000)], ids=["pictures", "tensors"])
def test_progress_of_scores(shared_detector: Detector, images: Any) -> None:
    heard = Heard()
    shared_detector.arrays(images, progress=heard)
    assert heard.events and heard.closed == 1
    assert {task for task, _, _ in heard.events} == {"scoring"}
    assert {total for _, _, total in heard.events} == {2000}


@pytest.mark.parametrize("error", [ZeroDivisionError("mine"), KeyboardInterrupt(), StopIteration("s")])
def test_errors_of_a_callback(shared_detector: Detector, error: BaseException) -> None:
    for work in (
        lambda heard: shared_detector.arrays(PICTURES, progress=heard),
        lambda heard: shared_detector.arrays(tensors(2000), progress=heard),
        lambda heard: oddity.fit(COLOUR, id=PICTURES[:500], progress=heard),
    ):
        heard = Heard(error)
        with pytest.raises(type(error)) as caught:
            work(heard)
        assert caught.value is error
        # The error does not mention that the call was cancelled.
        assert error.__context__ is None
        assert len(heard.events) == 1 and heard.closed == 1
    # The next call works.
    assert len(shared_detector.arrays(PICTURES[:10]).scores) == 10


def test_the_cause_of_an_error_stays(shared_detector: Detector) -> None:
    def raises(task: str, done: int, total: int) -> None:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise RuntimeError("second") from error

    with pytest.raises(RuntimeError, match="second") as caught:
        shared_detector.arrays(PICTURES, progress=raises)
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_callback_may_call_oddity(shared_detector: Detector) -> None:
    found = []

    def scores(task: str, done: int, total: int) -> None:
        found.append(len(shared_detector.arrays(PICTURES[:5]).scores))

    assert len(shared_detector.arrays(PICTURES, progress=scores).scores) == 2000
    assert set(found) == {5}


def test_bars(shared_detector: Detector, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    shared_detector.arrays(PICTURES, progress=True)
    assert "scoring" in capsys.readouterr().err
    # There is no terminal and no notebook.
    shared_detector.arrays(PICTURES, progress=False)
    shared_detector.arrays(PICTURES)
    assert capsys.readouterr() == ("", "")


def test_tensors_of_the_preprocessing() -> None:
    values = preprocessed(pictures(3), "cifar", (3, 32, 32))
    assert values.shape == (3, 3, 32, 32)
    with pytest.raises(oddity.errors.InputError, match="'image 0' is empty"):
        preprocessed([b""], "cifar", (3, 32, 32))
    with pytest.raises(oddity.OddityError):
        preprocessed(pictures(3), "cifar", (3, 0, 32))
