"""Damaged and altered networks, as from a faulty exporter, a faulty disk or an attacker."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .generator import Case

Draws = np.random.Generator
OPERATORS = (
    "Relu", "Sigmoid", "Tanh", "Neg", "Abs", "Exp", "Log", "Sqrt", "Softmax", "Identity", "Conv", "MatMul", "Add", "Mul", "Div",
    "GlobalAveragePool", "MaxPool", "Flatten", "Transpose", "ReduceMean", "Shape", "NoSuchOperator", "Round", "Not", "Loop",
    "RandomNormalLike", "CumSum", "TopK", "Hardmax", "NonZero",
)  # fmt: skip
NAMES = (
    "",
    "a b",
    "Ω\u202e",
    "\n",
    "../../x",
    "%s%n",
    "x" * 5000,
    "ood_score",
    "ood_p_value",
    "'",
    '"',
    "\x00",
    "input",
)
ODD_NUMBERS = (0, -1, 1, 2, 3, 7, 64, 2**31 - 1, 2**31, -(2**31), 2**62, -(2**63))


def mutate(base: Case, index: int, draws: Draws) -> Case:
    """Makes one to three changes of a network's message, or of its bytes."""
    if draws.random() < 0.12:
        name, content = of_bytes(base.content, draws)
        done = [name]
    else:
        done, content = of_message(base.content, draws)
    files = dict(base.files)
    if files and draws.random() < 0.4:
        done.append("external file cut")
        files = {name: data[: len(data) // 2] for name, data in files.items()}
    story = f"{base.name}: {', '.join(done)}"
    return Case(f"mutated {index}", content, files, story, base.precision, is_generated=False)


def of_bytes(content: bytes, draws: Draws) -> tuple[str, bytes]:
    data = bytearray(content)
    way = pick(draws, "flipped", "flipped at the front", "cut", "grown", "zeroed", "repeated", "shifted")
    place = int(draws.integers(len(data)))
    if way == "flipped":
        for _ in range(int(draws.integers(1, 20))):
            data[int(draws.integers(len(data)))] ^= 1 << int(draws.integers(8))
    elif way == "flipped at the front":
        for _ in range(int(draws.integers(1, 4))):
            data[int(draws.integers(min(400, len(data))))] = int(draws.integers(256))
    elif way == "cut":
        del data[place:]
    elif way == "grown":
        data += draws.integers(0, 256, 50, np.uint8).tobytes()
    elif way == "zeroed":
        data[place : place + 64] = bytes(len(data[place : place + 64]))
    elif way == "repeated":
        data += content
    else:
        del data[place : place + int(draws.integers(1, 9))]
    return f"bytes {way}", bytes(data)


def of_message(content: bytes, draws: Draws) -> tuple[list[str], bytes]:
    model = onnx.load_from_string(content)
    done: list[str] = []
    for _ in range(int(draws.choice([1, 1, 1, 2, 3]))):
        mutation = MUTATIONS[int(draws.integers(len(MUTATIONS)))]
        mutation(model, draws)
        done.append(mutation.__name__.replace("_", " "))
    return done, model.SerializeToString()


def pick(draws: Draws, *choices: object) -> object:
    return choices[int(draws.integers(len(choices)))]


def a_node(model: onnx.ModelProto, draws: Draws) -> onnx.NodeProto:
    nodes = model.graph.node
    return nodes[int(draws.integers(len(nodes)))] if len(nodes) else nodes.add()


def a_weight(model: onnx.ModelProto, draws: Draws) -> onnx.TensorProto | None:
    weights = model.graph.initializer
    return weights[int(draws.integers(len(weights)))] if len(weights) else None


def tensors(model: onnx.ModelProto) -> list[str]:
    names = [value.name for value in model.graph.input]
    return names + [name for node in model.graph.node for name in node.output if name]


def a_tensor(model: onnx.ModelProto, draws: Draws) -> str:
    names = tensors(model)
    return names[int(draws.integers(len(names)))] if names else "none"


def a_value(model: onnx.ModelProto, draws: Draws) -> onnx.ValueInfoProto | None:
    values = [*model.graph.input, *model.graph.output, *model.graph.value_info]
    return values[int(draws.integers(len(values)))] if values else None


# Fields and attributes.


def field_dropped(model: onnx.ModelProto, draws: Draws) -> None:
    graph = model.graph
    field = str(
        pick(
            draws,
            "node",
            "initializer",
            "input",
            "output",
            "opset_import",
            "value_info",
            "ir_version",
            "name",
        )
    )
    if field in ("opset_import", "ir_version"):
        model.ClearField(field)
    elif field == "name":
        graph.ClearField(field)
    else:
        items = getattr(graph, field)
        if len(items):
            del items[int(draws.integers(len(items)))]


def field_of_node_dropped(model: onnx.ModelProto, draws: Draws) -> None:
    node = a_node(model, draws)
    field = str(pick(draws, "op_type", "input", "output", "attribute", "name"))
    if field in ("op_type", "name") or draws.random() < 0.3:
        node.ClearField(field)
    elif len(getattr(node, field)):
        del getattr(node, field)[-1]


def entry_duplicated(model: onnx.ModelProto, draws: Draws) -> None:
    items = getattr(model.graph, str(pick(draws, "node", "initializer", "input", "output")))
    if len(items):
        items.add().CopyFrom(items[int(draws.integers(len(items)))])


def attribute_changed(model: onnx.ModelProto, draws: Draws) -> None:
    nodes = [node for node in model.graph.node if len(node.attribute)]
    if not nodes:
        return
    node = nodes[int(draws.integers(len(nodes)))]
    attribute = node.attribute[int(draws.integers(len(node.attribute)))]
    if len(attribute.ints):
        attribute.ints[int(draws.integers(len(attribute.ints)))] = int(pick(draws, *ODD_NUMBERS))
        if draws.random() < 0.2:
            attribute.ints.append(int(pick(draws, *ODD_NUMBERS)))
    elif attribute.type == onnx.AttributeProto.INT:
        attribute.i = int(pick(draws, *ODD_NUMBERS))
    elif attribute.type == onnx.AttributeProto.FLOAT:
        attribute.f = float(pick(draws, 0.0, -1.0, 1e30, float("nan"), float("inf"), 1e-30, 0.5))
    elif attribute.type == onnx.AttributeProto.STRING:
        attribute.s = bytes(str(pick(draws, "", "SAME_UPPER", "VALID", "nothing", "linear", "\n")), "utf-8")


def attribute_renamed_or_retyped(model: onnx.ModelProto, draws: Draws) -> None:
    nodes = [node for node in model.graph.node if len(node.attribute)]
    if not nodes:
        return
    attribute = a_choice(nodes, draws).attribute[0]
    if draws.random() < 0.5:
        attribute.name = str(pick(draws, *NAMES, "kernel_shape", "axis", "perm"))
    else:
        attribute.type = int(draws.integers(0, 15))


def a_choice(items: list, draws: Draws) -> object:
    return items[int(draws.integers(len(items)))]


def attribute_added(model: onnx.ModelProto, draws: Draws) -> None:
    name = str(
        pick(
            draws,
            "axis",
            "axes",
            "keepdims",
            "group",
            "ceil_mode",
            "auto_pad",
            "training_mode",
            "output_shape",
            "to",
        )
    )
    value = pick(draws, 0, 1, -1, [0], [1, 1], "SAME_LOWER", 0.5)
    node = a_node(model, draws)
    if all(attribute.name != name for attribute in node.attribute):
        node.attribute.append(helper.make_attribute(name, value))


def operator_changed(model: onnx.ModelProto, draws: Draws) -> None:
    a_node(model, draws).op_type = str(pick(draws, *OPERATORS))


def domain_changed(model: onnx.ModelProto, draws: Draws) -> None:
    a_node(model, draws).domain = str(pick(draws, "ai.onnx", "com.microsoft", "own", "ai.onnx.ml", "\n"))


# Shapes and types.


def shape_lied_about(model: onnx.ModelProto, draws: Draws) -> None:
    """Declares a wrong shape for an inner tensor."""
    shape = [int(pick(draws, 1, 2, 3, 5, 8, 16, 0, -1, 2**40)) for _ in range(int(draws.integers(0, 6)))]
    name = a_tensor(model, draws)
    values = [value for value in model.graph.value_info if value.name == name]
    value = helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    if values:
        values[0].CopyFrom(value)
    else:
        model.graph.value_info.append(value)


def size_changed(model: onnx.ModelProto, draws: Draws) -> None:
    value = a_value(model, draws)
    if value is None or not len(value.type.tensor_type.shape.dim):
        return
    dim = a_choice(list(value.type.tensor_type.shape.dim), draws)
    if draws.random() < 0.3:
        dim.dim_param = str(pick(draws, "N", "height", "", "\n", "N*2"))
    else:
        dim.dim_value = int(pick(draws, *ODD_NUMBERS, 4, 16, 31, 32, 33, 1000))


def shape_dropped(model: onnx.ModelProto, draws: Draws) -> None:
    value = a_value(model, draws)
    if value is not None:
        if draws.random() < 0.7:
            value.type.tensor_type.ClearField("shape")
        else:
            value.ClearField("type")


def type_changed(model: onnx.ModelProto, draws: Draws) -> None:
    value = a_value(model, draws)
    if value is not None:
        value.type.tensor_type.elem_type = int(draws.integers(0, 26))


def weight_type_changed(model: onnx.ModelProto, draws: Draws) -> None:
    weight = a_weight(model, draws)
    if weight is None:
        return
    if draws.random() < 0.5:
        weight.data_type = int(draws.integers(0, 26))
    elif weight.data_type == TensorProto.FLOAT and not len(weight.external_data):
        other = pick(draws, np.float64, np.float16, np.int32)
        weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight).astype(other), weight.name))


