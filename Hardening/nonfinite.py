#!/usr/bin/env python3
"""Checks that NaN and infinities from any source make an outlier with the smallest p-value, in every interface.

usage: Hardening/run nonfinite [--seed 1] [--networks N]
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
import onnx
from nonfinite import doors, guards
from nonfinite.doors import Answer
from nonfinite.guards import Guard, Poison
from record import Record

#: Network, calibrated score, and additional flags.
GUARDS = (
    ("residual", "energy"),
    ("residual", "featurenorm"),
    ("vgg", "knn"),
    ("vgg", "msp"),
    ("nhwc", "energy"),
    ("float16", "energy"),
    ("residual", "energy", "--calibration-by", "class"),
)
ENGINES = ("openvino", "onnxruntime")
#: A JSON number may be too large for a float. Python's own JSON writes NaN and Infinity.
WORDS = {
    "NaN and Infinity as words": {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"},
    "too large numbers": {"nan": "null", "inf": "1e999", "-inf": "-1e999"},
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--networks", type=int, default=len(GUARDS))
    return parser.parse_args()


class Tally:
    """The passed and failed checks, by interface."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.tried: Counter[tuple[str, str]] = Counter()
        self.refused: Counter[tuple[str, str]] = Counter()
        self.wrong: Counter[tuple[str, str]] = Counter()

    def judge(self, kind: str, door: str, where: str, guard: Guard, answers: list[Answer]) -> None:
        """Each answer must be an outlier with the smallest p-value, or a refusal."""
        wrong = [answer for answer in answers if answer.ordinary_by_mistake(guard.smallest_p_values)]
        self.tried[kind, door] += len(answers)
        self.refused[kind, door] += sum(bool(answer.error) for answer in answers)
        self.wrong[kind, door] += len(wrong)
        if wrong:
            first = wrong[0]
            told = f"score {first.score:.4g}, p-value {first.p_value:.3g}, outlier {first.outlier}"
            doubt = "" if first.confidence is None else f", confidence {first.confidence:.3g}"
            line = f"{kind}, {door}: {guard.name}, {where}: {len(wrong)} of {len(answers)} images, the first with {told}{doubt}"
            self.record.failures.append(line)

    def rows(self) -> list[list]:
        return [
            [
                kind,
                door,
                count,
                count - self.refused[kind, door] - self.wrong[kind, door],
                self.refused[kind, door],
                self.wrong[kind, door],
            ]
            for (kind, door), count in self.tried.items()
        ]


