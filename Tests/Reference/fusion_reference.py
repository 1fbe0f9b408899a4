"""Logistic regressions and fusions by scikit-learn, from JSON on standard input.

Each case has select images and, by kind, pseudo-OOD images: rows of scores, one a column. Keys say which half an image is in. Printed
are the weights of each kind's regression, the fused weights, and AUROC against each kind by weights that were learnt without
it and on the other half of the images.
"""

import json
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from splitmix64 import SplitMix64

PENALTY, LOW, HIGH = 0.1, -5.0, 3.0


def standardised(rows: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """x and −|x| of each column, beside each other."""
    x = np.clip((rows - scale[0]) / scale[1], LOW, HIGH)
    return np.stack([x, -np.abs(x)], axis=2).reshape(len(rows), -1)


def scale_of(images: np.ndarray) -> np.ndarray:
    median = np.median(images, axis=0)
    return np.stack([median, (median - np.quantile(images, 0.05, axis=0)) / 1.645])


def regression(positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    rows = np.concatenate([positives, negatives])
    labels = np.repeat([1, 0], [len(positives), len(negatives)])
    model = LogisticRegression(C=1 / (PENALTY * len(rows)), class_weight="balanced", solver="lbfgs", tol=1e-10, max_iter=10_000)
    return model.fit(rows, labels).coef_[0]


def weights(images: np.ndarray, kinds: list[np.ndarray]) -> np.ndarray:
    """[kinds, 2 · columns], each for a score of standard deviation 1 on the images."""
    learnt = [regression(images, kind) for kind in kinds]
    return np.array([w / (images @ w).std() for w in learnt])


def halves(keys: list[int]) -> np.ndarray:
    return np.array([SplitMix64(key).next() & 1 for key in keys])


def answer(case: dict) -> dict:
    # The scores are single precision; all else is double.
    images = np.array(case["images"], np.float32).astype(float)
    kinds = [np.array(kind, np.float32).astype(float) for kind in case["kinds"]]
    half_of, kind_halves = halves(case["keys"]), [halves(k) for k in case["kindKeys"]]
    scale = scale_of(images)
    raw = [regression(standardised(images, scale), standardised(kind, scale)) for kind in kinds]
    mean = weights(standardised(images, scale), [standardised(kind, scale) for kind in kinds]).mean(0)
    aurocs = np.zeros(len(kinds))
    for half in (0, 1):
        learn, judge = half_of != half, half_of == half
        scale_of_half = scale_of(images[learn])
        learnt = weights(
            standardised(images[learn], scale_of_half),
            [standardised(kind[k != half], scale_of_half) for kind, k in zip(kinds, kind_halves)],
        )
        for number, (kind, k) in enumerate(zip(kinds, kind_halves)):
            others = np.delete(learnt, number, axis=0).mean(0)
            positive = standardised(images[judge], scale_of_half) @ others
            negative = standardised(kind[k == half], scale_of_half) @ others
            labels = np.repeat([1, 0], [len(positive), len(negative)])
            aurocs[number] += judge.mean() * roc_auc_score(labels, np.concatenate([positive, negative]))
    return {"raw": [list(w) for w in raw], "weights": list(mean), "scale": scale.tolist(), "aurocs": list(aurocs)}


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
