"""A peer's result for an image, in the form of a line of `oddity score`."""

import json
import sys

import numpy as np


class Lines:
    """Writes a line for each image. `calibration` contains the scores of calibration images in ascending order."""

    def __init__(self, calibration, alpha=0.05):
        self.calibration, self.alpha = np.asarray(calibration, np.float32), alpha

    def write(self, names, scores, logits):
        """scores [N], logits [N, C]"""
        at_most = np.searchsorted(self.calibration, scores, side="right")
        p_values = (1 + at_most) / (len(self.calibration) + 1)
        exponentials = np.exp(logits - logits.max(1, keepdims=True))
        confidences = exponentials.max(1) / exponentials.sum(1)
        for name, score, p, index, confidence in zip(names, scores, p_values, logits.argmax(1), confidences):
            row = {"input": str(name), "score": float(score), "p_value": float(p), "outlier": bool(p <= self.alpha)}
            row |= {"class": int(index), "label": None, "confidence": float(confidence)}
            sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()
