"""What ONNX Runtime and NumPy say about a model; prints JSON.

usage: model_reference.py featurenorm MODEL TENSOR… --input X.npy [--channel-axis 1]
       model_reference.py scores MODEL LOGITS --input X.npy
       model_reference.py normratio MODEL TENSOR… --input X.npy --ids IDS.json --seed S [--grid 3]
       model_reference.py jigsaw --input X.npy --ids IDS.json --seed S [--grid 3] --output Y.npy
       model_reference.py guarded GUARDED ORIGINAL --input X.npy

X.npy holds preprocessed images, IDS.json their 64-bit ids (numbers or strings). Tensors are named as in the
file. Numbers that JSON lacks are the strings "nan", "inf" and "-inf".
"""

import argparse
import json
import math
import sys

import numpy as np
import onnx

from engine import Model
from formulas import LOGIT_SCORES, feature_norm
from jigsaw import jigsaw
from splitmix64 import image_randomness


def feature_norms(model, tensors, images, axis):
    maps = model.run(images, tensors)
    return {name: feature_norm(maps[name], axis) for name in tensors}


def jigsaws(images, options):
    """Every image's own jigsaw; images are [N, C, H, W], or [N, H, W, C] with --channel-axis -1."""
    with open(options.ids) as file:
        ids = [int(i) for i in json.load(file)]
    tiles = options.grid**2
    orders = [image_randomness(options.seed, i, tiles)[2] for i in ids]
    planes = np.moveaxis(images, options.channel_axis, 1)
    shuffled = np.stack([jigsaw(image, options.grid, order) for image, order in zip(planes, orders)])
    return np.ascontiguousarray(np.moveaxis(shuffled, 1, options.channel_axis))


def answer_featurenorm(images, options):
    model = Model(options.model, options.tensors)
    return feature_norms(model, options.tensors, images, options.channel_axis)


def answer_scores(images, options):
    logits = Model(options.model, options.tensors).run(images, options.tensors)[options.tensors[0]]
    return {name: score(logits) for name, score in LOGIT_SCORES.items()} | {"logits": logits}


def answer_normratio(images, options):
    model = Model(options.model, options.tensors)
    real = feature_norms(model, options.tensors, images, options.channel_axis)
    pseudo = feature_norms(model, options.tensors, jigsaws(images, options), options.channel_axis)
    return {
        name: {
            "norm_ratio": (real[name] / pseudo[name]).mean(),
            "norm_ratio_of_means": real[name].mean() / pseudo[name].mean(),
        }
        for name in options.tensors
    }


def answer_jigsaw(images, options):
    np.save(options.output, jigsaws(images, options))
    return {"output": options.output}


def answer_guarded(images, options):
    """Checks the file, compares the classifier's outputs bit by bit, and runs it at several batch sizes."""
    onnx.checker.check_model(options.model, full_check=True)
    original, guarded = Model(options.tensors[0]), Model(options.model)
    result = {"outputs": guarded.outputs, "classifier_outputs_identical": True, "batches": {}}
    added = [name for name in guarded.outputs if name not in original.outputs]
    for batch in [guarded.fixed_batch] if guarded.fixed_batch else [1, 7, 64]:
        repeated = np.resize(images, (max(len(images), batch), *images.shape[1:]))
        before, after = original.run(repeated, batch=batch), guarded.run(repeated, batch=batch)
        same = all(before[name].tobytes() == after[name].tobytes() for name in original.outputs)
        result["classifier_outputs_identical"] &= same
        result["batches"][str(batch)] = {name: after[name][: len(images)] for name in added}
    return result


def plain(value):
    """Arrays as lists; NaN and infinities as strings."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(required=True)
    answers = {
        "featurenorm": answer_featurenorm, "scores": answer_scores, "normratio": answer_normratio,
        "jigsaw": answer_jigsaw, "guarded": answer_guarded,
    }  # fmt: skip
    for name, answer in answers.items():
        command = commands.add_parser(name)
        command.set_defaults(answer=answer)
        if name != "jigsaw":
            command.add_argument("model")
            command.add_argument("tensors", nargs="+")
        command.add_argument("--input", required=True)
        command.add_argument("--channel-axis", type=int, default=1)
        if name in ("normratio", "jigsaw"):
            command.add_argument("--ids", required=True)
            command.add_argument("--seed", type=int, default=0)
            command.add_argument("--grid", type=int, default=3)
        if name == "jigsaw":
            command.add_argument("--output", required=True)
    options = parser.parse_args()
    json.dump(plain(options.answer(np.load(options.input), options)), sys.stdout)


if __name__ == "__main__":
    main()
