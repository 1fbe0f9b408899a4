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

    Its warnings become warnings of the category `OddityWarning`. Images that fail are among them. What exits
    with code 1 in a shell raises nothing: a fault that "diagnose" finds and a gate of "assess" that does not
    pass are in what is printed. `Detector.diagnose` has them as `healthy`, and `Detector.assess` as `passes`.

    Args:
        command: such as "fit", "evaluate", "verify" or "benchmark".
        arguments: its arguments and flags, one each: `run("blocks", "model.onnx", "--json")`.
        progress: is called with the task, what is done and the total; True or False for a bar or none; None
            is a bar where tqdm is installed and somebody watches.

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
