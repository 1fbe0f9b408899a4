"""Tries one network: it must be accepted with correct numbers, or refused with one line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from . import judge
from .generator import Case
from .reference import jigsaws
from .workers import PATIENCE, Answer, Worker

IMAGES = 24
DOCUMENTED = (2, 65)


@dataclass
class Outcome:
    """The result of one network, as a line of a log."""

    name: str
    story: str
    is_generated: bool
    #: "equal", "equal by definition", "uncompared", "hopeless", "refused", or "failed".
    kind: str = "equal"
    #: Oddity's message and exit code, if it refuses.
    line: str = ""
    status: int | None = None
    #: Why ONNX Runtime refuses the file; empty if it accepts it.
    other: str = ""
    #: How the meaning of a file that ONNX Runtime refuses was found, or why it was not found.
    why: str = ""
    failures: list[str] = field(default_factory=list)
    largest: dict[str, float] = field(default_factory=dict)
    #: The precision of the numbers.
    precision: str = ""
    #: Whether the classifier's own outputs have the same bits with and without the guard.
    identical: bool = False
    #: The processor seconds, and the MiB, of the most expensive command.
    seconds: float = 0.0
    memory: float = 0.0
    blocks: int = 0


class Stop(Exception):
    """Ends the trial of this network."""


class Trial:
    """One network in a separate folder."""

    def __init__(self, case: Case, variant: int, folder: Path, oddity: Worker, reference: Worker) -> None:
        self.outcome = Outcome(case.name, case.story, case.is_generated)
        self.case, self.folder, self.variant = case, folder, variant
        self.oddity, self.reference = oddity, reference
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.file, self.guarded = str(folder / "network.onnx"), str(folder / "guarded.onnx")
        # The file that the numbers are compared with.
        self.true_file = self.file
        for name, content in {"network.onnx": case.content, **case.files}.items():
            (folder / name).write_bytes(content)

    def run(self) -> Outcome:
        try:
            self.prepare_images()
            found = json.loads(self.ask("blocks", self.file, "--json"))
            self.fit_and_compare(found)
        except Stop:
            pass
        if self.outcome.failures:
            self.outcome.kind = "failed"
        return self.outcome

    def prepare_images(self) -> None:
        shape = image_shape(self.case)
        self.layout = "NHWC" if shape[2] in (1, 3) and shape[0] not in (1, 3) else "NCHW"
        pixels = pictures(IMAGES, shape, self.layout)
        self.images, self.jigsaws = str(self.folder / "images.npy"), str(self.folder / "jigsaws.npy")
        np.save(self.images, pixels)
        np.save(self.jigsaws, jigsaws(pixels, self.layout))
        answer = self.reference.ask("plain", self.true_file, self.images, seconds=60)
        self.plain = answer.value["outputs"] if answer.kind == "value" else None
        if answer.kind != "value":
            self.outcome.other = (
                answer.value[2] if answer.kind == "error" else f"{answer.kind}: {answer.value}"
            )

    def ask(self, command: str, *arguments: str) -> str:
        """The output of a command."""
        answer = self.oddity.ask(command, *arguments)
        self.outcome.seconds = max(self.outcome.seconds, answer.seconds)
        self.outcome.memory = max(self.outcome.memory, answer.memory)
        if answer.kind == "value":
            return str(answer.value)
        if answer.kind == "error":
            self.refused(command, answer)
            # The library shows control characters in names as \xHH, and the command must do the same.
            if self.variant % 10 == 0 or "\\x" in self.outcome.line:
                self.check_command([command, *arguments])
        else:
            self.outcome.failures.append(f"{command}: {answer.kind}: {answer.value}")
        raise Stop

    def refused(self, command: str, answer: Answer) -> None:
        status, name, line = answer.value
        self.outcome.kind, self.outcome.status = "refused", status
        self.outcome.line = line.replace(self.file, "FILE").replace(str(self.folder), "FOLDER")
        if status not in DOCUMENTED:
            self.outcome.failures.append(f"{command}: exit code {status} ({name}): {self.outcome.line[:300]}")
        elif not line.strip() or "\n" in line.strip():
            self.outcome.failures.append(f"{command}: not one line: {self.outcome.line[:300]!r}")

    def check_command(self, arguments: list[str]) -> None:
        """Checks that the command itself ends with the same exit code and the same single line."""
        command = [os.environ.get("ODDITY", "oddity"), *arguments]
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        errors = [line for line in lines if not line.startswith("oddity: warning:")]
        if done.returncode != self.outcome.status or len(errors) != 1:
            told = "; ".join(errors)[:300].replace(str(self.folder), "FOLDER")
            self.outcome.failures.append(
                f"{arguments[0]} as a command: exit code {done.returncode}, {len(errors)} lines: {told!r}"
            )

    def fit_and_compare(self, found: dict[str, Any]) -> None:
        self.outcome.blocks = len(found["blocks"])
        head = found["head"]
        scores = "featurenorm,energy,msp" if (head or {}).get("classes", 0) > 1 else "featurenorm"
        ways = [["--paper-split"], ["--block", str(self.variant % max(1, len(found["blocks"])))]]
        printed = self.ask(
            "fit", self.file, "--id", self.images, "--score", scores, "--alpha", "0.2", "--no-signatures", "--threads", "1",
            "--json", "--output", self.guarded, *ways[self.variant % 2],
        )  # fmt: skip
        report = json.loads(printed)
        scored = self.ask("score", self.guarded, self.images, "--threads", "1")
        lines = [json.loads(line) for line in scored.splitlines()]
        block = next(b for b in report["blocks"] if b["tensor"] == report["selected"]["tensor"])
        comparison = judge.Comparison(judge.precision_of(self.case.content, self.case.precision))
        self.outcome.precision, self.outcome.largest = comparison.precision, comparison.largest
        logits = (head or {}).get("logits")
        names = list(dict.fromkeys([b["tensor"] for b in report["blocks"]] + ([logits] if logits else [])))
        if self.plain is None:
            self.compare_by_definition(comparison, lines, block, logits)
        else:
            self.compare(comparison, report, lines, block, logits, names)
        self.outcome.failures += comparison.differences
        if comparison.hopeless and not comparison.differences:
            self.outcome.kind = "hopeless"

    def compare(
        self, comparison: judge.Comparison, report: dict[str, Any], lines: list[dict[str, Any]], block: dict[str, Any],
        logits: str | None, names: list[str],
    ) -> None:  # fmt: skip
        answer = self.reference.ask("probe", self.true_file, self.images, self.jigsaws, names, seconds=60)
        guarded = self.reference.ask("file", self.guarded, self.images, seconds=60)
        if guarded.kind != "value":
            self.outcome.failures.append(
                f"ONNX Runtime takes the plain file, and not the guarded one: {guarded.value}"
            )
            return
        if answer.kind != "value":
            self.outcome.failures.append(
                f"the block's tensors cannot be read in ONNX Runtime: {answer.value}"
            )
            return
        probed = answer.value
        if self.reference_is_lost(probed["images"]):
            return
        self.outcome.identical = judge.check_outputs(comparison, self.plain, guarded.value)
        for each in report["blocks"]:
            judge.check_shape(comparison, probed, each)
        true_logits = self.true_logits(probed, logits)
        head = json.loads(metadata(self.guarded))["head"]
        truth = judge.norms(probed, block)
        own = {name: column(lines, name) for name in score_names(lines)}
        judge.check_scores(comparison, "OpenVINO", own, truth, true_logits, head)
        outputs = {"featurenorm": guarded.value["ood_score"]}
        outputs |= {
            n: guarded.value[f"ood_score.{n}"] for n in ("energy", "msp") if f"ood_score.{n}" in guarded.value
        }
        judge.check_scores(comparison, "ONNX Runtime", outputs, truth, true_logits, head)
        if self.variant % 2 == 0:
            judge.check_ratios(comparison, probed, report["blocks"])
        if true_logits is not None:
            judge.check_classes(comparison, [line["class"] for line in lines], true_logits)
        if not comparison.compared and not comparison.hopeless:
            self.outcome.kind = "uncompared"

    def true_logits(self, probed: dict[str, Any], name: str | None) -> tuple[np.ndarray, float] | None:
        if name is None or name in probed["missing"]:
            return None
        values = probed["images"][name].astype(np.float64)
        values = values.reshape(len(values), -1)
        others = [other[name].reshape(len(other[name]), -1) for other in probed["others"]]
        return values, judge.noise_of(values, others)

    def reference_is_lost(self, values: dict[str, np.ndarray]) -> bool:
        """Whether ONNX Runtime's LRN may have computed NaN.

        It adds a channel's square to a running sum and subtracts it later, so that small values beside large ones are lost. In
        such networks, Oddity's numbers were those of NumPy.
        """
        has_lrn = any(node.op_type == "LRN" for node in onnx.load(self.true_file, load_external_data=False).graph.node)
        if not has_lrn or all(np.isfinite(each).all() for each in values.values()):
            return False
        self.outcome.kind, self.outcome.why = "uncompared", "ONNX Runtime's LRN loses small numbers beside large ones"
        return True

    def compare_by_definition(
        self,
        comparison: judge.Comparison,
        lines: list[dict[str, Any]],
        block: dict[str, Any],
        logits: str | None,
    ) -> None:
        """Whether ONNX's reference implementation can compute a file that ONNX Runtime refuses."""
        names = [block["tensor"]] + ([logits] if logits else [])
        answer = self.reference.ask("onnx", self.true_file, self.images, names, seconds=60)
        if answer.kind != "value":
            self.outcome.kind = "uncompared"
            self.outcome.why = str(answer.value)
            return
        self.outcome.why, values, others = answer.value
        if self.reference_is_lost(values):
            return
        probed = {"missing": [], "images": values, "others": others}
        count = len(values[block["tensor"]])
        own = {name: column(lines[:count], name) for name in score_names(lines)}
        head = json.loads(metadata(self.guarded))["head"]
        truth, true_logits = judge.norms(probed, block), self.true_logits(probed, logits)
        judge.check_scores(comparison, "OpenVINO", own, truth, true_logits, head)
        self.outcome.kind = "equal by definition"


