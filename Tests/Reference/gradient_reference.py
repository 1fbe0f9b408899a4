"""Compares a gradient of the cross-entropy for its predicted class with central differences in float64.

Standard input: {"model": path, "images": path of .npy, "gradient": flat list of the gradient of the loss at
T, "T": number}. Prints the derivative along every direction, from differences and from the gradient, [[by
differences, by gradient], …]. The network runs in ONNX's own reference evaluator, with all weights in
float64.
"""

import json
import sys

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator


def in_double(model):
    def convert(tensor):
        if tensor.data_type != onnx.TensorProto.FLOAT:
            return
        values = numpy_helper.to_array(tensor).astype(np.float64)
        tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))

    for tensor in model.graph.initializer:
        convert(tensor)
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                convert(attribute.t)
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == onnx.TensorProto.FLOAT:
                attribute.i = onnx.TensorProto.DOUBLE
    for value in list(model.graph.input) + list(model.graph.output):
        value.type.tensor_type.elem_type = onnx.TensorProto.DOUBLE
    del model.graph.value_info[:]
    return model


def main():
    request = json.load(sys.stdin)
    images = np.load(request["images"]).astype(np.float64)
    evaluator = ReferenceEvaluator(in_double(onnx.load(request["model"])))
    (name,) = evaluator.input_names[:1]
    if images.shape[1:] != tuple(request["shape"]):
        images = images.transpose(0, 2, 3, 1)
    gradient = np.array(request["gradient"]).reshape(images.shape)
    temperature = request["T"]

    def losses(x, classes=None):
        logits = evaluator.run([request["logits"]], {name: x})[0] / temperature
        classes = logits.argmax(1) if classes is None else classes
        shifted = logits - logits.max(1, keepdims=True)
        return np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(x)), classes], classes

    classes = losses(images)[1]
    generator = np.random.default_rng(3)
    pairs = []
    for direction in [np.sign(gradient)] + [generator.choice([-1.0, 1.0], images.shape) for _ in range(3)]:
        h = 1e-6
        up, down = (losses(images + s * h * direction, classes)[0] for s in (1, -1))
        by_gradient = (gradient * direction).reshape(len(images), -1).sum(1)
        size = np.abs(gradient).reshape(len(images), -1).sum(1)
        pairs += [[(u - d) / (2 * h) / s, g / s] for u, d, g, s in zip(up, down, by_gradient, size)]
    json.dump(pairs, sys.stdout)


main()
