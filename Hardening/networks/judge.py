"""Compares Oddity's numbers with those of ONNX Runtime and NumPy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto

from .reference import Arrays, feature_norm

#: The largest allowed differences of numbers, as a share of the largest number of their kind.
TOLERANCES = {"float32": 1e-4, "float16": 2e-2, "int8": 0.1}
#: If rounding alone changes numbers by more than this share, they are not compared.
HOPELESS = 0.05
#: Outside of these limits, squares exceed the range of float32, so a norm may be infinite or zero.
GIANT, TINY = 1e18, 1e-18


@dataclass
class Comparison:
    """Collects the differences."""

    precision: str
    differences: list[str] = field(default_factory=list)
    #: The largest differences, as shares, by the quantity compared.
    largest: dict[str, float] = field(default_factory=dict)
    hopeless: bool = False
    compared: int = 0
    #: The number of norms outside of the range of float32.
    out_of_range: int = 0

    def compare(self, what: str, own: Any, true: np.ndarray, scale: float, noise: float) -> None:
        """`own` contains None if a number is not finite."""
        own = np.array(
            [np.nan if value is None else value for value in np.asarray(own, object).ravel()], float
        )
        true = np.asarray(true, np.float64).ravel()
        if own.shape != true.shape:
            self.differences.append(f"{what}: {len(own)} numbers in place of {len(true)}")
            return
        if noise > HOPELESS:
            self.hopeless = True
            return
        self.compared += 1
        giant = np.abs(true) > GIANT
        self.out_of_range += int(giant.any())
        finite = np.isfinite(true) & ~giant
        if (np.isfinite(own) & ~np.isfinite(true)).any():
            place = int(np.flatnonzero(np.isfinite(own) & ~np.isfinite(true))[0])
            self.differences.append(f"{what}: {own[place]:.6g} in place of {true[place]}")
            return
        if not finite.any():
            return
        gaps = np.abs(own[finite] - true[finite])
        allowed = (TOLERANCES[self.precision] + 8 * noise) * scale + TINY
        worst = int(np.argmax(np.where(np.isfinite(gaps), gaps, np.inf)))
        share = float(gaps[worst] / scale) if scale else 0.0
        if not gaps[worst] <= allowed:
            first, second = own[finite][worst], true[finite][worst]
            self.differences.append(
                f"{what}: {first:.6g} in place of {second:.6g} (rounding moves {noise:.0e})"
            )
            return
        self.largest[what] = max(self.largest.get(what, 0.0), share)


def precision_of(content: bytes, stated: str) -> str:
    try:
        graph = onnx.load_from_string(content).graph
    except Exception:  # noqa: BLE001 - the precision of a damaged file is unknown
        return stated
    if any("Quantize" in node.op_type or "Integer" in node.op_type for node in graph.node):
        return "int8"
    narrow = {TensorProto.FLOAT16, TensorProto.BFLOAT16}
    types = {weight.data_type for weight in graph.initializer}
    types |= {value.type.tensor_type.elem_type for value in [*graph.input, *graph.output, *graph.value_info]}
    casts = {attribute.i for node in graph.node if node.op_type == "Cast" for attribute in node.attribute}
    return "float16" if narrow & (types | casts) else stated


def size_of(values: np.ndarray) -> float:
    finite = np.abs(values[np.isfinite(values)].astype(np.float64))
    return float(finite.max()) if finite.size else 0.0


def noise_of(values: np.ndarray, others: list[np.ndarray]) -> float:
    """How much rounding changes values, as a share of the largest value."""
    scale = size_of(values)
    worst = 0.0
    for other in others:
        if other.shape != values.shape:
            return np.inf
        both = np.isfinite(values) & np.isfinite(other)
        if (np.isfinite(values) != np.isfinite(other)).any():
            return np.inf
        gap = np.abs(values[both].astype(np.float64) - other[both].astype(np.float64))
        worst = max(worst, float(gap.max()) / scale if gap.size and scale else 0.0)
    return worst


def norms(probed: dict[str, Any], block: dict[str, Any]) -> tuple[np.ndarray, float] | None:
    """The FeatureNorm of each image at a block, and how much rounding changes it."""
    name = block["tensor"]
    if name in probed["missing"]:
        return None
    true = feature_norm(probed["images"][name], block["layout"])
    return true, noise_of(true, [feature_norm(other[name], block["layout"]) for other in probed["others"]])


def check_shape(comparison: Comparison, probed: dict[str, Any], block: dict[str, Any]) -> None:
    """Checks that the map has the sizes that Oddity reports."""
    if block["tensor"] in probed["missing"]:
        return
    shape = probed["images"][block["tensor"]].shape[1:]
    if block["layout"] == "tokens":
        stated = (block["tokens"], block["channels"])
    elif block["layout"] == "channelsFirst":
        stated = (block["channels"], block["height"], block["width"])
    else:
        stated = (block["height"], block["width"], block["channels"])
    if any(size is not None and size != real for size, real in zip(stated, shape, strict=False)):
        comparison.differences.append(f"shape of '{block['tensor']}': {stated} in place of {shape}")


def check_outputs(comparison: Comparison, plain: Arrays, guarded: Arrays) -> bool:
    """Checks that the classifier's own outputs are unchanged. Returns whether all bits are equal."""
    same = True
    for name, values in plain.items():
        if name not in guarded:
            comparison.differences.append(f"output '{name}' is gone")
            continue
        own = guarded[name]
        if own.dtype == values.dtype and own.shape == values.shape and own.tobytes() == values.tobytes():
            continue
        same = False
        if values.dtype.kind != "f":
            if own.shape != values.shape:
                comparison.differences.append(f"output '{name}' has another shape")
            continue
        comparison.compare(f"output '{name[:40]}'", own.astype(float), values, size_of(values), 0.0)
    return same


