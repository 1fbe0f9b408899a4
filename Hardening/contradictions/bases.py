"""Guarded files with everything that such a file can contain: map, signatures, accuracy, classes, columns, preprocessing
nodes."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

FIXTURES = Path(__file__).resolve().parents[2] / "Tests/Fixtures"
NETWORK = FIXTURES / "residual.dyn.onnx"
#: The flags of the fit, by the name of the base.
BASES = {
    "map": ("--score", "featurenorm,energy", "--with-map"),
    "fusion": ("--score", "fusion"),
    "by class": ("--score", "energy,msp", "--calibration-by", "class"),
    "raw input": ("--score", "energy", "--raw-input"),
}
CLASSES = 10


@dataclass(frozen=True)
class Base:
    name: str
    file: Path
    images: Path


def oddity(*words: object) -> subprocess.CompletedProcess[str]:
    command = [os.environ["ODDITY"], *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def _pictures(folder: Path, count: int, random: np.random.Generator) -> Path:
    """PNG files in a folder for each class. The class is unrelated to the picture."""
    for index in range(count):
        coarse = random.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        place = folder / f"class{index % CLASSES}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(coarse.repeat(4, axis=0).repeat(4, axis=1)).save(place / f"{index}.png")
    return folder


def fit(folder: Path, names: list[str], seed: int) -> list[Base]:
    random = np.random.default_rng(seed)
    known, held_out = _pictures(folder / "id", 700, random), _pictures(folder / "held-out", 400, random)
    labels = folder / "labels.txt"
    labels.write_text("".join(f"class{index}\n" for index in range(CLASSES)), encoding="utf-8")
    bases = []
    for name in names:
        file = folder / f"{name.replace(' ', '-')}.onnx"
        words = ("--id", known, "--calibration", held_out, "--labels", labels, "--preprocess", "cifar")
        rate = ("--alpha", "0.1", "--seed", 1)
        done = oddity("fit", NETWORK, *words, *rate, *BASES[name], "--quiet", "-o", file)
        if done.returncode:
            raise RuntimeError(f"the fit of '{name}' failed: {done.stderr[-500:]}")
        bases.append(Base(name, file, _pictures(folder / "asked", 100, random)))
    return bases
