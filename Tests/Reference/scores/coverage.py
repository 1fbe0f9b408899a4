"""Scores by the frequency of feature states."""

import numpy as np
from scipy.special import expit

from .data import log_softmax


def states(data, rows, alpha):
    p = np.exp(log_softmax(rows.l))
    return expit(alpha * rows.z * ((p - 1 / p.shape[1]) @ data.w))


def nac(data, x, alpha=100, bins=50, O=50):
    known = states(data, data.fit, alpha)
    fill = O * len(known) / 1000
    # NumPy counts s = 1 in the last bin.
    counts = np.stack([np.histogram(column, bins=int(bins), range=(0, 1))[0] for column in known.T])
    place = np.minimum((states(data, x, alpha) * bins).astype(int), int(bins) - 1)
    return np.minimum(counts / fill, 1)[np.arange(len(counts)), place].mean(1), {"filling": fill}
