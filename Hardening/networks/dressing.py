"""Equivalent forms of a network: precisions, functions, branches, files, and leftovers of exporters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from .builder import Builder


@dataclass
class Dressed:
    content: bytes
    files: dict[str, bytes] = field(default_factory=dict)
    story: str = "plain"
    precision: str = "float32"


def dress(model: onnx.ModelProto, b: Builder, images: np.ndarray) -> Dressed:
    done: list[str] = []
    precision = "float32"
    for share, dressing in DRESSINGS:
        if b.chance(share):
            dressing(model, b)
            done.append(dressing.__name__)
    if b.chance(0.08):
        half(model, b)
        precision = "float16"
    elif b.opset >= 10 and b.chance(0.1):
        quantised(model, b, images)
        precision = "int8"
    files = externalised(model) if b.chance(0.06) else {}
    done += [precision] if precision != "float32" else []
    done += ["external data"] if files else []
    return Dressed(model.SerializeToString(), files, ", ".join(done) or "plain", precision)


def float_places(model: onnx.ModelProto) -> list[int]:
    """The positions of nodes that compute one float tensor from a float tensor, and do not compute shapes."""
    kinds = ("Conv", "Relu", "Add", "Mul", "MatMul", "Gemm", "BatchNormalization", "Sigmoid", "Concat")
    return [place for place, node in enumerate(model.graph.node) if node.op_type in kinds]


def insert_behind(
    model: onnx.ModelProto, place: int, make: Callable[[str, str], list[onnx.NodeProto]]
) -> None:
    """Inserts nodes behind a node's output. The readers of the output then read the output of the new nodes."""
    node = model.graph.node[place]
    name = node.output[0]
    inner = f"{name}_before"
    node.output[0] = inner
    for offset, made in enumerate(make(inner, name)):
        model.graph.node.insert(place + 1 + offset, made)


def one_place(model: onnx.ModelProto, b: Builder) -> int | None:
    places = float_places(model)
    return int(places[int(b.draws.integers(len(places)))]) if places else None


def identities(model: onnx.ModelProto, b: Builder) -> None:
    def make(inner: str, outer: str) -> list[onnx.NodeProto]:
        middle = f"{inner}_copy"
        return [
            helper.make_node("Identity", [inner], [middle]),
            helper.make_node("Identity", [middle], [outer]),
        ]

    if (place := one_place(model, b)) is not None:
        insert_behind(model, place, make)


def casts(model: onnx.ModelProto, b: Builder) -> None:
    def make(inner: str, outer: str) -> list[onnx.NodeProto]:
        middle = f"{inner}_wide"
        return [
            helper.make_node("Cast", [inner], [middle], to=TensorProto.DOUBLE),
            helper.make_node("Cast", [middle], [outer], to=TensorProto.FLOAT),
        ]

    if (place := one_place(model, b)) is not None:
        insert_behind(model, place, make)


def dropouts(model: onnx.ModelProto, b: Builder) -> None:
    if (place := one_place(model, b)) is not None:
        insert_behind(model, place, lambda inner, outer: [helper.make_node("Dropout", [inner], [outer])])


def dead_branches(model: onnx.ModelProto, b: Builder) -> None:
    if (place := one_place(model, b)) is not None:
        name = model.graph.node[place].output[0]
        model.graph.node.insert(place + 1, helper.make_node("Exp", [name], [f"{name}_dead"]))
        model.graph.node.insert(place + 2, helper.make_node("Neg", [f"{name}_dead"], [f"{name}_deader"]))


def constant_nodes(model: onnx.ModelProto, b: Builder) -> None:
    """Converts some initialisers into Constant nodes."""
    kept = []
    for tensor in list(model.graph.initializer):
        if b.chance(0.6):
            model.graph.node.insert(0, helper.make_node("Constant", [], [tensor.name], value=tensor))
        else:
            kept.append(tensor)
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)


def shared_weights(model: onnx.ModelProto, b: Builder) -> None:
    """Merges weights of equal shape into one tensor."""
    first: dict[tuple[int, ...], str] = {}
    others: dict[str, str] = {}
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or len(tensor.dims) < 2:
            continue
        shape = tuple(tensor.dims)
        if shape in first:
            others[tensor.name] = first[shape]
        else:
            first[shape] = tensor.name
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = others.get(name, name)


def old_inputs(model: onnx.ModelProto, b: Builder) -> None:
    """Lists initialisers among the inputs, as before IR version 4."""
    for tensor in model.graph.initializer:
        value = helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims))
        model.graph.input.append(value)
    if b.chance(0.5):
        model.ir_version = 3


