"""Compares two ONNX models: their nodes and their constants.

Usage: model_difference.py MODEL OTHER

Prints whether the nodes are equal, the number of constants, the names of constants that differ in any bit,
and their largest difference, relative to the largest value of the constant.
"""

import json
import sys

import numpy as np
import onnx
from onnx import numpy_helper


def constants(model):
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def difference(one, other):
    if one.shape != other.shape or one.dtype != other.dtype:
        return float("inf")
    if not np.issubdtype(one.dtype, np.floating):
        return 0.0 if np.array_equal(one, other) else float("inf")
    one, other = one.astype(np.float64), other.astype(np.float64)
    if not np.array_equal(np.isfinite(one), np.isfinite(other)):
        return float("inf")
    one, other = one[np.isfinite(one)], other[np.isfinite(other)]
    scale = np.abs(other).max(initial=0) or 1
    return float(np.abs(one - other).max(initial=0) / scale)


models = [onnx.load(path) for path in sys.argv[1:3]]
one, other = (constants(model) for model in models)
differing = [name for name in one if name not in other or one[name].tobytes() != other[name].tobytes()]
differing += [name for name in other if name not in one]
differences = [difference(one[name], other[name]) if name in one and name in other else float("inf") for name in differing]
print(
    json.dumps(
        {
            "nodes": [node.SerializeToString() for node in models[0].graph.node]
            == [node.SerializeToString() for node in models[1].graph.node],
            "constants": len(one),
            "differing": differing,
            "largest": min(max(differences, default=0.0), 1e300),
        }
    )
)
