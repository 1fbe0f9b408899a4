#!/usr/bin/env python3
"""Faults at every step: each call of the system fails once, memory runs out, processes are killed, disks fill up."""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass
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
    "We made the system's calls fail one by one while a command worked on ten images, took its memory away, killed it "
    "and filled its disk. Afterwards the old output or the new one has to be there, whole. The exit code and one line have "
    "to tell what failed. The next run has to give the right result."
)
COLUMNS = ["command", "fault", "runs", "exit codes", "next runs from a different state", "failures"]


@dataclass
class Size:
    allocations: int
    kills: int
    #: Of the places of a call, each so-many-th.
    every: int
    seed: int
    #: Which parts are run: the first letters of steps, memory, kills, surroundings.
    parts: str


def size() -> Size:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--count", type=int, default=500, help="failing allocations of each command; at most 100 kills"
    )
    parser.add_argument("--every", type=int, default=1, help="try each so-many-th place of a call alone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parts", default="smkx", help="s: calls, m: memory, k: kills, x: surroundings")
    given = parser.parse_args()
    return Size(given.count, min(100, given.count), given.every, given.seed, given.parts)


class Check:
    """All parts of the check, and the record that they fill."""

    def __init__(self, size: Size, record: Record, driver: Driver) -> None:
        self.size = size
        self.record = record
        self.driver = driver
        self.totals: dict[str, int] = {}

    def run(self, made: Scenario) -> None:
        began = time.monotonic()
        counts = made.learn().ledger.counts
        one = time.monotonic() - began
        faults = steps.call_faults(counts, self.size.every)
        print(
            f"{made.name}: {len(faults)} calls, about {len(faults) * one / steps.AT_ONCE:.0f} s", flush=True
        )
        if "s" in self.size.parts:
            self._note(made, "every call fails once", steps.sweep(made, faults))
            self._note(
                made, "the clock goes back", steps.sweep(made, steps.clock_faults(counts, 10, self.size.seed))
            )
        if "m" in self.size.parts:
            self._starve(made)
        if "k" in self.size.parts:
            self._kill(made)
        if "x" in self.size.parts:
            self._surround(made)

    def _starve(self, made: Scenario) -> None:
        if isinstance(made, Serve):
            made.pause = 0
        # Counts differ with the pause.
        counts = made.learn().ledger.counts
        faults = steps.allocation_faults(counts, self.size.allocations, self.size.seed)
        self._note(made, "an allocation fails", steps.sweep(made, faults, may_die=True))

    def _kill(self, made: Scenario) -> None:
        if isinstance(made, Serve):
            judge = kills.kill_servers(made, self.size.kills, self.size.seed)
        else:
            judge = kills.kill_commands(made, self.size.kills, self.size.seed)
        self._note(made, "kill -9", judge)

    def _surround(self, made: Scenario) -> None:
        if surroundings.can_mount(self.driver.home):
            self._note(made, "a full disk", surroundings.full_disks(made))
        elif not any("full disk" in line for line in self.record.left_out):
            self.record.left_out.append(
                "The full disk was not tried: mounting a small disk needs more rights."
            )
        self._note(made, "no right to write", surroundings.without_rights(made))
        self._note(made, "few open files", surroundings.few_descriptors(made))

    def _note(self, made: Scenario, what: str, judge: Judge) -> None:
        tally = judge.tally
        codes = ", ".join(f"{code}: {times}" for code, times in sorted(tally.codes.items()))
        failed = sum(times for times, _ in tally.found.values())
        self.record.rows.append([made.name, what, tally.runs, codes, tally.next_runs, failed])
        self.record.failures += [f"{what}: {line}" for line in tally.failures]
        self.totals[what] = self.totals.get(what, 0) + tally.runs
        self._print(made, what, tally, codes)

    def _print(self, made: Scenario, what: str, tally: Tally, codes: str) -> None:
        print(f"  {made.name}, {what}: {tally.runs} runs, {tally.struck} struck; {codes}", flush=True)
        for message, times in tally.messages.most_common():
            print(f"    {times} {message}")
        for line in tally.failures:
            print(f"    FAILED {line}", flush=True)


LEFT_OUT = [
    "The faults strike the calls open, read, write, fsync, rename, mmap, ftruncate and close, and the lists of folders.",
    "Other calls, such as stat, mkdir and unlink, do not fail here.",
    "Calls that the C library makes for itself, such as those behind fread, cannot be struck this way.",
    "A loss of power was not tried. The check ends processes and not the machine.",
    "The tests ran on one file system, beside the small tmpfs of the full disk, and with the engine that is the default.",
    "The processor's clock that only counts on was not set back: Linux never does that.",
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
        for kind in (Fit, Partial, Merge, Score, Benchmark):
            all_parts.run(scenario(kind, driver, material))
        all_parts.run(server_scenario(driver, material))
    for what, runs in all_parts.totals.items():
        record.count(f"runs: {what}", runs)
    return record.save()


if __name__ == "__main__":
    raise SystemExit(check(size()))
