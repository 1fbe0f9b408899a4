#!/usr/bin/env python3
"""Fault injection at every step: each system call fails once, memory runs out, processes are killed, disks are full."""

from __future__ import annotations

import argparse
import os
import re
import signal
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from faults import kills, steps, surroundings
from faults.driver import Driver, temporary_home
from faults.judge import Judge, Tally
from faults.material import write_material
from faults.scenarios import Benchmark, Fit, Merge, Partial, Scenario, Score, complete, scenario
from faults.server import Serve, server_scenario
from record import Record

TITLE = "Faults at every step"
QUESTION = (
    "While a command worked on ten images, we made its system calls fail one by one, made memory allocations fail, "
    "killed it and filled its disk. Afterwards the complete old output or the complete new one has to exist. The exit "
    "code and one line have to report what failed. The next run has to give the correct result."
)
COLUMNS = ["command", "fault", "runs", "exit codes", "next runs from a different state", "failures"]


#: A line in the call trace of a process that crashed.
FRAME = re.compile(r"-\d+: #\s")
KINDS: tuple[type[Scenario], ...] = (Serve, Merge, Score, Benchmark, Fit, Partial)
#: The share of the available time for each part.
SHARES = {
    "calls": 0.55,
    "clock": 0.05,
    "memory": 0.1,
    "kills": 0.15,
    "disk": 0.05,
    "rights": 0.02,
    "descriptors": 0.08,
}


@dataclass
class Size:
    allocations: int
    kills: int
    #: Only every n-th place of a call is tested.
    every: int
    minutes: float
    seed: int
    parts: list[str]

    def allowance(self, part: str) -> steps.Allowance:
        return steps.Allowance(60 * self.minutes * SHARES[part] / len(KINDS), self.seed)


def size() -> Size:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--count", type=int, default=500, help="failing allocations per command; at most 100 kills"
    )
    parser.add_argument("--every", type=int, default=1, help="try each so-many-th place of a call alone")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="what does not fit is left out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parts", nargs="+", choices=SHARES, default=list(SHARES))
    given = parser.parse_args()
    return Size(given.count, min(100, given.count), given.every, given.minutes, given.seed, given.parts)


