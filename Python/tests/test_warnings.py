"""Warnings of the command become Python warnings at the line of the caller."""

from __future__ import annotations

import warnings

import numpy
import pytest
from core_data import COLOUR, pictures, tensors

import oddity

OPTIMISTIC = "a part of --id is used for calibration"


def test_they_are_at_the_line_that_called() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = oddity.fit(COLOUR, id=pictures(100), score="energy")
        oddity.run("scores")
    assert [str(warning.message) for warning in caught] == fit.warnings
    assert any(text.startswith(OPTIMISTIC) for text in fit.warnings)
    assert {warning.category for warning in caught} == {oddity.OddityWarning}
    assert {warning.filename for warning in caught} == {__file__}


def test_they_can_be_errors() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(oddity.OddityWarning, match=OPTIMISTIC):
            oddity.fit(COLOUR, id=pictures(100), preprocess="cifar", score="energy")


def test_they_come_before_an_error() -> None:
    with pytest.warns(oddity.OddityWarning, match=OPTIMISTIC), pytest.raises(oddity.errors.InputError):
        oddity.fit(COLOUR, id=pictures(20), preprocess="cifar", score="energy")


def test_images_that_fail() -> None:
    images = [*pictures(100), b"no image"]
    with pytest.warns(oddity.OddityWarning) as caught:
        oddity.fit(COLOUR, id=images, score="energy")
    assert any("'image 100' is not an image" in str(warning.message) for warning in caught)
    assert not any(str(warning.message).startswith(("oddity:", "warning:")) for warning in caught)


@pytest.mark.parametrize("alone", [True, False])
def test_values_that_were_never_preprocessed(shared_detector: oddity.Detector, alone: bool) -> None:
    values = numpy.random.default_rng(0).uniform(0, 255, (4, *shared_detector.sample_shape)).astype("float32")
    with pytest.warns(oddity.OddityWarning, match="values"):
        shared_detector.arrays(values if alone else list(values))


def test_values_as_they_should_be(shared_detector: oddity.Detector) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shared_detector.arrays(tensors(4))
        shared_detector.arrays(pictures(4))
