"""Writes small classifiers that must be refused, and others that must be correct, into the given folder:
MODEL.onnx each, and images.npy. Prints the results of ONNX Runtime for the images, one by one and without
optimisation: for each model that it can run, the energy of the plain classifier's logits."""

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
# One colour for each image, and noise, so that scores differ.
images = (random.random((60, 1, 1, 3)) * random.integers(0, 256, size=(60, 8, 8, 3))).astype(np.uint8)
pixels = (images.astype(np.float32) / 255).transpose(0, 3, 1, 2)


class Network:
    """Nodes and constants, in the order in which they were added."""

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
    """Two convolutions with a ReLU, `middle`, a mean over positions, and a linear layer. `weight` makes the
    last layer's weights."""
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


def in_half(middle):
    """Computes a part in half precision."""
    return lambda n, x: n.add("Cast", middle(n, n.add("Cast", x, to=TensorProto.FLOAT16)), to=TensorProto.FLOAT)


def normalised(**attributes):
    outputs = attributes.pop("outputs", 1)
    return lambda n, x: n.add(
        "BatchNormalization", x, *[n.floats(*[v] * 8) for v in (1, 0, 0, 1)], outputs=outputs, **attributes
    )


def dequantised(kind, scale, limit, axis=None):
    """Weights that are stored as integers or float8 numbers, for the whole tensor or for each column."""

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


def with_computed_scales(write):
    """The same network, whose scales are not initializers. Some are Constant nodes, and some pass through
    Identity."""

    def rewrite(name):
        write(name)
        model = onnx.load(path(name))
        scales = [t for t in model.graph.initializer if t.name.endswith("_scale") and not t.dims]
        for place, tensor in enumerate(scales):
            output, value = tensor.name, float(numpy_helper.to_array(tensor))
            if place % 3 == 0:
                node = helper.make_node("Constant", [], [output], value_float=value)
            elif place % 3 == 1:
                node = helper.make_node("Constant", [], [output], value_floats=[value])
            else:
                tensor.name += "/stored"
                model.graph.initializer.append(tensor)
                node = helper.make_node("Identity", [tensor.name], [output])
            model.graph.node.insert(0, node)
            del model.graph.initializer[[t.name for t in model.graph.initializer].index(tensor.name)]
        assert len(scales) > 6
        onnx.save(model, path(name))

    return rewrite


def with_sparse_weights(model):
    """The last layer's weights as a sparse initializer, a third of them zero."""
    tensor = model.graph.initializer[2]
    values = numpy_helper.to_array(tensor) * (random.random(tensor.dims) > 1 / 3)
    places = np.argwhere(values)
    stored = numpy_helper.from_array(values[tuple(places.T)].astype(np.float32), tensor.name)
    indices = numpy_helper.from_array(places.astype(np.int64), tensor.name + ".indices")
    del model.graph.initializer[2]
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(stored, indices, values.shape))
    return model


def branch(n, x, condition):
    """An If that either calls a local function or takes the square root of the map."""
    free = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
    branches = {
        "then_branch": helper.make_graph([helper.make_node("Twice", [x], ["twice"], domain="own")], "then", [], [free("twice")]),
        "else_branch": helper.make_graph([helper.make_node("Sqrt", [x], ["less"])], "else", [], [free("less")]),
    }
    return n.add("If", condition, **branches)


def with_equal_names(model):
    """ONNX Runtime does not accept it."""
    for node in model.graph.node:
        node.name = "node"
    return model


def with_function(model):
    """The function that `branch` calls. It uses a domain that the model does not import."""
    own, standard, microsoft = (helper.make_opsetid(d, v) for d, v in (("own", 1), ("", 17), ("com.microsoft", 1)))
    nodes = [
        helper.make_node("QuickGelu", ["x"], ["gelu"], domain="com.microsoft"),
        helper.make_node("Add", ["x", "gelu"], ["y"]),
    ]
    model.functions.append(helper.make_function("own", "Twice", ["x"], ["y"], nodes, [standard, microsoft]))
    model.opset_import.append(own)
    return model


def by_brightness(n, x):
    """A branch that depends on the content of the images."""
    level = n.add("ReduceMean", "image", keepdims=0)
    return branch(n, x, n.add("Greater", level, n.constant(np.float32(0.2))))


def older_function():
    model = with_function(classifier(lambda n, x: branch(n, x, n.constant(np.array(True))), opset=18))
    reduction = helper.make_node("ReduceMean", ["x"], ["gelu"], axes=[2, 3])
    model.functions[0].node[0].CopyFrom(reduction)
    return model


def pool(kind, opset=17, **attributes):
    return classifier(lambda n, x: n.add(kind, x, **attributes), opset=opset)


def two_paths(n, x):
    """A concatenation of two convolutions' outputs, whose ranges differ."""
    paths = []
    for size in (0.05, 2):
        kernel = weights.normal(size=(4, 8, 3, 3)) * size
        paths.append(n.add("Conv", x, n.constant(kernel.astype(np.float32)), pads=[1] * 4))
    return n.add("MaxPool", n.add("Concat", *paths, axis=1), kernel_shape=[2, 2], strides=[2, 2])


