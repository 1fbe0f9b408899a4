"""The results of a guarded model with a sigmoid head, from ONNX Runtime and in float64.

Standard input: {"model": the guarded model, "images": a NumPy file, "logits": their tensor, "scores":
[names]}. Prints {"outputs": each score from the guarded file, "scores": the same in float64 from the logits
of the same run, null if there is no formula here, "classes": the positions of the largest logits,
"confidences": their probabilities from the classifier's own Sigmoid}.
"""

import json
import sys

import numpy as np
from scipy.special import entr, expit

from engine import Model


def of_labels(l):
    return {
        "msp": np.max(l, axis=1),
        "maxlogit": np.max(l, axis=1),
        "energy": np.logaddexp(0, l).sum(1),
        "entropy": -(entr(expit(l)) + entr(expit(-l))).sum(1),
    }


def of_one(l):
    l = l[:, 0]
    p = expit(l)
    return {
        "msp": np.abs(l),
        "entropy": p * np.log(p) + (1 - p) * np.log1p(-p),
        "gen": -2 * (p * (1 - p)) ** 0.1,
    }


def main():
    request = json.load(sys.stdin)
    found = Model(request["model"], [request["logits"]]).run(np.load(request["images"]))
    l = found[request["logits"]].astype(np.float64)
    known = of_labels(l) if l.shape[1] > 1 else of_one(l)
    names = request["scores"]
    outputs = ["ood_score"] + [f"ood_score.{name}" for name in names[1:]]
    classes = l.argmax(1)
    answer = {
        "outputs": [found[name].astype(float).tolist() for name in outputs],
        "scores": [known[name].tolist() if name in known else None for name in names],
        "classes": classes.tolist(),
        "confidences": found["probabilities"].astype(float)[np.arange(len(l)), classes].tolist(),
    }
    json.dump(answer, sys.stdout)


main()
