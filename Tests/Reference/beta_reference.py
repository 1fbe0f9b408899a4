"""The regularised incomplete beta function and its inverse, with SciPy."""

import json
import sys

from scipy.stats import beta

json.dump(
    [
        {"cumulative": float(beta.cdf(c["x"], c["a"], c["b"])), "quantile": float(beta.ppf(c["p"], c["a"], c["b"]))}
        for c in json.load(sys.stdin)
    ],
    sys.stdout,
)
