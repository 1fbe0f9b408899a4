"""Trains the paper's CIFAR-10 networks with the paper's schedules, and measures every block and every score
on them.

Needs PyTorch, scikit-learn, SciPy, onnx and Pillow, the images of parts.py, and `Tests/Reference` beside
`Training`. It needs no internet access. Three ResNet-18 and a VGG-11 are trained in parallel. WRN-28-10 takes
the rest of the budget. The processor's cores compute tables while the GPU trains. The output folder gets
results/ (tables and logs) and networks/ (ONNX with float16 weights, in pieces of at most 15 MiB: `cat
NAME.onnx.* > NAME.onnx`).
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch

TRAINING = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TRAINING), str(Path(__file__).resolve().parent)]

import cifar_data  # noqa: E402
import parts  # noqa: E402
from cifar_data import Images  # noqa: E402
from cifar_observation import Observations, Observer  # noqa: E402
from cifar_recipe import BATCH, PAPER, Recipe  # noqa: E402
from cifar_training import Training  # noqa: E402
from lanes import Lane, seconds_per_step, train_epoch  # noqa: E402
from onnx_export import round_weights  # noqa: E402
from train_cifar import finish, write_log  # noqa: E402

PIECE = 15 * 1024 * 1024
FIRST = [("resnet18", 1), ("vgg11", 1), ("resnet18", 2), ("resnet18", 3)]
# The part of the budget that is reserved for observing the last network, for its tables and for writing.
RESERVE = 105
OOD = [name for name in parts.SETS if name not in {"train", "test"}]


def recipe(network: str, seed: int, epochs: int, bf16: bool) -> Recipe:
    paper = PAPER[network]
    return Recipe(
        network=network,
        depth=28 if network == "wrn" else 0,
        width=paper["width"],
        epochs=epochs,
        peak=paper["peak"],
        schedule="steps",
        warmup=0,
        nesterov=False,
        bf16=bf16,
        seed=seed,
    )


class Job:
    def __init__(self, options: argparse.Namespace):
        self.start = time.monotonic()
        self.options = options
        self.device = options.device
        self.results, self.networks, self.work = (options.output / name for name in ("results", "networks", "work"))
        for folder in (self.results, self.networks, self.work):
            folder.mkdir(parents=True, exist_ok=True)
        self.images = {name: self.load(name) for name in parts.SETS}
        self.tables: dict[str, subprocess.Popen] = {}
        self.say(f"{ {name: len(images) for name, images in self.images.items()} }")

    def load(self, name: str) -> Images:
        pixels, labels = parts.load(self.options.parts, name)
        if self.options.images and len(pixels) > self.options.images:
            chosen = np.random.default_rng(0).permutation(len(pixels))[: self.options.images]
            pixels, labels = pixels[chosen], labels[chosen]
        return cifar_data.framed(pixels, labels, self.device)

    def elapsed(self) -> float:
        return time.monotonic() - self.start

    def left(self) -> float:
        return self.options.budget - self.elapsed()

    def say(self, text: str) -> None:
        line = f"{self.elapsed():7.1f} s  {text}"
        print(line, flush=True)
        with open(self.results / "job.log", "a") as log:
            log.write(line + "\n")

    def epochs(self, network: str) -> int:
        return max(1, round(PAPER[network]["epochs"] * self.options.scale))

    def run(self) -> None:
        self.train_and_observe(self.first_lanes())
        lane = self.lane("wrn", 1, self.epochs("wrn"))
        fitting = self.epochs_that_fit([lane])
        if fitting < 1:
            self.say("no time is left for WRN-28-10")
        else:
            lane.training.recipe = recipe("wrn", 1, min(fitting, self.epochs("wrn")), self.bf16)
            self.train_and_observe([lane])
        self.finish_tables()

    @property
    def bf16(self) -> bool:
        return not self.options.float32

    def lane(self, network: str, seed: int, epochs: int) -> Lane:
        training = Training(recipe(network, seed, epochs, self.bf16), self.device)
        return Lane(training, self.images["train"], self.options.eager)

    def first_lanes(self) -> list[Lane]:
        """As many of the smaller networks as three fifths of the budget allow, with the full schedule."""
        first = [(network, seed) for network, seed in FIRST if seed <= self.options.seeds]
        lanes = [self.lane(network, seed, self.epochs(network)) for network, seed in first]
        needed = max(lane.training.recipe.epochs for lane in lanes)
        while len(lanes) > 1 and self.epochs_that_fit(lanes, 0.6) < needed:
            self.say(f"no time for {lanes.pop().name}")
        return lanes

    def epochs_that_fit(self, lanes: list[Lane], share: float = 1) -> int:
        if self.options.budget == float("inf"):
            return sys.maxsize
        seconds = seconds_per_step(lanes)
        batches = len(self.images["train"]) // BATCH
        # The test accuracy is measured after each epoch, which takes about a thirtieth of the time.
        epochs = int((share * self.options.budget if share < 1 else self.left() - RESERVE) / (seconds * batches * 1.03))
        self.say(f"{1000 * seconds:.2f} ms a step for {[lane.name for lane in lanes]}: {epochs} epochs fit")
        return epochs

    def train_and_observe(self, lanes: list[Lane]) -> None:
        self.train(lanes)
        for lane in lanes:
            training, name = lane.training, lane.name
            # Release the graph's memory first, because observing needs it.
            lane.graph = None
            round_weights(training.network)
            self.observe(name, training)
            result = finish(
                training, self.images["test"], self.networks / f"{name}.onnx", dynamo=False, half=True
            )
            write_log(self.results / f"{name}.jsonl", training, result)
            split(self.networks / f"{name}.onnx")
            self.say(f"{name}: {json.dumps(result)}")

    def train(self, lanes: list[Lane]) -> None:
        for _ in range(max(lane.training.recipe.epochs for lane in lanes)):
            start = time.monotonic()
            losses = train_epoch(lanes)
            for lane, loss in zip(lanes, losses):
                training, name = lane.training, lane.name
                row = {
                    "epoch": len(training.epochs) + 1,
                    "loss": round(loss, 4),
                    "test_accuracy": training.accuracy(self.images["test"], self.bf16),
                    "seconds": round(time.monotonic() - start, 2),
                }
                training.epochs.append(row)
                write_log(self.results / f"{name}.jsonl", training)
            done = len(lanes[0].training.epochs)
            if done == 1 or done % 10 == 0:
                rows = {lane.name: lane.training.epochs[-1] for lane in lanes}
                self.say(json.dumps(rows))

    def observe(self, name: str, training: Training) -> None:
        observer, batch = Observer(training.network), self.options.batch
        # In float32 the wide network alone would take a quarter of the budget.
        torch.backends.cudnn.allow_tf32 = training.recipe.network == "wrn"
        linear = observer.head
        arrays = {"weight": linear.weight, "bias": linear.bias}
        arrays = {name: tensor.detach().cpu().numpy() for name, tensor in arrays.items()}
        arrays["sets"] = np.array(["test", *OOD])
        put(arrays, "fit", observer.observe(self.images["train"], batch))
        put(arrays, "jigsaws", observer.observe(self.images["train"], batch, jigsaws=True), ["norms"])
        for images in ["test", *OOD]:
            put(arrays, images, observer.observe(self.images[images], batch, odin=True))
        path = self.work / f"{name}.npz"
        np.savez(path, **arrays)
        self.say(f"{name}: observed")
        table = self.results / f"{name}.json"
        environment = os.environ | {"OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "4"}
        command = [sys.executable, str(TRAINING / "cifar_tables.py"), str(path), str(table)]
        self.tables[name] = subprocess.Popen(command, env=environment)

    def finish_tables(self) -> None:
        for name, process in self.tables.items():
            if process.wait() != 0:
                raise SystemExit(f"the tables of {name} failed: {process.returncode}")
        pages = sorted(self.results.glob("*.md"))
        self.say(f"tables: {[page.stem for page in pages]}")


def put(arrays: dict, name: str, observations: Observations, kinds: list[str] | None = None) -> None:
    for kind, values in vars(observations).items():
        if kinds is None or kind in kinds:
            arrays[f"{name}/{kind}"] = values


def split(path: Path) -> None:
    data = path.read_bytes()
    for index, first in enumerate(range(0, len(data), PIECE)):
        path.with_name(f"{path.name}.{index}").write_bytes(data[first : first + PIECE])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("parts", type=Path, help="the folder that parts.py wrote")
    parser.add_argument("output", type=Path)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--budget", type=float, default=float("inf"), help="seconds for all of it (default: no limit)")
    parser.add_argument("--scale", type=float, default=1, help="share of the epochs; 0.01 tries everything")
    parser.add_argument("--seeds", type=int, default=3, help="how many ResNet-18")
    parser.add_argument("--images", type=int, help="of each set at most these many")
    parser.add_argument("--batch", type=int, default=500, help="images at once when a network is observed")
    parser.add_argument("--float32", action="store_true", help="train in float32 in place of bfloat16")
    parser.add_argument("--eager", action="store_true", help="do not capture steps as CUDA graphs")
    torch.backends.cudnn.benchmark = True
    # Observations are always float32.
    torch.backends.cudnn.allow_tf32 = False
    Job(parser.parse_args()).run()


if __name__ == "__main__":
    main()
