"""Starts the worker, monitors it, and restarts it after the image that ended it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .worker import BLOCK, NOW, TURNS

#: The CPU seconds for one image or block after which a decoder counts as hanging, and the seconds to wait without any CPU time.
HANGS_AFTER, WAITS_FOR = 20.0, 120.0
_TICK = os.sysconf("SC_CLK_TCK")


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


class Supervisor:
    """Runs one worker after another, over every `step`th number up to `end`."""

    def __init__(self, run: int, folder: Path, end: int, step: int = 1) -> None:
        self._run, self._folder, self._end, self._step = run, folder, end, step
        #: The reasons why workers ended: {"number", "turn", "why"}.
        self.deaths: list[dict[str, Any]] = []

    def work(self, first: int = 0) -> None:
        careful_until = 0
        while first < self._end:
            numbers = (self._run, first, self._end, self._step, careful_until)
            words = [str(word) for word in (*numbers, self._folder)]
            with tempfile.TemporaryFile() as errors:
                worker = subprocess.Popen(
                    [sys.executable, "-m", "images.worker", *words],
                    cwd=Path(__file__).resolve().parents[1],
                    stderr=errors,
                )
                why = self._wait(worker)
                errors.seek(0)
                last_words = errors.read()[-400:].decode(errors="replace")
            if not why and worker.returncode == 0:
                return
            number, turn, _ = self._now()
            if why is None:
                why = f"ended with {self._name(worker.returncode)}: {last_words.strip()}"
            if turn == "between":
                raise RuntimeError(f"the worker died outside of any decoder: {why}")
            if number >= careful_until:
                # A block gives no results before it is complete, so it is repeated one image at a time.
                first, careful_until = self._behind_answers(first), number + BLOCK * self._step
                continue
            self.deaths.append({"number": number, "turn": turn, "why": why})
            first = number + self._step

    def _behind_answers(self, first: int) -> int:
        numbers = [answer["number"] for answer in answers(self._folder)]
        return max([first, *(number + self._step for number in numbers)])

    def _wait(self, worker: subprocess.Popen[bytes]) -> str | None:
        """The reason why the worker was ended; None if it ended by itself."""
        seen, spent, since = -1, 0.0, time.monotonic()
        while True:
            try:
                worker.wait(0.5)
                return None
            except subprocess.TimeoutExpired:
                number, turn, began = self._now()
            before, spent = spent, _cpu_seconds(worker.pid) - began
            # On a busy machine, a process may get little CPU time. One that takes no CPU time at all hangs.
            if number != seen or turn == "between" or spent > before:
                seen, since = number, time.monotonic()
            if turn != "between" and spent > HANGS_AFTER or time.monotonic() - since > WAITS_FOR:
                worker.send_signal(signal.SIGKILL)
                worker.wait()
                return f"no end after {spent:.0f} s of CPU time"

    def _now(self) -> tuple[int, str, float]:
        path = self._folder / "now"
        # Python writes this file when the worker has started.
        if not path.exists() or path.stat().st_size < NOW.size:
            return -1, "between", 0.0
        number, turn, began = NOW.unpack(path.read_bytes())
        return number, TURNS[turn], began

    @staticmethod
    def _name(code: int) -> str:
        return signal.Signals(-code).name if code < 0 else f"exit status {code}"


def decoded(
    run: int, folder: Path, count: int, workers: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The answers and the ends of several parallel workers, each with its own numbers."""
    supervisors = [Supervisor(run, folder / str(number), count, workers) for number in range(workers)]
    with ThreadPoolExecutor(workers) as threads:
        for number in range(workers):
            (folder / str(number)).mkdir()
        list(threads.map(lambda number: supervisors[number].work(number), range(workers)))
    found = [answer for number in range(workers) for answer in answers(folder / str(number))]
    deaths = [death for supervisor in supervisors for death in supervisor.deaths]
    return sorted(found, key=lambda answer: answer["number"]), deaths


def answers(folder: Path) -> list[dict[str, Any]]:
    path = folder / "answers"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]
