"""Writes one small classifier with various outputs and graphs that exporters write, MODEL.onnx each, and
images.npy.

    answer_models.py FOLDER        writes them, and prints the energies of the plain logits for each image
                                   in ONNX Runtime, and the class and confidence of models that output them
    answer_models.py FOLDER check  runs every guarded-MODEL.onnx there in ONNX Runtime, and prints for each
                                   whether the classifier's own outputs equal those of MODEL.onnx to the bit,
                                   and its scores
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
pooled = trunk + [node("GlobalAveragePool", ["r1"], ["pooled"]), node("Flatten", ["pooled"], ["z"])]
head = pooled + [node("Gemm", ["z", "w", "b"], ["logits"])]
softmax = head + [node("Softmax", ["logits"], ["probabilities"])]
kernel = constant("k", np.ascontiguousarray(linear.T)[:, :, None, None])


def output(name, kind=TensorProto.FLOAT, shape=("N", 3)):
    return helper.make_tensor_value_info(name, kind, shape and list(shape))


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

numbers = {"one": 1, "minus-one": -1, "half": 0.5, "two": 2, "zero": 0, "six": 6, "ten": 10, "minus-ten": -10}
stored = [constant(name, np.float32(value)) for name, value in numbers.items()]
stored += [constant(f"at-{index}", np.int64([index])) for index in range(4)]
stored += [
    constant("early", early), constant("column", 2 * linear[:, :1]), constant("wide", weights.normal(size=(8, 5)).astype(np.float32)),
    constant("hidden", weights.normal(size=(8, 16)).astype(np.float32)),
    constant("projection", weights.normal(size=(16, 12)).astype(np.float32)), constant("order", np.int64([2, 0, 1])),
    constant("parts", np.int64([3, 2])), constant("prototypes", weights.normal(size=(1, 3, 8)).astype(np.float32)),
    constant("groups", np.float32([[1, 0], [1, 0], [0, 1]])), constant("four-axes", np.int64([-1, 3, 1, 1])),
    constant("kernel", np.ascontiguousarray(linear.T)[:, :, None, None]),
]


def sigmoid(kind, x, y="p"):
    """The sigmoid of x, written with elementary operators as by some exporters."""
    power = [node("Exp", ["minus"], ["power"]), node("Add", ["one", "power"], ["sum"])]
    negative = [node("Neg", [x], ["minus"])] + power
    half = [node("Mul", [x, "half"], ["h"]), node("Tanh", ["h"], ["t"])]
    return {
        "sigmoid": [node("Sigmoid", [x], [y])],
        "divided": negative + [node("Div", ["one", "sum"], [y])],
        "reciprocal": [node("Mul", ["minus-one", x], ["minus"])] + power + [node("Reciprocal", ["sum"], [y])],
        "power": [node("Sub", ["zero", x], ["minus"])] + power + [node("Pow", ["sum", "minus-one"], [y])],
        "share": [node("Exp", [x], ["power"]), node("Add", ["power", "one"], ["sum"]), node("Div", ["power", "sum"], [y])],
        "tanh": half + [node("Mul", ["t", "half"], ["u"]), node("Add", ["u", "half"], [y])],
        "shifted-tanh": half + [node("Add", ["t", "one"], ["u"]), node("Div", ["u", "two"], [y])],
    }[kind]


def then(op, source, target="out", *further, **attributes):
    return [node(op, [source, *further], [target], **attributes)]


single = pooled + [node("Gemm", ["z", "column"], ["x"])]
complement = [node("Sub", ["one", "p"], ["q"])]
second = head + [node("Gemm", ["z", "early"], ["second"]), node("Softmax", ["second"], ["p2"])]
distances = pooled + [node("Unsqueeze", ["z", "at-1"], ["z3"]), node("Sub", ["z3", "prototypes"], ["d"]),
                      node("ReduceSumSquare", ["d"], ["distances"], axes=[2], keepdims=0)]
deeper = pooled + [node("Gemm", ["z", "hidden"], ["h"]), node("Relu", ["h"], ["hr"]), node("Gemm", ["hr", "projection"], ["e"])]
soft = softmax[:-1] + then("Softmax", "logits", "p")
both = softmax[:-1] + then("Softmax", "logits", "p") + second[len(head):]

# By name: nodes, outputs, and the source of the network's own class and confidence: rows of probabilities, or
# logits of a softmax.
kinds = ["sigmoid", "divided", "reciprocal", "power", "share", "tanh", "shifted-tanh"]
forms = {f"labels-{kind}": (head + sigmoid(kind, "logits"), ["p"], "p") for kind in kinds}
forms |= {f"two-{kind}": (single + sigmoid(kind, "x") + complement + then("Concat", "q", "out", "p", axis=1), ["out"], "out")
          for kind in kinds}
forms |= {
    "two-reversed": (single + sigmoid("sigmoid", "x") + complement + then("Concat", "p", "out", "q", axis=-1), ["x", "out"], "out"),
    "softmax-by-reciprocal": (head + [node("Exp", ["logits"], ["e"]), node("ReduceSum", ["e", "at-1"], ["sum"], keepdims=1),
                                      node("Reciprocal", ["sum"], ["r"]), node("Mul", ["r", "e"], ["out"])], ["out"], "out"),
    "two-stacked": (single + then("Squeeze", "x", "x1", "at-1") + sigmoid("divided", "x1") + complement
                    + then("Unsqueeze", "q", "q2", "at-1") + then("Unsqueeze", "p", "p2", "at-1")
                    + then("Concat", "q2", "out", "p2", axis=1), ["out"], "out"),
    "labels-negated": (head + [node("Exp", ["logits"], ["power"]), node("Add", ["power", "one"], ["sum"]),
                               node("Div", ["one", "sum"], ["out"])], ["out"], "out"),
    "absence": (single + sigmoid("sigmoid", "x") + complement, ["q"], "q"),
    "log-sigmoid": (head + [node("Neg", ["logits"], ["minus"]), node("Softplus", ["minus"], ["s"]), node("Neg", ["s"], ["out"]),
                            node("Exp", ["out"], ["p"])], ["out"], "p"),
    "single-row": (single + then("Squeeze", "x", "x1", "at-1") + then("Sigmoid", "x1"), ["out"], "out"),
    "squeezed": (softmax + then("Squeeze", "probabilities"), ["out"], "probabilities"),
    "compared": (head + then("Greater", "logits", "out", "zero") + sigmoid("sigmoid", "logits"), ["out"], "p"),
    "one-column": (soft + then("Slice", "p", "out", "at-1", "at-2", "at-1"), ["out"], "p"),
    "per-cent": (soft + then("Mul", "ten", "p10", "p") + then("Round", "p10"), ["out"], "p"),
    "nearest": (distances + then("ArgMin", "distances", "out", axis=1) + then("Neg", "distances", "minus")
                + then("Softmax", "minus", "p"), ["distances", "out"], "p"),
    "smallest": (distances + [node("TopK", ["distances", "at-2"], ["out", "index"], axis=1, largest=0)]
                 + then("Neg", "distances", "minus") + then("Softmax", "minus", "p"), ["out"], "p"),
    "clipped-at-ten": (head + then("Clip", "logits", "out", "minus-ten", "ten") + then("Softmax", "out", "p"), ["out"], "p"),
    "clipped-at-six": (head + then("Clip", "logits", "out", "zero", "six") + then("Softmax", "out", "p"), ["out"], "p"),
    "split": (pooled + [node("Gemm", ["z", "wide"], ["l5"]), node("Split", ["l5", "parts"], ["out", "other"], axis=1)]
              + then("Softmax", "out", "p"), ["out", "other"], "p"),
    "projected": (deeper + head[-1:] + then("Softmax", "logits", "p"), ["e", "logits"], "p"),
    "projected-softmax": (deeper + head[-1:] + then("Softmax", "logits", "y"), ["e", "y"], "y"),
    "beside-one-logit": (single + then("Gemm", "z", "y", "w", "b") + then("Softmax", "y", "p"), ["x", "y"], "p"),
}
of_other_types = {("compared", "out"): TensorProto.BOOL, ("nearest", "out"): TensorProto.INT64}
for name, (nodes, outputs, answer) in forms.items():
    wanted = [output(tensor, of_other_types.get((name, tensor), TensorProto.FLOAT), None) for tensor in outputs]
    needed, kept = set(outputs), []
    for step in reversed(nodes):
        if needed & set(step.output):
            needed |= set(step.input)
            kept.insert(0, step)
    models[name] = model(kept, wanted, stored)

# No tensor of these contains the logits, or none that can be identified.
refused = {
    **{op.lower(): (head + then(op, "logits"), op) for op in ["HardSigmoid", "Tanh", "Softplus", "Softsign", "Exp"]},
    "unit-interval": (head + then("Clip", "logits", "out", "zero", "one"), "Clip"),
    "without-background": (soft + then("Slice", "p", "out", "at-1", "at-3", "at-1"), "Softmax"),
    "reordered": (soft + then("Gather", "p", "out", "order", axis=1), "Softmax"),
    "reversed": (soft + complement + then("Identity", "q"), "Softmax"),
    "negated": (soft + then("Mul", "p", "out", "minus-one"), "Softmax"),
    "surprise": (head + then("LogSoftmax", "logits", "l") + then("Neg", "l"), "LogSoftmax"),
    "scaled-by-class": (soft + then("Mul", "p", "out", "b"), "Softmax"),
    "averaged": (both + then("Add", "p", "a", "p2") + then("Div", "a", "out", "two"), "Softmax"),
    "side-by-side": (both + then("Concat", "p", "out", "p2", axis=1), "Softmax"),
    "grouped": (soft + then("MatMul", "p", "out", "groups"), "Softmax"),
    "product": (both + then("Mul", "p", "out", "p2"), "Softmax"),
    "averaged-sigmoids": (trunk + then("Conv", "r1", "k", "kernel") + then("Sigmoid", "k", "s")
                          + then("GlobalAveragePool", "s", "g") + then("Flatten", "g"), "Sigmoid"),
    "evidence": (head + then("Softplus", "logits", "e") + then("Add", "e", "a", "one")
                 + then("ReduceSum", "a", "sum", "at-1") + then("Div", "a", "out", "sum"), "Div"),
    "normalised": (soft + then("LayerNormalization", "p", "out", "b", axis=1), "Softmax"),
    "embedding": (pooled + [node("LpNormalization", ["z"], ["out"], axis=1)], "LpNormalization"),
    "counted": (head + sigmoid("sigmoid", "logits") + then("Greater", "p", "g", "half") + then("Cast", "g", "f", to=1)
                + then("ReduceSum", "f", "out", "at-1", keepdims=0), "Greater"),
    "of-scikit-learn": (pooled + [node("LinearClassifier", ["z"], ["class", "out"], domain="ai.onnx.ml",
                                       coefficients=linear.T.ravel().tolist(), classlabels_ints=[0, 1, 2])], "LinearClassifier"),
    "over-the-batch": (head + then("Softmax", "logits", axis=0), "axis 0"),
    "over-one-value": (head + then("Reshape", "logits", "l4", "four-axes") + then("Softmax", "l4"), "axis 3"),
    "labels-side-by-side": (head + sigmoid("sigmoid", "logits") + complement + then("Concat", "q", "out", "p", axis=1),
                            "computed from 'logits'"),
}
for name, (nodes, _) in refused.items():
    models["refused-" + name] = model(nodes, [output("out", shape=None)], stored)

# A bias after a quantised product, and a softmax of sigmoids: the logits follow from the output.
steps = [constant("scale", np.float32(0.05)), constant("zero", np.int8(0))]


def quantised(tensor):
    return [node("QuantizeLinear", [tensor, "scale", "zero"], [tensor + "q"]),
            node("DequantizeLinear", [tensor + "q", "scale", "zero"], [tensor + "d"])]


product = pooled + [node("MatMul", ["z", "w"], ["product"])]
models["quantised-bias"] = model(
    product + quantised("product") + [node("Add", ["productd", "b"], ["sum"])] + quantised("sum")
    + [node("Identity", ["sumd"], ["out"])], [output("out", shape=("N", "classes"))], steps)
models["softmax-of-sigmoid"] = model(
    head + [node("Sigmoid", ["logits"], ["out"]), node("Softmax", ["out"], ["answer"])], [output("answer")])


def run(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(path, options)
    return {o.name: value for o, value in zip(session.get_outputs(), session.run(None, {"image": pixels}))}


def same(first, second):
    return first.tobytes() == second.tobytes() if isinstance(first, np.ndarray) else first == second


def told(name, path, outputs):
    """Compares the result of Examples/python for a guarded model's outputs: "right", "wrong", or nothing."""
    facts = json.loads({p.key: p.value for p in onnx.load(path).metadata_props}["oddity"])
    lines = list(score_guarded.describe({name: np.asarray(value) for name, value in outputs.items()}, facts))
    if all(line["class"] is None and line["confidence"] is None for line in lines):
        return None
    logits = run(os.path.join(folder, "plain.onnx"))["logits"].astype(np.float64)
    shares = outputs["out"] if name.startswith("two") else np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    same_classes = [line["class"] for line in lines] == shares.argmax(1).tolist()
    return "right" if same_classes and np.allclose([line["confidence"] for line in lines], shares.max(1), atol=1e-5) else "wrong"