def constant_branches(model: onnx.ModelProto, b: Builder) -> None:
    """Inserts an If whose condition is constant, and which only passes its input on."""

    def make(inner: str, outer: str) -> list[onnx.NodeProto]:
        branches = []
        for kind, op in (("then", "Identity"), ("else", "Neg")):
            value = helper.make_tensor_value_info(f"{outer}_{kind}", TensorProto.FLOAT, None)
            node = helper.make_node(op, [inner], [f"{outer}_{kind}"])
            branches.append(helper.make_graph([node], kind, [], [value]))
        condition = helper.make_tensor(f"{outer}_condition", TensorProto.BOOL, [], [True])
        model.graph.initializer.append(condition)
        both = {"then_branch": branches[0], "else_branch": branches[1]}
        return [helper.make_node("If", [condition.name], [outer], **both)]

    if (place := one_place(model, b)) is not None:
        insert_behind(model, place, make)


def constant_loops(model: onnx.ModelProto, b: Builder) -> None:
    """Inserts a Loop of two rounds that adds a small number each time."""

    def make(inner: str, outer: str) -> list[onnx.NodeProto]:
        made = [
            helper.make_node("Identity", ["going"], ["still"]),
            helper.make_node("Mul", ["carried", f"{outer}_factor"], ["next"]),
        ]
        floats, truth = TensorProto.FLOAT, TensorProto.BOOL
        inputs = [
            helper.make_tensor_value_info("round", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", truth, []),
            helper.make_tensor_value_info("carried", floats, None),
        ]
        outputs = [
            helper.make_tensor_value_info("still", truth, []),
            helper.make_tensor_value_info("next", floats, None),
        ]
        body = helper.make_graph(made, "body", inputs, outputs)
        model.graph.initializer.extend(
            [
                helper.make_tensor(f"{outer}_rounds", TensorProto.INT64, [], [2]),
                helper.make_tensor(f"{outer}_going", truth, [], [True]),
                helper.make_tensor(f"{outer}_factor", floats, [], [0.9]),
            ]
        )
        return [helper.make_node("Loop", [f"{outer}_rounds", f"{outer}_going", inner], [outer], body=body)]

    if (place := one_place(model, b)) is not None:
        insert_behind(model, place, make)


def functions(model: onnx.ModelProto, b: Builder) -> None:
    """Converts a Relu or Sigmoid into a call of a function in the file. Some functions call another one."""
    version = model.opset_import[0].version
    own = [helper.make_opsetid("", version)]
    nested = b.chance(0.4)
    for node in model.graph.node:
        if node.op_type in ("Relu", "Sigmoid") and not node.domain:
            node.domain, node.op_type = "own", f"My{node.op_type}"
    for kind in ("Relu", "Sigmoid"):
        if not any(node.op_type == f"My{kind}" for node in model.graph.node):
            continue
        inner = helper.make_node(f"Inner{kind}", ["x"], ["y"], domain="own") if nested else None
        body = [inner or helper.make_node(kind, ["x"], ["y"])]
        imports = [*own, helper.make_opsetid("own", 1)]
        model.functions.append(helper.make_function("own", f"My{kind}", ["x"], ["y"], body, imports))
        if nested:
            body = [helper.make_node(kind, ["x"], ["y"])]
            model.functions.append(helper.make_function("own", f"Inner{kind}", ["x"], ["y"], body, own))
    if model.functions:
        model.opset_import.append(helper.make_opsetid("own", 1))
        model.ir_version = max(model.ir_version, 8)


def inferred_shapes(model: onnx.ModelProto, b: Builder) -> None:
    inferred = onnx.shape_inference.infer_shapes(model)
    model.graph.value_info.extend(inferred.graph.value_info)


def nameless_nodes(model: onnx.ModelProto, b: Builder) -> None:
    for node in model.graph.node:
        node.name = ""


def unsorted_nodes(model: onnx.ModelProto, b: Builder) -> None:
    """Changes the order of nodes. ONNX requires topological order, but ONNX Runtime accepts any order."""
    nodes = list(model.graph.node)
    order = b.draws.permutation(len(nodes))
    del model.graph.node[:]
    model.graph.node.extend(nodes[place] for place in order)


def half(model: onnx.ModelProto, b: Builder) -> None:
    graph = model.graph
    sizes = {node.input[2] for node in graph.node if node.op_type == "Resize" and len(node.input) > 2}
    for tensor in graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and tensor.name not in sizes:
            tensor.CopyFrom(
                numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name)
            )
    for value in [*graph.input, *graph.output, *graph.value_info]:
        if value.type.tensor_type.elem_type == TensorProto.FLOAT:
            value.type.tensor_type.elem_type = TensorProto.FLOAT16
    for node in graph.node:
        if node.op_type == "Celu":
            node.op_type = "Elu"
        # In half precision, scales that constant_nodes has moved are float32 too.
        if not sizes.intersection(node.output):
            halve_attributes(node)