# Wiring.


def edge_rewired(model: onnx.ModelProto, draws: Draws) -> None:
    node = a_node(model, draws)
    if len(node.input):
        weights = [weight.name for weight in model.graph.initializer]
        name = a_tensor(model, draws) if draws.random() < 0.6 or not weights else a_choice(weights, draws)
        node.input[int(draws.integers(len(node.input)))] = str(name)


def edge_to_nothing(model: onnx.ModelProto, draws: Draws) -> None:
    node = a_node(model, draws)
    if len(node.input):
        node.input[int(draws.integers(len(node.input)))] = str(pick(draws, "", "missing"))


def inputs_swapped(model: onnx.ModelProto, draws: Draws) -> None:
    node = a_node(model, draws)
    if len(node.input) > 1:
        node.input[0], node.input[1] = node.input[1], node.input[0]


def cycle(model: onnx.ModelProto, draws: Draws) -> None:
    nodes = list(model.graph.node)
    if len(nodes) > 2:
        late = int(draws.integers(1, len(nodes)))
        early = nodes[int(draws.integers(0, late))]
        if len(early.input) and len(nodes[late].output):
            early.input[0] = nodes[late].output[0]


def node_removed(model: onnx.ModelProto, draws: Draws) -> None:
    if len(model.graph.node):
        del model.graph.node[int(draws.integers(len(model.graph.node)))]


