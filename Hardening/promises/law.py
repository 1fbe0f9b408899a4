"""The exact distribution of the number of false alarms by chance.

For a given pool of scores, each split into n calibration and m fresh images is drawn anew. The splits are therefore independent,
and the number of false alarms in each depends only on the ranks of the scores. Without ties, it follows BetaBinomial(m, k, n + 1
− k) for any pool. The number over all splits is a sum of independent numbers, and its distribution is computed with a Fourier
transform. Ties can only lower the number, by at most the size of the largest tie minus one in each split. The lower tail allows
for that.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.stats import betabinom, binom

#: Probabilities below this are rounding errors of the transform.
SMALLEST = 1e-12

#: Fresh images, k, calibration images.
Part = tuple[int, int, int]


def _transform(part: Part, length: int) -> np.ndarray:
    fresh, k, calibration = part
    if k == 0 or fresh == 0:
        return np.ones(length // 2 + 1, complex)
    chances = betabinom.pmf(np.arange(fresh + 1), fresh, k, calibration + 1 - k)
    return np.fft.rfft(chances, length)


class Total:
    """The distribution of the number of false alarms over several independent splits, or groups within splits."""

    def __init__(self, parts: Iterable[Part]) -> None:
        counted: dict[Part, int] = {}
        for part in parts:
            counted[part] = counted.get(part, 0) + 1
        self.expected = sum(times * m * k / (n + 1) for (m, k, n), times in counted.items())
        self.variance = sum(times * self._variance(*part) for part, times in counted.items())
        # Twenty standard deviations to both sides fit in, so that nothing wraps around.
        needed = max(self.expected + 20 * self.variance**0.5, max((m + 1 for m, _, _ in counted), default=1))
        length = 1 << int(np.ceil(np.log2(needed + 2)))
        product = np.ones(length // 2 + 1, complex)
        for part, times in counted.items():
            product *= _transform(part, length) ** times
        self._below = np.clip(np.cumsum(np.clip(np.fft.irfft(product, length), 0, None)), 0, 1)

    @staticmethod
    def _variance(m: int, k: int, n: int) -> float:
        rate = k / (n + 1)
        return m * rate * (1 - rate) * (n + 1 + m) / (n + 2)

    def at_most(self, total: int) -> float:
        """The probability of this number or fewer."""
        return float(self._below[min(max(total, 0), len(self._below) - 1)])

    def p_value(self, total: int, tie_allowance: int = 0) -> float:
        """The two-sided p-value of a total: the probability of a deviation at least as large."""
        upper = 1 - self.at_most(total - 1) if total > 0 else 1.0
        lower = self.at_most(total + tie_allowance)
        return float(min(1.0, max(SMALLEST, 2 * min(upper, lower))))


def chance_kept(fresh: int, k: int, calibration: int, alpha: float) -> float:
    """The probability that the share of flagged fresh images is at most alpha."""
    return float(betabinom.cdf(int(np.floor(alpha * fresh + 1e-9)), fresh, k, calibration + 1 - k))


def p_value_of_kept(kept: int, splits: int, chance: float, has_ties: bool) -> float:
    """The two-sided p-value of the number of kept sets. With ties more sets may be kept, so the test is then one-sided."""
    lower = binom.cdf(kept, splits, chance)
    upper = 1.0 if has_ties else binom.sf(kept - 1, splits, chance)
    return float(min(1.0, max(SMALLEST, 2 * min(lower, upper))))


def holm(p_values: list[float]) -> list[float]:
    """Holm's adjusted p-values. At 5 %, the probability of any false rejection among all checks is at most 5 %, for any
    dependence."""
    order = np.argsort(p_values)
    factors = len(p_values) - np.arange(len(p_values))
    adjusted = np.minimum(1, np.maximum.accumulate(np.array(p_values)[order] * factors))
    result = np.empty(len(p_values))
    result[order] = adjusted
    return [float(p) for p in result]
