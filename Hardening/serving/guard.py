"""A small guarded model that is fitted here, and the results of `oddity score` for pictures, which the server must return."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np

from .pictures import Picture, encoded, ordinary

ROOT = Path(__file__).resolve().parents[2]
CLASSIFIER = ROOT / "Training/networks/resnet18-w16.onnx"
#: The fields of a verdict, without the name of the image.
FIELDS = ("score", "p_value", "outlier", "class", "label", "confidence")


def command() -> str:
    """The command, as Hardening/run names it."""
    return os.environ.get("ODDITY", str(ROOT / ".build/release/oddity"))


def fit(folder: Path, seed: int, labels: list[str] | None = None, name: str = "guarded.onnx") -> Path:
    """Fits a ResNet-18 of 16 channels on 600 ordinary pictures, which takes some seconds."""
    images = folder / "fit-images"
    if not images.exists():
        images.mkdir()
        generator = np.random.default_rng([seed, 600])
        for number in range(600):
            (images / f"{number:04}.png").write_bytes(encoded(ordinary(generator, 32), "png"))
    guarded = folder / name
    further = []
    if labels:
        (folder / "labels.txt").write_text("\n".join(labels) + "\n", encoding="utf-8")
        further = ["--labels", str(folder / "labels.txt")]
    run = [command(), "fit", str(CLASSIFIER), "--id", str(images), "--preprocess", "cifar", "--score", "featurenorm"]
    subprocess.run(
        [*run, "--with-map", "--quiet", *further, "-o", str(guarded)], check=True, capture_output=True
    )
    return guarded


def verdicts(guarded: Path, folder: Path, pictures: list[Picture]) -> dict[str, dict]:
    """The result of `oddity score` for each picture, by its name: a verdict, or `{"error": …}`."""
    folder.mkdir()
    paths = [folder / picture.name for picture in pictures]
    for path, picture in zip(paths, pictures, strict=True):
        path.write_bytes(picture.data)
    listed = "\n".join(str(path) for path in paths)
    # Status 1 means that some cannot be read, which is intended.
    ended = subprocess.run(
        [command(), "score", str(guarded), "-", "--quiet"],
        input=listed,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    if len(lines) != len(pictures):
        raise RuntimeError(f"oddity score answered {len(lines)} of {len(pictures)}: {ended.stderr[-2000:]}")
    return {picture.name: line for picture, line in zip(pictures, lines, strict=True)}


def differs(answer: dict, expected: dict) -> str | None:
    """The problems of the server's verdict on one image; empty if it equals that of `oddity score`."""
    if "error" in expected:
        return None if "error" in answer else f"{answer} where oddity score reports an error"
    if "error" in answer:
        return f"{answer['error']!r} where oddity score has a verdict"
    for field in FIELDS:
        if answer.get(field) != expected.get(field):
            return f"{field} is {answer.get(field)}, not {expected.get(field)}"
    return None