def node_bypassed(model: onnx.ModelProto, draws: Draws) -> None:
    nodes = model.graph.node
    if not len(nodes):
        return
    place = int(draws.integers(len(nodes)))
    node = nodes[place]
    if len(node.input) and len(node.output):
        for other in nodes:
            for position, name in enumerate(other.input):
                if name == node.output[0]:
                    other.input[position] = node.input[0]
        del nodes[place]


def nodes_reordered(model: onnx.ModelProto, draws: Draws) -> None:
    nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in model.graph.node]
    draws.shuffle(nodes)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def node_inserted(model: onnx.ModelProto, draws: Draws) -> None:
    node = a_node(model, draws)
    if len(node.output) and node.output[0]:
        name = node.output[0]
        node.output[0] = f"{name}_before"
        op = str(
            pick(
                draws,
                "Neg",
                "Abs",
                "Exp",
                "Tanh",
                "Relu",
                "Softmax",
                "Sigmoid",
                "Floor",
                "Sign",
                "Cos",
                "Reciprocal",
            )
        )
        model.graph.node.append(helper.make_node(op, [f"{name}_before"], [name]))


def output_changed(model: onnx.ModelProto, draws: Draws) -> None:
    if len(model.graph.output):
        value = model.graph.output[0]
        name = a_tensor(model, draws)
        if draws.random() < 0.5:
            value.name = name
            value.type.tensor_type.ClearField("shape")
        else:
            model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))


def input_added(model: onnx.ModelProto, draws: Draws) -> None:
    name = str(pick(draws, "other", *NAMES))
    model.graph.input.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3, 8, 8]))


