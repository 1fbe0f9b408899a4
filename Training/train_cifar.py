"""Trains a CIFAR-10 network, exports it as ONNX and prints its test accuracy.

usage: train_cifar.py resnet18|wrn|vgg11|vgg11bn|mobilenetv3|vit|convnext --train TAR --test TAR [--width N] [--depth N] [--epochs N] …

Without further options, the first three are trained as in the paper: SGD, momentum 0.9, weight decay 5e-4,
batch 128, all epochs, learning rate in steps, flips and shifts. Writes OUTPUT/NAME.onnx and
OUTPUT/NAME.jsonl, with one line for the recipe, one per epoch, and one for the result. A checkpoint is
written after each epoch. --resume continues from it, with the same images in the same order as in an
uninterrupted run.
"""

import argparse
import dataclasses
import hashlib
import json
import os
import time
from pathlib import Path

import torch

import cifar_data
from cifar_data import Images
from cifar_recipe import BATCH, MOMENTUM, NETWORKS, WEIGHT_DECAY, Recipe
from cifar_training import Training
from onnx_export import export, halve, round_weights

OPSET = 20


def run(training: Training, train: Images, test: Images, checkpoint: Path, log: Path) -> None:
    """Trains the remaining epochs."""
    total = training.recipe.epochs
    while len(training.epochs) < total:
        start = time.time()
        loss = training.train_epoch(train)
        seconds = time.time() - start
        row = {
            "epoch": len(training.epochs) + 1,
            "loss": round(loss, 4),
            "test_accuracy": training.accuracy(test, training.recipe.bf16),
            "seconds": round(seconds),
        }
        training.epochs.append(row)
        training.save(checkpoint)
        write_log(log, training)
        print(f"{checkpoint.stem} {json.dumps(row)} of {total}", flush=True)


def write_log(path: Path, training: Training, result: dict | None = None) -> None:
    facts = dataclasses.asdict(training.recipe) | {
        "momentum": MOMENTUM,
        "batch": BATCH,
        "device": training.device,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
    rows = [facts, *training.epochs, *([result] if result else [])]
    partial = path.with_suffix(".partial")
    partial.write_text("".join(json.dumps(row) + "\n" for row in rows))
    os.replace(partial, path)


def finish(training: Training, test: Images, path: Path, dynamo: bool, half: bool = False) -> dict:
    """Writes the ONNX file. Returns the last line of the log."""
    if half:
        round_weights(training.network)
    share = training.accuracy(test, bf16=False)
    network = training.network.to("cpu", memory_format=torch.contiguous_format)
    export(network, (torch.zeros(2, 3, 32, 32),), path, dynamo=dynamo, opset=OPSET)
    if half:
        halve(path)
    return {
        "file": path.name,
        "test_accuracy": share,
        "epochs": len(training.epochs),
        "seconds": sum(row["seconds"] for row in training.epochs),
        "parameters": sum(p.numel() for p in network.parameters()),
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "exporter": "dynamo" if dynamo else "TorchScript",
        "weights": "float16" if half else "float32",
    }


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--train", type=Path, required=True, help="tar of 32x32 images, one folder a class")
    parser.add_argument("--test", type=Path, required=True, help="the same, not trained on")
    parser.add_argument("--width", type=int, help="channels of the first stage (paper: 64; 160 for wrn)")
    parser.add_argument("--depth", type=int, default=28, help="of wrn (paper: 28)")
    parser.add_argument("--epochs", type=int, help="paper: 100; 200 for wrn")
    parser.add_argument("--peak", type=float, help="largest learning rate (paper: 0.1; 0.05 for vgg11)")
    parser.add_argument("--schedule", choices=["steps", "one-cycle"], help="steps for the paper's, one-cycle for others")
    parser.add_argument("--warmup", type=float, default=0, help="share of the epochs in which the rate rises")
    parser.add_argument("--nesterov", action="store_true")
    parser.add_argument("--smoothing", type=float, default=0, help="of labels, such as 0.1")
    parser.add_argument("--mixup", type=float, default=0, help="of images, such as 0.2: the beta distribution's parameters")
    parser.add_argument("--randaugment", action="store_true", help="two of its operations, of magnitude 9")
    parser.add_argument("--bf16", action="store_true", help="autocast to bfloat16")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, help="of the CPU")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint, if there is one")
    parser.add_argument("--export-only", action="store_true", help="export the checkpoint as it is")
    parser.add_argument("--half", action="store_true", help="keep the weights as float16: half the bytes")
    parser.add_argument("--dynamo", action="store_true", help="PyTorch's newer exporter")
    parser.add_argument("--name", help="of the files; by default the network's and its width")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "networks")
    parser.add_argument("--work", type=Path, default=Path(__file__).parent / ".work", help="for checkpoints")
    return parser.parse_args()


def recipe_of(options: argparse.Namespace) -> Recipe:
    usual = NETWORKS[options.network]
    return Recipe(
        network=options.network,
        depth=options.depth if options.network == "wrn" else 0,
        width=options.width or usual["width"],
        epochs=options.epochs or usual["epochs"],
        peak=options.peak or usual["peak"],
        schedule=options.schedule or ("steps" if "steps" in usual else "one-cycle"),
        warmup=options.warmup,
        nesterov=options.nesterov,
        bf16=options.bf16,
        seed=options.seed,
        optimiser=usual.get("optimiser", "sgd"),
        weight_decay=usual.get("weight_decay", WEIGHT_DECAY),
        smoothing=options.smoothing,
        mixup=options.mixup,
        randaugment=options.randaugment,
    )


def main() -> None:
    options = parse()
    if options.threads:
        torch.set_num_threads(options.threads)
    recipe = recipe_of(options)
    name = options.name or recipe.name
    for folder in (options.output, options.work):
        folder.mkdir(parents=True, exist_ok=True)
    checkpoint, log = options.work / f"{name}.pt", options.output / f"{name}.jsonl"
    training = Training(recipe, options.device)
    if options.export_only or (options.resume and checkpoint.exists()):
        training.restore(checkpoint)
    test = cifar_data.load(options.test, options.work, options.device)
    if not options.export_only:
        train = cifar_data.load(options.train, options.work, options.device)
        run(training, train, test, checkpoint, log)
    result = finish(training, test, options.output / f"{name}.onnx", options.dynamo, options.half)
    write_log(log, training, result)
    print(f"{name}: test accuracy {100 * result['test_accuracy']:.2f} % → {options.output / name}.onnx")


if __name__ == "__main__":
    main()
