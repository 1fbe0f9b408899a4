#!/usr/bin/env python3
"""Runs fuzz targets one after another and reports their findings. `Fuzzing/run` builds them and calls this script."""

from __future__ import annotations

import argparse
import base64
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool
from pathlib import Path

from record import Record

HERE = Path(__file__).resolve().parent
PROGRAMS = ("FuzzFiles", "FuzzModels", "FuzzServer")
#: The number of targets that CI tries.
SMOKE = 3
#: The limits for one input. Exceeding them is a finding.
SECONDS, MEBIBYTES = 2, 1024
#: Longer inputs are not printed.
LONGEST_SHOWN = 64 << 10
#: The memory that AddressSanitizer needs in addition to the target's.
OVERHEAD = 1024


@dataclass
class Run:
    """The result of one target."""

    target: str
    seconds: float
    inputs: int
    seeds: int
    edges: int
    find: str | None


def targets(build: Path, built: tuple[str, ...]) -> dict[str, Path]:
    """The program of each target, for the programs that are built."""
    found = {}
    for program in built:
        path = build / "release" / program
        if path.exists():
            listed = subprocess.run([path, "--list"], check=True, capture_output=True, text=True).stdout
            found |= dict.fromkeys(listed.split(), path)
    return found


def environment(build: Path) -> dict[str, str]:
    return {
        **os.environ,
        # Swift's own crash handler copies memory that AddressSanitizer forbids, and its child process keeps our pipe open.
        "SWIFT_BACKTRACE": "enable=no",
        "ODDITY_FUZZ_GUARDED": str(build / "seeds" / "guarded.onnx"),
        # Memory that a process holds at its end is not a leak here. The engine holds much. Freed memory is kept only briefly.
        "ASAN_OPTIONS": "detect_leaks=0:quarantine_size_mb=32:allocator_may_return_null=1:symbolize=0",
        "TBB_ENABLE_SANITIZERS": "1",
        "VIPS_CONCURRENCY": "1",
    }


def fuzz(target: str, program: Path, build: Path, seconds: int, limit: int) -> Run:
    corpus, finds = build / "corpus" / target, build / "finds" / target
    for folder in (corpus, finds):
        folder.mkdir(parents=True, exist_ok=True)
    seeds = build / "seeds" / target
    dictionary = HERE / "dictionaries" / f"{target}.dict"
    command = [
        program, target, f"-max_total_time={seconds}", f"-timeout={limit}", f"-malloc_limit_mb={MEBIBYTES}",
        f"-rss_limit_mb={MEBIBYTES + OVERHEAD}", f"-artifact_prefix={finds}/", "-print_final_stats=1", "-seed=1",
        "-max_len=524288", *([f"-dict={dictionary}"] if dictionary.exists() else []), corpus, seeds,
    ]
    began = time.monotonic()
    # A target that hangs beyond libFuzzer's own limit is a finding too.
    try:
        result = subprocess.run(
            command, env=environment(build), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, timeout=seconds + 120, check=False,
        )
        status, text = result.returncode, result.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired as error:
        status, text = -1, (error.stderr or b"").decode(errors="replace") + "\nit did not end"
    (finds.parent / f"{target}.log").write_text(text)
    return Run(
        target, time.monotonic() - began, number(r"stat::number_of_executed_units:\s*(\d+)", text),
        len(list(seeds.glob("*"))), number(r"cov: (\d+)", text), None if status == 0 else reason(text),
    )


def number(pattern: str, text: str) -> int:
    """The last match of a pattern."""
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def reason(text: str) -> str:
    for line in text.splitlines():
        if re.search(r"Fatal error|ERROR: (AddressSanitizer|libFuzzer)|did not end", line):
            return line.strip()[:200]
    return "it ended with an error"


def record(runs: list[Run], minutes: float) -> Record:
    result = Record(
        "fuzzing", "Fuzzing",
        "libFuzzer mutates files and requests, guided by the branches that they reach, under AddressSanitizer. No input may crash "
        f"or hang Oddity, take more than {SECONDS} s or {MEBIBYTES} MiB, or be refused in more than one line. Images are decoded "
        "twice, and the pixels have to be equal.",
        f"Fuzzing/run --minutes {minutes:g}",
    )
    result.count("targets", len(runs))
    result.count("inputs", sum(run.inputs for run in runs))
    result.columns = ["target", "minutes", "inputs", "seeds", "branches reached", "found"]
    result.rows = [
        [run.target, round(run.seconds / 60, 1), run.inputs, run.seeds, run.edges, run.find or "nothing"] for run in runs
    ]
    result.failures = [f"{run.target}: {run.find}" for run in runs if run.find]
    result.left_out = [
        (
            "The system's C libraries and the engines are not instrumented. Coverage does not guide inputs into them, "
            "and a read beyond a buffer inside them is detected only if it crashes."
        ),
        "The pixel limit is a megapixel here, because `--max-pixels` determines the time and memory of a large image.",
    ]
    return result


def show(target: str, finds: Path) -> None:
    """Prints the data for reproducing a finding, because CI's machine is discarded."""
    print((finds / f"{target}.log").read_text()[-3000:])
    for file in (finds / target).iterdir():
        if file.stat().st_size <= LONGEST_SHOWN:
            print(f"{file.name}: {base64.b64encode(file.read_bytes()).decode()}", flush=True)


def turn(names: list[str]) -> list[str]:
    """The targets of this commit: three others for each commit, so that all are tried within some commits."""
    # Determined by the minute of the commit, because a clone may have no history to count.
    committed = subprocess.run(["git", "show", "-s", "--format=%ct"], cwd=HERE, capture_output=True, text=True, check=False)
    first = int(committed.stdout or 0) // 60 * SMOKE
    return [names[(first + place) % len(names)] for place in range(SMOKE)]


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--at-once", type=int, default=2, help="how many targets run side by side")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("targets", nargs="*")
    return parser.parse_args()


def main() -> int:
    options = parsed()
    programs = targets(options.build, PROGRAMS[:1] if options.smoke else PROGRAMS)
    if options.list:
        print("\n".join(programs))
        return 0
    names = turn(list(programs)) if options.smoke else options.targets or list(programs)
    if unknown := [name for name in names if name not in programs]:
        sys.exit(f"fuzzing: there is no target {unknown[0]}; `Fuzzing/run --list` names all")
    seeds = options.build / "seeds"
    subprocess.run([sys.executable, "-W", "ignore", HERE / "seeds.py", seeds, *names], check=True, stdout=subprocess.DEVNULL)
    minutes = 1 if options.smoke else options.minutes
    runs = []
    # The limit is in wall-clock time, and CI's machine may pause for seconds.
    limit = 10 * SECONDS if options.smoke else SECONDS
    with ThreadPool(options.at_once) as pool:
        for run in pool.imap(lambda name: fuzz(name, programs[name], options.build, round(minutes * 60), limit), names):
            runs.append(run)
            print(f"fuzzing: {run.target}: {run.inputs} inputs, {run.edges} branches, {run.find or 'nothing found'}", flush=True)
            if run.find:
                show(run.target, options.build / "finds")
    if not options.smoke and not options.targets:
        return record(runs, minutes).save()
    return 1 if any(run.find for run in runs) else 0


if __name__ == "__main__":
    sys.exit(main())
