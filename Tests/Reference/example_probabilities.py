"""The result of `probabilities` in Examples/python/score_guarded.py for outputs between 0 and 1: for logits
that are outputs, and for an output computed from logits that are not outputs, each with a sigmoid and with a
softmax head."""

import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Examples/python"))
from score_guarded import probabilities  # noqa: E402

OUTPUTS = {"y": np.float32([[0.25, 0.75]]), "ood_score": np.zeros(1, np.float32)}
for logits in ("y", "behind"):
    for head in ("sigmoid", "softmax"):
        print(probabilities(OUTPUTS, {"logits": logits, "head": head, "classes": 2})[0, 1])
