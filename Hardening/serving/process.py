"""`oddity serve` in a separate process, and the resources that it uses."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Self

from .guard import command

TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """`with Server([guarded], "--max-body", "1000000") as server:` listens at `server.port`."""

    def __init__(
        self,
        models: list[Path],
        *flags: str,
        environment: dict[str, str] | None = None,
        files: int | None = None,
    ):
        # The log must exist as long as the server.
        self.log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self.process = subprocess.Popen(
            [command(), "serve", *map(str, models), "--port", "0", *flags],
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=environment,
        )
        if files:
            # Both limits, because the server may raise its soft limit to the hard limit.
            resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (files, files))
        self.port = self._port()
        threading.Thread(target=self._drain, daemon=True).start()

    def _port(self) -> int:
        for line in self.process.stderr:
            self.log.write(line)
            found = re.search(r"listening at http://[^ ]*:(\d+)", line)
            if found:
                return int(found[1])
        raise RuntimeError(f"the server did not start: {self.said()}")

    def _drain(self) -> None:
        for line in self.process.stderr:
            self.log.write(line)

    def said(self) -> str:
        """Everything that it has logged."""
        self.log.flush()
        self.log.seek(0)
        text = self.log.read()
        self.log.seek(0, os.SEEK_END)
        return text

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    @property
    def resident(self) -> int:
        """The resident memory in bytes (VmRSS)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) << 10

    @property
    def peak(self) -> int:
        """The peak memory in bytes since `forget_peak`."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) << 10

    def forget_peak(self) -> None:
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    @property
    def files(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @property
    def threads(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    @property
    def processor_seconds(self) -> float:
        # The fields after the name in parentheses, which may contain spaces.
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def stop(self, number: int = signal.SIGTERM, seconds: float = 60) -> int:
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.is_alive:
            self.process.kill()
            self.process.wait()
