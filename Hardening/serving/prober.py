"""Checks from a separate process whether the server is alive: `python -m serving.prober PORT PROCESS INTERVAL`.

It opens a new connection each time, as an orchestrator's probe does. On a shared machine, the machine itself may cause a late
answer. The prober therefore also asks a second server at the same time, which does nothing else. In addition, the kernel reports
how long each thread of the server has run, and how long it has waited for a core. Each round prints one line of numbers.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from .client import HOST, ask
from .process import Server

LIMIT = 0.05
PATIENCE = 20.0
CORES = os.cpu_count() or 1
REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"live\":true}"


@dataclass(frozen=True)
class Round:
    """One question to the server, and one to the control server."""

    #: Of `time.monotonic()`.
    at: float
    live: float
    control: float
    #: How late the prober itself was woken.
    late: float
    #: The total time that threads of the server and of the prober meanwhile waited for a core. They work in turn.
    queued: float
    #: The total time that the server's threads meanwhile ran.
    ran: float
    status: int

    @property
    def is_late(self) -> bool:
        return self.is_later_than(LIMIT)

    def is_later_than(self, seconds: float) -> bool:
        return self.status != 200 or self.live > seconds

    @property
    def is_the_machines(self) -> bool:
        """Whether the machine explains a late answer.

        This is so if the answer would not be late without the waiting time for a core, and the server itself did not use the
        cores.
        """
        had_cores = self.ran > self.live * CORES / 2
        waited = max(self.control, self.late, self.queued)
        return self.status == 200 and not had_cores and self.live - waited <= LIMIT


class Prober:
    """`with Prober(server) as prober:` asks continuously. `prober.rounds` contains the rounds so far."""

    def __init__(self, server: Server, interval: float = 0.1):
        self.rounds: list[Round] = []
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "serving.prober", *map(str, (server.port, server.process.pid, interval))],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def _collect(self) -> None:
        for line in self._process.stdout:
            *numbers, status = line.split()
            self.rounds.append(Round(*map(float, numbers), int(status)))

    def since(self, at: float) -> list[Round]:
        return [one for one in list(self.rounds) if one.at >= at]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._thread.join(5)


def quantile(values: list[float], share: float) -> float:
    """0 if there are no values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"


async def _timed(port: int) -> tuple[float, int]:
    begun = time.monotonic()
    try:
        status = (await ask(port, "GET", "/v2/health/live", seconds=PATIENCE)).status
    except (OSError, EOFError, TimeoutError):
        status = 0
    return time.monotonic() - begun, status


async def _reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, EOFError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(REPLY)
        await writer.drain()
    writer.close()


def _schedule(process: int) -> dict[str, tuple[int, int]]:
    """The nanoseconds that each thread of a process has run, and has waited for a core."""
    told = {}
    for task in Path(f"/proc/{process}/task").iterdir():
        with contextlib.suppress(OSError):
            ran, queued, _ = (task / "schedstat").read_text().split()
            told[task.name] = (int(ran), int(queued))
    return told


async def _probe(port: int, process: int, interval: float) -> None:
    # The control answers within this process. Its time is that of the machine and the interpreter.
    control = await asyncio.start_server(_reply, HOST, 0)
    other = control.sockets[0].getsockname()[1]
    while True:
        due = time.monotonic() + interval
        await asyncio.sleep(interval)
        late = time.monotonic() - due
        at = time.monotonic()
        before, own = _schedule(process), _schedule(os.getpid())
        (live, status), (control_took, _) = await asyncio.gather(_timed(port), _timed(other))
        after = _schedule(process)
        changes = [
            (ran - before[task][0], queued - before[task][1])
            for task, (ran, queued) in after.items()
            if task in before
        ]
        itself = sum(queued - own[task][1] for task, (_, queued) in _schedule(os.getpid()).items() if task in own)
        ran, queued = sum(one[0] for one in changes) / 1e9, (itself + sum(one[1] for one in changes)) / 1e9
        numbers = (at, live, control_took, late, queued, ran)
        print(*(f"{number:.5f}" for number in numbers), status, flush=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_probe(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
