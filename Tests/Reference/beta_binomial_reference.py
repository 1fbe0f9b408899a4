"""Quantiles of the beta-binomial distribution, with SciPy."""

import json
import sys

from scipy.stats import betabinom

json.dump([int(betabinom.ppf(c["p"], c["count"], c["a"], c["b"])) for c in json.load(sys.stdin)], sys.stdout)