def energy(logits: np.ndarray, head: str) -> np.ndarray:
    if head == "sigmoid":
        return np.logaddexp(0, logits).sum(axis=1)
    return np.logaddexp.reduce(logits, axis=1)


def log_odds(logits: np.ndarray, head: str) -> np.ndarray:
    """The score msp, which is the log-odds of the most likely class."""
    if head == "sigmoid":
        return logits.max(axis=1)
    ordered = np.sort(logits, axis=1)
    return ordered[:, -1] - np.logaddexp.reduce(ordered[:, :-1], axis=1)


def check_scores(
    comparison: Comparison, engine: str, scores: dict[str, Any], block: tuple[np.ndarray, float] | None,
    logits: tuple[np.ndarray, float] | None, head: str,
) -> None:  # fmt: skip
    if block is not None and "featurenorm" in scores:
        true, noise = block
        comparison.compare(f"FeatureNorm in {engine}", scores["featurenorm"], true, size_of(true), noise)
    if logits is None:
        return
    values, noise = logits
    scale = size_of(values) + 1e-6
    for name, formula in (("energy", energy), ("msp", log_odds)):
        if name in scores:
            with np.errstate(all="ignore"):
                true = formula(values, head)
            comparison.compare(f"{name} in {engine}", scores[name], true, max(scale, size_of(true)), noise)


def check_ratios(comparison: Comparison, probed: dict[str, Any], blocks: list[dict[str, Any]]) -> None:
    """Compares the NormRatio of every block, over all images."""
    for block in blocks:
        found = norms(probed, block)
        if found is None or block.get("norm_ratio") is None:
            continue
        images, noise = found
        others = feature_norm(probed["jigsaws"][block["tensor"]], block["layout"])
        if not np.isfinite(images).all() or not others.min() > 1e-3 * images.max() or images.max() > GIANT:
            continue
        ratio = images / others
        spread = float(ratio.max()) * float(images.max() / images.min())
        comparison.compare("NormRatio", [block["norm_ratio"]], [ratio.mean()], spread, noise)


def check_classes(comparison: Comparison, classes: list[int], logits: tuple[np.ndarray, float]) -> None:
    values, noise = logits
    if values.shape[1] < 2 or not np.isfinite(values).all() or noise > HOPELESS:
        return
    ordered = np.sort(values, axis=1)
    gap = 2 * (TOLERANCES[comparison.precision] + 8 * noise) * size_of(values)
    clear = ordered[:, -1] - ordered[:, -2] > gap
    wrong = np.flatnonzero(clear & (np.argmax(values, axis=1) != np.asarray(classes)))
    if len(wrong):
        comparison.differences.append(f"class of image {wrong[0]}: {classes[wrong[0]]}")