def reordered(n, x):
    """Permutes channels in an order that is not its own inverse, before weights."""
    order = n.constant(np.array([3, 0, 7, 1, 6, 2, 5, 4]))
    kernel = weights.normal(size=(8, 8, 3, 3)).astype(np.float32)
    return n.add("Conv", n.add("Gather", x, order, axis=1), n.constant(kernel), pads=[1] * 4)


def short_vectors(p):
    """Vectors of channels that are divided by their tiny norm."""
    return lambda n, x: n.add("LpNormalization", n.add("Mul", x, n.floats(1e-6)), axis=1, p=p)


def stating(classes, model):
    """The model with a wrong number of classes in the declaration of its output."""
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = classes
    return model


def reshaped_twice(n, x):
    """Reshapes to another size, which is only visible with images."""
    other = n.add("Softmax", n.add("Reshape", x, n.constant(np.array([0, 8, 65]))), axis=2)
    return n.add("Reshape", other, n.constant(np.array([0, 8, 8, 8])))


def hidden_overflow(n, x):
    """NaN, from an infinity minus itself, followed by a Relu."""
    large = n.add("Mul", n.add("Mul", x, n.floats(1e30)), n.floats(1e30))
    return n.add("Relu", n.add("Sub", large, large))


def less_mean(axes):
    return lambda n, x: n.add("Sub", x, n.add("ReduceMean", x, axes=axes))


