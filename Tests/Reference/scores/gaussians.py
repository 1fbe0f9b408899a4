"""Mahalanobis distances."""

import numpy as np

from .data import unit


def precision(covariance):
    values, vectors = np.linalg.eigh(covariance)
    keep = values > 1e-6 * values[-1]
    return (vectors[:, keep] / values[keep]) @ vectors[:, keep].T


def distances(data, x, normalise):
    fit, z = data.fit.z, x.z
    if normalise:
        fit, z = unit(fit), unit(z)
    labels = data.fit.truth if data.fit.labelled else data.fit.predicted
    present = np.unique(labels)
    means = np.stack([fit[labels == c].mean(0) for c in present])
    within = np.concatenate([fit[labels == c] - mean for c, mean in zip(present, means)])
    p = precision(within.T @ within / len(fit))
    per_class = np.stack([((z - m) @ p * (z - m)).sum(1) for m in means])
    centred = fit - fit.mean(0)
    p0 = precision(centred.T @ centred / len(fit))
    apart = z - fit.mean(0)
    overall = (apart @ p0 * apart).sum(1)
    return per_class, overall


def mahalanobis(data, x, normalise=False):
    return -distances(data, x, normalise)[0].min(0), {}


def rmds(data, x, normalise=False):
    per_class, overall = distances(data, x, normalise)
    return (-per_class + overall).max(0), {}
