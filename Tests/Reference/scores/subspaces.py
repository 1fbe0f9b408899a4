"""Scores of principal directions."""

import numpy as np

from .data import replaced, unit
from .shaping import head, kept as kept_features, upper_limit


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
    """The number of descending values that reach a share of their sum."""
    values = np.maximum(values, 0)
    return int(np.searchsorted(np.cumsum(values), share * values.sum()) + 1)


def kept(values, share, standard):
    """The number of directions that a score keeps. With the default share, one varying direction is left
    over, if there are two."""
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


def pca_fused(data, x, percentile=None, d=None):
    t = upper_limit(data.fit.z, percentile, 92)
    mean = data.fit.z.mean(0)
    values, vectors = np.linalg.eigh(np.cov(data.fit.z.T, bias=True))
    if d is None:
        varying = int((values > 1e-12 * values[-1]).sum())
        d = min(256, max(len(values) // 2, 1), varying, len(values) - 1)
    u = vectors[:, ::-1][:, : int(d)]
    clipped = np.minimum(x.z, t)
    rest = (clipped - mean) @ (np.eye(len(mean)) - u @ u.T)
    r = np.linalg.norm(rest, axis=1) / np.maximum(np.linalg.norm(clipped, axis=1), 1e-12)
    return data.positive_energy(head(data, clipped)) * np.maximum(1 - r, 0), {"t": t}


def actsub(data, x, percentile=None, K=None, bank=10_000, **parameters):
    _, values, vt = np.linalg.svd(data.w, full_matrices=True)
    width = vt.shape[1]
    rank = int((values > 1e-6 * values[0]).sum())

    def parts(z, k):
        decisive = z @ vt[:k].T @ vt[:k]
        return decisive, z - decisive

    def gap(k):
        inside, outside = parts(data.fit.z[:1000], k)
        return abs(np.linalg.norm(inside, axis=1).mean() - np.linalg.norm(outside, axis=1).mean())

    k = min(range(1, min(rank, width - 1) + 1), key=gap)
    decisive, rest = parts(x.z, k)
    known = parts(data.fit.z[: int(bank)], k)[1]
    known = unit(known[np.linalg.norm(known, axis=1) > 1e-12])
    count = min(10, len(known)) if K is None else int(K)
    cosines = np.sort(unit(rest) @ known.T, axis=1)[:, -count:].mean(1)
    ins = -np.log(1 - np.clip(cosines, 0, 1 - 1e-6))
    largest = -np.sort(-decisive, axis=1)[:, : kept_features(decisive, percentile, 95)]
    s1, s2 = decisive.sum(1), largest.sum(1)
    # Signed sums. If the sum of the largest values is not above 0, there is no scale.
    exponent = np.where(s2 > 0, np.minimum(s1 / np.where(s2 > 0, np.maximum(s2, 1e-12), 1), 80), 0)
    dec = data.positive_energy(head(data, decisive * np.exp(exponent)[:, None]))
    return dec * ins ** parameters.get("lambda", 2), {"decisive": k, "bank": len(known)}
