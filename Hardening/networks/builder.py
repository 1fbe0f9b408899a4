"""Builds nodes in the form of the network's operator set."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


@dataclass(frozen=True)
class Map:
    """A feature map [N, channels, height, width] under construction."""

    name: str
    channels: int
    height: int
    width: int


@dataclass
class Builder:
    """Collects nodes and weights. Methods return the names of tensors."""

    opset: int
    draws: np.random.Generator
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: dict[str, np.ndarray] = field(default_factory=dict)
    made: int = 0

    def fresh(self, hint: str) -> str:
        self.made += 1
        return f"{hint}_{self.made}"

    def node(self, op: str, *inputs: str, name: str = "", domain: str = "", **attributes: object) -> str:
        return self.nodes_of(op, 1, *inputs, name=name, domain=domain, **attributes)[0]

    def nodes_of(self, op: str, outputs: int, *inputs: str, **attributes: object) -> list[str]:
        names = [self.fresh(op) for _ in range(outputs)]
        attributes["name"] = attributes.get("name") or f"/{names[0]}"
        self.nodes.append(helper.make_node(op, list(inputs), names, **attributes))
        return names

    def weight(self, values: object, hint: str = "weight", dtype: type = np.float32) -> str:
        name = self.fresh(hint)
        self.weights[name] = np.asarray(values, dtype)
        return name

    def integers(self, values: list[int]) -> str:
        return self.weight(values, "shape", np.int64)

    def number(self, value: float) -> str:
        return self.weight(value, "number")

    def normal(self, *shape: int, scale: float = 1.0) -> np.ndarray:
        return (self.draws.normal(size=shape) * scale).astype(np.float32)

    def chance(self, share: float) -> bool:
        return bool(self.draws.random() < share)

    def pick(self, *choices: object) -> object:
        return choices[int(self.draws.integers(len(choices)))]

    # Operators that have another form in older operator sets.

    def reduced(self, op: str, x: str, axes: list[int], keep: bool) -> str:
        by_input = self.opset >= (13 if op == "ReduceSum" else 18)
        if by_input:
            return self.node(op, x, self.integers(axes), keepdims=int(keep))
        return self.node(op, x, axes=axes, keepdims=int(keep))

    def squeezed(self, x: str, axes: list[int]) -> str:
        if self.opset >= 13:
            return self.node("Squeeze", x, self.integers(axes))
        return self.node("Squeeze", x, axes=axes)

    def unsqueezed(self, x: str, axes: list[int]) -> str:
        if self.opset >= 13:
            return self.node("Unsqueeze", x, self.integers(axes))
        return self.node("Unsqueeze", x, axes=axes)

    def clipped(self, x: str, least: float, largest: float) -> str:
        if self.opset >= 11:
            return self.node("Clip", x, self.number(least), self.number(largest))
        return self.node("Clip", x, min=float(least), max=float(largest))

    def padded(self, x: str, sides: list[int], mode: str) -> str:
        if self.opset >= 11:
            return self.node("Pad", x, self.integers(sides), mode=mode)
        return self.node("Pad", x, pads=sides, mode=mode)

    def sliced(self, x: str, start: int, end: int, axis: int) -> str:
        if self.opset >= 10:
            return self.node("Slice", x, self.integers([start]), self.integers([end]), self.integers([axis]))
        return self.node("Slice", x, starts=[start], ends=[end], axes=[axis])

    def split(self, x: str, sizes: list[int], axis: int) -> list[str]:
        if self.opset >= 13:
            return self.nodes_of("Split", len(sizes), x, self.integers(sizes), axis=axis)
        return self.nodes_of("Split", len(sizes), x, axis=axis, split=sizes)

    def enlarged(self, x: str, factor: int, mode: str) -> str:
        scales = [1.0, 1.0, float(factor), float(factor)]
        if self.opset < 9:
            return self.node("Upsample", x, scales=scales, mode=mode)
        if self.opset < 11:
            return self.node("Upsample" if self.opset == 9 else "Resize", x, self.weight(scales), mode=mode)
        place = "asymmetric" if mode == "nearest" else self.pick("half_pixel", "asymmetric", "align_corners")
        more = {"nearest_mode": "floor"} if mode == "nearest" else {}
        region = "" if self.opset >= 13 else self.weight([], "region")
        return self.node(
            "Resize", x, region, self.weight(scales), mode=mode, coordinate_transformation_mode=place, **more
        )

    def dropped_out(self, x: str) -> str:
        if self.opset >= 12:
            return self.node("Dropout", x, *([self.number(0.3)] if self.chance(0.5) else []))
        return self.node("Dropout", x, ratio=0.3)

    # The model.

    def model(self, entry: onnx.ValueInfoProto, outputs: list[onnx.ValueInfoProto]) -> onnx.ModelProto:
        stored = [numpy_helper.from_array(array, name) for name, array in self.weights.items()]
        graph = helper.make_graph(self.nodes, "generated", [entry], outputs, stored)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)])
        model.ir_version = 8 if self.opset <= 18 else 10
        return model


FLOAT = TensorProto.FLOAT
