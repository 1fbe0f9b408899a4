"""Energy of shaped features, and a norm."""

import numpy as np

from .data import class_means, non_negative, unit


def head(data, z):
    return z @ data.w.T + data.b


def react(data, x, percentile=90):
    c = np.percentile(data.fit.z, percentile)
    return data.energy(head(data, np.minimum(x.z, c))), {"c": c}


def dice(data, x, percentile=90):
    relu = non_negative(data)
    contributions = relu(data.fit.z).mean(0) * data.w
    mask = contributions > np.percentile(contributions, percentile)
    return data.energy(relu(x.z) @ (data.w * mask).T + data.b), {}


def ash(data, x, variant, percentile=90):
    z = non_negative(data)(x.z)
    k = z.shape[1] - round(percentile / 100 * z.shape[1])
    rows = np.arange(len(z))[:, None]
    top = np.argsort(-z, axis=1, kind="stable")[:, :k]
    kept = np.zeros_like(z)
    kept[rows, top] = z[rows, top]
    s1, s2 = z.sum(1, keepdims=True), kept.sum(1, keepdims=True)
    if variant == "b":
        kept[rows, top] = s1 / k
    if variant == "s":
        kept = kept * np.exp(np.minimum(s1 / np.maximum(s2, 1e-12), 80))
    return data.energy(head(data, kept)), {}


def scale(data, x, percentile=85):
    z = non_negative(data)(x.z)
    k = z.shape[1] - round(percentile / 100 * z.shape[1])
    s1 = z.sum(1, keepdims=True)
    s2 = -np.sort(-z, axis=1)[:, :k].sum(1, keepdims=True)
    return data.energy(head(data, z * np.exp(np.minimum(s1 / np.maximum(s2, 1e-12), 80)))), {}


def vra(data, x, alpha=60, beta=90):
    low, high = np.percentile(data.fit.z, [alpha, beta])
    return data.energy(head(data, np.where(x.z < low, 0, np.minimum(x.z, high)))), {"alpha": low, "beta": high}


def nan(data, x):
    z = non_negative(data)(x.z)
    return np.abs(z).sum(1) / np.maximum((z != 0).sum(1), 1), {}


def himplos(data, x, p=60, percentile=90):
    mask = data.w >= np.percentile(data.w, p, axis=1, keepdims=True)
    t = np.percentile(data.fit.z, percentile)
    labels = data.fit.truth if data.fit.labelled else data.fit.predicted
    means = class_means(data.fit.z, labels, len(data.w), lambda c: data.fit.z.mean(0))
    y = x.predicted
    cosine = (unit(x.z) * unit(means[y])).sum(1, keepdims=True)
    return data.energy(head(data, np.minimum(x.z * mask[y], t)) * cosine), {"t": t}
