"""Incorrect calibrations that the check must detect. A check that detects nothing proves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from promises import procedure
from promises.splits import Method


def _alpha_times(factor: str) -> Method:
    def ranking(n: int, alpha: str, confidence: float | None) -> int:
        return procedure.rank(n, str(float(Fraction(alpha) * Fraction(factor))), confidence)

    return Method(f"alpha times {factor}", ranking=ranking)


def _rank_plus(change: int) -> Method:
    def ranking(n: int, alpha: str, confidence: float | None) -> int:
        return procedure.rank(n, alpha, confidence) + change

    return Method("the next rank" if change > 0 else "the rank before", ranking=ranking)


def _count_below(calibration: np.ndarray, fresh: np.ndarray) -> np.ndarray:
    return np.searchsorted(np.sort(calibration), fresh, side="left")


def _without_confidence(n: int, alpha: str, confidence: float | None) -> int:
    return procedure.rank(n, alpha)


@dataclass(frozen=True)
class Fault:
    what: str
    setting: str
    method: Method
    #: Whether the scores are rounded first, so that there are many ties.
    rounds: bool = False


FAULTS = (
    Fault("The rate is 20 % too high", "5 %, 1000 calibration images", _alpha_times("1.2")),
    Fault("The rate is 20 % too low", "5 %, 1000 calibration images", _alpha_times("0.8")),
    Fault("The rate is 20 % too high", "5 %, half of the images", _alpha_times("1.2")),
    Fault("The quantile is one rank too high", "5 %, 99 calibration images", _rank_plus(1)),
    Fault("The quantile is one rank too low", "5 %, 99 calibration images", _rank_plus(-1)),
    Fault(
        "Ties do not count",
        "5 %, 1000 calibration images",
        Method("ties count as higher", counting=_count_below),
        rounds=True,
    ),
    Fault(
        "Classes are calibrated together",
        "by class, 5 %, half of the images",
        Method("one calibration for all", ignores_groups=True),
    ),
    Fault(
        "The confidence is ignored",
        "5 % with confidence 0.9, 1000 calibration images",
        Method("no confidence", ranking=_without_confidence),
    ),
)


def rounded(scores: np.ndarray) -> np.ndarray:
    """Rounds to about fifty values. The lowest values contain several per cent of the images each."""
    low, high = np.quantile(scores, [0.01, 0.99])
    return np.round((scores - low) / (high - low) * 20).clip(0).astype(np.float32)
