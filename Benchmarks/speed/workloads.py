"""The networks, images and guarded models of the measurements. They are created once, in .benchmarks/speed."""

import json
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".benchmarks" / "speed"
CIFAR = {"mean": [0.4914, 0.4822, 0.4465], "std": [0.2470, 0.2435, 0.2616]}


@dataclass(eq=False)
class Workload:
    """One network with a folder of JPEG files."""

    title: str
    #: The name that the peers use.
    network: str
    model: Path
    preprocessing: dict
    #: [C, H, W]
    shape: list
    #: The images for the fit and the calibration.
    training: Path
    #: The archive whose files are scored.
    archive: Path
    #: The batch size of PyTorch.
    torch_batch: int
    #: Oddity's default batch size. ONNX Runtime and the engine alone use it too.
    batch: int
    #: The score of the guarded model.
    score: str = "featurenorm"
    #: The number of images for PyTorch if all would take too long. Rates do not depend on it.
    torch_images: int | None = None

    @property
    def guarded(self):
        return WORK / f"{self.network}-{self.score}.guarded.onnx"

    @property
    def preprocess_file(self):
        return WORK / f"{self.network}.preprocess.json"

    def images(self, count=None):
        """A folder with the first `count` images of the archive, or with all of them."""
        folder = WORK / (f"{self.network}-{count}" if count else f"{self.network}-images")
        if not folder.exists():
            extract(self.archive, folder, count)
        return folder

    def prepare(self, oddity):
        WORK.mkdir(parents=True, exist_ok=True)
        self.preprocess_file.write_text(json.dumps(self.preprocessing))
        subprocess.run([str(word) for word in self.fit(oddity)], check=True, stdout=subprocess.DEVNULL)

    def fit(self, oddity):
        """The command that makes the guarded model."""
        return [oddity, "fit", self.model, "--id", self.training, "--limit", 2000, "--preprocess", self.preprocess_file,
                "--score", self.score, "--seed", 1, "--quiet", "-o", self.guarded]  # fmt: skip

    def task(self, oddity, purpose, images=None, **more) -> Path:
        """The file with the task of a peer."""
        facts = {
            "network": self.network,
            "model": str(self.model),
            "guarded": str(self.guarded),
            "images": str(images or self.images()),
            "preprocessing": self.preprocessing,
            "shape": self.shape,
            "block": self.block(oddity),
            "logits": "logits",
            "calibration": self.calibration(oddity),
        } | more
        path = WORK / f"{self.network}-{purpose}.task.json"
        path.write_text(json.dumps(facts))
        return path

    @cache
    def block(self, oddity):
        """The index of the selected block; None for a score that needs no block."""
        inspected = json.loads(subprocess.check_output([oddity, "inspect", self.guarded, "--json"]))
        return (inspected.get("block") or {}).get("index")

    @cache
    def calibration(self, oddity):
        """The scores of 500 images in ascending order."""
        lines = subprocess.check_output([oddity, "score", self.guarded, self.images(500), "--quiet"])
        return sorted(json.loads(line)["score"] for line in lines.splitlines())


def extract(archive, folder, count):
    """The regular files of a tar, in its order, in one folder with numbered names. Programs recognise images by their content."""
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with tarfile.open(archive) as tar:
        members = [member for member in tar if member.isfile()][:count]
        for position, member in enumerate(members):
            (partial / f"{position:05}.jpg").write_bytes(tar.extractfile(member).read())
    partial.rename(folder)


def workloads(data):
    """Small images, large images, and the images of the demo."""
    lite = ROOT / ".benchmarks" / "efficientnet-lite0.onnx"
    small = Workload(
        "ResNet-18, half width, CIFAR-10 at 32×32", "resnet18", ROOT / "Training/networks/resnet18-w32.onnx", CIFAR,
        [3, 32, 32], data / "cifar10/train.tar.gz", data / "cifar10-test.tar", 128, 32)  # fmt: skip
    large = Workload(
        "EfficientNet-Lite0, ImageNet sample at 224×224", "efficientnet-lite0", lite,
        json.loads(lite.with_suffix(".preprocess.json").read_text()), [3, 224, 224],
        data / "imagenet-sample.tar", data / "imagenet-sample.tar", 32, 8, torch_images=400)  # fmt: skip
    demo = Workload(
        "the demo's ResNet-18, Fashion-MNIST at 28×28", "demo-resnet18", ROOT / "Demo/networks/resnet18.onnx",
        json.loads((ROOT / "Demo/networks/preprocess.json").read_text()), [1, 28, 28],
        ROOT / ".demo/calibration.tar", ROOT / ".demo/test.tar", 128, 32)  # fmt: skip
    return small, large, demo
