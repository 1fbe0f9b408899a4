"""The results of ONNX Runtime and NumPy for the original file, without Oddity."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime

Arrays = dict[str, np.ndarray]
#: The change of an input that shows the effect of rounding, as a share of its largest value.
NUDGE = 1e-6


def answer(task: str, *arguments: Any) -> Any:
    if task.startswith("control "):
        return fail(task.removeprefix("control "))
    tasks = {"warm": lambda: "", "plain": plain, "probe": probe, "file": file_answers, "onnx": by_definition}
    return tasks[task](*arguments)


def fail(how: str) -> None:
    """Does what no command may do, to show that the check would detect it."""
    if how == "crash":
        os.abort()
    kept = []
    while True:
        if how == "memory":
            kept.append(np.ones(1 << 24))


def session(path: str, optimised: bool = True) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = 1, 1, 4
    level = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if optimised else level.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])


def entry(model: onnx.ModelProto) -> onnx.ValueInfoProto:
    weights = {weight.name for weight in model.graph.initializer}
    return next(value for value in model.graph.input if value.name not in weights)


def run(one: onnxruntime.InferenceSession, images: np.ndarray, names: list[str] | None = None) -> Arrays:
    """Runs all images, in batches of a size that the file accepts."""
    place = one.get_inputs()[0]
    types = {"tensor(float16)": np.float16, "tensor(double)": np.float64}
    images = images.astype(types.get(place.type, np.float32))
    batch = (
        place.shape[0]
        if place.shape and isinstance(place.shape[0], int) and place.shape[0] > 0
        else len(images)
    )
    names = names or [output.name for output in one.get_outputs()]
    parts = []
    for start in range(0, len(images), batch):
        piece = images[start : start + batch]
        short = batch - len(piece)
        if short > 0:
            piece = np.concatenate([piece, np.repeat(piece[-1:], short, 0)])
        values = one.run(names, {place.name: piece})
        parts.append([value[: batch - short] for value in values])
    return {name: np.concatenate(group) for name, group in zip(names, zip(*parts, strict=True), strict=True)}


def plain(path: str, images: str) -> dict[str, Any]:
    """Whether the file loads and runs, and its own outputs."""
    one = session(path)
    inputs = [(place.name, place.type, place.shape) for place in one.get_inputs()]
    return {"inputs": inputs, "outputs": run(one, np.load(images))}


def file_answers(path: str, images: str) -> Arrays:
    return run(session(path), np.load(images))


def probe(path: str, images: str, jigsaws: str, names: list[str]) -> dict[str, Any]:
    """The tensors with these names, for the images, for their jigsaws, and for minimally changed images."""
    model = onnx.load(path, load_external_data=False)
    made = {name for node in model.graph.node for name in node.output}
    missing = [name for name in names if name not in made]
    names = [name for name in names if name in made]
    present = {value.name for value in model.graph.output}
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in present)
    beside = str(Path(path).with_name("probe.onnx"))
    onnx.save(model, beside)
    literal, optimised = session(beside, optimised=False), session(beside)
    pictures = np.load(images)
    return {
        "missing": missing,
        "images": run(literal, pictures, names),
        "others": [run(optimised, pictures, names), run(literal, moved(pictures), names)],
        "jigsaws": run(literal, np.load(jigsaws), names),
    }


def moved(images: np.ndarray) -> np.ndarray:
    """Images with a minimal change."""
    moves = np.random.default_rng(5).uniform(-1, 1, images.shape) * NUDGE * np.abs(images).max()
    return (images + moves).astype(np.float32)


def by_definition(path: str, images: str, names: list[str]) -> tuple[str, Arrays, list[Arrays]]:
    """The meaning of a file that ONNX Runtime refuses: how it was found, and the tensors of the images.

    There are three attempts: ONNX Runtime with only the relevant nodes, without declared shapes, other outputs and unused nodes;
    a later operator set, which may have an operator that the file's own set lacks; the reference implementation of ONNX, for two
    images.
    """
    model, pictures = onnx.load(path), np.load(images)
    less = needed(model, names)
    for how, each in [("without the rest", less), *later_sets(less)]:
        try:
            one = session_of(each)
            return how, run(one, pictures, names), [run(one, moved(pictures), names)]
        except Exception:  # noqa: BLE001, S110 - there is another attempt
            pass
    if version_of(model) < NEW_SOFTMAX and {"Softmax", "LogSoftmax", "Hardmax"} & {node.op_type for node in model.graph.node}:
        raise ValueError("ONNX's reference implementation has no softmax of early operator sets")
    values = [by_reference(model, each, names) for each in (pictures, moved(pictures))]
    return "by ONNX's reference implementation", values[0], values[1:]


#: From this operator set on, softmax runs over one axis. Before, it runs over all axes from the given one on.
NEW_SOFTMAX = 13


def version_of(model: onnx.ModelProto) -> int:
    return max((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), default=0)


def later_sets(model: onnx.ModelProto) -> Iterator[tuple[str, onnx.ModelProto]]:
    """Tries later operator sets, up to the one that changed the meaning of softmax."""
    for version in range(version_of(model) + 1, NEW_SOFTMAX):
        later = onnx.ModelProto()
        later.CopyFrom(model)
        for imported in later.opset_import:
            if imported.domain in ("", "ai.onnx"):
                imported.version = version
        yield f"in operator set {version}", later


def session_of(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])


def needed(model: onnx.ModelProto, names: list[str]) -> onnx.ModelProto:
    """The nodes that some tensors need, in addition to the image and the weights."""
    makers = {name: node for node in model.graph.node for name in node.output if name}
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        node = makers.get(name)
        waiting += [] if node is None else [*node.input, *captured(node)]
    image = entry(model)
    other = onnx.ModelProto()
    other.CopyFrom(model)
    graph = other.graph
    for items in (graph.node, graph.initializer, graph.input, graph.output, graph.value_info):
        del items[:]
    graph.node.extend(in_order([node for node in model.graph.node if found.intersection(node.output)]))
    graph.initializer.extend(weight for weight in model.graph.initializer if weight.name in found)
    graph.input.append(image)
    graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    return other


def in_order(nodes: list[onnx.NodeProto]) -> list[onnx.NodeProto]:
    """Sorts nodes so that each follows its inputs."""
    waiting, ordered = list(nodes), []
    unmade = {name for node in nodes for name in node.output}
    while waiting:
        ready = [node for node in waiting if not unmade.intersection([*node.input, *captured(node)])]
        if not ready:
            raise ValueError("the nodes have no order")
        ordered += ready
        unmade.difference_update(name for node in ready for name in node.output)
        waiting = [node for node in waiting if all(node is not other for other in ready)]
    return ordered


def captured(node: onnx.NodeProto) -> list[str]:
    inner = [attribute.g for attribute in node.attribute if attribute.g.node]
    return [name for graph in inner for each in graph.node for name in [*each.input, *captured(each)]]


def by_reference(model: onnx.ModelProto, images: np.ndarray, names: list[str]) -> Arrays:
    from onnx.reference import ReferenceEvaluator

    image = entry(model)
    sides = image.type.tensor_type.shape.dim
    count = sides[0].dim_value if len(sides) and sides[0].dim_value > 0 else 2
    evaluator = ReferenceEvaluator(needed(model, names))
    values = evaluator.run(names, {image.name: images[:count]})
    return dict(zip(names, values, strict=True))


def jigsaws(images: np.ndarray, layout: str, seed: int = 0) -> np.ndarray:
    """Shuffles 3×3 tiles of each image, with the random draws that docs/decisions.md describes."""
    result = np.zeros_like(images)
    height, width = images.shape[1:3] if layout == "NHWC" else images.shape[2:4]
    tall, wide = height // 3, width // 3
    for row, image in enumerate(images):
        for to, source in enumerate(permutation(seed, row)):
            into, of = tile(to, tall, wide, layout), tile(source, tall, wide, layout)
            result[row][into] = image[of]
    return result


def tile(number: int, tall: int, wide: int, layout: str) -> tuple[slice, ...]:
    row, column = divmod(number, 3)
    rows, columns = slice(row * tall, (row + 1) * tall), slice(column * wide, (column + 1) * wide)
    return (rows, columns) if layout == "NHWC" else (slice(None), rows, columns)


def permutation(seed: int, row: int) -> list[int]:
    hashed = 0xCBF29CE484222325
    for byte in str(row).encode():
        hashed = (hashed ^ byte) * 0x100000001B3 % 2**64
    state = seed ^ hashed
    draws = []
    for _ in range(10):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB % 2**64
        draws.append(mixed ^ (mixed >> 31))
    order = list(range(9))
    for last, draw in zip(range(8, 0, -1), draws[2:], strict=True):
        other = draw % (last + 1)
        order[last], order[other] = order[other], order[last]
    return order


def feature_norm(values: np.ndarray, layout: str) -> np.ndarray:
    """For each image: ReLU, the L2 norm over positions in each channel, and the mean over channels, in float64."""
    values = np.maximum(values.astype(np.float64), 0)
    if layout == "channelsFirst":
        values = values.reshape(*values.shape[:2], -1)
        return np.sqrt((values**2).sum(axis=2)).mean(axis=1)
    values = values.reshape(len(values), -1, values.shape[-1])
    return np.sqrt((values**2).sum(axis=1)).mean(axis=1)
