"""A guarded model: one ONNX file."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

from . import _run
from .errors import OutputError


class Guarded:
    """The classifier with the score, the threshold and the calibration, as a fit made it.

    It lies in a temporary folder, and is gone with the object: `save` keeps it.

    Attributes:
        path: of the file.
    """

    def __init__(self, content: bytes | None = None) -> None:
        folder = tempfile.mkdtemp(prefix="oddity-")
        self._remove = weakref.finalize(self, _remove, folder, os.getpid())
        self.path = str(Path(folder, "guarded.onnx"))
        if content is not None:
            Path(self.path).write_bytes(content)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model into a file.

        Raises:
            OutputError: if the file cannot be written.
        """
        try:
            shutil.copyfile(self.path, path)
        except OSError as error:
            raise OutputError(f"cannot write {os.fspath(path)}: {error.strerror}", 74, "output") from error

    def __bytes__(self) -> bytes:
        return Path(self.path).read_bytes()

    def __fspath__(self) -> str:
        return self.path

    def __reduce__(self) -> Any:
        return Guarded, (bytes(self),)

    @property
    def info(self) -> dict[str, Any]:
        """What `oddity inspect --json` prints."""
        info: dict[str, Any] = _run.run_json("inspect", self.path)
        return info

    def __repr__(self) -> str:
        return f"<oddity.Guarded of {os.path.getsize(self.path)} bytes>"


def _remove(folder: str, process: int) -> None:
    """Removes the folder, unless this is a fork of the process that it belongs to."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
