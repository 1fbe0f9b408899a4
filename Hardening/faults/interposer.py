"""The C library that makes one call fail, and what it reports."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).with_name("faults.c")
#: As `kinds` of faults.c.
KINDS = ("open", "read", "write", "fsync", "rename", "mmap", "ftruncate", "close", "malloc", "clock")
LEDGER = struct.Struct(f"<{len(KINDS)}QQ512s")


@dataclass(frozen=True)
class Fault:
    """What happens at one call: an error, or something that is done to the file first."""

    kind: str
    #: As the record names it.
    name: str
    #: 0 where the call is changed and does not fail.
    code: int = 0
    action: str = ""
    #: Later calls of the kind fail too, as on a disk that stays full.
    stays: bool = False
    #: Which call, from 1.
    place: int = 0
    #: How many seconds the clock is set back.
    early: int = 0

    def at(self, place: int) -> Fault:
        return Fault(self.kind, self.name, self.code, self.action, self.stays, place, self.early)

    def __str__(self) -> str:
        return f"{self.name} at {self.kind} {self.place}"

    @property
    def reason(self) -> str:
        """What the system calls the error."""
        return os.strerror(self.code).lower() if self.code else ""


#: What each call may answer, for each of its places.
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
#: What becomes of an input just before it is opened, or while it is read.
LOSSES = (
    Fault("open", "the file vanishes", action="vanish"),
    Fault("read", "the file shrinks to half", action="shrink"),
)
NO_FAULT = Fault("", "no fault")


@dataclass
class Ledger:
    """What was counted in a run, and what was struck."""

    counts: dict[str, int] = field(default_factory=dict)
    struck: int = 0
    path: str = ""


def build(folder: Path) -> Path:
    """The library, compiled into the folder."""
    library = folder / "faults.so"
    flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]
    subprocess.run(["cc", *flags, "-o", str(library), str(SOURCE), "-ldl"], check=True)
    return library


def variables(library: Path, folder: Path, ledger: Path, fault: Fault) -> dict[str, str]:
    """The environment in which the fault strikes a program that works in the folder."""
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
