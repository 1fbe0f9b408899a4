"""Full disks, read-only folders, and few open files."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from faults.driver import Driver, Surroundings
from faults.interposer import Fault
from faults.judge import Judge
from faults.scenarios import Scenario
from faults.steps import Allowance, each

PAGE = 4096
#: Drops all privileges.
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def can_mount(home: Path) -> bool:
    """Whether small disks can be mounted here."""
    place = home / "mounted"
    place.mkdir(exist_ok=True)
    if (
        subprocess.run(
            ["mount", "-t", "tmpfs", "none", str(place)], check=False, capture_output=True
        ).returncode
        != 0
    ):
        return False
    subprocess.run(["umount", str(place)], check=True)
    return True


#: The number of free pages on the disk.
SPARE = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128)
#: The number of limits between the fewest open files with which the program starts and those with which it succeeds.
LIMITS = 24
#: With fewer, the runtime cannot start its event loop, and ends the process. No system has such a low limit.
FEW = 16


def full_disks(scenario: Scenario, allowance: Allowance) -> Judge:
    """The output and the temporary files are on a disk that has space for the existing files and for a few more pages."""
    judge = Judge(scenario, planned=len(SPARE))
    lying = sum(-(-len(data) // PAGE) for data in scenario.old.values())

    def fill(fault: Fault) -> None:
        folder = scenario.driver.folder(scenario.material)
        out, aside = folder / "out", folder / "aside"
        out.rename(aside)
        out.mkdir()
        options = f"size={(lying + fault.place) * PAGE}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(out)], check=True)
        try:
            shutil.copytree(aside, out, dirs_exist_ok=True)
            shutil.rmtree(aside)
            outcome = scenario.run(folder, Surroundings(temporary="out", is_counted=False))
            subprocess.run(["mount", "-o", "remount,size=64m", str(out)], check=True)
            judge.look(folder, outcome, fault)
        finally:
            subprocess.run(["umount", "-l", str(out)], check=True)
        scenario.driver.remove(folder)

    each(fill, [Fault("", "a full disk", errno.ENOSPC).at(spare) for spare in SPARE], allowance)
    return judge


def _readable(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    (folder / "tmp").chmod(0o777)


def _lock_folder(folder: Path) -> None:
    for path in [folder / "out", *(folder / "out").rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)


def _lock_files(folder: Path) -> None:
    for path in [folder / "out", *(folder / "out").rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o444)


def _lock_temporaries(folder: Path) -> None:
    for path in [folder / "out", *(folder / "out").rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    (folder / "tmp").chmod(0o555)


LOCKS: dict[str, Callable[[Path], None]] = {
    "a folder that may not be written": _lock_folder,
    "old files that may not be written": _lock_files,
    "a folder for temporaries that may not be written": _lock_temporaries,
}


def without_rights(scenario: Scenario, allowance: Allowance) -> Judge:
    """Runs as a user who may read everything but write almost nothing."""
    judge = Judge(scenario, planned=len(LOCKS))
    prefix = NOBODY if os.geteuid() == 0 else ()

    def lock(fault: Fault) -> None:
        folder = scenario.driver.folder(scenario.material)
        _readable(folder)
        LOCKS[fault.name](folder)
        outcome = scenario.run(folder, Surroundings(prefix=prefix, is_counted=False))
        for path in [folder / "out", folder / "tmp", *(folder / "out").rglob("*")]:
            path.chmod(0o777 if path.is_dir() else 0o666)
        judge.look(folder, outcome, fault)
        scenario.driver.remove(folder)

    each(lock, [Fault("", name, errno.EACCES) for name in LOCKS], allowance)
    return judge


def least_descriptors(driver: Driver) -> int:
    """The number of open files that the program needs to print its version."""
    folder = driver.home
    for limit in range(3, 64):
        around = Surroundings(descriptors=limit, is_counted=False)
        if driver.finish(driver.start(["--version"], folder, around), folder, around).code == 0:
            return limit
    raise SystemExit("the program does not even say its version with 64 open files")


def few_descriptors(scenario: Scenario, allowance: Allowance) -> Judge:
    judge = Judge(scenario, planned=LIMITS)
    least = least_descriptors(scenario.driver)

    def limit(fault: Fault) -> None:
        folder = scenario.driver.folder(scenario.material)
        outcome = scenario.run(folder, Surroundings(descriptors=fault.place, is_counted=False))
        judge.look(folder, outcome, fault, may_die=fault.place < FEW)
        scenario.driver.remove(folder)

    faults = [Fault("", "few open files", errno.EMFILE).at(least + more) for more in range(LIMITS)]
    each(limit, faults, allowance)
    return judge