def score_names(lines: list[dict[str, Any]]) -> list[str]:
    return list(lines[0].get("scores") or {"featurenorm": None})


def column(lines: list[dict[str, Any]], name: str) -> list[Any]:
    return [(line.get("scores") or {"featurenorm": line["score"]})[name] for line in lines]


def metadata(path: str) -> str:
    model = onnx.load(path, load_external_data=False)
    return [entry.value for entry in model.metadata_props if entry.key == "oddity"][-1]


def image_shape(case: Case) -> tuple[int, int, int]:
    """The image shape that the file declares, if it is plausible."""
    try:
        graph = onnx.load_from_string(case.content).graph
        weights = {weight.name for weight in graph.initializer}
        entry = next(value for value in graph.input if value.name not in weights)
        sides = [dim.dim_value for dim in entry.type.tensor_type.shape.dim]
    except Exception:  # noqa: BLE001 - a damaged file declares nothing
        sides = []
    if len(sides) == 4 and all(0 < side <= 128 for side in sides[1:]):
        return sides[1], sides[2], sides[3]
    return 3, 16, 16


def pictures(count: int, shape: tuple[int, int, int], layout: str) -> np.ndarray:
    """Stripes of different pitch and contrast with some noise, as float32 arrays."""
    draws = np.random.default_rng(7)
    channels, height, width = shape if layout == "NCHW" else (shape[2], *shape[:2])
    rows, columns = np.mgrid[0:height, 0:width] / np.array([height, width])[:, None, None]
    images = np.empty((count, channels, height, width), np.float32)
    for image in images:
        for plane in image:
            angle, pitch = draws.uniform(0, np.pi), draws.uniform(0.3, 4)
            wave = np.sin(2 * np.pi * pitch * (rows * np.cos(angle) + columns * np.sin(angle)))
            plane[:] = (
                draws.normal() * 0.4 + draws.uniform(0.3, 1.5) * wave + draws.normal(0, 0.15, (height, width))
            )
    return images if layout == "NCHW" else np.ascontiguousarray(images.transpose(0, 2, 3, 1))
