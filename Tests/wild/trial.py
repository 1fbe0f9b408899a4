"""Tries Oddity on one network: its blocks, its fits, and the numbers of two engines."""

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

import images

# The largest difference between the two engines' scores, as a share of the scores' range over the images.
TOLERANCE = 1e-5
# The largest difference between outputs if ONNX Runtime fuses nodes of the plain model that it cannot fuse in
# the guarded one.
FUSED = 1e-5
IMAGES, STRANGERS = 48, 12
INPUT_TYPES = {onnx.TensorProto.FLOAT: np.float32, onnx.TensorProto.FLOAT16: np.float16, onnx.TensorProto.UINT8: np.uint8}


@dataclass
class Trial:
    """A network's file and its properties that are known without Oddity."""

    name: str
    file: Path
    blocks: int | None = None
    size: tuple[int, int] | None = None  # if the file leaves height and width dynamic
    preprocess: dict = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    tolerance: float = TOLERANCE
    refused: str | None = None  # a part of the error message, if it cannot be guarded


@dataclass
class Outcome:
    """A row of the table. `right` is false if anything differs from the expectation."""

    name: str
    right: bool
    blocks: str = ""
    fits: list[str] = field(default_factory=list)
    said: str = ""

    def row(self) -> str:
        cells = [self.name, self.blocks, "; ".join(self.fits), self.said or ("right" if self.right else "wrong")]
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


HEADER = "| network | blocks | scores, largest difference between engines | result |\n|---|---|---|---|"


def run(trial: Trial, fits: list[str], folder: Path) -> Outcome:
    """Finds the blocks, and fits once for each of `fits`, which are lists of scores in the form of `fit
    --score`."""
    found = oddity("blocks", trial.file, "--json")
    if found.returncode:
        line = last_line(found)
        return Outcome(trial.name, trial.refused is not None and trial.refused in line, said=f"refused: {line}")
    count = len(json.loads(found.stdout)["blocks"])
    outcome = Outcome(trial.name, trial.blocks in (None, count), blocks=str(count))
    if not outcome.right:
        outcome.blocks += f" in place of {trial.blocks}"
    subject = Subject(trial, folder)
    for scores in fits:
        try:
            outcome.fits.append(f"`{scores}` {subject.fit_and_compare(scores)}")
        except Refusal as refusal:
            expected = trial.refused is not None and trial.refused in str(refusal)
            outcome.right &= expected
            outcome.fits.append(f"`{scores}` refused: {refusal}")
        except Difference as difference:
            outcome.right = False
            outcome.fits.append(f"`{scores}` WRONG: {difference}")
    return outcome


class Refusal(Exception):
    """The command's own message."""


class Difference(Exception):
    """Numbers that should be equal."""


