"""Prints the tensors of a model that could be feature maps, according to ONNX Runtime, as JSON.

usage: map_reference.py MODEL X.npy

A tensor could be one if it has rank 3 or 4, contains floating-point numbers, differs from image to image, and
its rows follow the images when their order is reversed. For each such tensor, prints its shape and its
FeatureNorm of every image, with axis 1 and with the last axis as channels.
"""

import json
import sys

import numpy as np
import onnx

from engine import Model
from formulas import feature_norm


def run(model, names, images):
    """The values of all tensors, including scalars."""
    return dict(zip(names, model.session.run(names, {model.input.name: np.ascontiguousarray(images)})))


def is_map(values, reverse):
    return (
        values.ndim in (3, 4)
        and values.dtype.kind == "f"
        and values.shape[0] == 2
        and np.ptp(values, axis=0).max() > 0
        and np.allclose(values[::-1], reverse, atol=1e-4 * np.abs(values).max())
    )


def main():
    path, images = sys.argv[1], np.load(sys.argv[2])[:2]
    names = [name for node in onnx.load(path).graph.node for name in node.output if name]
    model = Model(path, names)
    values, reverse = run(model, names, images), run(model, names, images[::-1])
    answer = {
        name: {
            "shape": values[name].shape,
            "norms_first": feature_norm(values[name], 1).tolist(),
            "norms_last": feature_norm(values[name], -1).tolist(),
        }
        for name in names
        if is_map(values[name], reverse[name])
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
