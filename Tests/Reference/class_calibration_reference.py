"""Mondrian conformal p-values by predicted class, counted in NumPy.

Standard input: {"fit_counts": [C], "scores": [n], "classes": [n], "alpha": "0.05", "queries": [m], "query_classes": [m]}.
Prints {"groups": [group of each class], "p_values": [m], "outliers": [m], "ranks": [k of each group]}.
"""

import json
import math
import sys
from fractions import Fraction

import numpy as np

request = json.load(sys.stdin)
alpha = Fraction(request["alpha"])
needed = math.ceil(1 / alpha) - 1
counts = request["fit_counts"]
scores = np.float32(request["scores"])
classes = np.array(request["classes"])


def is_small(count):
    expected = Fraction(count * len(scores), sum(counts))
    return count < needed or expected < needed


small = [c for c, count in enumerate(counts) if is_small(count)]
others = sorted((c for c in range(len(counts)) if c not in small), key=lambda c: (counts[c], c))
while small and others and is_small(sum(counts[c] for c in small)):
    small.append(others.pop(0))
members = [[c] for c in range(len(counts)) if c not in small] + ([sorted(small)] if small else [])
members.sort(key=lambda group: group[0])
group_of = {c: index for index, group in enumerate(members) for c in group}
calibration = [scores[[group_of[c] == index for c in classes]] for index in range(len(members))]
ranks = [math.floor(alpha * (len(part) + 1)) for part in calibration]

p_values, outliers = [], []
for query, c in zip(request["queries"], request["query_classes"]):
    query = np.float32(float(query))
    part = calibration[group_of[c]]
    below = int((part <= query).sum()) if np.isfinite(query) else 0
    p_values.append((1 + below) / (len(part) + 1))
    outliers.append(bool(1 + below <= ranks[group_of[c]] or not np.isfinite(query)))

json.dump(
    {"groups": [group_of[c] for c in range(len(counts))], "p_values": p_values, "outliers": outliers, "ranks": ranks},
    sys.stdout,
)
