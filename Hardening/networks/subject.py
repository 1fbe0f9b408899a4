"""Oddity's Python package. Commands run in the process that loads this module."""

from __future__ import annotations

import os
import warnings
from typing import Any


def answer(task: str, *arguments: str) -> Any:
    """Runs a command and returns its output. Errors are exceptions with an exit code and a message."""
    import oddity

    if task == "warm":
        return warm(oddity)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return oddity.run(task, *arguments, progress=False)


def warm(oddity: Any) -> str:
    """Opens the library and the engines."""
    if library := os.environ.get("ODDITY_LIBRARY"):
        assert os.path.exists(library), library
    return str(oddity.run("engines"))
