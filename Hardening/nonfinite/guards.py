"""Guarded files of small networks, fitted on seeded pictures, and copies in which one number is changed."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FIXTURES = Path(__file__).resolve().parents[2] / "Tests/Fixtures"

#: The type of the network's input, if it is not float32.
INPUT_TYPES = {"float16": np.float16}


@dataclass(frozen=True)
class Guard:
    """A guarded file, with the properties that the check needs."""

    name: str
    file: Path
    told: dict

    @property
    def input(self) -> str:
        return self.told["input"]

    @property
    def smallest_p_values(self) -> list[float]:
        """1/(n + 1) for all calibration images, or for the groups of a calibration by class."""
        groups = self.told.get("calibration_groups") or []
        sizes = [group["calibration_images"] for group in groups] or [self.told["calibration_size"]]
        return [float(np.float32(1) / np.float32(size + 1)) for size in sizes]

    @property
    def shape(self) -> tuple[int, ...]:
        prepared = self.told["preprocessing"]
        sides = tuple(prepared["size"])
        channels = len(prepared["mean"])
        return (*sides, channels) if prepared["layout"] == "NHWC" else (channels, *sides)

    @property
    def type(self) -> type:
        return next((kind for name, kind in INPUT_TYPES.items() if self.name.startswith(name)), np.float32)


def pictures(count: int, seed: int, side: int = 32) -> np.ndarray:
    """uint8 [count, side, side, 3]: coarse random colours."""
    coarse = np.random.default_rng(seed).integers(0, 256, (count, side // 4, side // 4, 3), dtype=np.uint8)
    return coarse.repeat(4, axis=1).repeat(4, axis=2)


def told_by(file: Path) -> dict:
    properties = {
        entry.key: entry.value for entry in onnx.load(file, load_external_data=False).metadata_props
    }
    return json.loads(properties["oddity"])


def fit(folder: Path, network: str, score: str, *options: str) -> Guard:
    """Guards a fixture. Its name contains the options."""
    name = "-".join([network, score, *(option.strip("-") for option in options)])
    file, images = folder / f"{name}.onnx", folder / "pictures.npy"
    if not images.exists():
        np.save(images, pictures(600, seed=1))
    command = [
        os.environ["ODDITY"],
        "fit",
        FIXTURES / f"{network}.dyn.onnx",
        "--id",
        images,
        "--score",
        score,
    ]
    # With alpha 0.2, even classes with few images have their own calibration.
    quick = ["--no-signatures", "--alpha", "0.2", "--seed", "1", "--quiet"]
    subprocess.run([*map(str, command), *quick, *options, "-o", str(file)], check=True, capture_output=True)
    return Guard(name, file, told_by(file))


def _weights(model: onnx.ModelProto) -> list[onnx.TensorProto]:
    floats = (TensorProto.FLOAT, TensorProto.FLOAT16)
    added = {
        name for name in (tensor.name for tensor in model.graph.initializer) if name.startswith("oddity/")
    }
    return [t for t in model.graph.initializer if t.data_type in floats and t.name not in added and t.dims]


def places(guard: Guard) -> dict[str, str]:
    """Groups the weights to change by their role."""
    model = onnx.load(guard.file)
    filters = [tensor.name for tensor in _weights(model) if len(tensor.dims) == 4]
    found = {
        "first filter": filters[0],
        "middle filter": filters[len(filters) // 2],
        "last filter": filters[-1],
    }
    last = next(node for node in model.graph.node if guard.told["logits"] in node.output)
    names = {tensor.name: len(tensor.dims) for tensor in _weights(model)}
    for name in last.input:
        if names.get(name) in (1, 2):
            found["bias of the logits" if names[name] == 1 else "weight of the logits"] = name
    return found


def with_weight(guard: Guard, weight: str, value: float) -> onnx.ModelProto:
    model = onnx.load(guard.file)
    tensor = next(tensor for tensor in model.graph.initializer if tensor.name == weight)
    values = numpy_helper.to_array(tensor).copy()
    with np.errstate(over="ignore"):
        values.flat[values.size // 2] = value
    tensor.CopyFrom(numpy_helper.from_array(values, weight))
    return model


def with_factor(guard: Guard, weight: str, factor: float) -> onnx.ModelProto:
    """Multiplies all weights of a tensor, so that half precision overflows behind it."""
    model = onnx.load(guard.file)
    tensor = next(tensor for tensor in model.graph.initializer if tensor.name == weight)
    values = numpy_helper.to_array(tensor)
    with np.errstate(over="ignore"):
        tensor.CopyFrom(numpy_helper.from_array((values * factor).astype(values.dtype), weight))
    return model


def with_score(guard: Guard, value: float) -> onnx.ModelProto:
    """Sets the score of every image to this value, regardless of the network."""
    model = onnx.load(guard.file)
    for node in model.graph.node:
        node.output[:] = ["oddity/sound" if name == "ood_score" else name for name in node.output]
    zero = helper.make_tensor("oddity/zero", TensorProto.FLOAT, [], [0.0])
    poison = helper.make_tensor("oddity/poison", TensorProto.FLOAT, [], [value])
    model.graph.initializer.extend([zero, poison])
    nodes = [
        helper.make_node("Mul", ["oddity/sound", "oddity/zero"], ["oddity/none"]),
        helper.make_node("Add", ["oddity/none", "oddity/poison"], ["ood_score"]),
    ]
    # Nodes are in topological order.
    place = 1 + next(i for i, node in enumerate(model.graph.node) if "oddity/sound" in node.output)
    rest = list(model.graph.node)[place:]
    del model.graph.node[place:]
    model.graph.node.extend([*nodes, *rest])
    return model


#: Makes the changed copy of a guarded file.
Poison = Callable[[Guard], onnx.ModelProto]
