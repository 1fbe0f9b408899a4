#!/usr/bin/env python3
"""Checks that format tricks do not change an image's verdict: it must be that of the picture that the image is said to show.

usage: Hardening/run tricks [--document]

Each trick of `tricks/catalogue.py` is a file, with the pixels that Oddity must score. Its answer must equal, to all digits, the
answer for a plain PNG of those pixels. The table in docs/image-formats.md must be that of the catalogue. `--document` writes it.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import tempfile
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from record import Record
from tricks.catalogue import Trick, all_tricks
from tricks.files import HIDDEN, SHOWN, encode, picture

ROOT = Path(__file__).resolve().parents[1]
NETWORK = ROOT / "Tests/Fixtures/residual.dyn.onnx"
PAGE = ROOT / "docs/image-formats.md"
BEGIN, END = "<!-- Written by Hardening/run tricks --document -->", "<!-- End of what is written -->"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--document", action="store_true", help="writes the table of docs/image-formats.md")
    return parser.parse_args()


def oddity(*words: object) -> str:
    done = subprocess.run(
        [os.environ["ODDITY"], *map(str, words)], capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr[-1000:])
    return done.stdout


def fit(folder: Path, name: str = "guarded", preprocessing: str = "cifar") -> Path:
    images, guarded = folder / "id.npy", folder / f"{name}.onnx"
    np.save(images, np.stack([picture(100 + seed) for seed in range(300)]))
    oddity(
        "fit",
        NETWORK,
        "--id",
        images,
        "--preprocess",
        preprocessing,
        "--score",
        "energy",
        "--quiet",
        "-o",
        guarded,
    )
    return guarded


def answers(guarded: Path, files: dict[str, bytes], folder: Path) -> dict[str, dict]:
    """The answer of `oddity score` for each file, by its name."""
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    lines = oddity("score", guarded, folder, "--quiet").splitlines()
    return {Path(told["input"]).name: told for told in map(json.loads, lines)}


def pixels_of_pillow(data: bytes) -> np.ndarray | None:
    """The pixels, rotated as EXIF says; None if Pillow refuses the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data)) as image:
                return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
        except (OSError, SyntaxError, ValueError):
            return None


def verdict(told: dict) -> tuple:
    return (
        told.get("score"),
        told.get("p_value"),
        told.get("outlier"),
        told.get("class"),
        told.get("confidence"),
    )


def judge(record: Record, trick: Trick, told: dict, plain: dict | None) -> None:
    """Compares an answer with that for a plain file of the expected pixels."""
    pillow = pixels_of_pillow(trick.data)
    if trick.expected is None:
        if "error" not in told:
            record.failures.append(f"{trick.what}: it is scored, not refused")
    elif "error" in told:
        record.failures.append(f"{trick.what}: it is refused: {told['error']}")
    elif plain is None or verdict(told) != verdict(plain):
        record.failures.append(f"{trick.what}: the answer is not that to the expected pixels")
    if trick.like_pillow is not None and trick.expected is not None:
        same = pillow is not None and np.array_equal(pillow, trick.expected)
        if same != trick.like_pillow:
            record.failures.append(
                f"{trick.what}: Pillow {'agrees' if same else 'differs'}, which the page says otherwise"
            )
    if trick.expected is None:
        like = "refuses it, too" if pillow is None else "reads it"
    else:
        like = (
            "the same" if pillow is not None and np.array_equal(pillow, trick.expected) else "another picture"
        )
    record.rows.append([trick.what, trick.does, like])


def table(tricks: list[Trick]) -> str:
    lines = ["| file | what Oddity does | why, and what others show |", "|---|---|---|"]
    return "\n".join(lines + [f"| {trick.what} | {trick.does} | {trick.why} |" for trick in tricks])


def check_page(record: Record, tricks: list[Trick], writes: bool) -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    written, after = rest.split(END)
    if writes:
        PAGE.write_text(f"{before}{BEGIN}\n{table(tricks)}\n{END}{after}", encoding="utf-8")
    elif written.strip() != table(tricks):
        record.failures.append("docs/image-formats.md has another table: run with --document")


