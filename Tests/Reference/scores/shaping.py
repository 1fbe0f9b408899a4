"""Energy of shaped features, and a norm."""

import numpy as np

from .data import class_means, non_negative, unit


def head(data, z):
    return z @ data.w.T + data.b


def upper_limit(z, percentile, standard):
    """A percentile. If the default percentile is not above the smallest value, it is taken from the values
    above that."""
    limit = np.percentile(z, standard if percentile is None else percentile)
    above = z[z > z.min()]
    if percentile is None and limit <= z.min() and len(above):
        return np.percentile(above, standard)
    return limit


def kept(z, percentile, standard):
    """The number of remaining features. For the default percentile, at least one."""
    if percentile is None:
        return max(z.shape[1] - round(standard / 100 * z.shape[1]), 1)
    return z.shape[1] - round(percentile / 100 * z.shape[1])


def react(data, x, percentile=None):
    c = upper_limit(data.fit.z, percentile, 90)
    return data.energy(head(data, np.minimum(x.z, c))), {"c": c}


def dice(data, x, percentile=90):
    relu = non_negative(data)
    contributions = relu(data.fit.z).mean(0) * data.w
    mask = contributions > np.percentile(contributions, percentile)
    return data.energy(relu(x.z) @ (data.w * mask).T + data.b), {}


def ash(data, x, variant, percentile=None):
    z = non_negative(data)(x.z)
    k = kept(z, percentile, 90)
    rows = np.arange(len(z))[:, None]
    top = np.argsort(-z, axis=1, kind="stable")[:, :k]
    shaped = np.zeros_like(z)
    shaped[rows, top] = z[rows, top]
    s1, s2 = z.sum(1, keepdims=True), shaped.sum(1, keepdims=True)
    if variant == "b":
        shaped[rows, top] = s1 / k
    if variant == "s":
        shaped = shaped * np.exp(np.minimum(s1 / np.maximum(s2, 1e-12), 80))
    return data.energy(head(data, shaped)), {}


def scale(data, x, percentile=None):
    z = non_negative(data)(x.z)
    k = kept(z, percentile, 85)
    s1 = z.sum(1, keepdims=True)
    s2 = -np.sort(-z, axis=1)[:, :k].sum(1, keepdims=True)
    return data.energy(head(data, z * np.exp(np.minimum(s1 / np.maximum(s2, 1e-12), 80)))), {}


def lts(data, x, percentile=None):
    z = non_negative(data)(x.z)
    largest = -np.sort(-z, axis=1)[:, : kept(z, percentile, 95)]
    # Features that are all zero leave the logits unchanged.
    s = np.where(z.any(1), z.sum(1) / np.maximum(largest.sum(1), 1e-300), 1)
    return data.energy(x.l * s[:, None] ** 2), {}


def vra(data, x, alpha=60, beta=None):
    low, high = np.percentile(data.fit.z, alpha), upper_limit(data.fit.z, beta, 90)
    return data.energy(head(data, np.where(x.z < low, 0, np.minimum(x.z, high)))), {"alpha": low, "beta": high}


def nan(data, x):
    z = non_negative(data)(x.z)
    return np.abs(z).sum(1) / np.maximum((z != 0).sum(1), 1), {}


def himplos(data, x, p=60, percentile=None):
    mask = data.w >= np.percentile(data.w, p, axis=1, keepdims=True)
    t = upper_limit(data.fit.z, percentile, 90)
    labels = data.fit.truth if data.fit.labelled else data.fit.predicted
    means = class_means(data.fit.z, labels, len(data.w), lambda c: data.fit.z.mean(0))
    y = x.predicted
    cosine = (unit(x.z) * unit(means[y])).sum(1, keepdims=True)
    return data.energy(head(data, np.minimum(x.z * mask[y], t)) * cosine), {"t": t}
