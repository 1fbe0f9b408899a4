"""Writes a network that averages its logits over the last map. Its maps are constant on constant images.

usage: averaged_logits_model.py MODEL.onnx
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def main():
    random = np.random.default_rng(7)
    weights = {"w": (6, 3, 4, 4), "b": (6,), "w_head": (5, 6, 1, 1), "b_head": (5,)}
    nodes = [
        helper.make_node("Conv", ["image", "w", "b"], ["patches"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Relu", ["patches"], ["map"]),
        helper.make_node("Conv", ["map", "w_head", "b_head"], ["class_maps"], kernel_shape=[1, 1]),
        helper.make_node("GlobalAveragePool", ["class_maps"], ["means"]),
        helper.make_node("Flatten", ["means"], ["logits"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "averaged",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, 16, 24])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 5])],
        [numpy_helper.from_array(random.normal(size=s).astype(np.float32), n) for n, s in weights.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), sys.argv[1])


main()
