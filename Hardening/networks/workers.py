"""Processes that do what may crash, hang or eat memory, and are started again when they have."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

#: Seconds of a processor that one command may take.
SECONDS = 20.0
#: Seconds by the clock after which a process that computes nothing hangs.
PATIENCE = 120.0
#: What one command may hold in memory, in MiB, above what the process held before.
MEMORY = 2048
#: What a process may reserve: the machine must survive a check that fails.
ADDRESS_SPACE = 16 << 30


@dataclass
class Answer:
    """What came of one request."""

    #: "value", "error" (a sentence of the program's own), "crash", "hang" or "memory".
    kind: str
    value: Any = None
    seconds: float = 0.0
    #: The largest memory while it ran, in MiB.
    memory: float = 0.0


def serve(work: str, connection: Connection, log: str) -> None:
    """The process: answers requests until the pipe closes."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    if work == "oddity":
        from .subject import answer
    else:
        from .reference import answer
    with contextlib.suppress(EOFError):
        while True:
            request = connection.recv()
            try:
                connection.send(("value", answer(*request)))
            except MemoryError:
                connection.send(("error", (70, "memory", "MemoryError")))
            except Exception as error:  # noqa: BLE001 - whatever it is, the other side must hear of it
                told = (getattr(error, "status", None), type(error).__name__, str(error))
                connection.send(("error", told))


class Worker:
    """Sends requests to a process of its own."""

    def __init__(self, work: str, log: str) -> None:
        self.work, self.log = work, log
        self.process: multiprocessing.process.BaseProcess | None = None
        self.starts = 0

    def start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=serve, args=(self.work, other, self.log), daemon=True)
        self.process.start()
        other.close()
        self.starts += 1
        # Imports and engines are loaded before anything is measured.
        self.connection.send(("warm",))
        if not self.connection.poll(120):
            raise RuntimeError(f"the process for {self.work} does not start")
        self.connection.recv()

    def ask(self, *request: Any, seconds: float = SECONDS) -> Answer:
        """Sends a request, and waits for its answer or for the end of the process."""
        if self.process is None or not self.process.is_alive():
            self.start()
        assert self.process is not None and self.process.pid is not None
        before, spent = reset_peak(self.process.pid), processor_seconds(self.process.pid)
        self.connection.send(request)
        kind, value = self.wait(spent + seconds, before + MEMORY)
        answer = Answer(kind, value)
        if kind in ("value", "error"):
            answer.seconds = processor_seconds(self.process.pid) - spent
            if answer.seconds > seconds:
                answer.kind, answer.value = "hang", f"{answer.seconds:.0f} s of a processor"
            answer.memory = peak(self.process.pid) - before
            if answer.memory > MEMORY:
                answer.kind, answer.value = "memory", f"{answer.memory:.0f} MiB"
        return answer

    def wait(self, until: float, most: float) -> tuple[str, Any]:
        assert self.process is not None and self.process.pid is not None
        patience = time.monotonic() + PATIENCE
        while not self.connection.poll(0.05):
            if not self.process.is_alive():
                return "crash", self.stopped()
            if processor_seconds(self.process.pid) > until:
                self.stop()
                return "hang", f"more than {SECONDS:.0f} s of a processor"
            if time.monotonic() > patience:
                self.stop()
                return "hang", f"no answer for {PATIENCE:.0f} s"
            if peak(self.process.pid) > most:
                self.stop()
                return "memory", f"more than {MEMORY} MiB"
        try:
            return self.connection.recv()
        except (EOFError, ConnectionError):
            self.process.join(10)
            return "crash", self.stopped()

    def stopped(self) -> str:
        """How the process ended, and its last words."""
        assert self.process is not None
        code = self.process.exitcode
        self.process = None
        with open(self.log, encoding="utf-8", errors="replace") as file:
            words = file.read().strip().splitlines()
        return f"exit code {code}; {words[-1][:300] if words else 'no words'}"

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.process = None


def processor_seconds(process: int) -> float:
    """Of all its threads, since it began."""
    with (
        contextlib.suppress(OSError),
        open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file,
    ):
        fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def reset_peak(process: int) -> float:
    with contextlib.suppress(OSError), open(f"/proc/{process}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")
    return peak(process)


def peak(process: int) -> float:
    """MiB, since the last reset."""
    with (
        contextlib.suppress(OSError),
        open(f"/proc/{process}/status", encoding="ascii", errors="replace") as file,
    ):
        for line in file:
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return 0.0
