"""FeatureNorm and the scores of logits, as formulas in float64."""

import numpy as np
from scipy.special import logsumexp


def feature_norm(maps, channel_axis=1):
    """The mean over channels of the L2 norm over positions of ReLU(maps). maps are [N, …], and the result is
    [N]."""
    channels_first = np.moveaxis(maps.astype(np.float64), channel_axis, 1)
    positive = np.maximum(channels_first, 0).reshape(*channels_first.shape[:2], -1)
    return np.sqrt((positive**2).sum(2)).mean(1)


def msp(logits):
    """Log-odds of the softmax probability of the predicted class: −logsumexp over c ≠ ŷ of (l_c − l_ŷ)."""
    ordered = np.sort(logits.astype(np.float64), axis=1)
    return -logsumexp(ordered[:, :-1] - ordered[:, -1:], axis=1)


def maxlogit(logits):
    return logits.astype(np.float64).max(1)


def energy(logits):
    return logsumexp(logits.astype(np.float64), axis=1)


LOGIT_SCORES = {"msp": msp, "maxlogit": maxlogit, "energy": energy}
