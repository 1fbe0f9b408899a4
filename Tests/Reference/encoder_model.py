"""Writes a network without logits: one convolution whose feature map is the output."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

weight = numpy_helper.from_array(np.ones((4, 3, 3, 3), np.float32), "weight")
graph = helper.make_graph(
    [helper.make_node("Conv", ["image", "weight"], ["map"], pads=[1, 1, 1, 1])],
    "encoder",
    [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, 32, 32])],
    [helper.make_tensor_value_info("map", TensorProto.FLOAT, ["N", 4, 32, 32])],
    [weight],
)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), sys.argv[1])
