"""Small models of operator sets 7 to 10, one operator each, and whether copies with a newer set give the same
results.

usage: old_sets.py make FOLDER       writes NAME.onnx, and prints the names
       old_sets.py compare FOLDER    prints the names of models whose NAME.raised.onnx differs in any bit
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

X = np.random.default_rng(0).normal(0, 3, (2, 4, 6, 6)).astype(np.float32)


def constant(name, values, kind):
    return numpy_helper.from_array(np.array(values, kind), name)


def lists(**values):
    return [constant(name, value, np.int64) for name, value in values.items()]


def batch_norm(**attributes):
    four = [constant(name, [0.5, 1, 1.5, 2], np.float32) for name in ("scale", "shift", "mean", "var")]
    return "BatchNormalization", ["x", "scale", "shift", "mean", "var"], four, attributes


def resize(mode, *scales):
    return "Resize", ["x", "scales"], [constant("scales", [1, 1, *scales], np.float32)], {"mode": mode}


def scatter():
    indices = constant("indices", np.zeros((1, 4, 6, 6)), np.int64)
    return "Scatter", ["x", "indices", "updates"], [indices, constant("updates", np.ones((1, 4, 6, 6)), np.float32)], {"axis": 0}


# Operator, inputs, constants, attributes, and the sets that have this form.
CASES = {
    "clip": (("Clip", ["x"], [], {"min": -0.5, "max": 1.25}), range(7, 11)),
    "clip-below": (("Clip", ["x"], [], {"min": 0.25}), range(7, 11)),
    "clip-above": (("Clip", ["x"], [], {"max": 0.75}), range(7, 11)),
    "clip-nothing": (("Clip", ["x"], [], {}), range(7, 11)),
    "pad": (("Pad", ["x"], [], {"pads": [0, 0, 1, 2, 0, 0, 3, 0], "value": 1.5}), range(7, 11)),
    "pad-cropping": (("Pad", ["x"], [], {"pads": [0, 0, -1, 2, 0, 0, 3, -2]}), range(7, 11)),
    "pad-reflecting": (("Pad", ["x"], [], {"pads": [0, 0, 1, 2, 0, 0, 3, 0], "mode": "reflect"}), range(7, 11)),
    "batch-norm": (batch_norm(spatial=1, epsilon=0.01), range(7, 9)),
    "batch-norm-new": (batch_norm(epsilon=0.01), range(7, 11)),
    "slice": (("Slice", ["x"], [], {"starts": [1, -4], "ends": [1000, -1], "axes": [1, 3]}), range(7, 10)),
    "slice-first-axes": (("Slice", ["x"], [], {"starts": [0, 1], "ends": [1, 3]}), range(7, 10)),
    "slice-whole-axes": (("Slice", ["x"], [], {"starts": [0, 1], "ends": [2**31 - 1, -1], "axes": [0, 2]}), [7, 9]),
    "slice-nothing": (("Slice", ["x"], [], {"starts": [0, 0], "ends": [2**31 - 1, 2**31 - 1]}), [9]),
    "slice-new": (("Slice", ["x", "starts", "ends"], lists(starts=[0, 1], ends=[1, 3]), {}), [10]),
    "top-k": (("TopK", ["x"], [], {"k": 3, "axis": 1}), range(7, 10)),
    "top-k-last": (("TopK", ["x"], [], {"k": 2}), range(7, 10)),
    "top-k-new": (("TopK", ["x", "k"], lists(k=[2]), {"axis": 2}), [10]),
    "scatter": (scatter(), [9, 10]),
    "upsample": (("Upsample", ["x"], [], {"scales": [1.0, 1.0, 2.0, 3.0]}), [7, 8]),
    "upsample-linear": (("Upsample", ["x"], [], {"scales": [1.0, 1.0, 2.0, 2.0], "mode": "linear"}), [7, 8]),
    "upsample-9": (("Upsample", ["x", "scales"], [constant("scales", [1, 1, 1.5, 2], np.float32)], {}), [9]),
    "resize-larger": (resize("nearest", 2.5, 1.3), [10]),
    "resize-smaller": (resize("nearest", 0.4, 0.7), [10]),
    "resize-larger-and-smaller": (resize("nearest", 2.5, 0.4), [10]),
    "resize-linear": (resize("linear", 2, 0.5), [10]),
    "image-scaler": (("ImageScaler", ["x"], [], {"scale": 0.3, "bias": [0.1, -0.2, 0.3, 1e-3]}), [7, 9]),
    "affine": (("Affine", ["x"], [], {"alpha": 0.7, "beta": 0.1}), [7, 9]),
    "dropout": (("Dropout", ["x"], [], {"ratio": 0.5}), range(7, 11)),
    "softmax": (("Softmax", ["x"], [], {}), range(7, 11)),
    "average": (("AveragePool", ["x"], [], {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [2, 2]}), range(7, 11)),
}  # fmt: skip


def model(op, inputs, constants, attributes, opset, kind=np.float32, inside=False, behind=None, mask=False):
    """One node. `inside` puts it into both branches of an If, and `behind` after another node that computes
    one of its inputs, or with a `mask`."""
    outputs = ["y", "indices_out"] if op == "TopK" else ["y"]
    node = helper.make_node(op, inputs, outputs, **attributes)
    element = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
    declared = [helper.make_tensor_value_info("y", element, ["A", "B", "C", "D"])]
    nodes = [node]
    if behind:
        kind_before, position = behind
        nodes.insert(0, helper.make_node(kind_before, [inputs[position]], ["before"]))
        node.input[position] = "before"
    known = []
    if mask:
        node.output.append("mask")
        known = [helper.make_tensor_value_info("mask", element if opset < 10 else TensorProto.BOOL, ["A", "B", "C", "D"])]
    if inside:
        constants = [*constants, constant("condition", True, np.bool_)]
        branch = helper.make_graph(nodes, "branch", [], declared)
        nodes = [helper.make_node("If", ["condition"], ["y"], then_branch=branch, else_branch=branch)]
    elif op == "TopK":
        declared.append(helper.make_tensor_value_info("indices_out", TensorProto.INT64, ["A", "B", "C", "D"]))
    images = [helper.make_tensor_value_info("x", element, ["N", 4, 6, 6])]
    version = 3 if opset < 9 else 4
    if version < 4:
        images += [helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)) for tensor in constants]
    graph = helper.make_graph(nodes, "graph", images, declared, constants, value_info=known)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=version)
    return made


def models():
    for name, (case, sets) in CASES.items():
        for opset in sets:
            yield f"{name}-{opset}", model(*case, opset)
    for opset in (7, 10):
        yield f"inside-clip-{opset}", model(*CASES["clip"][0], opset, inside=True)
        yield f"inside-pad-{opset}", model(*CASES["pad"][0], opset, inside=True)
    yield "resize-computed-10", model(*resize("nearest", 1.7, 0.6), 10, behind=("Identity", 1))
    yield "double-pad-9", model(*CASES["pad"][0], 9, kind=np.float64)
    for opset in (7, 10):
        yield f"dropout-mask-{opset}", model(*CASES["dropout"][0], opset, mask=True)
    yield "half-clip-behind-9", model(*CASES["clip"][0], 9, kind=np.float16, behind=("Neg", 0))
    yield "half-clip-inside-9", model(*CASES["clip"][0], 9, kind=np.float16, inside=True, behind=("Neg", 0))
    yield "half-clip-9", model(*CASES["clip"][0], 9, kind=np.float16)
    yield "half-pad-10", model(*CASES["pad"][0], 10, kind=np.float16)


def outputs(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    kind = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64}[session.get_inputs()[0].type]
    return session.run(None, {"x": X.astype(kind)})


def equals(folder, name):
    raised = folder / f"{name}.raised.onnx"
    onnx.checker.check_model(str(raised), full_check=True)
    pairs = zip(outputs(folder / f"{name}.onnx"), outputs(raised), strict=True)
    return all(np.array_equal(before, after) for before, after in pairs)


def main():
    action, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    if action == "make":
        made = dict(models())
        for name, proto in made.items():
            onnx.save(proto, folder / f"{name}.onnx")
        print(json.dumps(list(made)))
    else:
        names = [path.name.removesuffix(".raised.onnx") for path in sorted(folder.glob("*.raised.onnx"))]
        print(json.dumps({name: equals(folder, name) for name in names}))


main()