class Subject:
    """A network with images of its size, as files for the command and as tensors for ONNX Runtime."""

    def __init__(self, trial: Trial, folder: Path):
        self.trial, self.folder = trial, folder
        graph = onnx.load(trial.file, load_external_data=False).graph
        weights = {w.name for w in graph.initializer}
        entry = next(i for i in graph.input if i.name not in weights)
        self.input = entry.name
        sides = [d.dim_value for d in entry.type.tensor_type.shape.dim]
        layout = "NHWC" if sides[3] in (1, 3) else "NCHW"
        height, width = trial.size or (sides[1:3] if layout == "NHWC" else sides[2:4])
        channels = sides[3] if layout == "NHWC" else sides[1]
        # A network that quantises by the range of the whole batch gets a batch size of one in its guarded
        # file.
        takes_range = any(node.op_type == "DynamicQuantizeLinear" for node in graph.node)
        self.batch = sides[0] if sides[0] > 0 else 1 if takes_range else None
        pixels = images.synthetic(IMAGES + STRANGERS, height, width, channels)
        # OOD images that give the scores a range: noise instead of shapes.
        noise = np.random.default_rng(11).integers(0, 256, (STRANGERS, height, width, channels), np.uint8)
        pixels[IMAGES:] = noise
        np.save(folder / "own.npy", pixels[:IMAGES])
        np.save(folder / "all.npy", pixels)
        dtype = INPUT_TYPES[entry.type.tensor_type.elem_type]
        self.tensors = images.tensors(pixels, trial.preprocess, layout, dtype)
        self.plain = self.answers(trial.file)

    def answers(self, file: Path, level=onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL) -> list[dict[str, np.ndarray]]:
        """All outputs of the file in ONNX Runtime, batch by batch. The last result is that of the first image
        alone."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = 1, 3
        options.graph_optimization_level = level
        session = onnxruntime.InferenceSession(str(file), options, ["CPUExecutionProvider"])
        names = [o.name for o in session.get_outputs()]
        step = self.batch or 16
        batches = [self.tensors[i : i + step] for i in range(0, len(self.tensors) - step + 1, step)]
        if not self.batch:
            batches += [self.tensors[len(batches) * step :], self.tensors[:1]]
        return [dict(zip(names, session.run(names, {self.input: batch}))) for batch in batches if len(batch)]

    def fit_and_compare(self, scores: str) -> str:
        guarded = self.folder / "guarded.onnx"
        guarded.unlink(missing_ok=True)
        arguments = ["--score", scores, "--alpha", "0.2", "-o", guarded, "--quiet", *self.trial.flags]
        if self.trial.preprocess:
            (self.folder / "preprocess.json").write_text(json.dumps(self.trial.preprocess))
            arguments += ["--preprocess", self.folder / "preprocess.json"]
        fitted = oddity("fit", self.trial.file, "--id", self.folder / "own.npy", *arguments)
        if fitted.returncode:
            raise Refusal(last_line(fitted))
        onnx.checker.check_model(str(guarded))
        answers = self.answers(guarded)
        note = self.compare_outputs(guarded, answers)
        return self.compare_scores(guarded, answers) + note

    def compare_outputs(self, guarded: Path, answers: list[dict[str, np.ndarray]]) -> str:
        if all_identical(self.plain, answers):
            return ""
        # A tensor that has a second reader cannot be fused away, so ONNX Runtime rounds elsewhere.
        literal = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        difference = largest_difference(self.plain, answers)
        if not all_identical(self.answers(self.trial.file, literal), self.answers(guarded, literal)):
            raise Difference(f"the classifier's outputs differ by {difference}, without fusions too")
        if not float(difference) < FUSED:
            raise Difference(f"the classifier's outputs differ by {difference} where ONNX Runtime fuses nodes")
        return f" (outputs the same without ONNX Runtime's fusions, {difference} apart with them)"

    def compare_scores(self, guarded: Path, answers: list[dict[str, np.ndarray]]) -> str:
        scored = oddity("score", guarded, self.folder / "all.npy", "--quiet")
        if scored.returncode:
            raise Refusal(last_line(scored))
        lines = [json.loads(line) for line in scored.stdout.splitlines()]
        columns = {"ood_score": [line["score"] for line in lines]}
        for name in lines[0].get("scores") or {}:
            columns[f"ood_score.{name}"] = [line["scores"][name] for line in lines]
        literal = self.answers(guarded, onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL)
        largest = 0.0
        for output, column in columns.items():
            if output not in answers[0]:
                continue
            other, floor = self.together(answers, output), self.together(literal, output)
            own = np.array(column[: len(other)], float)
            spread = np.ptp(other)
            if not np.isfinite(own).all() or spread == 0:
                raise Difference(f"'{output}' is not finite or the same for every image")
            share = float(np.abs(own - other).max() / spread)
            # The difference between two ways of computing the same graph in ONNX Runtime, which shows the
            # rounding in this network.
            rounding = float(np.abs(other - floor).max() / spread)
            if share > max(self.trial.tolerance, 4 * rounding):
                raise Difference(f"'{output}' differs between engines by {share:.1e} of its spread {spread:.2g}, ONNX Runtime from itself by {rounding:.1e}")
            largest = max(largest, share)
        return f"{largest:.0e}"

    def together(self, answers: list[dict[str, np.ndarray]], output: str) -> np.ndarray:
        # The last batch repeats the first image.
        return np.concatenate([answer[output] for answer in (answers if self.batch else answers[:-1])]).astype(float)


def all_identical(plain: list[dict], guarded: list[dict]) -> bool:
    return all(
        identical(values, own[name]) for own, batch in zip(guarded, plain, strict=True) for name, values in batch.items()
    )


def identical(left, right) -> bool:
    if isinstance(left, list):  # of ZipMap
        return left == right
    return left.dtype == right.dtype and left.shape == right.shape and left.tobytes() == right.tobytes()


def largest_difference(plain: list[dict], guarded: list[dict]) -> str:
    """The largest difference of any float output, as a share of the output's largest value."""
    largest = 0.0
    for own, batch in zip(guarded, plain, strict=True):
        for name, values in batch.items():
            if isinstance(values, np.ndarray) and values.dtype.kind == "f":
                difference = np.abs(values.astype(float) - own[name].astype(float)).max()
                largest = max(largest, float(difference / np.abs(values.astype(float)).max()))
            elif not identical(values, own[name]):
                return "inf"
    return f"{largest:.0e}"


def oddity(*arguments) -> subprocess.CompletedProcess:
    command = os.environ.get("ODDITY", ".build/release/oddity")
    return subprocess.run([command, *map(str, arguments)], capture_output=True, text=True)


def last_line(process: subprocess.CompletedProcess) -> str:
    lines = process.stderr.strip().splitlines() or [f"exit code {process.returncode} without a word"]
    return lines[-1].removeprefix("oddity: ")
