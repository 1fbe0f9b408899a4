"""Compares Oddity with ONNX Runtime: tensors at 0.95 of its own speed or more, files at 1.1 of Python's.

    python Python/tests/slow_onnxruntime.py [SECONDS]

The two sides alternate, so that other load on the machine affects both. The median of the rounds counts.
ONNX Runtime alone runs both ways: one batch after another on all cores, and one batch per core at once.
"""

from __future__ import annotations

import concurrent.futures
import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import onnxruntime
from core_data import NETWORKS, pictures
from PIL import Image
from slow_throughput import BATCH, rounds, told

import oddity


def session(path: Path, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def ways(path: Path, values: numpy.ndarray) -> dict[str, Callable[[], None]]:
    whole, single = session(path, 0), session(path, 1)
    name = whole.get_inputs()[0].name
    batches = [values[start : start + BATCH] for start in range(0, len(values), BATCH)]
    pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())

    def in_turn() -> None:
        for batch in batches:
            whole.run(None, {name: batch})

    def at_once() -> None:
        list(pool.map(lambda batch: single.run(None, {name: batch}), batches))

    return {"one batch on all cores": in_turn, "one batch for each core": at_once}


def of_tensors(path: Path, seconds: float) -> bool:
    detector = oddity.Detector(path, engine="onnxruntime")
    values = numpy.random.default_rng(0).normal(0, 1, (2048, *detector.sample_shape)).astype(numpy.float32)
    return all(
        [
            told(
                f"tensors against ONNX Runtime, {name}",
                len(values),
                rounds(lambda: detector.arrays(values), alone, seconds),
                0.95,
            )
            for name, alone in ways(path, values).items()
        ]
    )


def of_files(path: Path, folder: Path, seconds: float) -> bool:
    """Decodes and resizes with Pillow, in one thread per core."""
    for number, picture in enumerate(pictures(1000, 64, 64, 3)):
        Image.fromarray(picture).convert("L").save(folder / f"{number:05}.jpg", quality=90)
    files = sorted(folder.glob("*.jpg"))
    detector = oddity.Detector(path, engine="onnxruntime")
    _, height, width = detector.sample_shape
    mean, std = (numpy.float32(detector.info["preprocessing"][key][0]) for key in ("mean", "std"))
    whole = session(path, 0)
    name = whole.get_inputs()[0].name
    pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())

    def decoded(file: Path) -> Any:
        image = Image.open(file).convert("L").resize((width, height), Image.Resampling.BILINEAR)
        return ((numpy.asarray(image, numpy.float32) / 255 - mean) / std)[None]

    def python() -> None:
        for start in range(0, len(files), BATCH):
            whole.run(None, {name: numpy.stack(list(pool.map(decoded, files[start : start + BATCH])))})

    return told(
        "files against Python with ONNX Runtime and Pillow",
        len(files),
        rounds(lambda: detector.score(folder, table="numpy"), python, seconds),
        1.1,
    )


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20
    warnings.simplefilter("ignore", oddity.OddityWarning)
    images = pictures(200, 28, 28, 1)
    fit = oddity.fit(
        NETWORKS / "resnet18.onnx", id=images, calibration=images, score="energy", engine="onnxruntime"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "guarded.onnx")
        fit.guarded.save(path)
        pictures_folder = Path(folder, "images")
        pictures_folder.mkdir()
        results = [of_tensors(path, seconds), of_files(path, pictures_folder, seconds)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
