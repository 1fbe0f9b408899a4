"""Any command of `oddity`, as a function."""

from __future__ import annotations

import ctypes
import json
import os
from typing import Any

from . import _library
from ._library import Listener, Progress


def run(
    command: str, *arguments: str | os.PathLike[str] | int | float, progress: Progress | bool | None = None
) -> str:
    """Runs a command in this process, as `oddity COMMAND ARGUMENTS` does in a shell.

    The command's warnings, also those about failed images, become Python warnings of the category
    `OddityWarning`. If the command would exit with code 1 in a shell, no error is raised: the output contains
    the fault that "diagnose" found, or the gate of "assess" that did not pass. `Detector.diagnose` returns
    them as `healthy`, and `Detector.assess` as `passes`.

    Args:
        command: for example "fit", "evaluate", "verify" or "benchmark".
        arguments: its arguments and flags, one by one: `run("blocks", "model.onnx", "--json")`.
        progress: is called with the task, the number of finished steps and the total. True shows a bar, and
            False none. None shows a bar if tqdm is installed and output goes to a terminal or a notebook.

    Returns:
        What the command prints on standard output.

    Raises:
        OddityError: with the command's message.
    """
    parts = [command, *(a if isinstance(a, (str, os.PathLike)) else str(a) for a in arguments)]
    output = _library.handle()
    with Listener(progress) as listener:
        argv = _library.texts(parts)
        _library.call("oddity_run", len(parts), argv, listener.pointer, None, ctypes.byref(output))
        printed = _library.take_bytes(output)
    return printed.decode()


def run_json(
    command: str, *arguments: str | os.PathLike[str], progress: Progress | bool | None = None
) -> Any:
    """The JSON that a command prints with `--json`."""
    return json.loads(run(command, *arguments, "--json", progress=progress))
