"""The procedure of docs/method.md, docs/tour.md and docs/commands.md, implemented only from those pages.

An image is flagged if 1 + #{calibration scores ≤ its score} ≤ k, decided in integers. k is ⌊alpha·(n + 1)⌋, with alpha as the
decimal number that the user has typed. With a confidence P, k is the largest number for which the P-quantile of Beta(k, n + 1 −
k) is at most alpha.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from scipy.stats import beta

#: Computes, from calibration scores and fresh scores, how many calibration scores are at or below each fresh score.
Counting = Callable[[np.ndarray, np.ndarray], np.ndarray]


def rank(n: int, alpha: str, confidence: float | None = None) -> int:
    """k for n calibration images."""
    if confidence is None:
        return math.floor(Fraction(alpha) * (n + 1))
    ranks = np.arange(1, n + 1)
    keeps = beta.cdf(float(alpha), ranks, n + 1 - ranks) >= confidence
    return int(ranks[keeps].max(initial=0))


def count_at_most(calibration: np.ndarray, fresh: np.ndarray) -> np.ndarray:
    """The number of calibration scores that are at most each fresh score. Ties count."""
    return np.searchsorted(np.sort(calibration), fresh, side="right")


def flags(
    calibration: np.ndarray, fresh: np.ndarray, k: int, counting: Counting = count_at_most
) -> np.ndarray:
    """Whether each fresh image is flagged."""
    return ~np.isfinite(fresh) | (1 + counting(calibration, fresh) <= k)


def count_flagged(calibration: np.ndarray, fresh: np.ndarray, k: int) -> int:
    """The number of true values in `flags`, but many times faster. Fewer than k calibration scores are at most an image's score
    if and only if it is below the k-th smallest of them."""
    if k == 0:
        return int((~np.isfinite(fresh)).sum())
    threshold = np.partition(calibration, k - 1)[k - 1]
    return int(((fresh < threshold) | ~np.isfinite(fresh)).sum())


def p_values(calibration: np.ndarray, fresh: np.ndarray) -> np.ndarray:
    """Conformal p-values in float32, as from a guarded file."""
    counts = np.where(np.isfinite(fresh), count_at_most(calibration, fresh), 0)
    return (1 + counts).astype(np.float32) / np.float32(len(calibration) + 1)


def groups_of_classes(fit_counts: list[int], n: int, alpha: str) -> np.ndarray:
    """The group of each class. Small classes are calibrated together, which depends only on the fit part."""
    needed = math.ceil(1 / Fraction(alpha)) - 1
    total = sum(fit_counts)

    def is_small(count: int) -> bool:
        return count < needed or count * n < needed * total

    classes = range(len(fit_counts))
    small = [c for c in classes if is_small(fit_counts[c])]
    others = sorted((c for c in classes if c not in small), key=lambda c: (fit_counts[c], c))
    while small and others and is_small(sum(fit_counts[c] for c in small)):
        small.append(others.pop(0))
    members = [[c] for c in classes if c not in small] + ([small] if small else [])
    members.sort(key=min)
    return np.array([next(g for g, group in enumerate(members) if c in group) for c in classes])