def check_sight(record: Record, guarded: Path, folder: Path) -> None:
    """The check must distinguish the pictures. Otherwise equal answers would prove nothing."""
    close = SHOWN.copy()
    close[0, 0, 0] ^= 1
    files = {
        "shown.png": encode(SHOWN, "PNG"),
        "hidden.png": encode(HIDDEN, "PNG"),
        "close.png": encode(close, "PNG"),
    }
    told = answers(guarded, files, folder / "apart")
    if len({verdict(one) for one in told.values()}) != len(files):
        record.failures.append(
            "the guarded file cannot tell pictures apart that differ in one level of one pixel"
        )


def check_settings(record: Record, folder: Path) -> None:
    """The settings that the page recommends: transparency over white, and no rotation."""
    settings = folder / "preprocess.json"
    settings.write_text(
        json.dumps({"preset": "cifar", "alpha": "white", "exif_orientation": False}), encoding="utf-8"
    )
    guarded = fit(folder, "white", str(settings))
    by_name = {trick.name: trick.data for trick in all_tricks()}
    files = {"alpha.png": by_name["alpha.png"], "turned.png": by_name["turned.png"]}
    plain = {"alpha.png": encode(np.full_like(SHOWN, 255), "PNG"), "turned.png": encode(SHOWN, "PNG")}
    told, expected = answers(guarded, files, folder / "set"), answers(guarded, plain, folder / "set-plain")
    for name in files:
        if verdict(told[name]) != verdict(expected[name]):
            record.failures.append(f"{name}: the preprocessing's alpha or exif_orientation is not heeded")


def check_archive(record: Record, guarded: Path, folder: Path) -> None:
    """An image that is also a zip archive remains an image if its name is that of an archive."""
    trick = next(trick for trick in all_tricks() if trick.name == "polyglot.png")
    archive = folder / "polyglot.zip"
    archive.write_bytes(trick.data)
    told = json.loads(oddity("score", guarded, archive, "--quiet"))
    shown = answers(guarded, {"shown.png": encode(SHOWN, "PNG")}, folder / "inside")["shown.png"]
    if verdict(told) != verdict(shown):
        record.failures.append(
            "an image that is a zip archive, too, is not scored as the image where it is called .zip"
        )


def run(record: Record, options: argparse.Namespace, folder: Path) -> None:
    tricks = all_tricks()
    guarded = fit(folder)
    check_sight(record, guarded, folder)
    told = answers(guarded, {trick.name: trick.data for trick in tricks}, folder / "tricks")
    plain = {
        f"{trick.name}.png": encode(trick.expected, "PNG") for trick in tricks if trick.expected is not None
    }
    expected = answers(guarded, plain, folder / "plain")
    for trick in tricks:
        if trick.name not in told:
            record.failures.append(f"{trick.what}: nothing is said of it")
        else:
            judge(record, trick, told[trick.name], expected.get(f"{trick.name}.png"))
    check_settings(record, folder)
    check_archive(record, guarded, folder)
    check_page(record, tricks, options.document)
    record.count("files", len(tricks))
    record.count("scored as the expected pixels", sum(trick.expected is not None for trick in tricks))
    record.count("refused", sum(trick.expected is None for trick in tricks))
    record.columns = ["file", "what Oddity does", "Pillow's result"]


def main() -> int:
    options = arguments()
    record = Record(
        name="tricks",
        title="Tricks of image formats",
        question=(
            "A file may show one picture to a person or to another program, and another picture to the guard. For each "
            "such file, a rule determines the picture that Oddity scores. Oddity has to give the same answer as for a plain "
            "PNG of those pixels, to all digits, or refuse the file."
        ),
        command="Hardening/run tricks",
        left_out=[
            "The pictures in browsers and viewers were not measured. The page states the rules of the formats.",
            'torchvision was not run, because it opens files with Pillow, with `convert("RGB")` and without `exif_transpose`.',
            "Pictures that look different only after they are resized were not tested. Oddity resizes as the preprocessing says.",
        ],
    )
    with tempfile.TemporaryDirectory() as temporary:
        run(record, options, Path(temporary))
    return record.save()


if __name__ == "__main__":
    raise SystemExit(main())
