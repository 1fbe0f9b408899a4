"""Converts a network that takes values in [0, 1] into one that takes bytes and scales them itself.

Usage: byte_model.py MODEL.onnx OUTPUT.onnx
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

model = onnx.load(sys.argv[1])
graph, image = model.graph, model.graph.input[0]
scaled = f"{image.name}.scaled"
for node in graph.node:
    node.input[:] = [scaled if name == image.name else name for name in node.input]
graph.initializer.append(numpy_helper.from_array(np.float32(255), "byte.largest"))
graph.node.insert(0, helper.make_node("Cast", [image.name], ["byte.float"], to=TensorProto.FLOAT))
graph.node.insert(1, helper.make_node("Div", ["byte.float", "byte.largest"], [scaled]))
image.type.tensor_type.elem_type = TensorProto.UINT8
onnx.save(model, sys.argv[2])
