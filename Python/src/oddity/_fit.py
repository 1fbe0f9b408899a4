"""`oddity.fit`: makes a guarded model from a classifier and images of its kind."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import _model, _run, _table
from ._guarded import Guarded
from ._library import Progress
from ._preprocess import Preprocess, as_argument, turns_pictures
from ._report import Reported
from ._sources import Source, listed, paths_of
from .errors import UsageError


class Fit(Reported):
    """A fitted detector, and the measurements of the fit.

    Attributes:
        guarded: the guarded model.
        json: what `oddity fit --json` prints.
    """

    def __init__(self, guarded: Guarded, report: dict[str, Any], page: str) -> None:
        super().__init__(report, page)
        self.guarded = guarded

    @property
    def selected(self) -> dict[str, Any]:
        """The block with the largest NormRatio: its `index` and `tensor`."""
        return dict(self.json["selected"])

    @property
    def blocks(self) -> Any:
        """A table of all blocks, with NormRatio and its 95 % interval."""
        return _table.of_records(self.json["blocks"])

    @property
    def scores(self) -> Any:
        """A table of the fitted scores, the calibrated one first, with AUROC against pseudo-OOD images."""
        return _table.of_records(self.json["scores"])

    @property
    def score(self) -> str:
        """The name of the calibrated score."""
        return str(self.json["scores"][0]["name"])

    @property
    def threshold(self) -> float:
        """Images with a score below it are outliers."""
        return float(self.json["threshold"])

    @property
    def alpha(self) -> float:
        """The share of in-distribution images that may be flagged."""
        return float(self.json["alpha"])

    def __repr__(self) -> str:
        return f"<oddity.Fit: {self.score}, block {self.selected['tensor']}, threshold {self.threshold:g}>"


def fit(
    model: Any,
    *,
    id: Any,
    calibration: Any = None,
    preprocess: Preprocess | None = None,
    labels: str | os.PathLike[str] | Sequence[str] | None = None,
    head: str | None = None,
    score: str | Sequence[str] | None = None,
    block: str | int | None = None,
    pseudo_ood: str | Sequence[str] | None = None,
    with_selected_norm: bool = False,
    paper_split: bool = False,
    no_signatures: bool = False,
    with_map: bool = False,
    map_block: str | int | None = None,
    settings: Mapping[str, Any] | None = None,
    limit: int | None = None,
    seed: int | None = None,
    alpha: float | str | None = None,
    confidence: float | str | None = None,
    calibration_by: str | None = None,
    raw_input: bool = False,
    input: str | None = None,
    logits: str | None = None,
    threads: int | None = None,
    batch: int | None = None,
    precision: str | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    engine: str | None = None,
    device: str | None = None,
    device_memory: int | None = None,
    progress: Progress | bool | None = None,
) -> Fit:
    """Fits a detector to a classifier, without retraining it and without out-of-distribution (OOD) images.

    Arguments that you leave out have the defaults of `oddity fit`.

    Args:
        model: the path of an ONNX file, its bytes, an `onnx.ModelProto`, the folder of a model exported from
            Hugging Face, or a `torch.nn.Module` (see `oddity.torch.fit` and `oddity.huggingface.fit`).
        id: images of the kind that the classifier was trained on: a path (folder, image, tar, `.npy`, …), PIL
            images, uint8 arrays [n, height, width, channels], float32 arrays that are preprocessed, or a list
            of these.
        calibration: such images that it was not trained on, so that p-values are valid.
        preprocess: how images become tensors: a preset, a JSON file's path, or its keys.
        labels: the names of the classes, or the path of a file with one name per line.
        head: "softmax" or "sigmoid".
        score: names of scores, of which the first one is calibrated. "auto" chooses one.
        block: the block whose norm is used, by its tensor or index. "auto" chooses the one with the largest
            NormRatio.
        pseudo_ood: kinds of pseudo-OOD images. The first kind selects the block.
        with_selected_norm: adds NAME+norm beside each score.
        paper_split: computes NormRatio over all of `id`, as in the paper.
        no_signatures: leaves out the data for `Detector.diagnose`, which makes the fit faster.
        with_map: adds the output `ood_map`, which `Detector.maps` reads. It contains what each position of an
            image adds to the score.
        map_block: the feature map whose positions the map uses, scored by FeatureNorm. The default is the
            feature map of the score.
        settings: parameters of scores, such as {"react.percentile": 95}.
        limit: the size of a seeded sample of the images of `id`.
        seed: determines samples, parts and pseudo-OOD images.
        alpha: the share of in-distribution images that may be flagged.
        confidence: keeps the false-alarm rate for this share of all calibration sets.
        calibration_by: "all" or "class".
        raw_input: puts resize, crop and normalisation into the guarded model.
        input, logits: the names of the model's tensors, if they are not found automatically.
        threads, batch, precision, cache_dir, engine, device, device_memory: how the network runs, as for
            `Detector`.
        progress: is called with the task, the number of finished steps and the total. True shows a bar, and
            False none.

    Raises:
        UsageError: for arguments that do not exist or contradict each other.
        InputError: for a model or images that cannot be used.
        MissingError: if a required library is not installed.
    """
    values = {name: value for name, value in locals().items() if name not in ("model", "id", "calibration")}
    other = _adapter(model)
    if other is not None:
        given = {
            name: value
            for name, value in values.items()
            if value is not None and (name == "progress" or value is not False)
        }
        fitted: Fit = other(model, id, calibration=calibration, **given)
        return fitted
    with contextlib.ExitStack() as stack:
        flags = _flags(values, stack)
        turns = turns_pictures(preprocess)
        flags += images_as_flags("--id", id, stack, turns=turns)
        if calibration is not None:
            flags += images_as_flags("--calibration", calibration, stack, turns=turns)
        return _fit(protected(stack.enter_context(_model.as_path(model))), flags, progress)


def _adapter(model: Any) -> Any:
    """The fit function for models that are not ONNX files."""
    if _model.is_torch_module(model):
        from . import torch

        return torch.fit
    if isinstance(model, (str, os.PathLike)) and os.path.isdir(model):
        from . import huggingface

        return huggingface.fit
    return None


def _fit(model: str, flags: list[str], progress: Progress | bool | None) -> Fit:
    guarded = Guarded()
    with tempfile.TemporaryDirectory(prefix="oddity-") as folder:
        page = Path(folder, "report.html")
        outputs = ["--output", guarded.path, "--report", str(page)]
        printed = _run.run_json("fit", model, *flags, *outputs, progress=progress)
        # The file is temporary. The caller later decides where to save the model.
        printed.pop("output", None)
        return Fit(guarded, printed, page.read_text(encoding="utf-8"))


_SWITCHES = ("with_selected_norm", "paper_split", "no_signatures", "with_map", "raw_input")
_LISTS = ("score", "pseudo_ood")


def _flags(values: Mapping[str, Any], stack: contextlib.ExitStack) -> list[str]:
    """The flags of the command.

    Values that must be files are written to temporary files, which exist until the stack is closed.
    """
    flags: list[str] = []
    for name, value in values.items():
        flag = "--" + name.replace("_", "-")
        if value is None or name == "progress":
            continue
        if name in _SWITCHES:
            flags += [flag] if value else []
        elif name == "preprocess":
            flags += [f"{flag}={stack.enter_context(as_argument(value))}"]
        elif name == "settings":
            flags += [f"--set={key}={setting}" for key, setting in value.items()]
        elif name == "labels" and not isinstance(value, (str, os.PathLike)):
            flags += [f"{flag}={_label_file(value, stack)}"]
        elif name in _LISTS and not isinstance(value, str):
            flags += [f"{flag}={','.join(value)}"]
        else:
            flags += [f"{flag}={os.fsdecode(value) if isinstance(value, os.PathLike) else value}"]
    return flags


def _label_file(labels: Sequence[str], stack: contextlib.ExitStack) -> str:
    for label in labels:
        if not isinstance(label, str) or len(label.splitlines()) != 1 or not label.strip():
            raise UsageError(
                f"the label {label!r} is not a class name: pass one line of text for each class"
            )
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="oddity-"))
    path = Path(folder, "labels.txt")
    path.write_text("".join(label + "\n" for label in labels), encoding="utf-8")
    return str(path)


def images_as_flags(flag: str, images: Any, stack: contextlib.ExitStack, *, turns: bool) -> list[str]:
    """The images as sources of a flag."""
    return [flag, *images_as_arguments(images, stack, turns=turns)]


def images_as_arguments(images: Any, stack: contextlib.ExitStack, *, turns: bool) -> list[str]:
    """The images as sources of a command. `turns` is whether pictures are rotated as their EXIF data says."""
    images = listed(images)
    paths = paths_of(images)
    if paths is None:
        paths = [stack.enter_context(Source(images, turns=turns)).spec]
    return [protected(path) for path in paths]


def protected(path: str) -> str:
    """The path in a form that cannot be mistaken for a flag."""
    return os.path.join(".", path) if path.startswith("-") and path != "-" else path
