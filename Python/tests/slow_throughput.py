"""Checks that arrays score at 0.95 of OpenVINO's own speed or more, and files at 0.97 of the command's.

    python Python/tests/slow_throughput.py [SECONDS]

The two sides alternate, so that other load on the machine affects both. The median of the rounds counts.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import openvino
from core_data import NETWORKS, command, pictures

import oddity

BATCH = 32


def rounds(ours: Callable[[], Any], theirs: Callable[[], Any], seconds: float) -> tuple[float, list[float]]:
    """Returns our seconds, and for each round the other side's time as a share of ours."""
    ours()
    theirs()
    shares: list[float] = []
    times: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(shares) < 5:
        start = time.perf_counter()
        ours()
        middle = time.perf_counter()
        theirs()
        times.append(middle - start)
        shares.append((time.perf_counter() - middle) / times[-1])
    return statistics.median(times), shares


def told(name: str, count: int, found: tuple[float, list[float]], least: float) -> bool:
    seconds, shares = found
    share = statistics.median(shares)
    print(
        f"{name}: {count / seconds:.0f} images a second, {share:.3f} of the other's speed "
        f"({min(shares):.3f} to {max(shares):.3f} in {len(shares)} rounds)"
    )
    return share >= least


def of_arrays(path: Path, seconds: float) -> bool:
    detector = oddity.Detector(path)
    values = numpy.random.default_rng(0).normal(0, 1, (512, *detector.sample_shape)).astype(numpy.float32)
    core = openvino.Core()
    settings = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(core.read_model(path), "CPU", settings)
    queue = openvino.AsyncInferQueue(compiled)

    def alone() -> None:
        for start in range(0, len(values), BATCH):
            queue.start_async({0: openvino.Tensor(values[start : start + BATCH], shared_memory=True)})
        queue.wait_all()

    return told(
        "arrays against OpenVINO", len(values), rounds(lambda: detector.arrays(values), alone, seconds), 0.95
    )


def of_files(path: Path, folder: Path, seconds: float) -> bool:
    """The command starts in each round. Its start time is measured with one image and subtracted."""
    images = folder / "images"
    images.mkdir()
    for number, picture in enumerate(pictures(2000, 56, 56, 1)):
        (images / f"{number:05}.pgm").write_bytes(b"P5 56 56 255\n" + picture.tobytes())
    detector = oddity.Detector(path)
    one = images / "00000.pgm"
    starts = []
    for _ in range(5):
        start = time.perf_counter()
        command("score", path, one, "--output", folder / "one.jsonl")
        starts.append(time.perf_counter() - start)

    ours: list[float] = []
    theirs: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(ours) < 5:
        start = time.perf_counter()
        detector.score(images, table="numpy")
        middle = time.perf_counter()
        command("score", path, images, "--output", folder / "all.jsonl")
        ours.append(middle - start)
        theirs.append(time.perf_counter() - middle - statistics.median(starts))
    shares = [their / our for our, their in zip(ours, theirs, strict=True)]
    return told("files against the command", 2000, (statistics.median(ours), shares), 0.97)


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30
    warnings.simplefilter("ignore", oddity.OddityWarning)
    images = pictures(200, 28, 28, 1)
    fit = oddity.fit(NETWORKS / "resnet18.onnx", id=images, calibration=images, score="energy", seed=1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "guarded.onnx")
        fit.guarded.save(path)
        results = [of_arrays(path, seconds), of_files(path, Path(folder), seconds)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
