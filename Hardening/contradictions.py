#!/usr/bin/env python3
"""Checks that guarded files with metadata that contradicts their graph are refused, and that converted copies are accepted.

usage: Hardening/run contradictions [--seed 1] [--bases 4]
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import onnx
from contradictions import bases, changes, copies
from contradictions.bases import Base
from contradictions.changes import Contradiction
from record import Record


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bases", type=int, default=len(bases.BASES))
    return parser.parse_args()


def short(done: subprocess.CompletedProcess[str]) -> str:
    """The last line of the error output of a command on a file."""
    lines = [
        line for line in done.stderr.splitlines() if "error" in line.lower() or line.startswith("oddity: ")
    ]
    return (lines or done.stderr.splitlines() or [f"exit code {done.returncode}"])[-1][:160]


def noticed(done: subprocess.CompletedProcess[str]) -> bool:
    return done.returncode != 0


def ask(file: Path, base: Base, all_of_it: bool) -> dict[str, bool]:
    """The commands that detect the contradiction. The more expensive ones run only if the others do not detect it."""
    found = {
        "inspect": noticed(bases.oddity("inspect", file, "--json")),
        "score": noticed(bases.oddity("score", file, base.images, "--quiet")),
    }
    if not found["score"]:
        found["verify"] = noticed(bases.oddity("verify", file))
        if not found["verify"] and all_of_it:
            found["verify --model"] = noticed(bases.oddity("verify", file, "--model", bases.NETWORK))
    return found


def word(found: dict[str, bool], command: str) -> str:
    return "–" if command not in found else "refused" if found[command] else "taken"


COMMANDS = ("inspect", "score", "verify", "verify --model")


def try_contradiction(record: Record, entry: Contradiction, base: Base, folder: Path) -> dict[str, bool]:
    file = folder / "changed.onnx"
    model = onnx.load(base.file)
    before = model.SerializeToString(deterministic=True)
    entry.change(model)
    if model.SerializeToString(deterministic=True) == before:
        raise RuntimeError(f"'{entry.what}' changed nothing in '{base.name}'")
    onnx.save(model, file)
    found = ask(file, base, entry.concerns_verdicts)
    record.rows.append([entry.what, base.name, *(word(found, command) for command in COMMANDS)])
    if entry.excuse:
        if not any(found.values()):
            record.listed.append({"what": f"Not noticed: {entry.what}", "why": entry.excuse, "count": 1})
        return found
    if entry.concerns_verdicts and not found["score"]:
        how = next((command for command in COMMANDS if found.get(command)), "nothing")
        record.failures.append(f"{base.name}, {entry.what}: oddity score takes it ({how} notices)")
    elif not any(found.get(command) for command in COMMANDS[:3]):
        record.failures.append(f"{base.name}, {entry.what}: neither inspect, score nor verify notices")
    return found


def try_copies(record: Record, base: Base, folder: Path) -> None:
    for name, convert in copies.COPIES.items():
        source, file = onnx.load(base.file), folder / "copy.onnx"
        onnx.save(copies.with_metadata(convert(onnx.load(base.file), folder), source), file)
        done = bases.oddity("score", file, base.images, "--quiet")
        record.rows.append(
            [
                f"a converter's copy: {name}",
                base.name,
                "–",
                "taken" if not done.returncode else "refused",
                "–",
                "–",
            ]
        )
        why = copies.REFUSED.get((base.name, name))
        if done.returncode and why:
            record.listed.append(
                {"what": f"Refused: a copy with {name}, {base.name}", "why": why, "count": 1}
            )
        elif done.returncode:
            record.failures.append(f"{base.name}: a copy, {name}, is refused: {short(done)}")


def run(record: Record, options: argparse.Namespace, folder: Path) -> None:
    fitted = {base.name: base for base in bases.fit(folder, list(bases.BASES)[: options.bases], options.seed)}
    tried = [entry for entry in changes.CONTRADICTIONS if entry.base in fitted]
    found = [try_contradiction(record, entry, fitted[entry.base], folder) for entry in tried]
    for base in fitted.values():
        try_copies(record, base, folder)
    record.count("changed guarded files", len(fitted))
    record.count("contradictions", len(tried))
    record.count("detected by oddity score", sum(one["score"] for one in found))
    record.count(
        "detected by inspect, score or verify", sum(any(one.get(c) for c in COMMANDS[:3]) for one in found)
    )
    record.count("tested copies from converters", len(fitted) * len(copies.COPIES))
    record.columns = ["what contradicts", "guarded file", *COMMANDS]


def main() -> int:
    options = arguments()
    record = Record(
        name="contradictions",
        title="Guarded files that contradict themselves",
        question=(
            "The metadata of a guarded file describe what its graph computes. The check changes one of the two. `oddity"
            " score` has to detect each change that affects verdicts, and `inspect`, `score` or `verify` every other "
            "change. Copies made by a converter have to be accepted."
        ),
        command="Hardening/run contradictions",
        left_out=[
            "Changed weights of the classifier or of a score are not a contradiction, because the metadata do not describe them. `verify` detects the former with its sixteen inputs, and a signature detects both.",
            "A more expensive command runs only if the others accept the file, and `verify --model` only for changes that affect verdicts.",
        ],
    )
    with tempfile.TemporaryDirectory() as temporary:
        run(record, options, Path(temporary))
    return record.save()


if __name__ == "__main__":
    raise SystemExit(main())
