"""The shape and scale of Weibull distributions with their location at zero, from maximum likelihood.

Standard input: [[values], …]. Prints [[shape, scale], …].
"""

import json
import sys

from scipy.stats import weibull_min

from scores.openmax import precisely

json.dump(
    [list(weibull_min.fit(values, floc=0, optimizer=precisely)[::2]) for values in json.load(sys.stdin)], sys.stdout
)