# Names.


def tensor_renamed(model: onnx.ModelProto, draws: Draws) -> None:
    """Renames a tensor everywhere, so that the network is unchanged if the new name is free."""
    old, new = a_tensor(model, draws), str(pick(draws, *NAMES))
    for value in [*model.graph.input, *model.graph.output, *model.graph.value_info]:
        if value.name == old:
            value.name = new
    for node in model.graph.node:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                if name == old:
                    names[place] = new


def node_renamed(model: onnx.ModelProto, draws: Draws) -> None:
    a_node(model, draws).name = str(pick(draws, *NAMES, a_node(model, draws).name))


def output_written_twice(model: onnx.ModelProto, draws: Draws) -> None:
    node = a_node(model, draws)
    if len(node.output):
        node.output[0] = a_tensor(model, draws)


# Sets, weights, sizes, depth.


def set_changed(model: onnx.ModelProto, draws: Draws) -> None:
    version = int(
        pick(draws, 0, -1, 1, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 20, 21, 22, 23, 24, 30, 2**40)
    )
    if len(model.opset_import) and draws.random() < 0.85:
        model.opset_import[0].version = version
    else:
        model.opset_import.add(domain="", version=version)


def weight_filled(model: onnx.ModelProto, draws: Draws) -> None:
    """Writes NaN, infinity, zeros or huge numbers into one weight, either everywhere or at one position."""
    weight = a_weight(model, draws)
    if (
        weight is None
        or weight.data_type not in (TensorProto.FLOAT, TensorProto.FLOAT16)
        or len(weight.external_data)
    ):
        return
    values = numpy_helper.to_array(weight).copy()
    number = float(pick(draws, np.nan, np.inf, -np.inf, 0.0, 1e30, -1e38, 1e-40, 6e4))
    with np.errstate(over="ignore"):
        if draws.random() < 0.5 and values.size:
            values.reshape(-1)[int(draws.integers(values.size))] = number
        else:
            values[...] = number
    weight.CopyFrom(numpy_helper.from_array(values, weight.name))


def weight_scaled(model: onnx.ModelProto, draws: Draws) -> None:
    weight = a_weight(model, draws)
    if weight is not None and weight.data_type == TensorProto.FLOAT and not len(weight.external_data):
        values = numpy_helper.to_array(weight) * np.float32(pick(draws, -1, 1e-6, 10, 1e3, 1e6))
        weight.CopyFrom(numpy_helper.from_array(np.asarray(values, np.float32), weight.name))


def weight_resized(model: onnx.ModelProto, draws: Draws) -> None:
    weight = a_weight(model, draws)
    if weight is None or not len(weight.dims):
        return
    place = int(draws.integers(len(weight.dims)))
    way = draws.random()
    if way < 0.5:
        weight.dims[place] = int(pick(draws, *ODD_NUMBERS, weight.dims[place] + 1))
    elif weight.data_type == TensorProto.FLOAT and not len(weight.external_data):
        values = numpy_helper.to_array(weight)
        other = np.take(values, range(max(1, values.shape[place] - 1)), axis=place) if values.size else values
        weight.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(other), weight.name))


def weight_data_cut(model: onnx.ModelProto, draws: Draws) -> None:
    weight = a_weight(model, draws)
    if weight is not None:
        weight.raw_data = weight.raw_data[: int(draws.integers(len(weight.raw_data) + 1))]


def weight_made_external(model: onnx.ModelProto, draws: Draws) -> None:
    weight = a_weight(model, draws)
    if weight is None:
        return
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(
        key="location", value=str(pick(draws, "missing.bin", "/etc/passwd", "../model.onnx", "", "/dev/zero"))
    )
    if draws.random() < 0.5:
        weight.external_data.add(key="offset", value=str(pick(draws, "-1", "9999999999999", "x", "0")))
        weight.external_data.add(key="length", value=str(pick(draws, "-1", "9999999999999", "x", "4")))


def integers_changed(model: onnx.ModelProto, draws: Draws) -> None:
    """Changes a stored shape, axis or index."""
    stored = [
        weight
        for weight in model.graph.initializer
        if weight.data_type == TensorProto.INT64 and weight.raw_data
    ]
    if stored:
        weight = a_choice(stored, draws)
        values = numpy_helper.to_array(weight).copy()
        if values.size:
            values.reshape(-1)[int(draws.integers(values.size))] = int(pick(draws, *ODD_NUMBERS))
            weight.CopyFrom(numpy_helper.from_array(values, weight.name))


