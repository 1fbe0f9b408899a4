"""What the command warns of are warnings of Python's, at the line that called."""

from __future__ import annotations

import warnings

import pytest
from core_data import COLOUR, pictures

import oddity

OPTIMISTIC = "a part of --id calibrates"


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
