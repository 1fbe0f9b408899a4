"""A fitted detector, with which most tests of the core score images."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from core_data import COLOUR, pictures

import oddity


@pytest.fixture(scope="session")
def fitted() -> oddity.Fit:
    """Two scores, 200 images."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", oddity.OddityWarning)
        return oddity.fit(
            COLOUR, id=pictures(200), preprocess="cifar", score=["energy", "featurenorm"], seed=1
        )


@pytest.fixture(scope="session")
def guarded(fitted: oddity.Fit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file."""
    path = tmp_path_factory.mktemp("guarded") / "guarded.onnx"
    fitted.guarded.save(path)
    return path


@pytest.fixture(scope="session")
def shared_detector(guarded: Path) -> Iterator[oddity.Detector]:
    """A detector that tests must not close."""
    with oddity.Detector(guarded) as opened:
        yield opened
