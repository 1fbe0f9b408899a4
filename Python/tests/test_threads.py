"""Calls from several threads at once, and detectors that are closed meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy
import pytest
from core_data import COLOUR, pictures, tensors

import oddity
from oddity import Detector
from oddity.errors import HandleError

pytestmark = pytest.mark.filterwarnings("ignore::oddity.OddityWarning")


def all_at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    gate = threading.Barrier(count)

    def one(number: int) -> Any:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_one_detector(shared_detector: Detector) -> None:
    inputs = [tensors(50, seed) if seed % 2 else pictures(50, seed=seed) for seed in range(8)]
    expected = [shared_detector.arrays(given).scores for given in inputs]
    for _ in range(3):
        found = all_at_once(8, lambda number: shared_detector.arrays(inputs[number]).scores)
        for one, other in zip(found, expected, strict=True):
            assert numpy.allclose(one, other, rtol=1e-5)


def test_several_detectors_and_fits(guarded: Path, shared_detector: Detector) -> None:
    images = pictures(120)
    expected = shared_detector.arrays(images).scores

    def work(number: int) -> Any:
        if number == 0:
            return bytes(oddity.fit(COLOUR, id=images, score="energy").guarded)
        with Detector(guarded) as detector:
            return detector.arrays(images).scores

    found = all_at_once(5, work)
    assert found[0] == bytes(oddity.fit(COLOUR, id=images, score="energy").guarded)
    for scores in found[1:]:
        assert numpy.allclose(scores, expected, rtol=1e-5)


def test_two_threads_close_one(guarded: Path) -> None:
    for _ in range(5):
        detector = Detector(guarded)
        closes: Callable[[int], None] = lambda _, one=detector: one.close()  # type: ignore[misc]  # noqa: E731
        all_at_once(4, closes)
        with pytest.raises(HandleError):
            detector.arrays(tensors(1))


def test_close_while_it_scores(guarded: Path, shared_detector: Detector) -> None:
    values = tensors(2000)
    expected = shared_detector.arrays(values).scores
    for _ in range(2):
        detector = Detector(guarded)
        began = threading.Event()

        def close(detector: Detector = detector, began: threading.Event = began) -> None:
            began.wait()
            detector.close()

        closer = threading.Thread(target=close)
        closer.start()
        # Calls that had begun are finished.
        found = detector.arrays(values, progress=lambda *_, began=began: began.set())
        closer.join()
        assert numpy.allclose(found.scores, expected, rtol=1e-5)
        with pytest.raises(HandleError):
            detector.arrays(values)


def test_others_run_meanwhile(shared_detector: Detector) -> None:
    """A call does not block other Python threads."""
    ticks: list[int] = []
    ended = threading.Event()

    def tick() -> None:
        while not ended.wait(0.001):
            ticks.append(1)

    ticker = threading.Thread(target=tick)
    ticker.start()
    shared_detector.arrays(pictures(3000))
    ended.set()
    ticker.join()
    assert len(ticks) > 5
