"""Logistic regressions and fusions with scikit-learn, from JSON on standard input.

Each case has select images and, by kind, pseudo-OOD images: rows of scores, one score per column. Keys
determine the half of an image. Prints the weights of each kind, those of the fusion, and the AUROC against
each kind with weights that were learned without it and on the other half of the images. The same follows for
a fusion whose columns are chosen within a budget. The columns for judging a kind are then also chosen without
it.
"""

import json
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from splitmix64 import SplitMix64

PENALTY, LOW, HIGH = 0.1, -5.0, 3.0
MOST_COLUMNS, LEAST_GAIN = 24, 2e-4


def standardised(rows: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """x and −|x| of each column, side by side."""
    x = np.clip((rows - scale[0]) / scale[1], LOW, HIGH)
    return np.stack([x, -np.abs(x)], axis=2).reshape(len(rows), -1)


def scale_of(images: np.ndarray) -> np.ndarray:
    median = np.median(images, axis=0)
    return np.stack([median, (median - np.quantile(images, 0.05, axis=0)) / 1.645])


def regression(positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """The weights, followed by the intercept."""
    rows = np.concatenate([positives, negatives])
    if rows.shape[1] == 0:
        return np.zeros(1)
    labels = np.repeat([1, 0], [len(positives), len(negatives)])
    model = LogisticRegression(C=1 / (PENALTY * len(rows)), class_weight="balanced", solver="lbfgs", tol=1e-10, max_iter=10_000)
    model.fit(rows, labels)
    return np.append(model.coef_[0], model.intercept_)


def weights(images: np.ndarray, kinds: list[np.ndarray]) -> np.ndarray:
    """[kinds, 2 · columns], each scaled to a score of standard deviation 1 on the images."""
    learnt = [regression(images, kind)[:-1] for kind in kinds]
    return np.array([w / (images @ w).std() for w in learnt])


def halves(keys: list[int]) -> np.ndarray:
    return np.array([SplitMix64(key).next() & 1 for key in keys])


def places(columns: list[int]) -> list[int]:
    return [place for column in columns for place in (2 * column, 2 * column + 1)]


def gain(positives: np.ndarray, negatives: np.ndarray, chosen: list[int], candidate: int) -> float:
    """Rao's score statistic: the reduction of the loss by an additional column, to second order."""
    rows = np.concatenate([positives, negatives])
    labels = np.repeat([1.0, 0.0], [len(positives), len(negatives)])
    share = np.repeat([0.5 / len(positives), 0.5 / len(negatives)], [len(positives), len(negatives)])
    known = np.column_stack([rows[:, places(chosen)], np.ones(len(rows))])
    new = rows[:, places([candidate])]
    p = 1 / (1 + np.exp(-known @ regression(positives[:, places(chosen)], negatives[:, places(chosen)])))
    curvature = (share * p * (1 - p))[:, None]
    penalty = np.diag([PENALTY] * (known.shape[1] - 1) + [0])
    cross = known.T @ (curvature * new)
    schur = new.T @ (curvature * new) + PENALTY * np.eye(2) - cross.T @ np.linalg.solve(known.T @ (curvature * known) + penalty, cross)
    gradient = new.T @ (share * (p - labels))
    return 0.5 * gradient @ np.linalg.solve(schur, gradient)


def chosen_columns(images: np.ndarray, kinds: list[np.ndarray], shares: list[float], budget: float) -> list[int]:
    """Chooses columns greedily, by the mean gain over kinds."""
    chosen: list[int] = []
    while len(chosen) < MOST_COLUMNS:
        candidates = [c for c in range(len(shares)) if c not in chosen and sum(shares[i] for i in [*chosen, c]) <= budget]
        gains = [np.mean([gain(images, kind, chosen, c) for kind in kinds]) for c in candidates]
        if not gains or max(gains) < LEAST_GAIN:
            break
        chosen.append(candidates[int(np.argmax(gains))])
    return chosen


def judged(case: dict, images: np.ndarray, kinds: list[np.ndarray], choose) -> list[float]:
    """The AUROC against each kind, with columns and weights that were learned without it and on the other
    half of the images."""
    half_of, kind_halves = halves(case["keys"]), [halves(k) for k in case["kindKeys"]]
    aurocs = np.zeros(len(kinds))
    for half in (0, 1):
        learn, judge = half_of != half, half_of == half
        scale = scale_of(images[learn])
        x = standardised(images[learn], scale)
        z = [standardised(kind[k != half], scale) for kind, k in zip(kinds, kind_halves)]
        for number, (kind, k) in enumerate(zip(kinds, kind_halves)):
            others = z[:number] + z[number + 1 :]
            at = places(choose(x, others))
            learnt = weights(x[:, at], [other[:, at] for other in others]).mean(0)
            positive = standardised(images[judge], scale)[:, at] @ learnt
            negative = standardised(kind[k == half], scale)[:, at] @ learnt
            labels = np.repeat([1, 0], [len(positive), len(negative)])
            aurocs[number] += judge.mean() * roc_auc_score(labels, np.concatenate([positive, negative]))
    return list(aurocs)


def answer(case: dict) -> dict:
    # The scores are single precision. Everything else is double precision.
    images = np.array(case["images"], np.float32).astype(float)
    kinds = [np.array(kind, np.float32).astype(float) for kind in case["kinds"]]
    scale = scale_of(images)
    x, z = standardised(images, scale), [standardised(kind, scale) for kind in kinds]
    learnt = weights(x, z)

    def choose(x, z):
        return chosen_columns(x, z, case["shares"], case["budget"])

    return {
        "kindWeights": learnt.tolist(),
        "weights": learnt.mean(0).tolist(),
        "scale": scale.tolist(),
        "aurocs": judged(case, images, kinds, lambda x, z: list(range(images.shape[1]))),
        "chosen": choose(x, z),
        "chosenAUROCs": judged(case, images, kinds, choose),
    }


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
