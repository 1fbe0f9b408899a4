"""The components of an assessment and of selective prediction, with SciPy, scikit-learn and NumPy in float64.

Reads {"tails": [[images, a, b, least]], "selective": [{"scores", "right"}], "rows": [[x…]], "labels": [0 or 1], "penalty",
"estimate": {"probabilities", "calibration", "right", "loss_scale", "relative_error", "least_loss"}} and prints
{"tails": […], "selective": [[aurc, augrc]], "weights": […], "intercept", "estimate": [value, low, high]}.
"""

import itertools
import json
import sys

import numpy as np
from scipy import stats
from scipy.optimize import minimize


def selective(scores, right):
    """The means over all orders of equal scores, for few images."""
    scores, right = np.asarray(scores), np.asarray(right, bool)
    groups = [np.flatnonzero(scores == value) for value in sorted(set(scores), reverse=True)]
    found = []
    for orders in itertools.product(*(list(itertools.permutations(group)) for group in groups)):
        wrong = ~right[[image for order in orders for image in order]]
        cumulative = np.cumsum(wrong)
        places = np.arange(1, len(wrong) + 1)
        risk = cumulative / places
        generalised = np.concatenate([[0], cumulative / len(wrong)])
        found.append([risk.mean(), np.trapezoid(generalised, dx=1 / len(wrong))])
    return np.mean(found, axis=0).tolist()


def regression(rows, labels, penalty):
    x, y = np.asarray(rows, np.float64), 2.0 * np.asarray(labels) - 1

    def loss(w):
        return np.logaddexp(0, -y * (x @ w[:-1] + w[-1])).mean() + penalty / 2 * (w[:-1] ** 2).sum()

    found = minimize(loss, np.zeros(x.shape[1] + 1), method="BFGS", options={"gtol": 1e-10, "maxiter": 5000})
    return found.x


def estimate(task):
    p, q, r = (np.asarray(task[key], np.float64) for key in ("probabilities", "calibration", "right"))
    residual = r - q
    mean = r.mean() - task["loss_scale"] * (r.mean() - p.mean() - residual.mean())
    own = ((p * (1 - p)).sum() + 1) / (len(p) + 2)
    other = (((residual - residual.mean()) ** 2).sum() + 1) / (len(r) + 2)
    transported = task["relative_error"] * max(abs(r.mean() - mean), abs(task["least_loss"]))
    width = stats.norm.ppf(0.975) * np.sqrt(own / len(p) + other / len(r) + transported**2)
    return np.clip([mean, mean - width, mean + width], 0, 1).tolist()


task = json.load(sys.stdin)
weights = regression(task["rows"], task["labels"], task["penalty"])
print(
    json.dumps(
        {
            "tails": [stats.betabinom(n, a, b).sf(least - 1) for n, a, b, least in task["tails"]],
            "selective": [selective(one["scores"], one["right"]) for one in task["selective"]],
            "weights": weights[:-1].tolist(),
            "intercept": weights[-1],
            "estimate": estimate(task["estimate"]),
        }
    )
)
