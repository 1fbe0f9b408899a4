"""Scores that use only the logits."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import entr, expit, logsumexp

from .data import log_softmax


def log_odds(l):
    """log(p / (1 - p)) of the largest p."""
    rows = np.arange(len(l))
    best = l.argmax(1)
    others = l.copy()
    others[rows, best] = -np.inf
    return l[rows, best] - logsumexp(others, axis=1)


def odds_above_uniform(l):
    return log_odds(l) + np.log(l.shape[1] - 1)


def label_probabilities(l):
    """The probabilities that each label is present, and that it is absent."""
    return np.stack([expit(l), expit(-l)])


def msp(data, x):
    if data.form != "softmax":
        # The log-odds of the most likely label, or of the more likely answer for a single label.
        p, q = label_probabilities(x.l)
        odds = np.log(p / q)
        return (odds if data.form == "multi-label" else np.abs(odds)).max(1), {}
    return log_odds(x.l), {}


def maxlogit(data, x):
    return x.l.max(1), {}


def energy_score(data, x, T=1.0):
    return T * data.energy(x.l / T), {}


def tempscale(data, x):
    l, y = data.select.l, data.select.truth
    l, y = l[y >= 0], y[y >= 0]

    def loss(log_t):
        return -log_softmax(l / np.exp(log_t))[np.arange(len(y)), y].sum()

    best = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded", options={"xatol": 1e-9})
    T = np.exp(best.x)
    return odds_above_uniform(x.l / T), {"T": T}


def odin(data, x, T=1000.0, epsilon=0):
    assert epsilon == 0, "rows of logits cannot be perturbed"
    return odds_above_uniform(x.l / T), {}


def entropy(data, x):
    if data.form != "softmax":
        return -entr(label_probabilities(x.l)).sum((0, 2)), {}
    lp = log_softmax(x.l)
    return (np.exp(lp) * lp).sum(1), {}


def gen(data, x, gamma=0.1, M=None):
    # A single logit has the probabilities of a softmax over it and 0.
    l = np.concatenate([x.l, np.zeros_like(x.l)], axis=1) if data.form == "one logit" else x.l
    p = np.exp(log_softmax(l))
    m = min(100, p.shape[1]) if M is None else int(M)
    top = np.argsort(-p, axis=1, kind="stable")[:, :m]
    rows = np.arange(len(p))[:, None]
    # 1 - p as the sum of the others, which is exact if p is nearly one.
    rest = np.stack([np.delete(p, c, 1).sum(1) for c in range(p.shape[1])], 1)
    return -(p[rows, top] ** gamma * rest[rows, top] ** gamma).sum(1), {}


def klm(data, x):
    ps, predicted = np.exp(log_softmax(data.select.l)), data.select.predicted
    templates = [ps[predicted == c].mean(0) for c in np.unique(predicted)]
    lp = log_softmax(x.l)
    p = np.exp(lp)
    return -np.min([(p * (lp - np.log(d))).sum(1) for d in templates], axis=0), {}


def gradnorm(data, x):
    p = np.exp(log_softmax(x.l))
    return np.abs(x.z).sum(1) * np.abs(p.shape[1] * p - 1).sum(1), {}
