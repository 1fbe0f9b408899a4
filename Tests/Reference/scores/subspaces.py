"""Scores of principal directions."""

import numpy as np

from .data import replaced, unit


def residual_norm(data, rows, d=None):
    origin = -np.linalg.pinv(data.w) @ data.b
    fit = data.fit.z - origin
    width = fit.shape[1]
    values, vectors = np.linalg.eigh(fit.T @ fit / len(fit))
    if d is None:
        d = 1000 if width >= 2048 else 512 if width >= 768 else width // 2
        spanned = np.sum(values > 1e-12 * values[-1])
        d = max(d if d < spanned else spanned // 2, 1)
    rest = vectors[:, ::-1][:, int(d):]
    return np.linalg.norm((rows.z - origin) @ rest, axis=1)


def residual(data, x, d=None):
    return -residual_norm(data, x, d), {}


def vim(data, x, d=None, with_norm=False):
    fit, seen = (replaced(data, data.fit), replaced(data, x)) if with_norm else (data.fit, x)
    alpha = fit.l.max(1).mean() / residual_norm(data, data.fit, d).mean()
    return data.energy(seen.l) - alpha * residual_norm(data, x, d), {"alpha": alpha}


def components(values, share):
    """How many of the descending values reach a share of their sum."""
    values = np.maximum(values, 0)
    return int(np.searchsorted(np.cumsum(values), share * values.sum()) + 1)


def kept(values, share, standard):
    """How many directions a score keeps: with the standard share one that varies is left over, if there are two."""
    if share is not None:
        return components(values, share)
    varying = int((values > 1e-12 * values[0]).sum())
    return min(components(values, standard), max(varying - 1, 1))


def neco(data, x, variance=None):
    mean, std = data.fit.z.mean(0), data.fit.z.std(0)
    std = np.where(std > 0, std, 1)
    h, fit = (x.z - mean) / std, (data.fit.z - mean) / std
    values, vectors = np.linalg.eigh(fit.T @ fit / len(fit))
    d = kept(values[::-1], variance, 0.9)
    projected = np.linalg.norm(h @ vectors[:, ::-1][:, :d], axis=1)
    return projected / np.maximum(np.linalg.norm(h, axis=1), 1e-12), {"directions": d}


def reconstruction_error(fit, f, r, standard):
    mean = fit.mean(0)
    fit, f = fit - mean, f - mean
    values, vectors = np.linalg.eigh(fit.T @ fit / len(fit))
    q = kept(values[::-1], r, standard)
    u = vectors[:, ::-1][:, :q]
    return -np.linalg.norm(f - (f @ u) @ u.T, axis=1), {"components": q}


def kpca(data, x, r=None):
    return reconstruction_error(unit(data.fit.z), unit(x.z), r, 0.85)


def kpca_rff(data, x, r=None, **_):
    def phi(z):
        return np.sqrt(2 / len(data.phases)) * np.cos(unit(z) @ data.omega + data.phases)

    return reconstruction_error(phi(data.fit.z), phi(x.z), r, 0.8)
