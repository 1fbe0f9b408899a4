"""OpenMax: class means of logits and Weibull tails."""

import numpy as np
from scipy.optimize import fmin
from scipy.special import logsumexp
from scipy.stats import weibull_min


def precisely(function, start, args, disp):
    """SciPy's default search stops at four digits."""
    return fmin(function, start, args=args, disp=disp, xtol=1e-12, ftol=1e-14, maxiter=10_000, maxfun=10_000)


def tails(data, tail):
    """For each class, the mean of its correctly classified logits, and a frozen distribution, or none."""
    fit = data.fit
    labels = fit.truth if fit.labelled else fit.predicted
    known = []
    for c in range(len(data.w)):
        rows = fit.l[(labels == c) & (fit.predicted == c)]
        if len(rows) == 0:
            known.append((np.zeros(len(data.w)), None))
            continue
        mean = rows.mean(0)
        largest = np.sort(np.linalg.norm(rows - mean, axis=1))[-int(tail) :]
        largest = largest[largest > 0]
        if len(np.unique(largest)) < 2:
            known.append((mean, None))
            continue
        shape, location, scale = weibull_min.fit(largest, floc=0, optimizer=precisely)
        known.append((mean, weibull_min(shape, location, scale)))
    return known


def openmax(data, x, alpha=None, tail=20):
    known = tails(data, tail)
    a = min(3, len(data.w)) if alpha is None else int(alpha)
    scores = []
    for l in x.l:
        changed = l.copy()
        for i, c in enumerate(np.argsort(-l, kind="stable")[:a], start=1):
            mean, distribution = known[c]
            f = 0 if distribution is None else distribution.cdf(np.linalg.norm(l - mean))
            changed[c] = l[c] * (1 - (a + 1 - i) / a * f)
        unknown = (l - changed).sum()
        # log((1 - P) / P) for P = exp(unknown) / (exp(unknown) + sum(exp(changed)))
        scores.append(logsumexp(changed) - unknown)
    return np.array(scores), {}
