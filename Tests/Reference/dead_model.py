"""Writes a network of two convolutions whose maps are zero on every image. With a number of channels, the
last map has that many channels and is not zero.

Usage: dead_model.py MODEL.onnx [CHANNELS]
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

RNG = np.random.default_rng(5)


def weights(name, *shape):
    return numpy_helper.from_array((0.3 * RNG.normal(size=shape)).astype(np.float32), name)


def main():
    channels = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    level = 0.1 if len(sys.argv) > 2 else -1e6
    nodes = [
        helper.make_node("Conv", ["image", "w1", "b1"], ["c1"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c1"], ["m1"]),
        helper.make_node("Conv", ["m1", "w2", "b2"], ["c2"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c2"], ["m2"]),
        helper.make_node("GlobalAveragePool", ["m2"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["z"]),
        helper.make_node("Gemm", ["z", "w3", "b3"], ["logits"], transB=1),
    ]
    biases = [numpy_helper.from_array(np.full(n, level, np.float32), name) for n, name in ((4, "b1"), (channels, "b2"))]
    graph = helper.make_graph(
        nodes, "dead", [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, 16, 16])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 3])],
        [weights("w1", 4, 3, 3, 3), weights("w2", channels, 4, 3, 3), weights("w3", 3, channels), weights("b3", 3), *biases])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), sys.argv[1])


main()
