"""Faults at every call, at allocations, and at queries of the clock."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from faults.driver import Surroundings
from faults.interposer import ANSWERS, LOSSES, Fault
from faults.judge import Judge
from faults.scenarios import Scenario

#: More parallel runs would slow each other down on a small machine.
AT_ONCE = 2


@dataclass
class Allowance:
    """The number of seconds that a part may take. Runs that do not fit are skipped, and the record says so."""

    seconds: float = float("inf")
    seed: int = 0


def each(work: Callable[[Fault], None], faults: list[Fault], allowance: Allowance) -> None:
    """Runs the faults in a seeded order, so that a part that ends early has tried some of all kinds."""
    order = random.Random(allowance.seed).sample(faults, len(faults))
    last = time.monotonic() + allowance.seconds

    def in_time(fault: Fault) -> None:
        if time.monotonic() < last:
            work(fault)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(in_time, order))


def strike(judge: Judge, fault: Fault, *, may_die: bool = False) -> None:
    """One run with one fault."""
    scenario = judge.scenario
    folder = scenario.driver.folder(scenario.material)
    outcome = scenario.run(folder, Surroundings(fault=fault))
    judge.look(folder, outcome, fault, may_die=may_die)
    scenario.driver.remove(folder)


def call_faults(counts: dict[str, int], every: int = 1) -> list[Fault]:
    """All results at all places. Threads change the order slightly, so a few more places are tried."""
    return [
        fault.at(place) for fault in ANSWERS + LOSSES for place in range(1, counts[fault.kind] + 1, every)
    ]


def allocation_faults(counts: dict[str, int], number: int, seed: int) -> list[Fault]:
    generator = random.Random(seed)
    places = sorted(generator.sample(range(1, counts["malloc"] + 1), min(number, counts["malloc"])))
    return [Fault("malloc", "no memory", 12).at(place) for place in places]


def clock_faults(counts: dict[str, int], number: int, seed: int) -> list[Fault]:
    """From some query on, the clock is set back by a day or by ten years."""
    generator = random.Random(seed)
    looks = max(1, counts["clock"])
    places = {1, *(generator.randint(1, looks) for _ in range(number - 1))}
    return [
        Fault("clock", f"{early} s back", early=early).at(place)
        for place in sorted(places)
        for early in (86_400, 315_360_000)
    ]


def sweep(scenario: Scenario, faults: list[Fault], allowance: Allowance, *, may_die: bool = False) -> Judge:
    judge = Judge(scenario, planned=len(faults))
    each(lambda fault: strike(judge, fault, may_die=may_die), faults, allowance)
    return judge
