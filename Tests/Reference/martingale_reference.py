"""A conformal test martingale, implemented from its formulas: {"calibration", "stream", "seed"} to
{"p_values", "log_wealth"}.

Ranks are counted over all previous scores, without a table. Wealth is stored directly instead of as a
logarithm, so streams must be short.
"""

import json
import sys

import numpy as np

from splitmix64 import SplitMix64

BINS, PATIENCE = 4096, 100


def bets(p):
    """Densities on [0, 1] at p."""
    low, high = max(p, 1e-12), max(1 - p, 1e-12)
    powers = [kappa * x ** (kappa - 1) for kappa in (0.3, 0.6) for x in (low, high)]
    return np.array(powers + [1 - (p - 0.5), 1 + (p - 0.5)])


def main(task):
    calibration = np.array(task["calibration"], np.float32)
    order = SplitMix64(len(calibration)).permutation(len(calibration))
    quarter = (len(calibration) + 3) // 4
    edges = np.quantile(calibration[order[:quarter]].astype(np.float64), np.arange(1, BINS) / BINS).astype(np.float32)

    def bin_of(score):
        return np.searchsorted(edges, np.float32(score), side="right") if np.isfinite(score) else 0

    seen = [bin_of(score) for score in calibration[order[quarter:]]]
    waiting, capitals = 1.0, np.zeros(6)
    p_values, log_wealth = [], []
    for t, score in enumerate(task["stream"]):
        own = bin_of(float(score))
        seen.append(own)
        bins = np.array(seen)
        theta = (SplitMix64(task["seed"] ^ t).next() >> 11) * 2.0**-53
        p = ((bins < own).sum() + theta * (bins == own).sum()) / len(seen)
        placed = waiting / (t + PATIENCE)
        waiting -= placed
        capitals = (capitals + placed / 6) * bets(p)
        p_values.append(p)
        log_wealth.append(np.log(waiting + capitals.sum()))
    print(json.dumps({"p_values": p_values, "log_wealth": log_wealth}))


main(json.load(sys.stdin))