axis_0 = lambda n: n.constant(np.array([0], np.int64))
true = lambda n: n.constant(np.array(True))
zeros, ones = (lambda n, v=v: n.floats(*[v] * 8) for v in (0, 1))
right = {
    "float": classifier(),
    "int8": static(QuantType.QInt8, QuantType.QInt8),
    "uint8": static(QuantType.QUInt8, QuantType.QInt8),
    "uint8-int16-weights": static(QuantType.QUInt8, QuantType.QInt16),
    "int8-concatenated": static(QuantType.QInt8, QuantType.QInt8, two_paths, per_channel=True),
    "int8-scales-computed": with_computed_scales(static(QuantType.QInt8, QuantType.QInt8, two_paths)),
    "uint16": static(QuantType.QUInt16, QuantType.QInt8),
    "int16": static(QuantType.QInt16, QuantType.QInt16, two_paths),
    "int8-weights-alone": classifier(opset=21, weight=dequantised(TensorProto.INT8, 0.005, 127, axis=1)),
    "int16-weights-alone": classifier(opset=21, weight=dequantised(TensorProto.INT16, 0.0001, 32767)),
    "dynamic": dynamic(),
    "instance-normalised": classifier(
        lambda n, x: n.add("Add", x, n.add("InstanceNormalization", x, ones(n), zeros(n)))
    ),
    "batch-normalised": classifier(normalised()),
    "equal-names": with_equal_names(classifier()),
    "dropout": classifier(lambda n, x: n.add("Dropout", x, "", n.constant(np.array(False)))),
    "sparse": with_sparse_weights(classifier()),
    "function-in-a-branch": with_function(classifier(lambda n, x: branch(n, x, true(n)))),
    "branch-by-image": with_function(classifier(by_brightness)),
    "mean-over-padding": pool(
        "AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4, ceil_mode=1, count_include_pad=1
    ),
    "wide-mean": pool("AveragePool", kernel_shape=[9, 12], strides=[9, 12]),
    "wide-mean-rounded-up": pool("AveragePool", kernel_shape=[9, 9], strides=[2, 2], ceil_mode=1, count_include_pad=1),
    "wide-maximum": pool("MaxPool", kernel_shape=[6, 11], strides=[4, 4], pads=[1, 1, 1, 1], dilations=[2, 1]),
    "wide-p-norm": pool("LpPool", kernel_shape=[9, 9], strides=[9, 9], p=3),
    "sum-of-sizes": pool("ReduceL1", axes=[2, 3]),
    "log-of-sum": classifier(lambda n, x: n.add("ReduceLogSum", n.add("Add", x, n.floats(1)), axes=[2, 3])),
    "log-of-exponentials": classifier(
        lambda n, x: n.add(
            "Unsqueeze", n.add("ReduceLogSumExp", x, axes=[2, -1], keepdims=0), n.constant(np.array([2, 3]))
        )
    ),
    "softmax-opset-11": classifier(
        lambda n, x: n.add("Mul", n.add("Mul", x, n.floats(16)), n.add("Softmax", x, axis=2)), opset=11
    ),
    "channels-reordered": classifier(reordered),
    "local-response": classifier(lambda n, x: n.add("LRN", x, size=3, alpha=0.5, bias=1.5)),
    # A list of slopes applies to the last axis, which is as long as the number of channels.
    "slopes-of-columns": classifier(lambda n, x: n.add("PRelu", n.add("Sub", x, n.floats(1)), n.floats(*np.arange(8) / 4))),
    "half-local-response": classifier(in_half(lambda n, x: n.add("LRN", x, size=3, alpha=0.5, bias=1.5))),
    "half-slopes-of-columns": classifier(in_half(lambda n, x: n.add("PRelu", x, n.constant(np.float16(np.arange(8) / 4))))),
}
refused = {
    # Refused because of a node's type or attributes.
    "uint16-activations-clipped": clipped_integers(TensorProto.UINT16),
    "int4-weights": static(QuantType.QUInt8, QuantType.QInt4),
    "uint4-weights-alone": classifier(opset=21, weight=dequantised(TensorProto.UINT4, 0.2, 7)),
    "float8-weights-alone": classifier(opset=21, weight=dequantised(TensorProto.FLOAT8E4M3FN, 0.01, 400)),
    "training": classifier(normalised(outputs=3, training_mode=1)),
    "training-opset-13": classifier(normalised(outputs=5), opset=13),
    "training-dropout": classifier(lambda n, x: n.add("Dropout", x, n.constant(np.float32(0.5)), n.add("Identity", true(n)))),
    "random": classifier(lambda n, x: n.add("Add", x, n.add("RandomNormalLike", x))),
    "dynamic-batch-4": dynamic(batch=4),
    "branch-by-batch": with_function(classifier(by_brightness, batch=4)),
    "maximum-rounded-up": pool("MaxPool", kernel_shape=[2, 2], strides=[2, 2], pads=[1] * 4, ceil_mode=1),
    "p-norm-rounded-up": pool("LpPool", opset=18, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
    "transposed-same": classifier(
        lambda n, x: n.add("ConvTranspose", x, n.constant(weights.normal(size=(8, 8, 3, 3)).astype(np.float32)), auto_pad="SAME_UPPER")
    ),
    "transposed-to-a-shape": classifier(
        lambda n, x: n.add("ConvTranspose", x, n.constant(weights.normal(size=(8, 8, 3, 3)).astype(np.float32)), output_shape=[9, 9])
    ),
    "antialiased": classifier(
        lambda n, x: n.add("Resize", x, "", n.floats(1, 1, 0.5, 0.5), mode="linear", antialias=1), opset=18
    ),
    "cubic-inside": classifier(lambda n, x: n.add("Resize", x, "", n.floats(1, 1, 2, 2), mode="cubic", exclude_outside=1)),
    "bytes-subtracted": classifier(
        lambda n, x: n.add(
            "Cast", n.add("Sub", n.add("Cast", x, to=TensorProto.UINT8), n.constant(np.uint8(1))), to=TensorProto.FLOAT
        )
    ),
    "no-axes": classifier(lambda n, x: n.add("ReduceL1", x, noop_with_empty_axes=1), opset=18),
    "wide-mean-over-padding": pool("AveragePool", kernel_shape=[9, 9], strides=[9, 9], count_include_pad=1),
    "wide-for-nothing": pool("AveragePool", kernel_shape=[9, 9]),
    "normalised-over-batch": classifier(lambda n, x: n.add("LayerNormalization", x, n.floats(1), axis=0)),
    "strange": classifier(lambda n, x: n.add("ReorderInput", x, domain="com.microsoft.nchwc")),
    "batch-in-a-shape": classifier(lambda n, x: n.add("Reshape", x, n.constant(np.array([1, 8, 8, 8])))),
    "function-of-another-set": older_function(),
    # Refused because of the results.
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
    model = onnx.load(path(name))
    if name == "equal-names":
        for node in model.graph.node:
            node.name = ""
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    rows = np.concatenate([session.run(["logits"], {"image": image[None]})[0] for image in pixels]).astype(np.float64)
    top = rows.max(axis=1, keepdims=True)
    return (top[:, 0] + np.log(np.exp(rows - top).sum(axis=1))).tolist()


for name, model in (right | refused).items():
    model(name) if callable(model) else onnx.save(model, path(name))
# Drawn last, so that the others keep their weights.
later = {"small-vectors": classifier(short_vectors(2)), "small-vectors-by-sums": classifier(short_vectors(1))}
later_refused = {
    "hidden-root": classifier(lambda n, x: n.add("Relu", n.add("Sqrt", n.add("Sub", n.add("Neg", x), n.floats(1))))),
    "hidden-overflow": classifier(hidden_overflow),
    "other-classes-stated": stating(1000, classifier()),
    "reshaped-to-another-size": classifier(reshaped_twice),
}
for name, model in (later | later_refused).items():
    onnx.save(model, path(name))
right |= later
onnx.save(right["float"], path("float"))
np.save(os.path.join(folder, "images.npy"), images)
# OpenVINO computes these incorrectly, so they are refused with it.
wrong = [
    "int4-weights", "uint4-weights-alone", "float8-weights-alone", "maximum-rounded-up", "p-norm-rounded-up",
    "transposed-same", "transposed-to-a-shape", "antialiased", "cubic-inside", "bytes-subtracted", "no-axes",
]
print(json.dumps({name: energies(name) for name in [*right, *wrong]}))
