"""Preprocessing: the argument of `--preprocess`, and the tensors."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _library
from ._library import Listener
from ._sources import Source
from .errors import InputError, UsageError

if TYPE_CHECKING:
    import numpy

#: A preset (imagenet, cifar, tf, torch, caffe), the path of a JSON file, or that file's content.
Preprocess = str | os.PathLike[str] | Mapping[str, Any]


@contextlib.contextmanager
def as_argument(preprocess: Preprocess | None) -> Iterator[str | None]:
    """The argument of a command: the name of a preset, or a path. Keys are written to a temporary file."""
    if not isinstance(preprocess, Mapping):
        yield None if preprocess is None else os.fspath(preprocess)
        return
    with tempfile.TemporaryDirectory(prefix="oddity-") as folder:
        path = Path(folder, "preprocess.json")
        path.write_text(json.dumps(dict(preprocess), default=_plain), encoding="utf-8")
        yield str(path)


def _plain(value: Any) -> Any:
    """A NumPy array or number in the form of JSON."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise UsageError(f"the preprocessing holds {type(value).__name__}: JSON has numbers, texts and lists")


def turns_pictures(preprocess: Preprocess | None) -> bool:
    """Whether pictures are rotated as their EXIF data says."""
    if preprocess is not None and not isinstance(preprocess, Mapping):
        try:
            preprocess = json.loads(Path(preprocess).read_bytes())
        except (OSError, ValueError):
            # A preset, or a file whose errors the command explains.
            return True
    return not isinstance(preprocess, Mapping) or preprocess.get("exif_orientation") is not False


def tensors(images: Any, preprocess: Preprocess | None, sample_shape: Sequence[int]) -> numpy.ndarray:
    """The input tensors that Oddity makes for a network.

    Args:
        images: paths, pictures or uint8 arrays.
        preprocess: a preset, a path, or keys.
        sample_shape: the shape of one image's tensor, (channels, height, width) or (height, width, channels).

    Returns:
        float32 [images, *sample_shape].

    Raises:
        InputError: if an image cannot be read, or the preprocessing does not give this shape.
    """
    import numpy

    place = _library.handle()
    shape = (ctypes.c_int64 * 3)(*sample_shape)
    turns = turns_pictures(preprocess)
    with (
        Source(images, turns=turns) as source,
        as_argument(preprocess) as argument,
        Listener(False) as listener,
    ):
        values = numpy.empty((len(source), *sample_shape), numpy.float32)
        _library.call(
            "oddity_preprocess",
            None if argument is None else os.fsencode(argument),
            shape,
            source.handle,
            values.ctypes.data,
            len(source),
            listener.pointer,
            None,
            ctypes.byref(place),
        )
        failed = failures(place)
    for message in failed.values():
        raise InputError(message)
    return values


def failures(place: Any) -> dict[int, str]:
    """The messages by row, from a handle that may be 0."""
    if place.value == 0:
        return {}
    return {int(row): message for row, message in json.loads(_library.take_bytes(place)).items()}
