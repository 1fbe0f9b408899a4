"""Copies of guarded files in the form that converters write. Oddity accepts them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper, shape_inference, version_converter
from onnxruntime.quantization import CalibrationDataReader, quantize_static


def with_metadata(copy: onnx.ModelProto, source: onnx.ModelProto) -> onnx.ModelProto:
    """Some converters lose the metadata, so their users must restore it."""
    if not copy.metadata_props:
        copy.metadata_props.extend(source.metadata_props)
    return copy


def half_precision(model: onnx.ModelProto, folder: Path) -> onnx.ModelProto:
    from onnxruntime.transformers.float16 import convert_float_to_float16

    return convert_float_to_float16(model, keep_io_types=True)


def eight_bits(model: onnx.ModelProto, folder: Path) -> onnx.ModelProto:
    """Quantises weights to eight bits, with one scale for each tensor. Activations whose scale depends on a whole batch are
    refused by design."""
    nodes = []
    for tensor in list(model.graph.initializer):
        values = numpy_helper.to_array(tensor)
        if tensor.name.startswith("oddity/") or values.dtype != np.float32 or values.ndim < 2:
            continue
        scale = np.float32(max(np.abs(values).max(), 1e-6) / 127)
        small = np.clip(np.round(values / scale), -127, 127).astype(np.int8)
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(small, f"{name}.bytes"))
        model.graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale"))
        nodes.append(helper.make_node("DequantizeLinear", [f"{name}.bytes", f"{name}.scale"], [name]))
    rest = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *rest])
    return model


class _Images(CalibrationDataReader):
    """Images from which a quantiser determines the ranges."""

    def __init__(self, model: onnx.ModelProto) -> None:
        first = model.graph.input[0]
        shape = [dim.dim_value or 1 for dim in first.type.tensor_type.shape.dim]
        draws = np.random.default_rng(11)
        is_bytes = first.type.tensor_type.elem_type == onnx.TensorProto.UINT8
        self.rows = iter(
            [
                {first.name: draws.integers(0, 256, shape).astype(np.uint8) if is_bytes else draws.normal(size=shape).astype(np.float32)}
                for _ in range(32)
            ]
        )

    def get_next(self) -> dict | None:
        return next(self.rows, None)


def quantised(model: onnx.ModelProto, folder: Path) -> onnx.ModelProto:
    """Quantises everything that ONNX Runtime's quantiser selects by default, including the detector's own nodes."""
    source, target = folder / "whole.onnx", folder / "quantised.onnx"
    onnx.save(model, source)
    quantize_static(source, target, _Images(model))
    return onnx.load(target)


def renamed(model: onnx.ModelProto, folder: Path) -> onnx.ModelProto:
    """Renames every inner tensor and node, as simplifiers do."""
    kept = {value.name for value in [*model.graph.input, *model.graph.output]} | {""}
    names: dict[str, str] = {}

    def new(name: str) -> str:
        return name if name in kept else names.setdefault(name, f"t{len(names)}")

    for place, node in enumerate(model.graph.node):
        node.name = f"n{place}"
        node.input[:] = [new(name) for name in node.input]
        node.output[:] = [new(name) for name in node.output]
    for tensor in model.graph.initializer:
        tensor.name = new(tensor.name)
    del model.graph.value_info[:]
    return model


def later_operators(model: onnx.ModelProto, folder: Path) -> onnx.ModelProto:
    version = next(opset.version for opset in model.opset_import if not opset.domain)
    return version_converter.convert_version(model, version + 3)


def optimised(model: onnx.ModelProto, folder: Path) -> onnx.ModelProto:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(folder / "optimised.onnx")
    onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return onnx.load(folder / "optimised.onnx")


def inferred(model: onnx.ModelProto, folder: Path) -> onnx.ModelProto:
    return shape_inference.infer_shapes(model)


def constants_as_nodes(model: onnx.ModelProto, folder: Path) -> onnx.ModelProto:
    tensors = [
        numpy_helper.from_array(np.array(numpy_helper.to_array(t)), t.name) for t in model.graph.initializer
    ]
    nodes = [helper.make_node("Constant", [], [tensor.name], value=tensor) for tensor in tensors]
    rest = list(model.graph.node)
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.node.extend([*nodes, *rest])
    return model


#: The copies that are refused for another reason, by the names of the base and of the copy.
REFUSED = {
    (
        "raw input",
        "other names",
    ): "Only their tensors' names tell the nodes that prepare pixels from the network's own nodes. Convert the file first, and add these nodes afterwards."
}
COPIES: dict[str, Callable[[onnx.ModelProto, Path], onnx.ModelProto]] = {
    "half precision": half_precision,
    "eight bits": eight_bits,
    "quantised whole": quantised,
    "other names": renamed,
    "a later operator set": later_operators,
    "optimised by ONNX Runtime": optimised,
    "with shapes": inferred,
    "constants as nodes": constants_as_nodes,
}
