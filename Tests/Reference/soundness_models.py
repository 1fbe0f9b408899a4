"""Writes small classifiers that must be refused, and others that must be right, into the folder named: MODEL.onnx each, and
images.npy. Prints what ONNX Runtime, image by image and without optimisation, makes of the images: for each model that it
can run, the energy of the plain classifier's logits."""

import json
import logging
import os
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_dynamic, quantize_static

logging.disable(logging.WARNING)
folder = sys.argv[1]
weights = np.random.default_rng(19)
random = np.random.default_rng(20)
# A colour for each, and noise, so that scores are spread out.
images = (random.random((60, 1, 1, 3)) * random.integers(0, 256, size=(60, 8, 8, 3))).astype(np.uint8)
pixels = (images.astype(np.float32) / 255).transpose(0, 3, 1, 2)


class Network:
    """Nodes and constants, in the order in which they are added."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, array, kind=None):
        name = f"constant{len(self.constants)}"
        array = np.asarray(array)
        tensor = (
            numpy_helper.from_array(array, name)
            if kind is None
            else helper.make_tensor(name, kind, array.shape, array.ravel())
        )
        self.constants.append(tensor)
        return name

    def add(self, kind, *inputs, outputs=1, **attributes):
        names = [f"{kind}{len(self.nodes)}" + (f".{i}" if i else "") for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=f"/{names[0]}", **attributes))
        return names[0]

    def floats(self, *values):
        return self.constant(np.array(values, np.float32))


def classifier(middle=lambda n, x: x, opset=17, batch="N", weight=lambda n, w: n.constant(w)):
    """Two convolutions with a ReLU, `middle`, a mean over positions, a linear layer. `weight` makes the last one's weights."""
    n = Network()
    x = "image"
    for channels in (3, 8):
        kernel = weights.normal(size=(8, channels, 3, 3)) * np.sqrt(2 / (9 * channels))
        x = n.add("Conv", x, n.constant(kernel.astype(np.float32)), pads=[1] * 4)
        x = n.add("Relu", x)
    x = n.add("Flatten", n.add("GlobalAveragePool", middle(n, x)))
    n.add("Gemm", x, weight(n, weights.normal(size=(8, 5)).astype(np.float32)), n.floats(*[0.1] * 5))
    n.nodes[-1].output[0] = "logits"
    graph = helper.make_graph(
        n.nodes,
        "classifier",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [batch, 3, 8, 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [batch, 5])],
        n.constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


def normalised(**attributes):
    outputs = attributes.pop("outputs", 1)
    return lambda n, x: n.add(
        "BatchNormalization", x, *[n.floats(*[v] * 8) for v in (1, 0, 0, 1)], outputs=outputs, **attributes
    )


def dequantised(kind, scale, limit, axis=None):
    """Weights kept as integers or float8 numbers, for the whole tensor or for each column."""

    def weight(n, w):
        scales = np.float32(scale * (1 + np.arange(w.shape[1]) if axis else 1))
        values = np.clip(np.round(w / scales), -limit, limit)
        return n.add("DequantizeLinear", n.constant(values, kind), n.constant(scales), **({"axis": 1} if axis else {}))

    return weight


class Calibration(CalibrationDataReader):
    def __init__(self):
        self.batches = iter([{"image": pixels[:32]}, {"image": pixels[32:]}])

    def get_next(self):
        return next(self.batches, None)


def path(name):
    return os.path.join(folder, name + ".onnx")


def static(activation, weight, middle=lambda n, x: x, **settings):
    def write(name):
        onnx.save(classifier(middle, opset=21), path("float"))
        types = {"activation_type": activation, "weight_type": weight}
        quantize_static(path("float"), path(name), Calibration(), **types, **settings)

    return write


def clipped_integers(kind):
    """Activations of an integer type that an operator reads as integers."""

    def middle(n, x):
        zero = n.constant([100], kind)
        integers = n.add("QuantizeLinear", x, n.floats(0.01), n.constant(50, kind))
        return n.add("DequantizeLinear", n.add("Max", integers, zero), n.floats(0.01), n.constant(50, kind))

    return classifier(middle, opset=21)


