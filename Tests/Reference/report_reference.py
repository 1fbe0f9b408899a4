"""The values of a report's curves, with NumPy: spreads, histograms, shares of flagged images.

Reads {"samples": [[…], …], "p_values": […], "calibration_size": n, "bins": b}.
"""

import json
import sys
from fractions import Fraction

import numpy as np

case = json.load(sys.stdin)
samples = [np.array([float(v) for v in s], dtype=np.float32) for s in case["samples"]]
finite = [s[np.isfinite(s)].astype(np.float64) for s in samples]
everything = np.concatenate(finite)
edges = np.linspace(everything.min(), everything.max(), case["bins"] + 1)
n = case["calibration_size"]
p = np.array(case["p_values"], dtype=np.float32)
ranks = np.rint(p.astype(np.float64) * (n + 1)).astype(int)
json.dump(
    {
        "spreads": [[f.mean(), np.quantile(f, 0.1), np.quantile(f, 0.9)] for f in finite],
        "histograms": [(np.histogram(f, edges)[0] / len(s)).tolist() for f, s in zip(finite, samples)],
        "flagged": [float(np.mean(ranks <= int(Fraction(c, 100) * (n + 1)))) for c in range(101)],
    },
    sys.stdout,
)