def giant_size(model: onnx.ModelProto, draws: Draws) -> None:
    """Inserts a node that would expand a small tensor to terabytes."""
    node = a_node(model, draws)
    if not len(node.output) or not node.output[0]:
        return
    name = node.output[0]
    node.output[0] = f"{name}_small"
    size = int(pick(draws, 10**5, 10**7, 2**33))
    shape = numpy_helper.from_array(np.array([size, 1, size, 1], np.int64), f"{name}_shape")
    model.graph.initializer.append(shape)
    model.graph.node.append(helper.make_node("Expand", [f"{name}_small", shape.name], [name]))


def deep_nesting(model: onnx.ModelProto, draws: Draws) -> None:
    """Nests If nodes in one branch, or in both, which doubles their number at each depth."""
    node = a_node(model, draws)
    if not len(node.output) or not node.output[0]:
        return
    name = node.output[0]
    node.output[0] = f"{name}_inner"
    model.graph.initializer.append(helper.make_tensor("always", TensorProto.BOOL, [], [True]))
    made = helper.make_node("Identity", [f"{name}_inner"], [f"{name}_0"])
    # Python's protobuf does not write deeper messages.
    depth, is_doubled = pick(draws, (3, True), (30, False), (8, True), (14, True))
    for level in range(int(depth)):
        value = helper.make_tensor_value_info(f"{name}_{level}", TensorProto.FLOAT, None)
        branch = helper.make_graph([made], "branch", [], [value])
        copy = helper.make_node("Identity", [f"{name}_inner"], [f"{name}_{level}"])
        other = branch if is_doubled else helper.make_graph([copy], "other", [], [value])
        made = helper.make_node(
            "If", ["always"], [f"{name}_{level + 1}"], then_branch=branch, else_branch=other
        )
    made.output[0] = name
    model.graph.node.append(made)


def long_chain(model: onnx.ModelProto, draws: Draws) -> None:
    node = a_node(model, draws)
    if len(node.output) and node.output[0]:
        name = node.output[0]
        node.output[0] = f"{name}_0"
        count = int(pick(draws, 100, 1000, 3000))
        for place in range(count):
            last = name if place == count - 1 else f"{name}_{place + 1}"
            model.graph.node.append(helper.make_node("Identity", [f"{name}_{place}"], [last]))


def function_recursion(model: onnx.ModelProto, draws: Draws) -> None:
    own = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    body = [helper.make_node(str(pick(draws, "Again", "Other")), ["x"], ["y"], domain="own")]
    model.functions.append(helper.make_function("own", "Again", ["x"], ["y"], body, own))
    model.opset_import.append(own[1])
    node = a_node(model, draws)
    node.op_type, node.domain = "Again", "own"


def metadata_added(model: onnx.ModelProto, draws: Draws) -> None:
    entry = model.metadata_props.add()
    entry.key = str(pick(draws, "oddity", "author", ""))
    entry.value = str(pick(draws, "{}", "nothing", "[" * 3000, '{"format":99}'))


MUTATIONS: tuple[Callable[[onnx.ModelProto, Draws], None], ...] = (
    field_dropped, field_of_node_dropped, entry_duplicated, attribute_changed, attribute_changed, attribute_changed,
    attribute_renamed_or_retyped, attribute_added, attribute_added, operator_changed, operator_changed, domain_changed,
    shape_lied_about, shape_lied_about, size_changed, size_changed, shape_dropped, type_changed, weight_type_changed,
    edge_rewired, edge_rewired, edge_to_nothing, inputs_swapped, cycle, node_removed, node_bypassed, node_bypassed,
    nodes_reordered, node_inserted, node_inserted, output_changed, output_changed, input_added, tensor_renamed, tensor_renamed,
    node_renamed, output_written_twice, set_changed, set_changed, weight_filled, weight_filled, weight_scaled, weight_scaled,
    weight_resized, weight_data_cut, weight_made_external, integers_changed, integers_changed, giant_size, deep_nesting,
    long_chain, function_recursion, metadata_added,
)  # fmt: skip
