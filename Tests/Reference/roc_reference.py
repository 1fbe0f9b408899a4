"""ROC curves with scikit-learn, for lists of in-distribution and OOD scores."""

import json
import sys

from sklearn.metrics import roc_curve


def curve(case):
    scores = [float(score) for score in case["inDistribution"] + case["outOfDistribution"]]
    labels = [1] * len(case["inDistribution"]) + [0] * len(case["outOfDistribution"])
    fpr, tpr, _ = roc_curve(labels, scores, drop_intermediate=False)
    return {"fpr": fpr.tolist(), "tpr": tpr.tolist()}


json.dump([curve(case) for case in json.load(sys.stdin)], sys.stdout)
