"""The results of ONNX Runtime and NumPy for a model, as JSON.

usage: model_reference.py featurenorm MODEL TENSOR… --input X.npy [--channel-axis 1]
       model_reference.py scores MODEL LOGITS --input X.npy
       model_reference.py normratio MODEL TENSOR… --input X.npy --ids IDS.json --seed S [--kind jigsaw:3]…
       model_reference.py pseudo-ood --input X.npy --ids IDS.json --seed S [--kind jigsaw:3] --output Y.npy
       model_reference.py guarded GUARDED ORIGINAL --input X.npy

X.npy contains preprocessed images, and IDS.json their 64-bit ids (numbers or strings). Tensors have their
names in the file. Numbers that JSON cannot represent are the strings "nan", "inf" and "-inf". Pseudo-OOD
images are those of a fit without --calibration that uses all images, as with --paper-split.
"""

import argparse
import json
import math
import sys

import numpy as np
import onnx

from engine import Model
from formulas import LOGIT_SCORES, feature_norm
from pseudo_ood import donor_ids, part, pseudo_ood


def feature_norms(model, tensors, images, axis):
    maps = model.run(images, tensors)
    return {name: feature_norm(maps[name], axis) for name in tensors}


def pseudo_images(images, kind, options):
    """The pseudo-OOD image of every image. Images are [N, C, H, W], or [N, H, W, C] with --channel-axis
    -1."""
    with open(options.ids) as file:
        ids = [int(i) for i in json.load(file)]
    planes = dict(zip(ids, np.moveaxis(images, options.channel_axis, 1)))
    parts = {}
    for i in ids:
        parts.setdefault(part(options.seed, i), []).append(i)
    donors = {name: donor_ids(members, options.seed) for name, members in parts.items()}
    donors = {name: [(i, planes[i]) for i in chosen] for name, chosen in donors.items()}
    made = [pseudo_ood(kind, planes[i], options.seed, i, donors[part(options.seed, i)]) for i in ids]
    return np.ascontiguousarray(np.moveaxis(np.stack(made), 1, options.channel_axis), dtype=images.dtype)


def answer_featurenorm(images, options):
    model = Model(options.model, options.tensors)
    return feature_norms(model, options.tensors, images, options.channel_axis)


def answer_scores(images, options):
    logits = Model(options.model, options.tensors).run(images, options.tensors)[options.tensors[0]]
    return {name: score(logits) for name, score in LOGIT_SCORES.items()} | {"logits": logits}


def answer_normratio(images, options):
    model = Model(options.model, options.tensors)
    real = feature_norms(model, options.tensors, images, options.channel_axis)

    def answer(kind):
        pseudo = feature_norms(model, options.tensors, pseudo_images(images, kind, options), options.channel_axis)
        return {
            name: {
                "norm_ratio": (real[name] / pseudo[name]).mean(),
                "norm_ratio_of_means": real[name].mean() / pseudo[name].mean(),
            }
            for name in options.tensors
        }

    return {kind: answer(kind) for kind in options.kind or ["jigsaw:3"]}


def answer_pseudo_ood(images, options):
    np.save(options.output, pseudo_images(images, (options.kind or ["jigsaw:3"])[0], options))
    return {"output": options.output}


def answer_guarded(images, options):
    """Checks the file, compares the classifier's outputs bit by bit, and runs it with several batch sizes."""
    onnx.checker.check_model(options.model, full_check=True)
    original, guarded = Model(options.tensors[0]), Model(options.model)
    result = {"outputs": guarded.outputs, "classifier_outputs_identical": True, "batches": {}}
    added = [name for name in guarded.outputs if name not in original.outputs]
    for batch in [guarded.fixed_batch] if guarded.fixed_batch else [1, 7, 64]:
        repeated = np.resize(images, (max(len(images), batch), *images.shape[1:]))
        before, after = original.run(repeated, batch=batch), guarded.run(repeated, batch=batch)
        same = identical(before, after) or differ_by_layout(before, after, repeated, batch, options)
        result["classifier_outputs_identical"] &= same
        result["batches"][str(batch)] = {name: after[name][: len(images)] for name in added}
    return result


def identical(before, after):
    return all(before[name].tobytes() == after[name].tobytes() for name in before)


def differ_by_layout(before, after, images, batch, options):
    """Whether float16 outputs differ only by rounding, because ONNX Runtime chose other layouts. Without
    layouts they must be identical."""
    steps = [float(np.finfo(np.float16).eps * np.abs(values).max(initial=0)) for values in before.values()]
    near = all(
        values.dtype == np.float16 and np.allclose(values, after[name], rtol=0, atol=2 * step)
        for (name, values), step in zip(before.items(), steps)
    )
    models = (Model(path, layouts=False) for path in (options.tensors[0], options.model))
    return near and identical(*(model.run(images, list(before), batch) for model in models))


def plain(value):
    """Converts arrays to lists, and NaN and infinities to strings."""
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
        "pseudo-ood": answer_pseudo_ood, "guarded": answer_guarded,
    }  # fmt: skip
    for name, answer in answers.items():
        command = commands.add_parser(name)
        command.set_defaults(answer=answer)
        if name != "pseudo-ood":
            command.add_argument("model")
            command.add_argument("tensors", nargs="+")
        command.add_argument("--input", required=True)
        command.add_argument("--channel-axis", type=int, default=1)
        if name in ("normratio", "pseudo-ood"):
            command.add_argument("--ids", required=True)
            command.add_argument("--seed", type=int, default=0)
            command.add_argument("--kind", action="append")
        if name == "pseudo-ood":
            command.add_argument("--output", required=True)
    options = parser.parse_args()
    json.dump(plain(options.answer(np.load(options.input), options)), sys.stdout)


if __name__ == "__main__":
    main()
