"""Spearman's rank correlation with SciPy; NaN if it is undefined."""

import json
import sys
import warnings

from scipy.stats import spearmanr

warnings.filterwarnings("ignore")  # constant lists


def correlation(case):
    return float(spearmanr([float(v) for v in case["first"]], [float(v) for v in case["second"]]).statistic)


answers = [correlation(case) for case in json.load(sys.stdin)]
json.dump(["nan" if a != a else a for a in answers], sys.stdout)
