"""Prints small ONNX models, an input, and ONNX Runtime's results, as JSON, for the tests of the engine.

Weights are multiples of 1/64 and the input is rounded to float16, so that the float16 model has the same
numbers as the float32 models except for the rounding of its results.
"""

import base64
import json

import numpy as np
import onnxruntime
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

OPSET = 17
random = np.random.default_rng(7)


def weights(*shape):
    return random.integers(-64, 64, shape).astype(np.float32) / 64


CONV, GEMM = weights(4, 3, 3, 3), weights(4, 5)
IMAGES = random.normal(size=(7, 3, 8, 8)).astype(np.float16).astype(np.float32)


def model(nodes, inputs, outputs, initializers=(), domains=()):
    constants = [numpy_helper.from_array(array, name) for name, array in initializers]
    graph = h.make_graph(nodes, "graph", inputs, outputs, constants)
    opsets = [h.make_opsetid("", OPSET)] + [h.make_opsetid(domain, 1) for domain in domains]
    return h.make_model(graph, opset_imports=opsets, ir_version=8)


def classifier(batch, element=T.FLOAT):
    """A convolution and a head, with a feature map, an integer and a boolean output in addition to the
    logits."""
    array = np.float16 if element == T.FLOAT16 else np.float32
    nodes = [
        h.make_node("Conv", ["image", "conv"], ["sum"], pads=[1, 1, 1, 1]),
        h.make_node("Relu", ["sum"], ["features"]),
        h.make_node("GlobalAveragePool", ["features"], ["pooled"]),
        h.make_node("Flatten", ["pooled"], ["flat"]),
        h.make_node("MatMul", ["flat", "gemm"], ["logits"]),
        h.make_node("ArgMax", ["logits"], ["class"], axis=1, keepdims=0),
        h.make_node("Greater", ["logits", "zero"], ["positive"]),
        h.make_node("ReduceSum", ["gemm"], ["total"], keepdims=0),
    ]
    outputs = [
        h.make_tensor_value_info("logits", element, [batch, 5]),
        h.make_tensor_value_info("features", element, [batch, 4, 8, 8]),
        h.make_tensor_value_info("class", T.INT64, [batch]),
        h.make_tensor_value_info("positive", T.BOOL, [batch, 5]),
        h.make_tensor_value_info("total", element, []),
    ]
    constants = [("conv", CONV.astype(array)), ("gemm", GEMM.astype(array)), ("zero", array(0))]
    image = h.make_tensor_value_info("image", element, [batch, 3, 8, 8])
    return model(nodes, [image], outputs, constants)


def small(nodes, outputs=("y",), inputs=(("x", T.FLOAT, ["n", 4]),), domains=()):
    return model(
        nodes,
        [h.make_tensor_value_info(*each) for each in inputs],
        [h.make_tensor_value_info(name, T.FLOAT, None) for name in outputs],
        domains=domains,
    )


MODELS = {
    "dynamic": classifier("n"),
    "fixed": classifier(4),
    "float16": classifier("n", T.FLOAT16),
    "uint8": small([h.make_node("Cast", ["x"], ["y"], to=T.FLOAT)], inputs=[("x", T.UINT8, ["n", 4])]),
    "two_names": small(
        [h.make_node("Relu", ["x"], ["y"]), h.make_node("Identity", ["y"], ["z"])], outputs=("y", "z")),
    "two_inputs": small(
        [h.make_node("Add", ["x", "w"], ["y"])],
        inputs=[("x", T.FLOAT, ["n", 4]), ("w", T.FLOAT, ["n", 4])]),
    "free_rank": small(
        [h.make_node("Relu", ["x"], ["y"]), h.make_node("Reshape", ["y", "s"], ["z"])], outputs=("y", "z"),
        inputs=[("x", T.FLOAT, ["n", 4]), ("s", T.INT64, ["k"])]),
    "unsupported": small([h.make_node("Bogus", ["x"], ["y"], domain="com.acme")], domains=["com.acme"]),
}


def answers():
    bytes_ = MODELS["dynamic"].SerializeToString()
    session = onnxruntime.InferenceSession(bytes_, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"image": IMAGES})))


def main():
    print(json.dumps({
        "models": {name: base64.b64encode(m.SerializeToString()).decode() for name, m in MODELS.items()},
        "shape": IMAGES.shape,
        "input": IMAGES.flatten().tolist(),
        "answers": {
            name: {"shape": value.shape, "values": value.astype(np.float32).flatten().tolist()}
            for name, value in answers().items()
        },
    }))


main()
