"""A guarded model: one ONNX file."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import _run
from .errors import OutputError


class Guarded:
    """The classifier with the score, the threshold and the calibration of a fit.

    The model exists only as long as this object. Call `save` to keep it.
    """

    def __init__(self, content: bytes | None = None) -> None:
        self._content = content
        self._path: str | None = None

    @property
    def path(self) -> str:
        """A temporary file with the model. It exists as long as this object."""
        if self._path is None:
            folder = tempfile.mkdtemp(prefix="oddity-")
            self._remove = weakref.finalize(self, _remove, folder, os.getpid())
            self._path = str(Path(folder, "guarded.onnx"))
            if self._content is not None:
                Path(self._path).write_bytes(self._content)
        return self._path

    @contextlib.contextmanager
    def opened(self) -> Iterator[str]:
        """Yields the path of a file that contains the model.

        A model in memory is written to a file only for this time, so that no file remains if the process is
        killed later.
        """
        if self._path is not None or self._content is None:
            yield self.path
            return
        with tempfile.TemporaryDirectory(prefix="oddity-") as folder:
            path = Path(folder, "guarded.onnx")
            path.write_bytes(self._content)
            yield str(path)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model to a file.

        Raises:
            OutputError: if the file cannot be written.
        """
        try:
            with self.opened() as own:
                shutil.copyfile(own, path)
                # The weights of a model above 1 GiB are in separate files.
                for other in Path(own).parent.iterdir():
                    if str(other) != own:
                        shutil.copyfile(other, Path(path).parent / other.name)
        except OSError as error:
            raise OutputError(f"cannot write {os.fspath(path)}: {error.strerror}", 74, "output") from error

    def __bytes__(self) -> bytes:
        return self._content if self._content is not None else Path(self.path).read_bytes()

    def __fspath__(self) -> str:
        return self.path

    def __reduce__(self) -> Any:
        return Guarded, (bytes(self),)

    @property
    def info(self) -> dict[str, Any]:
        """What `oddity inspect --json` prints."""
        with self.opened() as path:
            info: dict[str, Any] = _run.run_json("inspect", path)
        return info

    def __repr__(self) -> str:
        return f"<oddity.Guarded of {len(bytes(self))} bytes>"


def _remove(folder: str, process: int) -> None:
    """Removes the folder, unless this process is a fork of the folder's owner."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
