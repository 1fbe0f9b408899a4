"""Controls: the check must detect wrong weights, crashes, hangs and excessive memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from .generator import Case, generate
from .trial import Trial
from .workers import Worker

#: The number of networks that are compared with an altered copy.
COPIES = 6


def missed(seed: int, folder: Path, oddity: Worker, reference: Worker) -> list[str]:
    """The faults that the check did not detect."""
    lines = []
    for wanted in ("crash", "hang", "memory"):
        answer = reference.ask(f"control {wanted}", seconds=2 if wanted == "hang" else 60)
        if answer.kind != wanted:
            lines.append(f"control: a process that should count as '{wanted}' counted as '{answer.kind}'")
    for index in copies(seed):
        case = generate(seed, index)
        trial = Altered(case, index, folder, oddity, reference)
        if trial.run().kind != "failed":
            lines.append(f"control: {case.name} has the same numbers as a copy with other weights")
    return lines


def copies(seed: int) -> list[int]:
    """The first float32 networks that have weights to alter."""
    fitting = (
        index
        for index in range(100)
        if (case := generate(seed, index)).precision == "float32" and not case.files
    )
    return [index for _, index in zip(range(COPIES), fitting, strict=False)]


class Altered(Trial):
    """Compares Oddity's numbers with those of a copy whose weights are 1 % larger."""

    def __init__(self, case: Case, variant: int, folder: Path, oddity: Worker, reference: Worker) -> None:
        super().__init__(case, variant, folder, oddity, reference)
        self.true_file = str(folder / "altered.onnx")
        Path(self.true_file).write_bytes(altered(case.content))


def altered(content: bytes) -> bytes:
    model = onnx.load_from_string(content)
    constants = [a.t for node in model.graph.node if node.op_type == "Constant" for a in node.attribute]
    for weight in [*model.graph.initializer, *constants]:
        # Vectors and scalars are altered too, because a norm cancels a factor of the weights before it.
        if weight.data_type == TensorProto.FLOAT and len(weight.dims):
            values = (numpy_helper.to_array(weight) * np.float32(1.01)).astype(np.float32)
            weight.CopyFrom(numpy_helper.from_array(values, weight.name))
    return model.SerializeToString()