def dynamic(batch="N"):
    def write(name):
        onnx.save(classifier(batch=batch), path("float"))
        kinds = ["MatMul", "Gemm"]
        quantize_dynamic(path("float"), path(name), op_types_to_quantize=kinds, weight_type=QuantType.QUInt8)

    return write


def two_paths(n, x):
    """A concatenation of two convolutions' outputs, whose ranges differ."""
    paths = []
    for size in (0.05, 2):
        kernel = weights.normal(size=(4, 8, 3, 3)) * size
        paths.append(n.add("Conv", x, n.constant(kernel.astype(np.float32)), pads=[1] * 4))
    return n.add("MaxPool", n.add("Concat", *paths, axis=1), kernel_shape=[2, 2], strides=[2, 2])


def less_mean(axes):
    return lambda n, x: n.add("Sub", x, n.add("ReduceMean", x, axes=axes))


axis_0 = lambda n: n.constant(np.array([0], np.int64))
models = {
    # Right.
    "float": classifier(),
    "int8": static(QuantType.QInt8, QuantType.QInt8),
    "uint8": static(QuantType.QUInt8, QuantType.QInt8),
    "uint8-int16-weights": static(QuantType.QUInt8, QuantType.QInt16),
    "int8-concatenated": static(QuantType.QInt8, QuantType.QInt8, two_paths, per_channel=True),
    "uint16": static(QuantType.QUInt16, QuantType.QInt8),
    "int16": static(QuantType.QInt16, QuantType.QInt16, two_paths),
    "int8-weights-alone": classifier(opset=21, weight=dequantised(TensorProto.INT8, 0.005, 127, axis=1)),
    "int16-weights-alone": classifier(opset=21, weight=dequantised(TensorProto.INT16, 0.0001, 32767)),
    "dynamic": dynamic(),
    "instance-normalised": classifier(
        lambda n, x: n.add(
            "Add", x, n.add("InstanceNormalization", x, n.floats(*[1] * 8), n.floats(*[0] * 8)),
        )
    ),
    "batch-normalised": classifier(normalised()),
    # Refused by a node's type or attribute.
    "uint16-activations-clipped": clipped_integers(TensorProto.UINT16),
    "int4-weights": static(QuantType.QUInt8, QuantType.QInt4),
    "uint4-weights-alone": classifier(opset=21, weight=dequantised(TensorProto.UINT4, 0.2, 7)),
    "float8-weights-alone": classifier(opset=21, weight=dequantised(TensorProto.FLOAT8E4M3FN, 0.01, 400)),
    "training": classifier(normalised(outputs=3, training_mode=1)),
    "training-opset-13": classifier(normalised(outputs=5), opset=13),
    "random": classifier(lambda n, x: n.add("Add", x, n.add("RandomNormalLike", x))),
    "dynamic-batch-4": dynamic(batch=4),
    # Refused by what they compute.
    "mean-of-batch": classifier(less_mean([0, 2, 3])),
    "mean-of-batch-4": classifier(less_mean([0, 2, 3]), batch=4),
    "mean-of-batch-2": classifier(less_mean([0]), batch=2),
    "mean-of-batch-axes-constant": classifier(
        lambda n, x: n.add("Sub", x, n.add("ReduceMean", x, axis_0(n))), opset=18
    ),
    "softmax-over-batch": classifier(lambda n, x: n.add("Softmax", x, axis=0)),
    "sum-along-batch": classifier(lambda n, x: n.add("CumSum", x, n.constant(np.int64(0)))),
    "standardised-batch": classifier(lambda n, x: n.add("MeanVarianceNormalization", x)),
    "not-a-number": classifier(lambda n, x: n.add("Log", n.add("Sub", n.add("Neg", x), n.floats(1)))),
}


def energies(name):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(path(name), options)
    rows = np.concatenate([session.run(["logits"], {"image": image[None]})[0] for image in pixels]).astype(np.float64)
    top = rows.max(axis=1, keepdims=True)
    return (top[:, 0] + np.log(np.exp(rows - top).sum(axis=1))).tolist()


for name, model in models.items():
    model(name) if callable(model) else onnx.save(model, path(name))
onnx.save(models["float"], path("float"))
np.save(os.path.join(folder, "images.npy"), images)
print(json.dumps({name: energies(name) for name in list(models)[:12]}))
