"""A complete benchmark with ONNX Runtime, NumPy and scikit-learn: the expected results of `oddity benchmark`
for preprocessed arrays.

usage: benchmark_reference.py images FOLDER
       benchmark_reference.py answer MODEL LOGITS TENSOR… --id ID.npy --ood NAME=OOD.npy … [--shifted DIM.npy]
                              --limit L --seed S --alpha A

`images` writes id.npy (waves with noise), noise.npy, flat.npy, stripes.npy, and dim.npy (darker waves), all
[N, 3, 32, 32]. With dim.npy as `--shifted`, the results include the full spectrum: waves of both kinds
against each OOD set. In `answer`, id.npy is used for fitting and for evaluation. An image is used for fitting
if its first draw is even. L of those are kept, and they are dealt 60/20/20 to fit, select and calibrate.
"""

import argparse
import json
import pathlib
import sys

import numpy as np

from engine import Model
from formulas import LOGIT_SCORES, feature_norm
from jigsaw import jigsaw
from metrics import metrics
from splitmix64 import fnv1a, image_randomness

GRID = 3


def wave(rng):
    y, x = np.mgrid[:32, :32]
    planes = []
    for _ in range(3):
        fx, fy, phase = rng.uniform(0, 0.5), rng.uniform(0, 0.5), rng.uniform(0, 6)
        planes.append(np.sin(fx * x + fy * y + phase) + 0.3 * rng.normal(size=(32, 32)))
    return np.stack(planes)


def images(folder):
    rng = np.random.default_rng(5)
    sets = {
        "id": np.stack([wave(rng) for _ in range(400)]),
        "noise": rng.normal(size=(60, 3, 32, 32)),
        "flat": np.broadcast_to(rng.normal(size=(70, 3, 1, 1)), (70, 3, 32, 32)) * 1.0,
        "stripes": np.sign(np.sin(rng.uniform(0.5, 3, size=(80, 3, 32, 1)) * np.arange(32))) * 1.0,
        "dim": np.stack([0.5 * wave(rng) - 0.3 for _ in range(90)]),
    }
    for name, values in sets.items():
        np.save(pathlib.Path(folder) / f"{name}.npy", np.ascontiguousarray(values, dtype=np.float32))


class Network:
    """The FeatureNorm of every block, every score and the predicted class for an array of images."""

    def __init__(self, path, logits, tensors):
        self.logits, self.tensors = logits, tensors
        self.model = Model(path, [logits, *tensors])

    def columns(self, array):
        out = self.model.run(array, [self.logits, *self.tensors])
        columns = {tensor: feature_norm(out[tensor]) for tensor in self.tensors}
        return columns | {name: score(out[self.logits]) for name, score in LOGIT_SCORES.items()}


def deal(count, limit, seed):
    """The rows for evaluation, and the rows for fitting by part."""
    draws = [image_randomness(seed, fnv1a(str(row)), GRID**2) for row in range(count)]
    fitting = sorted(sorted((d[0], row) for row, d in enumerate(draws) if d[0] % 2 == 0)[:limit], key=lambda k: k[1])
    rows = [row for _, row in fitting]
    part = {row: "fit" if draws[row][1] < 0.6 else "select" if draws[row][1] < 0.8 else "calibrate" for row in rows}
    parts = {name: [row for row in rows if part[row] == name] for name in ("fit", "select", "calibrate")}
    return [row for row, d in enumerate(draws) if d[0] % 2 == 1], parts, [d[2] for d in draws]


def answer(options):
    network = Network(options.model, options.logits, options.tensors)
    array = np.load(options.id)
    evaluate, parts, orders = deal(len(array), options.limit, options.seed)
    norms = network.columns(array[parts["fit"]])
    shuffled = np.stack([jigsaw(array[row], GRID, orders[row]) for row in parts["fit"]])
    pseudo = network.columns(shuffled)
    ratios = [float((norms[t] / pseudo[t]).mean()) for t in options.tensors]
    selected = options.tensors[int(np.argmax(ratios))]
    inside = network.columns(array[evaluate])
    calibrating = network.columns(array[parts["calibrate"]])
    spectrum = inside
    if options.shifted:
        moved = network.columns(np.load(options.shifted))
        spectrum = {name: np.concatenate([inside[name], moved[name]]) for name in inside}
    outside = {name: network.columns(np.load(path)) for name, path in (s.split("=", 1) for s in options.ood)}
    result = {"norm_ratios": ratios, "parts": {k: len(v) for k, v in parts.items()}, "selected": selected, "columns": {}}
    for name in inside:
        scores = np.sort(calibrating[name])
        rank = int(options.alpha * (len(scores) + 1) + 1e-9)
        flagged = [
            float(np.mean(1 + np.searchsorted(scores, columns[name], "right") <= rank))
            for columns in (inside, *outside.values())
        ]
        result["columns"]["featurenorm" if name == selected else name] = {
            "tensor": name,
            "threshold": float(scores[rank - 1]),
            "flagged": flagged,
            "ood": {key: metrics(inside[name], columns[name]) for key, columns in outside.items()},
            "full_spectrum": {key: metrics(spectrum[name], columns[name]) for key, columns in outside.items()},
        }
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("images").add_argument("folder")
    command = commands.add_parser("answer")
    for name in ("model", "logits"):
        command.add_argument(name)
    command.add_argument("tensors", nargs="+")
    command.add_argument("--id", required=True)
    command.add_argument("--ood", nargs="+", required=True)
    command.add_argument("--shifted")
    for name, kind in (("limit", int), ("seed", int), ("alpha", float)):
        command.add_argument(f"--{name}", type=kind, required=True)
    options = parser.parse_args()
    json.dump(images(options.folder) if options.command == "images" else answer(options), sys.stdout)


if __name__ == "__main__":
    main()
