"""How well a detector distinguishes in-distribution images from OOD images."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import _run, _table
from ._fit import images_as_flags, protected
from ._library import Progress
from ._report import Reported
from ._sources import Source, is_path, listed, paths_of
from .errors import UsageError


class Evaluation(Reported):
    """FPR95, AUROC and other metrics of every score against every set.

    Attributes:
        json: what `oddity evaluate --json` prints.
    """

    @property
    def table(self) -> Any:
        """One row for each score and set.

        Columns are score, ood, images, auroc, fpr95, fpr95_openood, aupr_in, aupr_out and flagged. If true
        classes are known, aurc and augrc measure selective prediction on the in-distribution images and the
        OOD images together. An accepted OOD image counts as a wrong answer. All numbers except `images` are
        shares, in [0, 1].
        """
        rows = [
            {
                "score": detector["score"],
                "ood": found["name"],
                **{k: v for k, v in found.items() if k not in ("name", "selective")},
                **{k: found["selective"][k] for k in ("aurc", "augrc") if found["selective"]},
            }
            for detector in self.json["detectors"]
            for found in detector["ood"]
        ]
        return _table.of_records(rows)

    @property
    def accuracy(self) -> float | None:
        """The share of in-distribution images that are classified correctly; None if no class is known."""
        accuracy = self.json["detectors"][0]["id_accuracy"]
        return None if accuracy is None else float(accuracy)

    @property
    def accepted(self) -> Any:
        """A table of the accepted images at several false-alarm rates.

        Its columns are alpha, coverage and, if it is known, accuracy.
        """
        return _table.of_records(self.json["detectors"][0]["accepted"])

    @property
    def shifted(self) -> Any:
        """One row for each set of shifted images: name, images, flagged, accuracy, accuracy_lost and
        accuracy_of_accepted.
        """
        return _table.of_records(self.json["detectors"][0]["shifted"] or [])

    @property
    def false_alarms(self) -> float:
        """The share of in-distribution images that are flagged."""
        return float(self.json["detectors"][0]["id_flagged"])

    def __repr__(self) -> str:
        detector = self.json["detectors"][0]
        sets = ", ".join(f"{found['name']} AUROC {found['auroc']:.3f}" for found in detector["ood"])
        return f"<oddity.Evaluation: {detector['score']}, {sets}>"


def evaluate(
    model: str,
    flags: list[str],
    *,
    id: Any,
    ood: Mapping[str, Any],
    shifted: Mapping[str, Any] | None,
    labels: Any,
    progress: Progress | bool | None,
    turns: bool,
) -> Evaluation:
    """Runs `oddity evaluate`. `turns` is whether pictures are rotated as their EXIF data says."""
    if not isinstance(ood, Mapping) or not ood:
        raise UsageError('no set of OOD images was given: pass ood={"name": images, …}')
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="oddity-"))
        page = Path(folder, "report.html")
        arguments = [protected(model), *images_as_flags("--id", id, stack, turns=turns)]
        for flag, sets in (("--ood", ood), ("--shifted", shifted or {})):
            for name, images in sets.items():
                if "=" in name or not name:
                    raise UsageError(f"the set's name {name!r} is empty or contains '=': choose another name")
                arguments += [f"{flag}={name}={_one(images, stack, turns)}"]
        if labels is not None:
            if not is_path(labels):
                raise UsageError("labels must be a path: pass the file that `oddity evaluate --labels` takes")
            arguments += [f"--labels={os.fsdecode(labels)}"]
        printed = _run.run_json("evaluate", *arguments, *flags, "--report", str(page), progress=progress)
        return Evaluation(printed, page.read_text(encoding="utf-8"))


def _one(images: Any, stack: contextlib.ExitStack, turns: bool) -> str:
    """The images as one source."""
    images = listed(images)
    paths = paths_of(images)
    if paths is not None and len(paths) == 1:
        return paths[0]
    return stack.enter_context(Source(images, turns=turns)).spec
