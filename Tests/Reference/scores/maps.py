"""Scores of a last feature map F [N, C, H, W]."""

import numpy as np
from scipy.special import entr, logsumexp


def nap(f):
    f = np.maximum(f, 0)
    return ((f.max((2, 3)) / (f.mean((2, 3)) + 1)) ** 2).mean(1)


def atf(f):
    """FuseNorm's score of a block, from the entropies of each channel's energies."""
    scores = []
    for image in f.reshape(*f.shape[:2], -1):
        energy = image**2
        count = energy.shape[1]
        # A channel of zeros counts as uniformly distributed.
        q = np.array([e / e.sum() if e.any() else np.full(count, 1 / count) for e in energy])
        h = entr(q).sum(1) / np.log(count) if count > 1 else np.ones(len(q))
        local = 1 - h
        w = local / local.sum() if local.mean() >= 1e-6 else np.full(len(h), 1 / len(h))
        k = max(1, int(np.floor((0.1 + 0.15 * h.mean()) * count)))
        scores.append((w * np.sqrt(np.sort(energy, axis=1)[:, -k:].mean(1))).sum())
    return np.array(scores)


def classnorm(f, weights, bias):
    w = np.array(weights).reshape(len(bias), -1)
    rows = w[(f.mean((2, 3)) @ w.T + np.array(bias)).argmax(1)]
    return (np.maximum(rows, 0) * np.linalg.norm(np.maximum(f, 0).reshape(*f.shape[:2], -1), axis=2)).sum(1)


def rank_reduced(f, start, iterations):
    """The pooled map without its largest singular component, with power iterations from a start vector."""
    pooled = []
    for image in f.reshape(len(f), f.shape[1], -1):
        u = np.array(start)
        for _ in range(int(iterations[0])):
            v = image.T @ u
            v = v / max(np.linalg.norm(v), 1e-12)
            u = image @ v
            u = u / max(np.linalg.norm(u), 1e-12)
        pooled.append((image - (u @ image @ v) * np.outer(u, v)).mean(1))
    return np.stack(pooled)


def rankfeat(f, start, iterations, weights, bias):
    z = rank_reduced(f, start, iterations)
    w = np.array(weights).reshape(len(bias), -1)
    return logsumexp(z @ w.T + np.array(bias), axis=1)


def cores(f, weights, bias, kernels, upper, lower):
    """The parameters are fitted to the maps that are scored."""
    w = np.array(weights).reshape(len(bias), -1)
    k = max(1, int(np.rint(kernels[0] * w.shape[1])))
    high, low = f.max((2, 3)), f.min((2, 3))
    above, below = np.percentile(high, upper[0]), np.percentile(low, lower[0])
    scores = []
    for peak, trough, z in zip(high, low, f.mean((2, 3))):
        row = w[(w @ z + np.array(bias)).argmax()]
        chosen = np.argsort(-row, kind="stable")[:k]
        positive = np.maximum(peak[chosen] - above, 0).mean() * (peak[chosen] > above).mean()
        negative = np.maximum(below - trough[chosen], 0).mean() * (trough[chosen] < below).mean()
        scores.append(positive + negative)
    return np.array(scores)
