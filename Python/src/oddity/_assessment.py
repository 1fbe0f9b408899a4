"""Assessment of a batch of images without labels."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import _run
from ._fit import images_as_arguments, protected
from ._library import Progress
from ._report import Reported


@dataclass(frozen=True)
class ExpectedAccuracy:
    """The expected share of images that are classified correctly.

    Attributes:
        images: the number of images that it refers to.
        value: in [0, 1].
        low: the lower bound of its 95 % interval.
        high: the upper bound of the interval.
    """

    images: int
    value: float
    low: float
    high: float


class Assessment(Reported):
    """Whether a batch has shifted, how much of it is strange, and which accuracy to expect on it.

    Attributes:
        json: what `oddity assess --json` prints.
    """

    @property
    def flagged(self) -> float:
        """The share of images that are flagged as outliers."""
        return float(self.json["flagged"])

    @property
    def shift_p_value(self) -> float:
        """Small if the batch does not look like the calibration images to the model."""
        return float(self.json["shift"]["p_value"])

    @property
    def strange_at_least(self) -> float:
        """At least this share is strange, with 95 % confidence; the share itself cannot be known."""
        return float(self.json["strange"]["share_at_least"])

    @property
    def accuracy(self) -> ExpectedAccuracy | None:
        """The expected accuracy on images that are not flagged; None if it is unknown.

        It holds if each image shows a known class.
        """
        return self._accuracy("accuracy_of_accepted")

    @property
    def accuracy_of_all(self) -> ExpectedAccuracy | None:
        """The expected accuracy on all images; None if it is unknown."""
        return self._accuracy("accuracy")

    @property
    def withheld(self) -> str | None:
        """Why the accuracy is unknown; None if it is known."""
        reason = self.json["accuracy_withheld"]
        return None if reason is None else str(reason)

    @property
    def groups(self) -> list[list[str]]:
        """Names of flagged images that look alike, the most typical of each group, largest groups first."""
        return [list(group["examples"]) for group in self.json["groups"]]

    @property
    def passes(self) -> bool:
        """Whether the batch passes every limit that you set."""
        return all(gate["passes"] for gate in self.json["gates"])

    def _accuracy(self, key: str) -> ExpectedAccuracy | None:
        found = self.json[key]
        if found is None:
            return None
        low, high = found["interval"]
        return ExpectedAccuracy(found["images"], float(found["value"]), float(low), float(high))

    def __repr__(self) -> str:
        told = "unknown" if self.accuracy is None else f"{self.accuracy.value:.3f}"
        return (
            f"<oddity.Assessment: shift p {self.shift_p_value:.4f}, strange at least "
            f"{self.strange_at_least:.3f}, accuracy {told}>"
        )


def assess(
    model: str,
    flags: list[str],
    *,
    images: Any,
    gates: dict[str, float | None],
    progress: Progress | bool | None,
    turns: bool,
) -> Assessment:
    """Runs `oddity assess`. `turns` is whether pictures are rotated as their EXIF data says."""
    asked = [f"--{name.replace('_', '-')}={value}" for name, value in gates.items() if value is not None]
    with contextlib.ExitStack() as stack:
        sources = images_as_arguments(images, stack, turns=turns)
        page = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oddity-")), "report.html")
        arguments = [protected(model), *sources, *asked, *flags, "--report", str(page)]
        printed = _run.run_json("assess", *arguments, progress=progress)
        return Assessment(printed, page.read_text(encoding="utf-8"))
