"""Conditions that must hold after a run with a fault."""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from faults.driver import Outcome
from faults.interposer import Fault
from faults.scenarios import Scenario, State, contents

#: A message without the system's reason must say what to do.
ADVICE = re.compile(
    r"set TMPDIR|name |copy or download|\badd |\bgive |\bpass |is the disk full|delete it|move it|move the folder away|wait for"
    r"|leave |need less|raise the limit"
)
#: What SQLite makes of the system's reason.
SQLITE = re.compile(r"database or disk is full|disk I/O error|unable to open database file|attempt to write a readonly database")
#: Those of docs/commands.md that a fault of the system may lead to.
DOCUMENTED = {0, 1, 2, 65, 69, 70, 74}
NUMBERS = re.compile(r"/\S*/run\d+|\.oddity-\w+|oddity-rows-[\w-]+|oddity-\w{6}|\d+")


@dataclass
class Tally:
    """The results of one part of the check for one command."""

    #: The number of runs without a time limit.
    planned: int
    runs: int = 0
    #: The number of runs in which the fault occurred.
    struck: int = 0
    signals: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    next_runs: int = 0
    #: The number of temporary files that a killed process left.
    left_behind: int = 0
    #: Each kind of failure once: its frequency, and its first place.
    found: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, command: str, fault: Fault, where: str, problems: list[str]) -> None:
        for problem in problems:
            kind = f"{command}, {fault.name} at {fault.kind or 'no call'} of {where}: {NUMBERS.sub('#', problem)}"
            times, first = self.found.get(kind, (0, str(fault)))
            self.found[kind] = (times + 1, first)

    @property
    def failures(self) -> list[str]:
        return [f"{kind} ({times} times, first {first})" for kind, (times, first) in self.found.items()]


class Judge:
    """Judges the runs of one command. Each state that a fault leaves is resumed once."""

    def __init__(self, scenario: Scenario, planned: int) -> None:
        self.scenario = scenario
        self.tally = Tally(planned)
        self._known: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def look(
        self,
        folder: Path,
        outcome: Outcome,
        fault: Fault,
        *,
        may_die: bool = False,
        problems: Sequence[str] = (),
    ) -> None:
        """Judges a run and the files that it left in the folder, and continues from there."""
        state = contents(folder, "out", "tmp")
        died = outcome.code is not None and outcome.code < 0
        problems = [*problems, *self._problems(folder, state, outcome, fault, may_die)]
        problems += self._next_run(folder, state, fault)
        with self._lock:
            self._count(outcome, died)
            if died:
                self.tally.left_behind += len(self.scenario.leftovers(state))
            self.tally.add(self.scenario.name, fault, where_of(outcome.ledger.path), problems)

    def _count(self, outcome: Outcome, died: bool) -> None:
        self.tally.runs += 1
        self.tally.struck += outcome.ledger.struck > 0
        self.tally.signals += died
        self.tally.codes[str(outcome.code) if not died else "signal"] += 1
        for line in outcome.complaints:
            if outcome.code:
                self.tally.messages[f"{outcome.code}: {NUMBERS.sub('#', line)}"] += 1

    def _problems(
        self, folder: Path, state: State, outcome: Outcome, fault: Fault, may_die: bool
    ) -> list[str]:
        code = outcome.code
        problems = self.scenario.state_problems(state, code)
        if code is None:
            return [*problems, "the command hangs"]
        if code < 0:
            return problems if may_die else [*problems, f"the command dies of signal {-code}"]
        problems += [f"{path} is left behind" for path in self.scenario.leftovers(state)]
        if not fault.action and contents(folder, "in") != self.scenario.inputs:
            problems.append("an input was changed")
        if code not in DOCUMENTED:
            problems.append(f"the exit code {code} is not documented")
        problems += self._code_problems(state, outcome, fault)
        # Without memory or free files, the message may be a library's own.
        return problems if may_die else problems + self._message_problems(outcome, fault)

    def _code_problems(self, state: State, outcome: Outcome, fault: Fault) -> list[str]:
        """Checks that the exit code matches the fault, and that the output matches the code."""
        if outcome.code == 0:
            return [] if self.scenario.is_done(state, outcome) else ["the exit code is 0, and the result another"]
        if outcome.code == 1:
            return self.scenario.is_right_without(state, outcome)
        allowed = allowed_codes(outcome.ledger.path, fault)
        if outcome.code in allowed:
            return []
        return [
            f"the exit code is {outcome.code}, and {sorted(allowed)} would fit: {outcome.errors.strip()[-200:]}"
        ]

    def _message_problems(self, outcome: Outcome, fault: Fault) -> list[str]:
        complaints = [line for line in outcome.complaints if "listening at" not in line]
        if any(line.startswith("oddity-test:") for line in complaints):
            return [complaints[-1]]
        if outcome.code in (0, 1):
            return []
        if len(complaints) != 1 or not complaints[0].startswith("oddity: "):
            return [f"there is not one line that says what failed: {complaints}"]
        return (
            []
            if says_what_to_do(complaints[0], outcome.ledger.path, fault)
            else [f"the message does not help: {complaints[0]}"]
        )

    def _next_run(self, folder: Path, state: State, fault: Fault) -> list[str]:
        key = hashlib.sha256(repr(sorted(state.items())).encode()).hexdigest()
        with self._lock:
            if key in self._known:
                return []
            self._known[key] = []
        if fault.action in ("vanish", "shrink"):
            self._restore(folder)
        problems = self.scenario.next_run_problems(folder, state)
        with self._lock:
            self.tally.next_runs += 1
        return problems

    def _restore(self, folder: Path) -> None:
        shutil.rmtree(folder / "in")
        shutil.copytree(self.scenario.material / "in", folder / "in")


def where_of(path: str) -> str:
    """The file of the fault, in the same form for every run."""
    return NUMBERS.sub("#", path).split("#/", 1)[-1] if path else "no file"


def allowed_codes(path: str, fault: Fault) -> set[int]:
    """The exit codes that a fault at this file may cause, except 0 and 1."""
    if fault.code == errno.EMFILE and not fault.kind:
        return {2, 65, 69, 70, 74}
    if fault.kind == "malloc" or not path:
        return {65, 69, 70, 74}
    return {65} if "/in/" in path or path.endswith("/in") else {74}


def says_what_to_do(message: str, path: str, fault: Fault) -> bool:
    """Whether the message names the file, and the system's reason or a way out."""
    is_explained = fault.reason in message.lower() or bool(SQLITE.search(message) or ADVICE.search(message))
    if not path or not fault.code:
        return is_explained
    place = Path(path)
    is_temporary = "/tmp/" in path.split("/run", 1)[-1]
    named = is_temporary or ".oddity-" in place.name or place.name.removesuffix("-wal") in message
    return named and is_explained
