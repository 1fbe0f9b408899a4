"""Detection metrics with scikit-learn, for lists of in-distribution and OOD scores."""

import json
import sys

from metrics import metrics

json.dump([metrics(case["inDistribution"], case["outOfDistribution"]) for case in json.load(sys.stdin)], sys.stdout)
