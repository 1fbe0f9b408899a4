"""Scores of rows of features and logits in float64, with which Oddity's score graphs are compared.

Arguments: a folder with `weights.npy` [C, D], `bias.npy` [C], and `NAME_features.npy` [n, D],
`NAME_logits.npy` [n, C], `NAME_norms.npy` [n], `NAME_truth.npy` [n] (-1 if unknown) for NAME in fit, select,
evaluate; optionally `omega.npy` [D, M] and `phases.npy` [M]. Standard input: {"scores": [names], "form": the
meaning of the logits, "parameters": {name: {parameter: value}}}. Prints {"scores": [[…]], "states": [{…}]}.
"""

import json
import pathlib
import sys

import numpy as np

from scores.catalogue import compute
from scores.data import Data, Rows


def main():
    folder = pathlib.Path(sys.argv[1])
    request = json.load(sys.stdin)

    def load(name):
        path = folder / f"{name}.npy"
        return np.load(path).astype(np.float64) if path.exists() else None

    def rows(name):
        truth = load(f"{name}_truth").astype(int)
        return Rows(load(f"{name}_features"), load(f"{name}_logits"), load(f"{name}_norms"), truth)

    data = Data(load("weights"), load("bias"), rows("fit"), rows("select"), load("omega"), load("phases"))
    data.form = request["form"]
    results = [compute(name, data, rows("evaluate"), request["parameters"]) for name in request["scores"]]
    answer = {
        "scores": [[str(x) if not np.isfinite(x) else float(x) for x in scores] for scores, _ in results],
        "states": [{key: float(value) for key, value in state.items()} for _, state in results],
    }
    json.dump(answer, sys.stdout)


main()
