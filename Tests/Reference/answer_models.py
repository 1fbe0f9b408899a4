"""Writes one small classifier with the answers and graphs that exporters make of it, MODEL.onnx each, and images.npy.

    answer_models.py FOLDER        writes them, and prints the energies of the plain logits by ONNX Runtime, image by image
    answer_models.py FOLDER check  runs every guarded-MODEL.onnx there in ONNX Runtime: prints for each whether the classifier's
                                   own outputs are those of MODEL.onnx, bit for bit, and its scores
"""

import glob
import json
import os
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

folder = sys.argv[1]
classes = ["ant", "bee's", "cat"]
weights = np.random.default_rng(5)
random = np.random.default_rng(6)
images = (random.random((60, 1, 1, 3)) * random.integers(0, 256, size=(60, 8, 8, 3))).astype(np.uint8)
pixels = (images.astype(np.float32) / 255).transpose(0, 3, 1, 2)


def constant(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


convolutions = [
    constant(f"w{i}", (weights.normal(size=(8, c, 3, 3)) * np.sqrt(2 / (9 * c))).astype(np.float32))
    for i, c in enumerate((3, 8))
]
linear = weights.normal(size=(8, 3)).astype(np.float32)
early = weights.normal(size=(8, 3)).astype(np.float32)
constants = convolutions + [constant("w", linear), constant("b", np.float32([0.1, 0.2, 0.3]))]
node = helper.make_node
trunk = [
    node("Conv", ["image", "w0"], ["c0"], pads=[1] * 4),
    node("Relu", ["c0"], ["r0"]),
    node("Conv", ["r0", "w1"], ["c1"], pads=[1] * 4),
    node("Relu", ["c1"], ["r1"]),
]
pooled = trunk + [node("GlobalAveragePool", ["r1"], ["p"]), node("Flatten", ["p"], ["z"])]
head = pooled + [node("Gemm", ["z", "w", "b"], ["logits"])]
softmax = head + [node("Softmax", ["logits"], ["probabilities"])]
kernel = constant("k", np.ascontiguousarray(linear.T)[:, :, None, None])


def output(name, kind=TensorProto.FLOAT, shape=("N", 3)):
    return helper.make_tensor_value_info(name, kind, list(shape))


def model(nodes, outputs, extra=(), **properties):
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, 8, 8])], outputs,
        constants + list(extra),
    )
    sets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    made = helper.make_model(graph, opset_imports=sets, ir_version=8)
    helper.set_model_props(made, properties)
    return made


zipmap = helper.make_tensor_type_proto(TensorProto.FLOAT, [])
zipmap = helper.make_sequence_type_proto(helper.make_map_type_proto(TensorProto.STRING, zipmap))
of_image = ["N", 3, 1, 1]
models = {
    "plain": model(head, [output("logits")]),
    "topk": model(
        softmax + [node("TopK", ["probabilities", "two"], ["values", "indices"])],
        [output("values", shape=("N", 2)), output("indices", TensorProto.INT64, ("N", 2))],
        [constant("two", np.int64([2]))],
    ),
    "argmax": model(
        head + [node("ArgMax", ["logits"], ["class"], axis=1, keepdims=0)],
        [output("class", TensorProto.INT64, ("N",))],
    ),
    "zipmap": model(
        softmax + [node("ZipMap", ["probabilities"], ["loss"], domain="ai.onnx.ml", classlabels_strings=classes)],
        [helper.make_value_info("loss", zipmap)],
    ),
    "four-dimensions": model(
        trunk + [node("GlobalAveragePool", ["r1"], ["p"]), node("Conv", ["p", "k", "b"], ["logits"])],
        [output("logits", shape=of_image)], [kernel],
    ),
    "four-dimensions-softmax": model(
        head + [node("Reshape", ["logits", "four"], ["l4"]), node("Softmax", ["l4"], ["out"], axis=1)],
        [output("out", shape=of_image)], [constant("four", np.int64([-1, 3, 1, 1]))],
    ),
    "double": model(
        head + [node("Cast", ["logits"], ["out"], to=TensorProto.DOUBLE)], [output("out", TensorProto.DOUBLE)]
    ),
    "final-relu": model(head + [node("Relu", ["logits"], ["out"])], [output("out")]),
    "early-exit-last": model(
        head + [node("GlobalAveragePool", ["r0"], ["p0"]), node("Flatten", ["p0"], ["z0"]),
                node("Gemm", ["z0", "early"], ["exit"])],
        [output("exit"), output("logits")], [constant("early", early)],
    ),
    "unsorted": model(head[::-1], [output("logits")]),
    "names": model(head, [output("logits")], names=str(dict(enumerate(classes)))),
    "names-that-do-not-fit": model(head, [output("logits")], names="{0: 'ant', 1: 'bee'}"),
}

# A bias behind a quantised product, a background class dropped, classes in another order: the logits are what the output says.
steps = [constant("scale", np.float32(0.05)), constant("zero", np.int8(0))]


def quantised(tensor):
    return [node("QuantizeLinear", [tensor, "scale", "zero"], [tensor + "q"]),
            node("DequantizeLinear", [tensor + "q", "scale", "zero"], [tensor + "d"])]


product = pooled + [node("MatMul", ["z", "w"], ["product"])]
own = {
    "quantised-bias": (product + quantised("product") + [node("Add", ["productd", "b"], ["sum"])] + quantised("sum")
                       + [node("Identity", ["sumd"], ["out"])], steps),
    "without-background": (softmax + [node("Slice", ["probabilities", "one", "three", "one"], ["out"])],
                           [constant("one", np.int64([1])), constant("three", np.int64([3]))]),
    "reordered": (softmax + [node("Gather", ["probabilities", "order"], ["out"], axis=1)],
                  [constant("order", np.int64([2, 0, 1]))]),
    "reversed": (softmax + [node("Sub", ["number", "probabilities"], ["out"])], [constant("number", np.float32([1]))]),
    "scaled-by-class": (softmax + [node("Mul", ["probabilities", "b"], ["out"])], []),
    "softmax-of-sigmoid": (head + [node("Sigmoid", ["logits"], ["out"]), node("Softmax", ["out"], ["answer"])], []),
}
for name, (nodes, extra) in own.items():
    outputs = [output("answer" if name == "softmax-of-sigmoid" else "out", shape=("N", "classes"))]
    models[name] = model(nodes, outputs, extra)


def run(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(path, options)
    return {o.name: value for o, value in zip(session.get_outputs(), session.run(None, {"image": pixels}))}


def same(first, second):
    return first.tobytes() == second.tobytes() if isinstance(first, np.ndarray) else first == second


if sys.argv[2:] == ["check"]:
    answers = {}
    for path in sorted(glob.glob(os.path.join(folder, "guarded-*.onnx"))):
        name = os.path.basename(path)[len("guarded-"):-len(".onnx")]
        plain, guarded = run(os.path.join(folder, name + ".onnx")), run(path)
        kept = all(same(value, guarded[output]) for output, value in plain.items())
        answers[name] = {"keepsOutputs": kept, "scores": guarded["ood_score"].tolist()}
    print(json.dumps(answers))
else:
    for name, made in models.items():
        onnx.save(made, os.path.join(folder, name + ".onnx"))
    np.save(os.path.join(folder, "images.npy"), images)
    rows = run(os.path.join(folder, "plain.onnx"))["logits"].astype(np.float64)
    print(json.dumps(np.log(np.exp(rows).sum(axis=1)).tolist()))
