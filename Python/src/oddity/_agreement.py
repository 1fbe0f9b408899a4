"""Checks that a preprocessing gives the same numbers as the program that it was read from.

Only the inputs of the network are compared. Python does not compute scores, norms or statistics.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import _preprocess
from ._pictures import Pictures
from .errors import InputError, UsageError

PICTURES = 32
TOLERANCE = 1e-6
# Out of 255. Another resampling library than Pillow changes bytes by about this much.
_LEVELS = 24
# A shift cannot be recognised in smaller pictures.
_LEAST_SIDE = 8


@dataclass(frozen=True)
class Difference:
    """The largest difference over some pictures.

    `share` is the share of the values that differ. `text` is one line that describes the difference and its
    cause.
    """

    largest: float
    share: float
    text: str


def array(tensor: Any) -> Any:
    """Converts a PyTorch tensor, or what NumPy accepts as an array, to float32 [channels, height, width].

    Raises:
        UsageError: if it does not have three axes.
    """
    import numpy

    values = tensor.detach().cpu().numpy() if hasattr(tensor, "detach") else numpy.asarray(tensor)
    values = values[0] if values.ndim == 4 and values.shape[0] == 1 else values
    if values.ndim != 3:
        raise UsageError(
            f"the transform makes {list(values.shape)} of a picture; it must make [channels, height, width]"
        )
    return values.astype(numpy.float32)


def check(
    pictures: Pictures, transform: Callable[[Any], Any], preprocess: Any, *, tolerance: float = TOLERANCE
) -> None:
    """Compares the tensors that `transform` and Oddity make from up to 32 pictures.

    Args:
        transform: makes a tensor [c, h, w] from a PIL image.
        tolerance: how much values may differ, as a share of the largest value, which counts as at least 1.

    Raises:
        InputError: if they differ. The text names the step, the first pixel and the largest difference.
    """
    difference = measured(pictures, transform, preprocess, tolerance=tolerance)
    if difference is not None:
        raise InputError(difference.text)


def measured(
    pictures: Pictures, transform: Callable[[Any], Any], preprocess: Any, *, tolerance: float = TOLERANCE
) -> Difference | None:
    """Like `check`, but returns the difference, or None if there is none.

    Raises:
        InputError: if sizes differ, or Oddity refuses the preprocessing.
    """
    import numpy

    numbers = pictures.sample(PICTURES)
    tensors = [array(transform(pictures.read(number))) for number in numbers]
    _require_one_size(tensors, [pictures.names[number] for number in numbers])
    shape = tensors[0].shape
    ours = _preprocess.tensors([pictures.original(number) for number in numbers], preprocess, tuple(shape))
    theirs = numpy.stack(tensors)
    if ours.shape != theirs.shape:
        raise InputError(
            f"size: your transform makes {list(shape)} of a picture, Oddity {list(ours.shape[1:])}; "
            f"the preprocessing was read as {preprocess}"
        )
    return _difference(theirs, ours, tolerance, [pictures.names[number] for number in numbers])


def _require_one_size(tensors: list[Any], names: list[str]) -> None:
    for tensor, name in zip(tensors, names, strict=True):
        if tensor.shape != tensors[0].shape:
            raise InputError(
                f"size: your transform makes {list(tensors[0].shape)} of '{names[0]}', but "
                f"{list(tensor.shape)} of '{name}'; add a Resize to [height, width], or a CenterCrop"
            )


def _difference(theirs: Any, ours: Any, tolerance: float, names: list[str]) -> Difference | None:
    import numpy

    differences = numpy.abs(theirs.astype(numpy.float64) - ours)
    allowed = tolerance * max(1.0, float(numpy.abs(theirs).max()))
    apart = ~(differences <= allowed)
    if not apart.any():
        return None
    picture, channel, row, column = (int(place) for place in numpy.argwhere(apart)[0])
    largest, share = float(differences.max()), float(apart.mean())
    return Difference(
        largest,
        share,
        f"{_step(theirs, ours)}: first in '{names[picture]}', channel {channel}, row {row}, column {column}, "
        f"yours {theirs[picture, channel, row, column]:.7g}, "
        f"Oddity's {ours[picture, channel, row, column]:.7g}; "
        f"{100 * share:.3g} % of the values differ, by {largest:.3g} at most",
    )


def _step(theirs: Any, ours: Any) -> str:
    """The step of the preprocessing that differs, if the values show it."""
    if _is_scaled(theirs, ours):
        return "mean and std (or the rescale factor) differ from those of your transform"
    if ours.shape[1] == 3 and _is_scaled(theirs, ours[:, ::-1]):
        return "the order of channels (RGB, BGR) is not that of your transform"
    if _is_shifted(theirs, ours):
        return "the crop starts at a different pixel than in your transform"
    if _is_near(theirs, ours):
        return (
            "the resize rounds differently than in your transform (resize PIL images before they become "
            "tensors)"
        )
    return "the resize or the crop is not that of your transform"


def _is_scaled(theirs: Any, ours: Any) -> bool:
    """Whether each channel equals the other one times a factor plus a constant."""
    import numpy

    for channel in range(ours.shape[1]):
        x, y = (
            ours[:, channel].ravel().astype(numpy.float64),
            theirs[:, channel].ravel().astype(numpy.float64),
        )
        if x.std() == 0:
            continue
        slope, offset = numpy.polyfit(x, y, 1)
        if numpy.abs(slope * x + offset - y).max() > 1e-4 * max(1.0, float(numpy.abs(y).max())):
            return False
    return True


def _is_shifted(theirs: Any, ours: Any) -> bool:
    """Whether each picture equals the other one, possibly shifted by one pixel."""
    height, width = ours.shape[2:]
    moves = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    if min(height, width) < _LEAST_SIDE:
        return False
    return all(
        any(_is_moved(yours, our, height + a, width + b) for a, b in moves)
        for yours, our in zip(theirs, ours, strict=True)
    )


def _is_moved(yours: Any, our: Any, bottom: int, right: int) -> bool:
    """Whether the inner part of one picture equals the other picture without its last row and column."""
    import numpy

    height, width = our.shape[1:]
    part = our[:, bottom - height + 1 : bottom - 1, right - width + 1 : right - 1]
    return numpy.allclose(yours[:, 1 : height - 1, 1 : width - 1], part, atol=1e-4)


def _is_near(theirs: Any, ours: Any) -> bool:
    """Whether values differ only by a few of 255 levels."""
    import numpy

    spans = theirs.max((0, 2, 3), keepdims=True) - theirs.min((0, 2, 3), keepdims=True)
    return bool((numpy.abs(theirs - ours) <= _LEVELS / 255 * spans).all())