def bad_arrays(shape: tuple[int, ...], seed: int) -> dict[str, np.ndarray]:
    """Images in which at least one value is not finite."""
    random = np.random.default_rng(seed)

    def one(value: float, place: int) -> np.ndarray:
        image = random.random(shape).astype(np.float32)
        image.flat[place] = value
        return image

    last = int(np.prod(shape)) - 1
    signalling = np.full(shape, np.uint32(0x7FA00001)).view(np.float32)
    mixed = np.where(random.random(shape) < 0.5, np.float32(np.inf), np.float32(-np.inf))
    return {
        "one NaN, first value": one(np.nan, 0),
        "one NaN, middle": one(np.nan, last // 2),
        "one NaN, last value": one(np.nan, last),
        "one infinity": one(np.inf, last // 2),
        "one negative infinity": one(-np.inf, last // 3),
        "NaN throughout": np.full(shape, np.nan, np.float32),
        "signalling NaN throughout": signalling,
        "infinity throughout": np.full(shape, np.inf, np.float32),
        "infinities of both signs": mixed,
    }


def try_arrays(tally: Tally, guard: Guard, server: doors.Server, folder: Path, seed: int) -> None:
    """NaN and infinities in the input."""
    bad = bad_arrays(guard.shape, seed)
    names, batch = list(bad), np.stack(list(bad.values()))
    array, archive = folder / "bad.npy", folder / "bad.npz"
    np.save(array, batch)
    np.savez_compressed(archive, images=batch)
    answers: dict[str, list[Answer]] = {}
    for engine in ENGINES:
        answers[f"oddity score, .npy, {engine}"] = doors.command(guard.file, array, engine)
        answers[f"Python, float32, {engine}"] = doors.package(guard.file, batch, engine)
    answers["oddity score, .npz, openvino"] = doors.command(guard.file, archive, "openvino")
    with np.errstate(invalid="ignore"):
        wide = batch.astype(np.float64)
    answers["Python, float64, openvino"] = doors.package(guard.file, wide, "openvino")
    strided = np.repeat(batch, 2, axis=-1)[..., ::2]
    answers["Python, not contiguous, openvino"] = doors.package(guard.file, strided, "openvino")
    answers["Python, providers of onnxruntime"] = doors.package(guard.file, batch)
    answers["server, binary tensor"] = server.binary(guard.name, guard, batch)
    for way, words in WORDS.items():
        answers[f"server, JSON, {way}"] = [
            answer for image in batch for answer in server.json(guard.name, guard, image[None], words)
        ]
    answers["plain ONNX Runtime"] = doors.plain_runtime(guard, guard.file, batch)
    answers["plain ONNX Runtime, not optimised"] = doors.plain_runtime(
        guard, guard.file, batch, optimised=False
    )
    for door, told in answers.items():
        for place, answer in enumerate(told):
            where = names[place] if len(told) == len(names) else "all of them"
            tally.judge("bad values in an array", door, where, guard, [answer])


def poisons(guard: Guard) -> dict[str, Poison]:
    """NaN in the weights, a NaN score, and an overflow of half precision."""
    found: dict[str, Poison] = {}
    for place, weight in guards.places(guard).items():
        found[f"NaN in the {place}"] = partial(guards.with_weight, weight=weight, value=math.nan)
        found[f"infinity in the {place}"] = partial(guards.with_weight, weight=weight, value=math.inf)
        if place == "first filter" and guard.name.startswith("float16"):
            found["half precision that overflows"] = partial(guards.with_factor, weight=weight, factor=1e5)
    for value in (math.nan, math.inf, -math.inf):
        found[f"score {value}"] = partial(guards.with_score, value=value)
    return found


def try_networks(tally: Tally, guard: Guard, folder: Path, seed: int) -> None:
    """Non-finite values inside the network, for valid images."""
    images = guards.pictures(4, seed + 1)
    array = folder / "sound.npy"
    np.save(array, images)
    sound = images.astype(np.float32) / 255
    batch = sound if guard.told["preprocessing"]["layout"] == "NHWC" else sound.transpose(0, 3, 1, 2)
    files: dict[str, Path] = {}
    for place, (what, poison) in enumerate(poisons(guard).items()):
        files[what] = folder / f"poisoned-{place}.onnx"
        onnx.save(poison(guard), files[what])
    for what, file in files.items():
        # Infinite values may legitimately disappear: a ReLU cuts them off, or they mask a class.
        for door, answers in asked(guard, file, array, images, batch).items():
            told = answers if "infinity" not in what else [a for a in answers if unknown(a)]
            tally.judge("poison inside the network", door, what, guard, told)


def unknown(answer: Answer) -> bool:
    """Whether an answer itself shows that a value is not finite."""
    doubtful = answer.confidence is not None and not math.isfinite(answer.confidence)
    return not answer.error and (doubtful or not math.isfinite(answer.score))


def asked(
    guard: Guard, file: Path, array: Path, images: np.ndarray, batch: np.ndarray
) -> dict[str, list[Answer]]:
    """The answers of each interface for valid pictures."""
    answers = {f"oddity score, {engine}": doors.command(file, array, engine) for engine in ENGINES}
    answers["Python, openvino"] = doors.package(file, images, "openvino")
    answers["Python, providers of onnxruntime"] = doors.package(file, images)
    answers["plain ONNX Runtime"] = doors.plain_runtime(guard, file, batch)
    try:
        server = doors.Server([file])
    except RuntimeError as error:
        answers["server"] = [Answer(error=str(error))]
        return answers
    try:
        answers["server"] = [a for image in images for a in server.picture(file.stem, doors.png(image))]
    finally:
        server.close()
    return answers


def run(record: Record, options: argparse.Namespace, folder: Path) -> None:
    tally = Tally(record)
    fitted = [guards.fit(folder, *asked_for) for asked_for in GUARDS[: options.networks]]
    server = doors.Server([guard.file for guard in fitted])
    try:
        for guard in fitted:
            try_arrays(tally, guard, server, folder, options.seed)
    finally:
        server.close()
    for guard in fitted:
        try_networks(tally, guard, folder, options.seed)
    record.count("guarded files", len(fitted))
    record.count("checked answers", sum(tally.tried.values()))
    record.count("of these, refusals", sum(tally.refused.values()))
    record.count("images that were wrongly accepted", sum(tally.wrong.values()))
    record.columns = [
        "value that is not finite",
        "way in",
        "answers",
        "outlier, smallest p-value",
        "refused",
        "wrong",
    ]
    record.rows = tally.rows()


def main() -> int:
    options = arguments()
    record = Record(
        name="nonfinite",
        title="NaN and infinities",
        question=(
            "NaN and infinities are passed in arrays through every interface, and arise inside the network: a weight "
            "that is NaN, an overflow, a score that is NaN. Each image has to be an outlier with the smallest p-value, "
            "or has to be refused."
        ),
        command="Hardening/run nonfinite",
        left_out=[
            "Infinite weights may legitimately have no effect, for example if a ReLU cuts them off or if a class is masked. In these cases, the check requires an outlier only if the score or the confidence is not finite.",
            "Finite values that no picture has, such as 1e30, may get a large p-value, because some scores, such as the energy, rate larger values as more in-distribution.",
            "Only the processor was tested, not a GPU.",
        ],
    )
    with tempfile.TemporaryDirectory() as temporary:
        run(record, options, Path(temporary))
    return record.save()


if __name__ == "__main__":
    raise SystemExit(main())
