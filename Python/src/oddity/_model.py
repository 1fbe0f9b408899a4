"""Converts a classifier in any supported form into the path of an ONNX file."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import UsageError


@contextlib.contextmanager
def as_path(model: Any) -> Iterator[str]:
    """The path of a model that is given as a path, the bytes of an ONNX file, or an `onnx.ModelProto`.

    Raises:
        UsageError: for anything else.
    """
    if isinstance(model, (str, os.PathLike)):
        yield os.fsdecode(model)
        return
    content = _content(model)
    with tempfile.TemporaryDirectory(prefix="oddity-") as folder:
        path = Path(folder, "model.onnx")
        path.write_bytes(content)
        yield str(path)


def is_torch_module(model: Any) -> bool:
    """Whether it is a PyTorch module. Does not import PyTorch."""
    return any(
        kind.__module__ == "torch.nn.modules.module" and kind.__name__ == "Module"
        for kind in type(model).__mro__
    )


def _content(model: Any) -> bytes:
    if isinstance(model, (bytes, bytearray, memoryview)):
        return bytes(model)
    if hasattr(model, "SerializeToString"):
        return bytes(model.SerializeToString())
    raise UsageError(
        f"{type(model).__name__} is not a classifier: pass the path of an ONNX file, its bytes, an "
        "onnx.ModelProto, or a torch.nn.Module"
    )
