"""Runs the command in a folder, with a fault or without one."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from faults import interposer
from faults.interposer import Fault, Ledger

#: A run takes half a second, and ten seconds on a busy machine. A run that takes longer than this hangs.
LONGEST = 300.0


@dataclass
class Outcome:
    """The result of a run. A negative code is the number of a signal. None means that the run hung and was killed."""

    code: int | None
    errors: str
    ledger: Ledger = field(default_factory=Ledger)
    seconds: float = 0
    #: How many images a server gave a verdict for.
    answered: int = 0
    #: Whether memory ran out, so that an image may be counted although its answer could not be made.
    lacked_memory: bool = False

    @property
    def complaints(self) -> list[str]:
        """The lines on standard error that are not warnings."""
        lines = [line for line in self.errors.splitlines() if line.strip()]
        return [line for line in lines if not line.startswith("oddity: warning: ")]


@dataclass
class Surroundings:
    """The environment of a run, apart from its fault."""

    fault: Fault = interposer.NO_FAULT
    #: Words before the command, such as a command that drops privileges.
    prefix: tuple[str, ...] = ()
    #: The maximum number of open files of the program; 0 means that the check sets no limit.
    descriptors: int = 0
    #: Relative to the folder.
    temporary: str = "tmp"
    #: Whether the counting library is loaded.
    is_counted: bool = True


class Driver:
    """Creates working folders and starts the command in them."""

    def __init__(self, program: str, home: Path) -> None:
        self.program = program
        self.home = home
        self.library = interposer.build(home)
        # Child processes inherit the limit, and hundreds of them may crash.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        self._number = 0
        self._lock = threading.Lock()

    def folder(self, material: Path) -> Path:
        """A fresh copy of the material that keeps the files' modification times."""
        with self._lock:
            self._number += 1
            folder = self.home / f"run{self._number}"
        shutil.copytree(material, folder)
        return folder

    def ledger(self, folder: Path) -> Path:
        return folder.with_name(folder.name + ".ledger")

    def remove(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        self.ledger(folder).unlink(missing_ok=True)

    def start(self, arguments: Sequence[str], folder: Path, around: Surroundings) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        environment["TMPDIR"] = str(folder / around.temporary)
        # The check looks for crashes, and a crash report would take a minute.
        environment["SWIFT_BACKTRACE"] = "enable=no"
        words = [*around.prefix, *limits(around), self.program, *arguments]
        if around.is_counted:
            ledger = self.ledger(folder)
            added = interposer.variables(self.library, folder, ledger, around.fault)
            # `env` comes last, so that the fault does not affect the words before the command.
            prefix = [*around.prefix, *limits(around)]
            settings = [f"{name}={value}" for name, value in added.items()]
            words = [*prefix, "env", *settings, self.program, *arguments]

        return subprocess.Popen(
            words,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def finish(self, process: subprocess.Popen[bytes], folder: Path, around: Surroundings) -> Outcome:
        try:
            _, errors = process.communicate(timeout=LONGEST)
            code: int | None = process.returncode
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            _, errors = process.communicate()
            code = None
        return Outcome(code, errors.decode(errors="replace"), self.counted(folder, around))

    def counted(self, folder: Path, around: Surroundings) -> Ledger:
        return interposer.read_ledger(self.ledger(folder)) if around.is_counted else Ledger()


def limits(around: Surroundings) -> list[str]:
    number = around.descriptors
    return ["prlimit", f"--nofile={number}:{number}"] if number else []


def temporary_home() -> tempfile.TemporaryDirectory[str]:
    """The folder of the whole check. Others may read it, so that a user without privileges can work there."""
    home = tempfile.TemporaryDirectory(prefix="oddity-faults-")
    os.chmod(home.name, 0o755)
    return home
