"""A network's scores, computed only from its images, for comparison with guarded models.

Standard input: {"model": the plain classifier, "block": its selected tensor, "train": images, "limit",
"seed", "mean", "std", "evaluate": [{"path", "positions"}], "scores": [names], "parameters": {name:
{parameter: value}}, "select", "guarded": each score of the select part's and of the evaluation images, from
the tool itself, "measured": a folder}. The folder has `omega.npy` [D, M] and `phases.npy` [M] for the seed,
and `NAME_features.npy`, `NAME_logits.npy`, `NAME_norms.npy` for NAME in train, evaluate, perturbed: the
results of another engine for the sample of the training images in their order, for the evaluation images and
for ODIN's perturbed images.

The parts are computed again from the ids. Prints {"parts": {part: images}, "scores": […],
"scores_as_measured": […]}: float64 scores from ONNX Runtime's results for the plain classifier, and from the
results in the folder. Scores of perturbed images are null in the first list. Ensembles are null there too. In
the second list they are made from "select" and "guarded", because an ensemble is so steep between two nearly
equal scores of the select part that it shows the last digits of its components.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import numpy_helper

from engine import Model
from formulas import feature_norm
from image_sets import open_set, part_of, preprocessed, sampled
from scores.catalogue import compute, distribution
from scores.data import Data, Rows


class Head:
    """The last Gemm: its weights [C, D], its bias [C], and the names of its input and output."""

    def __init__(self, path):
        graph = onnx.load(path).graph
        node = next(node for node in reversed(graph.node) if node.op_type == "Gemm")
        weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        factors = {a.name: a.f for a in node.attribute if a.name in ("alpha", "beta")}
        assert all(factor == 1 for factor in factors.values()), "a plain Wz + b"
        self.w, self.b = (weights[name].astype(np.float64) for name in node.input[1:])
        self.features, self.logits = node.input[0], node.output[0]


class Sample:
    """The sample of the training images, divided into its parts."""

    def __init__(self, request, classes):
        images = open_set(request["train"])
        seed = request["seed"]
        positions, self.keys = sampled(images.ids, request["limit"], seed)
        self.parts = np.array([part_of(seed, images.ids[p]) for p in positions])
        self.images = images.read(positions)
        labels = images.labels[positions]
        # Labels outside of the network's classes belong to another task.
        self.truth = labels if images.labels.max() < classes else np.full(len(labels), -1)

    def rows(self, part, z, l, norm):
        """The rows of one part, by ascending sampling keys."""
        order = sorted(np.flatnonzero(self.parts == part), key=lambda i: self.keys[i])
        return Rows(z[order], l[order], norm[order], self.truth[order])


def observe(request, head, images):
    """z, l and FeatureNorm from ONNX Runtime, in float64."""
    taps = [head.features, head.logits, request["block"]]
    found = Model(request["model"], taps).run(preprocessed(images, request["mean"], request["std"]), taps)
    z, l = (found[name].astype(np.float64) for name in taps[:2])
    return z, l, feature_norm(found[request["block"]])


def measured(folder, name):
    return tuple(np.load(folder / f"{name}_{kind}.npy").astype(np.float64) for kind in ("features", "logits", "norms"))


def without_truth(z, l, norm):
    return Rows(z, l, norm, np.full(len(z), -1))


def ensemble(request, name):
    columns = [request["scores"].index(leaf) for leaf in name[len("ensemble(") : -1].split("/")]
    known, found = (np.array(request[part]) for part in ("select", "guarded"))
    return np.mean([distribution(known[c], found[c]) for c in columns], axis=0)


def score(request, name, data, rows):
    return compute(name, data, rows, request["parameters"])[0].tolist()


def measured_score(request, name, data, rows, perturbed):
    if name.startswith("ensemble("):
        return ensemble(request, name).tolist()
    if not name.startswith("odin"):
        return score(request, name, data, rows)
    # These rows are already perturbed.
    still = request | {"parameters": {"odin": {"epsilon": 0, "T": 1000.0}}}
    return score(still, name, data, perturbed)


def main():
    request = json.load(sys.stdin)
    folder = pathlib.Path(request["measured"])
    head = Head(request["model"])
    sample = Sample(request, len(head.w))
    omega, phases = (np.load(folder / f"{name}.npy").astype(np.float64) for name in ("omega", "phases"))

    def data(train):
        parts = (sample.rows(part, *train) for part in ("fit", "select"))
        return Data(head.w, head.b, *parts, omega, phases)

    evaluated = np.concatenate([open_set(s["path"]).read(s["positions"]) for s in request["evaluate"]])
    own, own_rows = data(observe(request, head, sample.images)), without_truth(*observe(request, head, evaluated))
    theirs = data(measured(folder, "train"))
    rows, perturbed = (without_truth(*measured(folder, name)) for name in ("evaluate", "perturbed"))
    answer = {
        "parts": {part: int((sample.parts == part).sum()) for part in ("fit", "select", "calibrate")},
        "scores": [
            None if name.startswith(("odin", "ensemble(")) else score(request, name, own, own_rows)
            for name in request["scores"]
        ],
        "scores_as_measured": [measured_score(request, name, theirs, rows, perturbed) for name in request["scores"]],
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
