"""Scores times a mean over channels (Catalyst), in float64.

Standard input: {"cases": […]}, each {"statistic": "avg", "std" or "max", "percentile": of all channels'
    statistics, "sign" of the scores, "scores": […], "layout", and either "map": path of .npy, or "model",
    "tensor", "images"}. In the second form, ONNX Runtime computes the map. t is fitted to the maps that are
    scored. Prints [{"scores": […], "statistics": […]}].
"""

import json
import sys

import numpy as np

from map_score_reference import channels_first, taken

STATISTICS = {
    "avg": lambda f: f.mean((2, 3)),
    "std": lambda f: f.reshape(*f.shape[:2], -1).std(2, ddof=1),
    "max": lambda f: f.max((2, 3)),
}
PRODUCTS = {
    "positive": lambda s, gamma: s * gamma,
    "negative": lambda s, gamma: s / (gamma + 1e-12),
    "signed": lambda s, gamma: np.logaddexp(0, np.maximum(s, -40)) * gamma,
}


def answer(case):
    if case.get("map"):
        f = np.load(case["map"])
    else:
        f = taken(case["model"], case["tensor"], np.load(case["images"]))
    statistics = STATISTICS[case["statistic"]](channels_first(f.astype(np.float64), case["layout"]))
    t = np.percentile(statistics, case["percentile"])
    gamma = np.clip(statistics, 0, t).mean(1)
    scores = PRODUCTS[case["sign"]](np.array(case["scores"]), gamma)
    return {"scores": scores.tolist(), "statistics": statistics.ravel().tolist()}


json.dump([answer(case) for case in json.load(sys.stdin)["cases"]], sys.stdout)
