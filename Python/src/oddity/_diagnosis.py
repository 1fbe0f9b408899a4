"""Diagnosis: whether images are preprocessed as a classifier expects."""

from __future__ import annotations

import contextlib
from typing import Any

from . import _run
from ._fit import images_as_arguments, images_as_flags, protected
from ._library import Progress


class Diagnosis:
    """The result of a diagnosis: what is wrong with images, from the point of view of their classifier.

    Attributes:
        json: what `oddity diagnose --json` prints.
    """

    def __init__(self, json: dict[str, Any]) -> None:
        self.json = json

    @property
    def healthy(self) -> bool:
        """True if no fault was found. Another mix of classes is not a fault."""
        return bool(self.json["verdict"] != "fault")

    @property
    def verdict(self) -> str:
        """ "healthy", "fault", or "mix": healthy, but the predicted classes have other shares."""
        return str(self.json["verdict"])

    @property
    def fault(self) -> str | None:
        """The most likely fault, such as "channels-swapped"; None if there is none."""
        return None if self.healthy else str(self.json["faults"][0]["fault"])

    @property
    def p_value(self) -> float:
        """The p-value of an exact permutation test.

        The hypothesis of the test is that the images are like the calibration images.
        """
        return float(self.json["p_value"])

    @property
    def faults(self) -> dict[str, float | None]:
        """The share of the difference from calibration images that each fault explains, most likely fault
        first.

        None for "other-images", which explains nothing.
        """
        return {found["fault"]: found["explained"] for found in self.json["faults"]}

    @property
    def warnings(self) -> list[str]:
        """Warnings that limit what the diagnosis means."""
        return [warning["text"] for warning in self.json["warnings"]]

    def __repr__(self) -> str:
        fault = "" if self.fault is None else f" {self.fault}"
        return f"<oddity.Diagnosis: {self.verdict}{fault}, p {self.p_value:.4f}>"


def diagnose(
    model: str,
    flags: list[str],
    *,
    images: Any,
    limit: int | None,
    progress: Progress | bool | None,
    turns: bool,
) -> Diagnosis:
    """Runs `oddity diagnose`. `turns` is whether pictures are rotated as their EXIF data says."""
    with contextlib.ExitStack() as stack:
        sources = images_as_arguments(images, stack, turns=turns)
        if limit is not None:
            flags = [f"--limit={limit}", *flags]
        arguments = [protected(model), *sources, *flags]
        return Diagnosis(_run.run_json("diagnose", *arguments, progress=progress))


class TensorCheck:
    """Whether a pipeline makes the same tensors as Oddity, and which of its steps differs.

    Attributes:
        json: what `oddity diagnose --tensors … --images … --json` prints.
    """

    def __init__(self, json: dict[str, Any]) -> None:
        self.json = json

    @property
    def same(self) -> bool:
        """Whether the tensors are equal, or differ only as much as between two decoders."""
        return self.json["verdict"] in ("same", "close")

    @property
    def verdict(self) -> str:
        """ "same", "close", "explained" by the steps, or "different" for another reason."""
        return str(self.json["verdict"])

    @property
    def steps(self) -> list[str]:
        """What your pipeline does differently, as sentences."""
        return [step["text"] for step in self.json["steps"]]

    def __repr__(self) -> str:
        return f"<oddity.TensorCheck: {self.verdict}{''.join(': ' + step for step in self.steps)}>"


def check_tensors(model: str, tensors: Any, images: Any, *, turns: bool) -> TensorCheck:
    """Runs `oddity diagnose --tensors`. `turns` is whether pictures are rotated as their EXIF data says."""
    with contextlib.ExitStack() as stack:
        arguments = images_as_flags("--tensors", tensors, stack, turns=turns)
        arguments += images_as_flags("--images", images, stack, turns=turns)
        return TensorCheck(_run.run_json("diagnose", protected(model), *arguments))
