"""Every score of in-distribution images that were not used to fit, for a few networks."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ODDITY_DATA", ROOT.parent / "shared/data"))
DEMO = Path(os.environ.get("ODDITY_DEMO", ROOT / ".demo"))


@dataclass(frozen=True)
class Network:
    """A network with the images for its fit, and the images whose scores are split."""

    name: str
    model: Path
    images: Path
    fit: tuple[str, ...]


NETWORKS = (
    Network(
        "ResNet-18, CIFAR-10",
        ROOT / "Training/networks/resnet18-w16.onnx",
        DATA / "cifar10/test.tar.gz",
        ("--id", str(DATA / "cifar10/train.tar.gz"), "--limit", "3000", "--preprocess", "cifar"),
    ),
    Network(
        "VGG-11, Fashion-MNIST",
        ROOT / "Demo/networks/vgg11.onnx",
        DEMO / "test.tar",
        (
            *("--id", str(DEMO / "train/train-images-idx3-ubyte.gz"), "--limit", "3000"),
            *(
                "--calibration",
                str(DEMO / "calibration.tar"),
                "--labels",
                str(ROOT / "Demo/networks/labels.txt"),
            ),
            *("--preprocess", str(ROOT / "Demo/networks/preprocess.json")),
        ),
    ),
)


@dataclass(frozen=True)
class Pool:
    """The scores of one network on images that were not used to fit."""

    network: Network
    guarded: Path
    #: float32 for each image, by the name of the score.
    scores: dict[str, np.ndarray]
    #: The score that the file calibrates, which `auto` chose.
    chosen: str
    #: The predicted class of each image.
    classes: np.ndarray
    fit_counts: list[int]
    #: The p-values from the file itself.
    p_values: np.ndarray
    outliers: np.ndarray
    #: The calibration of the file: number of images and k. Its images are others of the same kind.
    calibration: tuple[int, int]

    @property
    def images(self) -> int:
        return len(self.classes)


def oddity(*arguments: object) -> str:
    """The output of a command of Oddity."""
    command = [os.environ["ODDITY"], *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command[:3])} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def _names() -> list[str]:
    listed = json.loads(oddity("scores", "--json"))
    return [score["name"] for score in (listed["scores"] if isinstance(listed, dict) else listed)]


def make(network: Network, folder: Path) -> Pool:
    """Fits every score and scores the images, unless the results exist."""
    stem = network.name.replace(", ", "-").replace(" ", "-").lower()
    guarded, lines = folder / f"{stem}.onnx", folder / f"{stem}.jsonl"
    if not guarded.exists():
        asked = ",".join(["auto", *_names()])
        options = (
            "--score",
            asked,
            "--with-selected-norm",
            "--seed",
            1,
            "--quiet",
        )
        oddity("fit", network.model, *network.fit, *options, "-o", guarded)
    if not lines.exists():
        oddity("score", guarded, network.images, "--output", lines, "--quiet")
    return _read(network, guarded, lines)


def _read(network: Network, guarded: Path, lines: Path) -> Pool:
    images = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    told = json.loads(oddity("inspect", guarded, "--json"))

    def column(name: str) -> np.ndarray:
        values = (image["scores"][name] for image in images)
        return np.array([np.nan if value is None else value for value in values], np.float32)

    return Pool(
        network=network,
        guarded=guarded,
        scores={name: column(name) for name in told["scores"]},
        chosen=told["score"],
        classes=np.array([image["class"] for image in images]),
        fit_counts=_fit_counts(guarded),
        p_values=np.array([image["p_value"] for image in images], np.float32),
        outliers=np.array([image["outlier"] for image in images]),
        calibration=(told["calibration_size"], told["calibration_rank"]),
    )


def _fit_counts(guarded: Path) -> list[int]:
    import onnx

    properties = {entry.key: entry.value for entry in onnx.load(guarded).metadata_props}
    return json.loads(properties["oddity"])["fit_class_counts"]
