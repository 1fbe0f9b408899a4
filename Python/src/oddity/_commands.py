"""The output of commands, as tables and dictionaries."""

from __future__ import annotations

import os
from typing import Any

from . import _model, _run, _table
from ._fit import protected
from ._guarded import Guarded
from ._library import library

__version__ = library().oddity_version().decode()


def blocks(model: Any) -> Any:
    """A table of the blocks that `fit` chooses from.

    Args:
        model: a path, the bytes of an ONNX file, or an `onnx.ModelProto`.
    """
    with _model.as_path(model) as path:
        return _table.of_records(_run.run_json("blocks", protected(path))["blocks"])


def inspect(guarded: str | os.PathLike[str] | Guarded) -> dict[str, Any]:
    """The metadata of a guarded model: score, block, threshold, calibration, preprocessing, labels."""
    found: dict[str, Any] = _run.run_json("inspect", protected(os.fsdecode(guarded)))
    return found


def scores() -> Any:
    """A table of all scores, with their requirements and sources."""
    return _table.of_records(_run.run_json("scores")["scores"])
