"""Runs the recipes of docs/export.md, without downloads, and fits the exported models.

Usage: slow_exports.py [HEADING…]

A recipe whose packages are not installed is skipped. Networks have random weights, so that nothing is
downloaded.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
#: Texts of the page, and their replacements that need no download.
RANDOM = (
    ('weights="DEFAULT"', "weights=None"),
    ("pretrained=True", "pretrained=False"),
    (
        'AutoModelForImageClassification.from_pretrained("microsoft/resnet-18")',
        "ResNetForImageClassification(transformers.ResNetConfig(num_labels=10))",
    ),
    ('weights="imagenet"', "weights=None"),
    ('YOLO("yolo11n-cls.pt")', 'YOLO("yolo11n-cls.yaml")'),
)
#: What the recipe for PyTorch assumes.
GIVEN = "import torch, torchvision\nmodel = torchvision.models.resnet18()\n"
#: Used if torchvision's compiled part does not match the installed torch. Classifiers do not need it.
WITHOUT_OPERATORS = """import torch
library = torch.library.Library("torchvision", "DEF")
library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
"""
ENVIRONMENT = {"KERAS_BACKEND": "torch", **os.environ, "YOLO_OFFLINE": "true"}
PACKAGES = {
    "PyTorch": ["torchvision", "onnxscript"],
    "torchvision": ["torchvision", "onnxscript"],
    "timm": ["timm", "onnxscript"],
    "Hugging Face transformers": ["transformers", "onnxscript"],
    "Keras": ["keras"],
    "Ultralytics": ["ultralytics"],
    "Paddle": ["paddle", "paddle2onnx"],
}


def recipes() -> dict[str, str]:
    page = (ROOT / "docs/export.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    codes = {heading: re.findall(r"```python\n(.*?)```", body, re.DOTALL) for heading, body in sections}
    return {heading: found[0] for heading, found in codes.items() if found}


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)


def has(package: str, before: str = "") -> bool:
    return run([sys.executable, "-c", f"{before}import {package}"], ROOT).returncode == 0


def preface(heading: str) -> str:
    packages = PACKAGES[heading]
    before = WITHOUT_OPERATORS if "onnxscript" in packages and not has("torchvision") else ""
    return before + (GIVEN if heading == "PyTorch" else "")


def tried(heading: str, code: str) -> str:
    """The result of a recipe that runs in a separate process and folder."""
    for old, new in RANDOM:
        code = code.replace(old, new)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = run([sys.executable, "-c", preface(heading) + code], folder)
        files = list(folder.rglob("*.onnx"))
        if made.returncode or not files:
            return f"FAILED: {made.stderr.strip()[-600:]}"
        images = np.random.default_rng(0).integers(0, 256, (120, 64, 64, 3), dtype=np.uint8)
        np.save(files[0].with_name("images.npy"), images)
        oddity = [os.environ.get("ODDITY", "oddity"), "fit", files[0].name, "--id", "images.npy"]
        flags = ["--preprocess", "imagenet", "--score", "energy,featurenorm", "--output", "guarded.onnx"]
        fit = run([*oddity, *flags, "--quiet"], files[0].parent)
        if fit.returncode:
            return f"FAILED: {fit.stderr.strip()[-600:]}"
        return "fitted: " + next(line for line in fit.stdout.splitlines() if line.startswith("selected"))


def main() -> int:
    wanted = sys.argv[1:]
    failures = 0
    for heading, code in recipes().items():
        if wanted and heading not in wanted:
            continue
        before = preface(heading).removesuffix(GIVEN)
        if missing := [package for package in PACKAGES[heading] if not has(package, before)]:
            print(f"{heading}: left out, since {missing[0]} is not installed", flush=True)
            continue
        outcome = tried(heading, code)
        failures += outcome.startswith("FAILED")
        print(f"{heading}: {outcome}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
