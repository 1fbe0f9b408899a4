"""Runs Oddity on some splits. It recalibrates a file, whose own nodes decide on the fresh images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from promises import procedure
from promises.pools import Network, oddity
from promises.splits import Resplits, Setting

DECISIONS = ["ood_p_value", "ood_is_outlier"]


def slim(network: Network, folder: Path, name: str) -> Path:
    """A small guarded file of the network, which accepts any scores as its calibration."""
    file = folder / f"slim-{name}.onnx"
    if not file.exists():
        options = ("--score", "msp", "--no-signatures", "--seed", 1, "--quiet")
        oddity("fit", network.model, *network.fit, *options, "-o", file)
    return file


def _deciding_nodes(model: onnx.ModelProto, starts: set[str]) -> list[onnx.NodeProto]:
    makers = {output: node for node in model.graph.node for output in node.output}
    needed: set[str] = set()
    waiting = list(DECISIONS)
    while waiting:
        name = waiting.pop()
        if name in needed or name in starts:
            continue
        needed.add(name)
        waiting += makers[name].input if name in makers else []
    return [node for node in model.graph.node if needed.intersection(node.output)]


def decider(file: Path) -> onnxruntime.InferenceSession:
    """A model of only the part of a guarded file that computes the results from scores and logits."""
    model = onnx.load(file)
    told = json.loads(next(entry.value for entry in model.metadata_props if entry.key == "oddity"))
    starts = {"ood_score", told["logits"]}
    nodes = _deciding_nodes(model, starts)
    read = {name for node in nodes for name in node.input}
    inputs = [helper.make_tensor_value_info("ood_score", TensorProto.FLOAT, ["n"])]
    if told["logits"] in read:
        inputs.append(
            helper.make_tensor_value_info(told["logits"], TensorProto.FLOAT, ["n", told["classes"]])
        )
    outputs = [output for output in model.graph.output if output.name in DECISIONS]
    constants = [tensor for tensor in model.graph.initializer if tensor.name in read]
    graph = helper.make_graph(nodes, "decision", inputs, outputs, constants)
    part = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    return onnxruntime.InferenceSession(part.SerializeToString(), providers=["CPUExecutionProvider"])


def recalibrated(
    file: Path, setting: Setting, scores: np.ndarray, classes: np.ndarray, folder: Path
) -> tuple[dict, Path]:
    """The result of `oddity fit --from` for calibration scores: its output, and the new file."""
    lines, new = folder / "calibration.jsonl", folder / "recalibrated.onnx"
    pairs = zip(scores.tolist(), classes.tolist(), strict=True)
    text = (json.dumps({"score": score, "class": index}) for score, index in pairs)
    lines.write_text("\n".join(text) + "\n", encoding="utf-8")
    options = ["--calibration-scores", lines, "--alpha", setting.alpha, "--json", "--quiet", "-o", new]
    if setting.confidence is not None:
        options += ["--confidence", setting.confidence]
    if setting.by_class:
        options += ["--calibration-by", "class"]
    return json.loads(oddity("fit", "--from", file, *options)), new


def verdicts(session: onnxruntime.InferenceSession, scores: np.ndarray, classes: np.ndarray) -> tuple:
    """The p-values and outliers of images with these scores and predicted classes."""
    feeds = {"ood_score": scores}
    for wanted in session.get_inputs():
        if wanted.name != "ood_score":
            feeds[wanted.name] = np.eye(wanted.shape[1], dtype=np.float32)[classes]
    return tuple(session.run(DECISIONS, feeds))


def differences(
    resplits: Resplits, file: Path, scores: np.ndarray, split: int, folder: Path
) -> tuple[list[str], int]:
    """The differences between Oddity's answers and the procedure's on one split, and Oddity's false alarms."""
    pool, setting, order = resplits.pool, resplits.setting, resplits.orders[split]
    calibration, fresh = order[: resplits.n], order[resplits.n :]
    told, new = recalibrated(file, setting, scores[calibration], pool.classes[calibration], folder)
    p_values, outliers = verdicts(decider(new), scores[fresh], pool.classes[fresh])
    wanted_p, wanted = _expected(resplits, scores, split)
    found = []
    k = resplits.rank(resplits.n)
    if told["threshold"] != float(np.sort(scores[calibration])[k - 1]):
        found.append("threshold")
    if not np.array_equal(p_values, wanted_p):
        found.append(f"{int((p_values != wanted_p).sum())} p-values")
    if not np.array_equal(outliers, wanted):
        found.append(f"{int((outliers != wanted).sum())} verdicts")
    return found, int(outliers.sum())


def _expected(resplits: Resplits, scores: np.ndarray, split: int) -> tuple[np.ndarray, np.ndarray]:
    """The p-values and verdicts of the fresh images, according to the procedure."""
    p_values = np.zeros(resplits.pool.images, np.float32)
    outliers = np.zeros(resplits.pool.images, bool)
    for group in range(resplits.group_count):
        calibration, fresh = resplits.parts(split, group)
        p_values[fresh] = procedure.p_values(scores[calibration], scores[fresh])
        outliers[fresh] = procedure.flags(scores[calibration], scores[fresh], resplits.rank(len(calibration)))
    fresh = resplits.orders[split][resplits.n :]
    return p_values[fresh], outliers[fresh]
