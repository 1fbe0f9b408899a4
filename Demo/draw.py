#!/usr/bin/env python3
"""Draws the README's picture: the answers of the demo's guarded model for clothes, which it was trained on, and for digits, which
are unknown to it.

Usage: draw.py ODDITY GUARDED.onnx PICTURE.svg

The images are not chosen by their answers: they are the first test image of each of four classes, and every 1,250th digit.
"""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image

CLOTHES = ("Ankle-boot", "Pullover", "Trouser", "Bag")
DIGITS = 4
#: In pixels: the width of a column, the size of an image in it, and the layout of the whole picture.
COLUMN, SIDE, TOP, HEIGHT = 120, 84, 44, 204
ORDINARY, STRANGER = "#1a7f37", "#b35900"


@dataclass
class Shown:
    """An image, and the line of `oddity score` for it."""

    image: Image.Image
    line: dict


def clothes(archive: Path) -> list[Image.Image]:
    with tarfile.open(archive) as tar:
        names = sorted(tar.getnames(), key=lambda name: name.split("/")[-1])
        first = [next(name for name in names if name.startswith(f"{wanted}/")) for wanted in CLOTHES]
        return [Image.open(io.BytesIO(tar.extractfile(name).read())).convert("L") for name in first]


def digits(file: Path) -> list[Image.Image]:
    """Digits from all parts of the file, which is sorted by digit."""
    images = np.load(file)[:, :, :, 0]
    return [Image.fromarray(image) for image in images[:: len(images) // DIGITS][:DIGITS]]


def scored(oddity: str, guarded: str, images: list[Image.Image]) -> list[Shown]:
    with tempfile.TemporaryDirectory() as folder:
        for number, image in enumerate(images):
            image.save(Path(folder, f"{number}.png"))
        told = subprocess.run([oddity, "score", guarded, folder, "--quiet"], check=True, capture_output=True, text=True)
    lines = sorted((json.loads(line) for line in told.stdout.splitlines()), key=lambda line: line["input"])
    return [Shown(image, line) for image, line in zip(images, lines, strict=True)]


def column(shown: Shown, left: int) -> str:
    line, middle = shown.line, left + COLUMN // 2
    file = io.BytesIO()
    shown.image.save(file, "PNG", optimize=True)
    data = base64.b64encode(file.getvalue()).decode()
    verdict, colour = ("stranger", STRANGER) if line["outlier"] else ("ordinary", ORDINARY)
    x = left + (COLUMN - SIDE) // 2
    return f"""
  <image x="{x}" y="{TOP}" width="{SIDE}" height="{SIDE}" style="image-rendering: pixelated" href="data:image/png;base64,{data}"/>
  <rect x="{x - 1}" y="{TOP - 1}" width="{SIDE + 2}" height="{SIDE + 2}" fill="none" stroke="{colour}" stroke-width="2"/>
  <text x="{middle}" y="{TOP + SIDE + 22}">{escape(line["label"])} {100 * line["confidence"]:.0f} %</text>
  <text x="{middle}" y="{TOP + SIDE + 48}" fill="{colour}" font-weight="bold">{verdict}</text>
  <text x="{middle}" y="{TOP + SIDE + 68}">p = {line["p_value"]:.4f}</text>"""


def picture(known: list[Shown], strange: list[Shown]) -> str:
    gap = 24
    halves = [(known, 0, "Clothes, which it was trained on"), (strange, len(known) * COLUMN + gap, "Digits, which it never saw")]
    width = (len(known) + len(strange)) * COLUMN + gap
    body = ""
    for half, left, title in halves:
        body += f'\n  <text x="{left + len(half) * COLUMN // 2}" y="24" font-size="15">{title}</text>'
        body += "".join(column(shown, left + place * COLUMN) for place, shown in enumerate(half))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" role="img">
  <title>The class that a classifier of clothes names with its confidence, and Oddity's verdict with its p-value</title>
  <desc>Drawn by Demo/draw.py. Images: Fashion-MNIST (Zalando SE, MIT licence) and MNIST (LeCun, Cortes and Burges).</desc>
  <style>text {{ font: 13px sans-serif; text-anchor: middle; fill: #57606a }} text[fill="{ORDINARY}"] {{ fill: {ORDINARY} }} text[fill="{STRANGER}"] {{ fill: {STRANGER} }}</style>{body}
</svg>
"""


def main() -> None:
    oddity, guarded, file = sys.argv[1:]
    images = clothes(Path(".demo/test.tar")) + digits(Path(".demo/mnist.npy"))
    shown = scored(oddity, guarded, images)
    Path(file).write_text(picture(shown[: len(CLOTHES)], shown[len(CLOTHES) :]))


if __name__ == "__main__":
    main()
