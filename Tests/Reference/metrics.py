"""Detection metrics, with scikit-learn."""

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve


def fpr_at_95(labels, scores):
    fpr, tpr, _ = roc_curve(labels, scores, drop_intermediate=False)
    return float(fpr[np.argmax(tpr >= 0.95)])


def metrics(in_distribution, out_of_distribution):
    """All metrics of a score that is higher for in-distribution images."""
    scores = np.concatenate([in_distribution, out_of_distribution]).astype(np.float64)
    is_in = np.array([1] * len(in_distribution) + [0] * len(out_of_distribution))
    return {
        "auroc": float(roc_auc_score(is_in, scores)),
        "fpr95": fpr_at_95(is_in, scores),
        "fpr95OpenOOD": fpr_at_95(1 - is_in, -scores),
        "auprIn": float(average_precision_score(is_in, scores)),
        "auprOut": float(average_precision_score(1 - is_in, -scores)),
    }
