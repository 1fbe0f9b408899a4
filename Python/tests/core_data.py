"""Images, networks and the command for the tests of the core."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests" / "Fixtures"
NETWORKS = ROOT / "Demo" / "networks"

COLOUR = FIXTURES / "residual.dyn.onnx"
"""[N, 3, 32, 32], random weights"""
GREY = FIXTURES / "grey.dyn.onnx"
"""[N, 1, 28, 28], random weights"""

COLUMNS = ("scores", "p_values", "outliers", "classes", "confidences")


def pictures(count: int, height: int = 32, width: int = 32, channels: int = 3, seed: int = 0) -> Any:
    """Noise, as uint8 [count, height, width, channels], or [count, height, width] for one channel."""
    random = numpy.random.default_rng(seed)
    shape = (count, height, width, channels)
    values = random.integers(0, 128, shape) + random.integers(0, 128, (count, 1, width, channels))
    return values.astype(numpy.uint8)[..., 0] if channels == 1 else values.astype(numpy.uint8)


def tensors(count: int, seed: int = 0) -> Any:
    """float32 [count, 3, 32, 32]"""
    values = numpy.random.default_rng(seed).normal(0, 1, (count, 3, 32, 32))
    return values.astype(numpy.float32)


def command(*arguments: Any, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Runs `oddity` in a separate process."""
    parts = [argument if isinstance(argument, bytes) else str(argument) for argument in arguments]
    return subprocess.run(
        [sys.executable, "-m", "oddity", *parts], capture_output=True, check=False, **options
    )


def python(code: str, *arguments: Any, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs code in a separate process."""
    parts = [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)]
    return subprocess.run(parts, capture_output=True, text=True, check=False, timeout=100, **options)


def assert_same(one: Any, other: Any) -> None:
    """Checks that two results have the same bits."""
    for column in COLUMNS:
        left, right = getattr(one, column), getattr(other, column)
        assert left.dtype == right.dtype
        assert left.tobytes() == right.tobytes(), column
