"""Images and networks for the tests of the adapters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
from PIL import Image

FIXTURES = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures"
GREY = FIXTURES / "grey.dyn.onnx"
"""[N, 1, 28, 28], random weights"""
GREY_STEPS = {"mean": 0.5, "std": 0.25}


def waves(count: int, height: int, width: int, channels: int = 3, seed: int = 0) -> Any:
    """uint8 images [count, height, width, channels] of waves and noise, or [count, height, width]."""
    random = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[0:height, 0:width] / max(height, width)
    angles = random.uniform(0, 6.3, (count, channels, 1, 1))
    turns = random.uniform(1, 4, (count, channels, 1, 1))
    planes = 127 + 90 * numpy.sin(6.3 * turns * (numpy.cos(angles) * x + numpy.sin(angles) * y) + angles)
    planes += random.normal(0, 12, planes.shape)
    pixels = numpy.clip(planes, 0, 255).astype(numpy.uint8).transpose(0, 2, 3, 1)
    return numpy.ascontiguousarray(pixels[..., 0] if channels == 1 else pixels)


def folder_of(path: Path, classes: tuple[str, ...], each: int, height: int, width: int) -> Path:
    """PNG images of several sizes in class folders."""
    for place, name in enumerate(classes):
        (path / name).mkdir(parents=True)
        for number in range(each):
            pixels = waves(1, height + 3 * (number % 5), width + number % 7, seed=1000 * place + number)[0]
            Image.fromarray(pixels).save(path / name / f"{number:03}.png")
    return path
