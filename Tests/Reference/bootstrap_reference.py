"""The paired bootstrap of AUROC and FPR95 with scikit-learn, for each resample of images."""

import json
import sys

import numpy as np
from sklearn.metrics import auc, roc_curve

from splitmix64 import SplitMix64


def outcome(inside, outside):
    labels = np.r_[np.ones(len(inside)), np.zeros(len(outside))]
    fpr, tpr, _ = roc_curve(labels, np.r_[inside, outside], drop_intermediate=False)
    return auc(fpr, tpr), fpr[np.argmax(tpr >= 0.95)]


def resampled(methods, seed, resamples):
    """[resample, method, set and their mean, metric]"""
    generator = SplitMix64(seed)

    def draw(count):
        return [(generator.next() * count) >> 64 for _ in range(count)]

    results = []
    for _ in range(resamples):
        inside = draw(len(methods[0][0]))
        outside = [draw(len(scores)) for scores in methods[0][1]]
        results.append(
            [[outcome(ident[inside], s[rows]) for s, rows in zip(ood, outside)] for ident, ood in methods]
        )
    results = np.array(results)
    return np.concatenate([results, results.mean(axis=2, keepdims=True)], axis=2)


def intervals(values):
    """The last axis is [lower, upper]."""
    return np.moveaxis(np.quantile(values, [0.025, 0.975], axis=0), 0, -1)


def differences_to_largest(values):
    """[method, set, their mean, the mean without each set]: AUROC minus the largest AUROC of the other
    methods in each resample."""
    auroc = values[:, :, :-1, 0]
    sets = auroc.shape[2]
    left = [auroc[:, :, [i for i in range(sets) if i != out]].mean(axis=2) for out in range(sets)] if sets > 1 else []
    columns = np.concatenate([values[..., 0], *[c[:, :, None] for c in left]], axis=2)
    methods = columns.shape[1]
    return [
        intervals(columns[:, m] - np.delete(columns, m, axis=1).max(axis=1)).tolist() for m in range(methods)
    ] if methods > 1 else []  # fmt: skip


def answer(case):
    # Infinities get the ranks of the largest numbers, because scikit-learn refuses them.
    def scores(values):
        return np.nan_to_num(np.array([float(v) for v in values]), posinf=1e300, neginf=-1e300)

    methods = [(scores(m["inDistribution"]), [scores(s) for s in m["outOfDistribution"]]) for m in case["methods"]]
    values = resampled(methods, case["seed"], case["resamples"])
    differences = intervals(values[:, :, None] - values[:, None, :])
    others = ~np.eye(len(methods), dtype=bool)[:, :, None]
    best_auroc = ((differences[..., 0, 0] > 0) | ~others).all(axis=1)
    best_fpr95 = ((differences[..., 1, 1] < 0) | ~others).all(axis=1)
    several = len(methods) > 1
    return {
        "intervals": intervals(values).tolist(),
        "differences": differences.tolist(),
        "toLargest": differences_to_largest(values),
        "bestAUROC": (best_auroc & several).tolist(),
        "bestFPR95": (best_fpr95 & several).tolist(),
    }


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
