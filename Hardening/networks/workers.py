"""Processes for work that may crash, hang or use too much memory. They are restarted afterwards."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

#: The processor seconds that one command may take.
SECONDS = 20.0
#: The wall-clock seconds after which a process without CPU time counts as hanging.
PATIENCE = 120.0
#: The memory in MiB that one command may use in addition to the previous memory of the process.
MEMORY = 2048
#: The address space that a process may reserve, so that a failing check does not affect the machine.
ADDRESS_SPACE = 16 << 30


@dataclass
class Answer:
    """The result of one request."""

    #: "value", "error" (a message of the program itself), "crash", "hang" or "memory".
    kind: str
    value: Any = None
    seconds: float = 0.0
    #: The peak memory during the request, in MiB.
    memory: float = 0.0


def serve(work: str, connection: Connection, log: str) -> None:
    """The main function of the process. It answers requests until the pipe closes."""
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
            except Exception as error:  # noqa: BLE001 - every error must be reported to the parent
                told = (getattr(error, "status", None), type(error).__name__, str(error))
                connection.send(("error", told))


class Worker:
    """Sends requests to a separate process."""

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
        # Imports and engines are loaded before the first measurement.
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
        """How the process ended, and its last output."""
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
    """The processor time of all its threads, since its start."""
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
    """The peak memory in MiB since the last reset."""
    with (
        contextlib.suppress(OSError),
        open(f"/proc/{process}/status", encoding="ascii", errors="replace") as file,
    ):
        for line in file:
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return 0.0
