"""SciPy's two-sample Kolmogorov–Smirnov test. Standard input: [[first, second], …]. Prints [[distance, p],
…]."""

import json
import sys

from scipy.stats import ks_2samp

tests = [ks_2samp(first, second, method="asymp") for first, second in json.load(sys.stdin)]
json.dump([[test.statistic, test.pvalue] for test in tests], sys.stdout)
