"""Compiles the C library that makes one call fail, and reads its report."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).with_name("faults.c")
#: The same names as `kinds` in faults.c.
KINDS = ("open", "read", "write", "fsync", "rename", "mmap", "ftruncate", "close", "malloc", "clock")
LEDGER = struct.Struct(f"<{len(KINDS)}QQ512s")


@dataclass(frozen=True)
class Fault:
    """An error at one call, or a change of the file before the call."""

    kind: str
    #: The name in the record.
    name: str
    #: 0 if the call is changed and does not fail.
    code: int = 0
    action: str = ""
    #: Whether later calls of the kind fail too, as on a disk that stays full.
    stays: bool = False
    #: The number of the call, from 1.
    place: int = 0
    #: The number of seconds by which the clock is set back.
    early: int = 0

    def at(self, place: int) -> Fault:
        return Fault(self.kind, self.name, self.code, self.action, self.stays, place, self.early)

    def __str__(self) -> str:
        return f"{self.name} at {self.kind} {self.place}"

    @property
    def reason(self) -> str:
        """The system's text for the error."""
        return os.strerror(self.code).lower() if self.code else ""


#: The possible results of each call, for each of its places.
ANSWERS = (
    Fault("open", "EMFILE", errno.EMFILE),
    Fault("open", "EACCES", errno.EACCES),
    Fault("read", "EIO", errno.EIO),
    Fault("read", "half of the bytes", action="half"),
    Fault("write", "ENOSPC from then on", errno.ENOSPC, stays=True),
    Fault("write", "EIO", errno.EIO),
    Fault("write", "half of the bytes", action="half"),
    Fault("fsync", "EIO", errno.EIO),
    Fault("fsync", "ENOSPC", errno.ENOSPC),
    Fault("rename", "EACCES", errno.EACCES),
    Fault("rename", "ENOSPC", errno.ENOSPC),
    Fault("mmap", "ENOMEM", errno.ENOMEM),
    Fault("ftruncate", "EIO", errno.EIO),
    Fault("close", "EIO", errno.EIO),
)
#: Changes of an input file just before it is opened, or while it is read.
LOSSES = (
    Fault("open", "the file vanishes", action="vanish"),
    Fault("read", "the file shrinks to half", action="shrink"),
)
NO_FAULT = Fault("", "no fault")


@dataclass
class Ledger:
    """The calls that were counted in a run, and the call where the fault occurred."""

    counts: dict[str, int] = field(default_factory=dict)
    struck: int = 0
    path: str = ""


def build(folder: Path) -> Path:
    """Compiles the library into the folder."""
    library = folder / "faults.so"
    flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]
    subprocess.run(["cc", *flags, "-o", str(library), str(SOURCE), "-ldl"], check=True)
    return library


def variables(library: Path, folder: Path, ledger: Path, fault: Fault) -> dict[str, str]:
    """The environment variables that inject the fault into a program that works in the folder."""
    ledger.write_bytes(bytes(LEDGER.size))
    return {
        "LD_PRELOAD": str(library),
        "FAULT_FOLDER": str(folder),
        "FAULT_LEDGER": str(ledger),
        "FAULT_CALL": fault.kind,
        "FAULT_AT": str(fault.place),
        "FAULT_ERRNO": str(fault.code),
        "FAULT_ACTION": fault.action,
        "FAULT_STAYS": str(int(fault.stays)),
        "FAULT_CLOCK": str(fault.early),
    }


def read_ledger(path: Path) -> Ledger:
    *numbers, name = LEDGER.unpack(path.read_bytes()[: LEDGER.size])
    struck_path = name.split(b"\0", 1)[0].decode(errors="replace")
    return Ledger(dict(zip(KINDS, numbers[:-1], strict=True)), numbers[-1], struck_path)
