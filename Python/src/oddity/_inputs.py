"""The data of an adapter for `oddity.fit`: pictures with a verified preprocessing, or tensors."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from . import _transforms
from ._agreement import TOLERANCE, array, check
from ._library import levels_outside
from ._pictures import Pictures, pictures
from ._sources import tensor_array
from .errors import OddityWarning, UsageError

Transform = Callable[[Any], Any]


@dataclass(frozen=True)
class Inputs:
    """Arguments of `oddity.fit`, with the shape [c, h, w] of one preprocessed image if it is known."""

    id: Any
    calibration: Any
    preprocess: Any
    shape: tuple[int, ...] | None
    classes: Sequence[str] | None = None


def inputs(
    dataset: Any,
    calibration: Any = None,
    *,
    transform: Any = None,
    preprocess: Any = None,
    as_arrays: bool = False,
    tolerance: float = TOLERANCE,
) -> Inputs:
    """Reads data sets and their transform, and compares Oddity's preprocessing with the transform.

    Args:
        dataset, calibration: pictures, as `_pictures.pictures` accepts them, or float tensors [n, c, h, w].
        transform: makes a tensor [c, h, w] from a PIL image, or is a data configuration of timm. None means
            the transform of `dataset`.
        preprocess: replaces the preprocessing that is read from the transform. It is verified against the
            transform too.
        as_arrays: uses the tensors that the transform makes, without reading the transform.

    Raises:
        UsageError: if a transform is missing or cannot be read.
        InputError: if Oddity and the transform give different tensors.
    """
    if as_arrays or is_tensors(dataset):
        return _of_tensors(dataset, calibration, transform)
    if transform is None and preprocess is not None and not _is_data_set(dataset):
        return Inputs(dataset, calibration, preprocess, None)
    images = pictures(dataset)
    others = None if calibration is None else pictures(calibration)
    chosen = _transforms.of_timm(transform if transform is not None else images.transform)
    if chosen is None:
        return _unverified(images, others, preprocess)
    preprocess = _transforms.preprocess(chosen) if preprocess is None else preprocess
    shape = None if isinstance(chosen, dict) else _verified([images, others], chosen, preprocess, tolerance)
    return Inputs(images.source, None if others is None else others.source, preprocess, shape, images.classes)


def _is_data_set(dataset: Any) -> bool:
    """Whether it may have its own transform. Paths, arrays and lists have none."""
    return not isinstance(dataset, (str, os.PathLike, list, tuple)) and not hasattr(dataset, "dtype")


def _unverified(images: Pictures, others: Pictures | None, preprocess: Any) -> Inputs:
    images.read(0)
    if preprocess is None:
        raise UsageError(
            "there is no transform that makes tensors of pictures: pass the transform that you evaluate with"
        )
    return Inputs(images.source, None if others is None else others.source, preprocess, None, images.classes)


def _verified(
    sets: list[Pictures | None], transform: Transform, preprocess: Any, tolerance: float
) -> tuple[int, ...]:
    """Checks every set of pictures, and returns the shape of the tensors."""
    given = [images for images in sets if images is not None]
    for images in given:
        check(images, transform, preprocess, tolerance=tolerance)
    return tuple(array(transform(given[0].read(0))).shape)


# -- Tensors
# ------------------------------------------------------------------------------------------------------


def is_tensors(value: Any) -> bool:
    """Whether it is a batch of preprocessed images, floats [n, c, h, w]."""
    return "float" in str(getattr(value, "dtype", "")) and getattr(value, "ndim", 0) == 4


def _of_tensors(dataset: Any, calibration: Any, transform: Transform | None) -> Inputs:
    warnings.warn(
        "Oddity is given tensors, so it does not know how pictures become such values: score tensors with "
        "this model, not image files",
        OddityWarning,
        stacklevel=levels_outside(),
    )
    images = _tensors(dataset, transform)
    others = None if calibration is None else _tensors(calibration, transform)
    return Inputs(images, others, None, tuple(images.shape[1:]))


def _tensors(dataset: Any, transform: Transform | None) -> Any:
    """float32 [n, c, h, w]"""
    import numpy

    if is_tensors(dataset):
        return tensor_array(dataset)
    make, count = _maker(dataset, transform)
    first = make(0)
    if not numpy.array_equal(first, make(0), equal_nan=True):
        raise UsageError(
            "the transform makes different tensors of the same picture; pass the one that you evaluate with"
        )
    rows = numpy.empty((count, *first.shape), numpy.float32)
    for number in range(count):
        rows[number] = _row(make(number), first.shape, number)
    return rows


def _row(values: Any, shape: tuple[int, ...], number: int) -> Any:
    if values.shape != shape:
        raise UsageError(
            f"the tensor of picture {number} is {list(values.shape)}, that of the first {list(shape)}; "
            "add a Resize to [height, width], or a CenterCrop"
        )
    return values


def _maker(dataset: Any, transform: Transform | None) -> tuple[Callable[[int], Any], int]:
    """A function that returns a tensor by its number, and the number of tensors."""
    if transform is None and hasattr(dataset, "__getitem__") and not isinstance(dataset, (str, list, tuple)):
        return lambda number: array(_tensor(dataset[number])), len(dataset)
    images = pictures(dataset)
    chosen = _transforms.of_timm(transform if transform is not None else images.transform)
    if chosen is None:
        raise UsageError(
            "there is no transform that makes tensors of the pictures: pass the transform that you evaluate "
            "with"
        )
    _transforms.refuse_random(chosen)
    return lambda number: array(chosen(images.read(number))), len(images)


def _tensor(item: Any) -> Any:
    parts = list(item.values()) if isinstance(item, dict) else item
    for part in parts if isinstance(parts, (list, tuple)) else [parts]:
        if getattr(part, "ndim", 0) == 3:
            return part
    raise UsageError(
        "the data set gives no tensors [channels, height, width]; pass the transform that makes them"
    )