class Check:
    """All parts of the check, and the record of their results."""

    def __init__(self, size: Size, record: Record, driver: Driver) -> None:
        self.size = size
        self.record = record
        self.driver = driver
        self.totals: dict[str, int] = {}
        self.crowded = 0

    def run(self, made: Scenario) -> None:
        parts = {
            "calls": ("every call fails once", self._calls),
            "clock": ("the clock goes back", self._clock),
            "memory": ("an allocation fails", self._memory),
            "kills": ("kill -9", self._kills),
            "disk": ("a full disk", surroundings.full_disks),
            "rights": ("no right to write", surroundings.without_rights),
            "descriptors": ("few open files", surroundings.few_descriptors),
        }
        for part in self.size.parts:
            what, work = parts[part]
            if part == "disk" and not surroundings.can_mount(self.driver.home):
                self._leave_out("The full disk was not tested, because mounting a small disk needs more privileges.")
                continue
            self._note(made, what, work(made, self.size.allowance(part)))

    def _calls(self, made: Scenario, allowance: steps.Allowance) -> Judge:
        began = time.monotonic()
        faults = steps.call_faults(made.learn().ledger.counts, self.size.every)
        seconds = len(faults) * (time.monotonic() - began) / steps.AT_ONCE
        print(f"{made.name}: {len(faults)} calls, about {seconds:.0f} s", flush=True)
        return steps.sweep(made, faults, allowance)

    def _clock(self, made: Scenario, allowance: steps.Allowance) -> Judge:
        faults = steps.clock_faults(made.learn().ledger.counts, 10, self.size.seed)
        return steps.sweep(made, faults, allowance)

    def _memory(self, made: Scenario, allowance: steps.Allowance) -> Judge:
        if isinstance(made, Serve):
            # A second of waiting makes no allocations, so it is left out.
            made.pause = 0
        counts = made.learn().ledger.counts
        faults = steps.allocation_faults(counts, self.size.allocations, self.size.seed)
        return steps.sweep(made, faults, allowance, may_die=True)

    def _kills(self, made: Scenario, allowance: steps.Allowance) -> Judge:
        kill = kills.kill_servers if isinstance(made, Serve) else kills.kill_commands
        return kill(made, self.size.kills, self.size.seed, allowance)

    def _leave_out(self, line: str) -> None:
        if line not in self.record.left_out:
            self.record.left_out.append(line)

    def _note(self, made: Scenario, what: str, judge: Judge) -> None:
        tally = judge.tally
        codes = ", ".join(f"{code}: {times}" for code, times in sorted(tally.codes.items()))
        failed = sum(times for times, _ in tally.found.values())
        self.record.rows.append([made.name, what, tally.runs, codes, tally.next_runs, failed])
        self.record.failures += [f"{what}: {line}" for line in tally.failures]
        self.totals[what] = self.totals.get(what, 0) + tally.runs
        self.crowded += tally.signals if what == "few open files" else 0
        if tally.runs < tally.planned:
            self._leave_out(f"{made.name}, {what}: time was left for {tally.runs} of {tally.planned} runs.")
        self._print(made, what, tally, codes)

    def _print(self, made: Scenario, what: str, tally: Tally, codes: str) -> None:
        print(f"  {made.name}, {what}: {tally.runs} runs, {tally.struck} struck; {codes}", flush=True)
        for message, times in tally.messages.most_common():
            if not FRAME.match(message):
                print(f"    {times} {message}")
        for line in tally.failures:
            print(f"    FAILED {line}", flush=True)


CROWDED = "With fewer than 16 open files allowed, the process may die of a signal."
CROWDED_WHY = "The language's runtime needs files for its own event loop. Outputs stay complete."

LEFT_OUT = [
    "The faults strike the calls open, read, write, fsync, rename, mmap, ftruncate and close, and the lists of folders.",
    "Other calls, such as stat, mkdir and unlink, do not fail here.",
    "Calls inside the C library, such as those of fread, cannot be made to fail in this way.",
    "A power failure was not tested. The check kills processes, not the machine.",
    "The tests ran on one file system, beside the small tmpfs of the full disk, and with the engine that is the default.",
    "An engine or a library that gets no memory, or may open almost no files, may report another reason. Such messages are not checked.",
    "The monotonic clock was not set back, because Linux never does that.",
]


def check(size: Size) -> int:
    record = Record(
        "faults", TITLE, QUESTION, "Hardening/run faults", columns=COLUMNS, left_out=list(LEFT_OUT)
    )
    with temporary_home() as name:
        home = Path(name).resolve()
        driver = Driver(str(Path(os.environ["ODDITY"]).resolve()), home)
        material = home / "material"
        write_material(material, size.seed)
        complete(driver, material)
        all_parts = Check(size, record, driver)
        try:
            for kind in KINDS:
                made = server_scenario if kind is Serve else partial(scenario, kind)
                all_parts.run(made(driver, material))
        except KeyboardInterrupt:
            # Save the record of the results so far.
            seen = len({row[0] for row in record.rows})
            record.left_out.append(
                f"The check was ended early: {len(KINDS) - seen} of {len(KINDS)} commands were not tried."
            )
    if all_parts.crowded:
        record.listed.append({"what": CROWDED, "why": CROWDED_WHY, "count": all_parts.crowded})
    for what, runs in all_parts.totals.items():
        record.count(f"runs: {what}", runs)
    return record.save()


def interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    # A shell ignores Ctrl-C for background processes.
    signal.signal(signal.SIGTERM, interrupt)
    raise SystemExit(check(size()))
