#!/usr/bin/env python3
"""Generated and mutated networks. Oddity must give the numbers of ONNX Runtime and NumPy, or refuse with one line."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from networks import controls
from networks.generator import Case, generate
from networks.mutations import mutate
from networks.summary import fill
from networks.trial import Outcome, Trial
from networks.workers import Worker
from record import Record

ROOT = Path(__file__).resolve().parent.parent
#: The share of each kind of base.
SHARES = {"generated": 0.5, "fixtures": 0.33, "architectures": 0.12, "trained": 0.05}


def main() -> int:
    arguments, told = parsed(), record()
    outcomes = logged(arguments.log)
    done = {outcome.name for outcome in outcomes}
    folder = Path(tempfile.mkdtemp(prefix="oddity-networks-"))
    workers = [Worker(work, str(folder / f"{work}.log")) for work in ("oddity", "reference")]
    until = time.monotonic() + 60 * arguments.minutes
    stopped, missed = False, []
    try:
        if not arguments.only:
            missed = controls.missed(arguments.seed, folder / "trial", *workers)
        for name in names(arguments):
            if name in done:
                continue
            if stopped := time.monotonic() > until:
                break
            outcome = Trial(*case(arguments.seed, name), folder / "trial", *workers).run()
            outcomes.append(outcome)
            note(outcome, arguments)
            if arguments.keep and (outcome.failures or arguments.only):
                keep(outcome, folder / "trial", Path(arguments.keep))
    finally:
        for worker in workers:
            worker.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if arguments.only:
        return 1 if outcomes[-1].failures else 0
    return fill(told, outcomes, missed, stopped).save()


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, help="networks in all, a fifth of them generated (2500)")
    parser.add_argument("--minutes", type=float, default=600, help="stop after so many minutes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="one network, such as 'generated 7' or 'mutated 12'")
    parser.add_argument("--log", help="a file of outcomes, to which a later run with the same file adds")
    parser.add_argument("--keep", help="a folder for networks that fail")
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


def names(arguments: argparse.Namespace) -> list[str]:
    """Mixes generated and mutated networks, so that a run that stops early has tried both."""
    if arguments.only:
        return [arguments.only]
    groups = range((arguments.count or 2500) // 5)
    return [
        name
        for group in groups
        for name in (f"generated {group}", *(f"mutated {4 * group + n}" for n in range(4)))
    ]


def case(seed: int, name: str) -> tuple[Case, int]:
    """A network, and a number that selects how Oddity is called."""
    kind, number = name.split()
    index = int(number)
    if kind == "generated":
        return generate(seed, index), index
    draws = np.random.default_rng([seed, 7, index])
    return mutate(base(seed, draws), index, draws), int(draws.integers(100))


def base(seed: int, draws: np.random.Generator) -> Case:
    kind = str(draws.choice(list(SHARES), p=list(SHARES.values())))
    if kind == "generated":
        return generate(seed, int(draws.integers(500)))
    folders = {
        "fixtures": ["Tests/Fixtures"],
        "architectures": ["Tests/Fixtures/architectures"],
        "trained": ["Demo/networks", "Training/networks"],
    }
    files = sorted(file for folder in folders[kind] for file in (ROOT / folder).glob("*.onnx"))
    files = [file for file in files if file.stat().st_size < 3_700_000]
    file = files[int(draws.integers(len(files)))]
    data = file.with_name(file.name + ".data")
    beside = {data.name: data.read_bytes()} if data.exists() else {}
    return Case(file.stem, file.read_bytes(), beside, is_generated=False)


def logged(path: str | None) -> list[Outcome]:
    if path is None or not Path(path).exists():
        return []
    with open(path, encoding="utf-8") as file:
        return [Outcome(**json.loads(line)) for line in file]


def note(outcome: Outcome, arguments: argparse.Namespace) -> None:
    line = json.dumps(asdict(outcome))
    if arguments.log:
        with open(arguments.log, "a", encoding="utf-8") as file:
            file.write(line + "\n")
    if arguments.verbose or arguments.only:
        print(line, flush=True)


def keep(outcome: Outcome, trial: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(trial, folder / outcome.name.replace(" ", "-"), dirs_exist_ok=True)


def record() -> Record:
    return Record(
        name="networks",
        title="Random and damaged networks",
        question="Random classifiers, and damaged or altered networks. Oddity must give the outputs, the scores and the "
        "FeatureNorms that ONNX Runtime and NumPy give for the original file, or refuse the file in one line. It must "
        "not crash, take more than 20 seconds for a command or more than 2 GiB of memory, or give other numbers.",
        command="Hardening/run networks",
    )


if __name__ == "__main__":
    sys.exit(main())
