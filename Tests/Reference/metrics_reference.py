"""Detection metrics by scikit-learn, for lists of in-distribution and OOD scores."""

import json
import sys

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve


def fpr_at_95(labels, scores):
    fpr, tpr, _ = roc_curve(labels, scores, drop_intermediate=False)
    return float(fpr[np.argmax(tpr >= 0.95)])


def metrics(case):
    scores = np.array(case["inDistribution"] + case["outOfDistribution"], dtype=np.float64)
    is_in = np.array([1] * len(case["inDistribution"]) + [0] * len(case["outOfDistribution"]))
    return {
        "auroc": float(roc_auc_score(is_in, scores)),
        "fpr95": fpr_at_95(is_in, scores),
        "fpr95OpenOOD": fpr_at_95(1 - is_in, -scores),
        "auprIn": float(average_precision_score(is_in, scores)),
        "auprOut": float(average_precision_score(1 - is_in, -scores)),
    }


json.dump([metrics(case) for case in json.load(sys.stdin)], sys.stdout)
