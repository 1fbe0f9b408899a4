"""Contradictions: changes of a guarded file's metadata without its graph, and of the graph without the metadata."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

Change = Callable[[onnx.ModelProto], None]


def entry(model: onnx.ModelProto, key: str) -> Any:
    return next(entry for entry in model.metadata_props if entry.key == key)


def told(model: onnx.ModelProto, key: str = "oddity") -> Any:
    return json.loads(entry(model, key).value)


def say(model: onnx.ModelProto, values: Any, key: str = "oddity") -> None:
    entry(model, key).value = json.dumps(values)


def metadata(**values: Any) -> Change:
    """Replaces values of some metadata keys. A function receives the old value."""

    def change(model: onnx.ModelProto) -> None:
        known = told(model)
        news = {key: value(known[key]) if callable(value) else value for key, value in values.items()}
        say(model, known | news)

    return change


def other(key: str, **values: Any) -> Change:
    """Replaces values of the file's other data in the same way."""

    def change(model: onnx.ModelProto) -> None:
        known = told(model, key)
        news = {name: value(known[name]) if callable(value) else value for name, value in values.items()}
        say(model, known | news, key)

    return change


def floats(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4")


def packed(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode()


def shifted_scores(model: onnx.ModelProto) -> None:
    """Changes the stored calibration scores and the threshold. Only the graph keeps the old ones."""
    stored = told(model, "oddity.calibration")
    scores = (floats(stored["scores"]) - np.float32(5)).astype("<f4")
    say(model, stored | {"scores": packed(scores)}, "oddity.calibration")
    known = told(model)
    known["threshold"] = float(np.sort(scores)[known["calibration_rank"] - 1])
    say(model, known)


def looser_alpha(model: onnx.ModelProto) -> None:
    """Sets another rate, with the matching rank and threshold. Only the graph keeps the old rate."""
    known = told(model)
    scores = np.sort(floats(told(model, "oddity.calibration")["scores"]))
    rank = (len(scores) + 1) // 100
    say(model, known | {"alpha": "0.01", "calibration_rank": rank, "threshold": float(scores[rank - 1])})


def _decisions(model: onnx.ModelProto) -> list[onnx.TensorProto]:
    """The constants that determine p-values and verdicts."""
    makers = {output: node for node in model.graph.node for output in node.output}
    seen: set[str] = set()
    waiting = ["ood_p_value", "ood_is_outlier"]
    while waiting:
        name = waiting.pop()
        if name in seen or name == "ood_score":
            continue
        seen.add(name)
        waiting += makers[name].input if name in makers else []
    return [
        tensor
        for tensor in model.graph.initializer
        if tensor.name in seen and tensor.name.startswith("oddity/")
    ]


def _edit_table(model: onnx.ModelProto, wanted: Callable[[np.ndarray], bool], edit: Callable) -> None:
    for tensor in _decisions(model):
        values = numpy_helper.to_array(tensor)
        if wanted(values):
            tensor.CopyFrom(numpy_helper.from_array(edit(values), tensor.name))


def graph_scores(model: onnx.ModelProto) -> None:
    """Lowers the graph's table of calibration scores, so that every image looks in-distribution."""
    _edit_table(model, lambda v: v.dtype == np.float32 and np.isinf(v).any(), lambda v: v - np.float32(5))


def graph_p_values(model: onnx.ModelProto) -> None:
    """Increases all p-values."""

    def is_p(v: np.ndarray) -> bool:
        return v.dtype == np.float32 and np.isfinite(v).all() and v.size > 10 and 0 < v.min() and v.max() <= 1

    _edit_table(model, is_p, lambda v: np.minimum(1, v + np.float32(0.3)))


def graph_verdicts(model: onnx.ModelProto) -> None:
    """No image is an outlier any more."""
    _edit_table(model, lambda v: v.dtype == bool, np.zeros_like)


def graph_ranks(model: onnx.ModelProto) -> None:
    """For a calibration by class, sets the ranks below which images are outliers to 0."""
    groups = told(model)["calibration_groups"]
    ranks = [group["rank"] for group in groups]
    _edit_table(model, lambda v: v.dtype == np.int64 and v.ravel().tolist() == ranks, np.zeros_like)


def swapped_outputs(model: onnx.ModelProto) -> None:
    """Swaps the outputs of the two scores."""
    names = [output.name for output in model.graph.output if output.name.startswith("ood_score")]
    places = {names[0]: names[1], names[1]: names[0]}
    for node in model.graph.node:
        node.output[:] = [places.get(name, name) for name in node.output]


def fusion_column(field: str, value: Any) -> Change:
    def change(model: onnx.ModelProto) -> None:
        known = told(model)
        column = known["fusions"][0]["columns"][0]
        if field not in column:
            raise KeyError(field)
        column[field] = value
        say(model, known)

    return change


def fewer_columns(model: onnx.ModelProto) -> None:
    known = told(model)
    known["fusions"][0]["columns"].pop()
    say(model, known)


def preprocessing(**values: Any) -> Change:
    return metadata(preprocessing=lambda known: known | values)


@dataclass(frozen=True)
class Contradiction:
    what: str
    base: str
    change: Change
    #: The reason why the file alone does not reveal it. The check then only records what detects it.
    excuse: str = ""

    @property
    def concerns_verdicts(self) -> bool:
        """Whether `oddity score` itself must detect it, because verdicts depend on what was changed."""
        return self.what.split(":")[0] in VERDICTS


#: The values that verdicts are computed from.
VERDICTS = (
    "threshold",
    "rank",
    "alpha",
    "confidence",
    "calibration scores",
    "p-values",
    "verdicts",
    "calibration by class",
)


SHOWN = "It is displayed, and nothing is computed from it. The learned parameters of the score are only in the nodes."
CONVERTED = "A converter may rename or fuse the tensor, and its copies have to be accepted. Commands that need the tensor refuse the file."
ORDER = (
    "The sixteen inputs of verify have the network's own channel order. diagnose detects the change with images."
)
OTHERS = "A map may be of a score that is not fitted itself."
ALONE = "Nothing else in the file depends on it, so no check of the file alone can detect the change."
CONTRADICTIONS = (
    Contradiction("threshold: lower than the scores give", "map", metadata(threshold=-1e9)),
    Contradiction("rank: 0", "map", metadata(calibration_rank=0)),
    Contradiction("alpha: another rate, rank and threshold as before", "map", metadata(alpha="0.5")),
    Contradiction("alpha: another rate with its rank and threshold, graph as before", "map", looser_alpha),
    Contradiction("confidence: one that was not fitted", "map", metadata(confidence=0.99)),
    Contradiction(
        "calibration scores: stored ones and threshold shifted, graph as before", "map", shifted_scores
    ),
    Contradiction("calibration scores: the graph's table lowered", "map", graph_scores),
    Contradiction("calibration scores: the graph's table lowered", "by class", graph_scores),
    Contradiction("p-values: the graph's table raised", "map", graph_p_values),
    Contradiction("verdicts: the graph's table says no outlier", "map", graph_verdicts),
    Contradiction("verdicts: the graph's ranks by class are 0", "by class", graph_ranks),
    Contradiction(
        "calibration size: one more than there are scores", "map", metadata(calibration_size=lambda n: n + 1)
    ),
    Contradiction(
        "parts: other counts than calibration images", "map", metadata(parts=lambda p: p | {"calibrate": 7})
    ),
    Contradiction(
        "interval of the rate: narrower than it is", "map", metadata(false_alarm_interval=[0.0999, 0.1001])
    ),
    Contradiction(
        "calibration by class: said to be over all",
        "by class",
        metadata(calibration_by="all", calibration_groups=None),
    ),
    Contradiction(
        "calibration by class: a group's threshold",
        "by class",
        metadata(calibration_groups=lambda g: [g[0] | {"threshold": -1e9}, *g[1:]]),
    ),
    Contradiction("labels: one is missing", "map", metadata(labels=lambda names: names[:-1])),
    Contradiction(
        "labels and classes: one more of each",
        "map",
        metadata(labels=lambda n: [*n, "new"], classes=11, fit_class_counts=lambda c: [*c, 0]),
    ),
    Contradiction("labels: two are exchanged", "map", metadata(labels=lambda n: [n[1], n[0], *n[2:]]), ALONE),
    Contradiction(
        "score names: the calibrated one renamed",
        "map",
        metadata(score="energy", scores=["energy", "featurenorm"]),
    ),
    Contradiction("score names: one renamed throughout", "fusion", metadata(score="knn", scores=["knn"])),
    Contradiction("score names: one that has no output", "fusion", metadata(scores=["fusion", "energy"])),
    Contradiction("scores: the outputs of two exchanged in the graph", "map", swapped_outputs),
    Contradiction(
        "state: of another score", "map", metadata(state=lambda s: [s[0] | {"name": "knn"}, *s[1:]])
    ),
    Contradiction(
        "block: a tensor that is not there",
        "map",
        metadata(block={"index": 3, "tensor": "nowhere"}),
        CONVERTED,
    ),
    Contradiction(
        "block: another index than its tensor has", "map", metadata(block=lambda b: b | {"index": 0})
    ),
    Contradiction(
        "blocks: one whose tensor is not there",
        "map",
        metadata(blocks=lambda b: [b[0] | {"tensor": "nowhere"}, *b[1:]]),
        CONVERTED,
    ),
    Contradiction("columns: a column fewer than the state says", "fusion", fewer_columns),
    Contradiction("columns: another name", "fusion", fusion_column("name", "knn"), SHOWN),
    Contradiction("columns: another weight", "fusion", fusion_column("weight", 99.0), SHOWN),
    Contradiction("preprocessing: another mean", "map", preprocessing(mean=[0.1, 0.1, 0.1])),
    Contradiction("preprocessing: blue first", "map", preprocessing(channels="BGR"), ORDER),
    Contradiction("preprocessing: another size than the network's", "map", preprocessing(size=[64, 64])),
    Contradiction(
        "preprocessing: another mean than the nodes for pixels",
        "raw input",
        preprocessing(mean=[0.1, 0.1, 0.1]),
    ),
    Contradiction(
        "preprocessing: metadata without the nodes for pixels", "raw input", metadata(raw_input=None, format=4)
    ),
    Contradiction("logits: another tensor", "map", metadata(logits="ood_score")),
    Contradiction("head: sigmoid in place of softmax", "map", metadata(head="sigmoid"), ALONE),
    Contradiction("outputs: logits in an output that is not there", "map", metadata(logits_output="nowhere")),
    Contradiction("input: one that is not there", "map", metadata(input="nowhere")),
    Contradiction(
        "signatures: one feature fewer", "map", other("oddity.signatures", features=lambda f: f[:-1])
    ),
    Contradiction(
        "signatures: other features", "map", other("oddity.signatures", features=lambda f: [*f[:-1], "new"])
    ),
    Contradiction("map: another height", "map", metadata(map=lambda m: m | {"height": 4})),
    Contradiction("map: other images", "map", other("oddity.map", images=7)),
    Contradiction(
        "map: of a score that was not fitted", "map", metadata(map=lambda m: m | {"score": "knn"}), OTHERS
    ),
    Contradiction(
        "accuracy: of another number of images",
        "map",
        other("oddity.accuracy", probabilities=lambda t: t[:8], right=lambda t: t[:4]),
    ),
    Contradiction(
        "verification: other scores",
        "map",
        other("oddity.verification", scores=lambda s: [s[0] | {"expected": [0.0] * 16}, *s[1:]]),
    ),
    Contradiction(
        "temperature of the confidence: another one", "map", metadata(confidence_temperature=0.1), ALONE
    ),
    Contradiction(
        "source: another SHA-256",
        "map",
        metadata(source_sha256="0" * 64),
        "Only verify --model PLAIN --strict checks the hash.",
    ),
    Contradiction("format: one of the future", "map", metadata(format=99)),
)
