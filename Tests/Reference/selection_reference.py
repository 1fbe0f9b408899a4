"""NormRatio, its stability under the paired bootstrap, and the AUROC of pairs, as formulas in float64."""

import json
import sys

import numpy as np

from splitmix64 import SplitMix64

Z = 1.959963984540054


def usable(x, y):
    return np.isfinite(x) & np.isfinite(y) & (x > 0) & (y > 0)


def norm_ratio(x, y):
    keep = usable(x, y)
    x, y = x[keep], y[keep]
    r = x / y
    margin = Z * np.std(r, ddof=1) / np.sqrt(len(r))
    return {
        "meanOfRatios": r.mean(),
        "lower": r.mean() - margin,
        "upper": r.mean() + margin,
        "ratioOfMeans": x.mean() / y.mean(),
        "meanLogRatio": np.log(r).mean(),
        "usedImages": int(keep.sum()),
        "isEligible": bool((~keep).mean() <= 0.01),
    }


def stability(x, y, ratios, selected, seed, resamples):
    """x and y are [B, N]. Draws row by row, exactly like Oddity."""
    eligible = [b for b, r in enumerate(ratios) if r["isEligible"]]
    keep = usable(x, y)
    r = np.where(keep, x / np.where(keep, y, 1), np.nan)
    n = x.shape[1]
    generator = SplitMix64(seed)
    wins = np.zeros(len(x), dtype=int)
    for _ in range(resamples):
        rows = [(generator.next() * n) >> 64 for _ in range(n)]
        means = [np.nanmean(r[b, rows]) for b in eligible]
        wins[eligible[int(np.argmax(means))]] += 1
    others = [b for b in eligible if b != selected]
    runner_up = max(others, key=lambda b: (wins[b], ratios[b]["meanOfRatios"])) if others else None
    return {"share": wins[selected] / resamples, "runnerUp": runner_up}


def influences(x, y):
    psi = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
    return psi.mean(), psi.mean(axis=1) + psi.mean(axis=0) - 2 * psi.mean()


def interval(estimate, d, low, high):
    margin = Z * np.std(d, ddof=1) / np.sqrt(len(d))
    return [float(np.clip(estimate - margin, low, high)), float(np.clip(estimate + margin, low, high))]


def answer(case):
    x = np.array([[float(v) for v in block] for block in case["inDistribution"]])
    y = np.array([[float(v) for v in block] for block in case["pseudoOOD"]])
    ratios = [norm_ratio(a, b) for a, b in zip(x, y)]
    finite = np.where(np.isfinite(x), x, 0), np.where(np.isfinite(y), y, 0)
    areas = [influences(a, b) for a, b in zip(*finite)]
    return {
        "ratios": ratios,
        "stability": stability(x, y, ratios, case["selected"], case["seed"], case["resamples"]),
        "aurocs": [
            {"value": a, "standardError": np.std(d, ddof=1) / np.sqrt(len(d)), "interval": interval(a, d, 0, 1)}
            for a, d in areas
        ],
        "differences": [interval(areas[0][0] - a, areas[0][1] - d, -1, 1) for a, d in areas],
    }


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout, default=float)