if sys.argv[2:] == ["check"]:
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Examples/python"))
    import score_guarded

    answers = {}
    for path in sorted(glob.glob(os.path.join(folder, "guarded-*.onnx"))):
        name = os.path.basename(path)[len("guarded-"):-len(".onnx")]
        plain, guarded = run(os.path.join(folder, name + ".onnx")), run(path)
        kept = all(same(value, guarded[output]) for output, value in plain.items())
        answers[name] = {"keepsOutputs": kept, "scores": guarded["ood_score"].tolist(), "tellsClass": told(name, path, guarded)}
    print(json.dumps(answers))
else:
    for name, made in models.items():
        onnx.save(made, os.path.join(folder, name + ".onnx"))
    np.save(os.path.join(folder, "images.npy"), images)
    rows = run(os.path.join(folder, "plain.onnx"))["logits"].astype(np.float64)
    values = run(os.path.join(folder, "two-reversed.onnx"))["x"].astype(np.float64)[:, 0]
    answers = {}
    for name, (nodes, outputs, answer) in forms.items():
        path = os.path.join(folder, name + "-answer.onnx")
        onnx.save(model(nodes, [output(answer, shape=None)], stored), path)
        given = run(path)[answer].reshape(len(pixels), -1)
        answers[name] = {"classes": given.argmax(axis=1).tolist(), "confidences": given.max(axis=1).tolist()}
    print(json.dumps({
        "energies": np.log(np.exp(rows).sum(axis=1)).tolist(),
        "twoClassEnergies": np.logaddexp(-values / 2, values / 2).tolist(), "answers": answers,
        "refused": {"refused-" + name: sign for name, (_, sign) in refused.items()},
    }))
