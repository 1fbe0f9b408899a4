"""Scores of class means, weights and neighbours."""

import numpy as np
from sklearn.neighbors import NearestNeighbors

from .data import class_means, unit


def she(data, x):
    fit = data.fit
    mean = fit.z.mean(0)
    predicted = class_means(fit.z, fit.predicted, len(data.w), lambda c: mean)
    means = predicted
    if fit.labelled:
        labels = np.where(fit.truth == fit.predicted, fit.truth, -1)
        means = class_means(fit.z, labels, len(data.w), lambda c: predicted[c])
    return (x.z * means[x.predicted]).sum(1), {}


def fdbd(data, x):
    mean = data.fit.z.mean(0)
    if data.form != "softmax":
        # The distance to the boundary of each label.
        distances = np.abs(x.l) / np.linalg.norm(data.w, axis=1)
        return distances.sum(1) / np.maximum(np.linalg.norm(x.z - mean, axis=1), 1e-12), {}
    scores = []
    for z, l in zip(x.z, x.l):
        y = l.argmax()
        lengths = np.linalg.norm(data.w - data.w[y], axis=1)
        sum_ = sum(abs(l[c] - l[y]) / lengths[c] for c in range(len(l)) if lengths[c] > 0)
        scores.append(sum_ / max(np.linalg.norm(z - mean), 1e-12))
    return np.array(scores), {}


def nci(data, x, alpha=1e-4):
    centred = x.z - data.fit.z.mean(0)
    projection = (data.w[x.predicted] * centred).sum(1)
    return projection / np.maximum(np.linalg.norm(centred, axis=1), 1e-12) + alpha * np.abs(x.z).sum(1), {}


def ctm(data, x):
    labels = data.fit.truth if data.fit.labelled else data.fit.predicted
    means = np.stack([data.fit.z[labels == c].mean(0) for c in np.unique(labels)])
    return (unit(x.z) @ unit(means).T).max(1), {}


def knn(data, x, K=None, bank=10_000):
    rows = unit(data.fit.z)[: int(bank)]
    k = min(max(5, int(np.ceil(0.001 * len(rows)))), len(rows)) if K is None else int(K)
    distances, _ = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(rows).kneighbors(unit(x.z))
    return -distances[:, -1] ** 2, {"K": k, "bank": len(rows)}


def nnguide(data, x, K=None, share=0.01):
    n = len(data.fit.z)
    rows = min(max(int(np.ceil(share * n)), min(n, 100)), n)
    bank = unit(data.fit.z)[:rows] * data.positive_energy(data.fit.l)[:rows, None]
    k = min(100, rows) if K is None else int(K)
    products = unit(x.z) @ bank.T
    return data.positive_energy(x.l) * np.sort(products, axis=1)[:, -k:].mean(1), {"K": k, "bank": rows}


def predicted_means(data):
    return class_means(data.fit.z, data.fit.predicted, len(data.w), lambda c: data.fit.z.mean(0))


def caref(data, x):
    errors = np.abs(x.z - predicted_means(data)[x.predicted]).sum(1)
    return -errors / np.maximum(np.abs(x.z).sum(1), 1e-12), {}


def cadref(data, x):
    y = x.predicted
    signed = np.sign(data.w[y]) * (x.z - predicted_means(data)[y])
    total = np.maximum(np.abs(x.z).sum(1), 1e-12)
    plus, minus = np.maximum(signed, 0).sum(1) / total, np.maximum(-signed, 0).sum(1) / total
    mean = data.positive_energy(data.fit.l).mean()
    return -(plus / data.positive_energy(x.l) + minus / mean), {"mean_energy": mean}