def halve_attributes(node: onnx.NodeProto) -> None:
    for attribute in node.attribute:
        if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT:
            attribute.i = TensorProto.FLOAT16
        if attribute.t.data_type == TensorProto.FLOAT:
            values = numpy_helper.to_array(attribute.t).astype(np.float16)
            attribute.t.CopyFrom(numpy_helper.from_array(values, attribute.t.name))
        for inner in [*attribute.g.input, *attribute.g.output]:
            if inner.type.tensor_type.elem_type == TensorProto.FLOAT:
                inner.type.tensor_type.elem_type = TensorProto.FLOAT16


def quantised(model: onnx.ModelProto, b: Builder, images: np.ndarray) -> None:
    """QDQ: int8 weights and 8-bit inputs of convolutions, with scales from a run on some images."""
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    layers = [node for node in model.graph.node if node.op_type == "Conv" and node.input[1] in stored]
    ranges = largest_values(model, sorted({node.input[0] for node in layers}), images)
    for node in layers:
        place = list(model.graph.node).index(node)
        if node.input[0] in ranges:
            place += quantise_activation(model, node, place, ranges[node.input[0]])
        quantise_weight(model, node, place, stored[node.input[1]], b)


def largest_values(model: onnx.ModelProto, names: list[str], images: np.ndarray) -> dict[str, float]:
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    present = {node_output for node in probe.graph.node for node_output in node.output}
    names = [name for name in names if name in present]
    if not names:
        return {}
    del probe.graph.output[:]
    probe.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    session = onnxruntime.InferenceSession(probe.SerializeToString(), quiet(), ["CPUExecutionProvider"])
    values = session.run(None, {"input": images})
    return {name: float(np.abs(value).max()) + 1e-3 for name, value in zip(names, values, strict=True)}


def quiet() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    return options


def quantise_activation(model: onnx.ModelProto, node: onnx.NodeProto, place: int, largest: float) -> int:
    name = node.input[0]
    key = f"{name}_{node.output[0]}"
    model.graph.initializer.extend(
        [
            helper.make_tensor(f"{key}_scale", TensorProto.FLOAT, [], [largest / 127]),
            helper.make_tensor(f"{key}_zero", TensorProto.UINT8, [], [128]),
        ]
    )
    parts = [f"{key}_scale", f"{key}_zero"]
    model.graph.node.insert(place, helper.make_node("QuantizeLinear", [name, *parts], [f"{key}_q"]))
    model.graph.node.insert(
        place + 1, helper.make_node("DequantizeLinear", [f"{key}_q", *parts], [f"{key}_dq"])
    )
    node.input[0] = f"{key}_dq"
    return 2


def quantise_weight(
    model: onnx.ModelProto, node: onnx.NodeProto, place: int, tensor: onnx.TensorProto, b: Builder
) -> None:
    values, key = numpy_helper.to_array(tensor), f"{tensor.name}_{node.output[0]}"
    by_channel = model.opset_import[0].version >= 13 and b.chance(0.6)
    axes = tuple(range(1, values.ndim)) if by_channel else None
    scale = np.maximum(np.abs(values).max(axis=axes), 1e-6).astype(np.float32) / 127
    spread = scale.reshape(-1, *[1] * (values.ndim - 1)) if by_channel else scale
    steps = np.clip(np.rint(values / spread), -127, 127).astype(np.int8)
    model.graph.initializer.extend(
        [
            numpy_helper.from_array(steps, f"{key}_q"),
            numpy_helper.from_array(np.asarray(scale, np.float32), f"{key}_scale"),
            numpy_helper.from_array(np.zeros(np.shape(scale), np.int8), f"{key}_zero"),
        ]
    )
    attributes = {"axis": 0} if by_channel else {}
    inputs = [f"{key}_q", f"{key}_scale", f"{key}_zero"]
    model.graph.node.insert(place, helper.make_node("DequantizeLinear", inputs, [f"{key}_dq"], **attributes))
    node.input[1] = f"{key}_dq"


def externalised(model: onnx.ModelProto) -> dict[str, bytes]:
    """Moves weights to a file beside the model."""
    data = b""
    for tensor in model.graph.initializer:
        if len(tensor.raw_data) < 64 or tensor.data_type != TensorProto.FLOAT:
            continue
        places = {"location": "weights.bin", "offset": str(len(data)), "length": str(len(tensor.raw_data))}
        data += tensor.raw_data + bytes(-len(tensor.raw_data) % 64)
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in places.items():
            tensor.external_data.add(key=key, value=value)
    return {"weights.bin": data} if data else {}


DRESSINGS: tuple[tuple[float, Callable[[onnx.ModelProto, Builder], None]], ...] = (
    (0.12, shared_weights),
    (0.15, identities),
    (0.06, casts),
    (0.10, dropouts),
    (0.12, dead_branches),
    (0.05, constant_branches),
    (0.03, constant_loops),
    (0.12, constant_nodes),
    (0.08, old_inputs),
    (0.10, functions),
    (0.10, inferred_shapes),
    (0.10, nameless_nodes),
    (0.05, unsorted_nodes),
)
