#!/usr/bin/env python3
"""Builds Oddity from two clones in two folders, and compares the bytes of the programs.

    Hardening/run reproducible [--product NAME] [--package FOLDER] [--plain] [--keep]

It compiles everything twice, which takes twice as long as `make build`. `--package` builds another Swift package instead of this
repository. `--plain` leaves out the flags that make the bytes equal, so that the check must fail. A trial with any of the first
three options leaves no record.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import record as record_module
from record import Record

ROOT = Path(__file__).resolve().parents[1]
#: Their depth and length differ, so that paths and the alignment behind them cannot agree by chance.
FOLDERS = ("one", "another/folder-of-a-longer-name")
#: As in RELEASE of the Makefile.
EQUALISERS = ("-ffile-prefix-map=", "-disable-incremental-llvm-codegen")


@dataclass
class Program:
    """The result of one build."""

    folder: Path
    unstripped: bytes
    stripped: bytes


def release_flags(folder: Path, plain: bool) -> list[str]:
    """The build command of `make build` in a folder. The Makefile names the folder in one of the flags."""
    command = [
        "make",
        "--silent",
        "--file",
        str(ROOT / "Makefile"),
        "--directory",
        str(folder),
        "--eval",
        "print-release: ; @echo $(RELEASE)",
        "print-release",
    ]
    flags = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return without_equalisers(flags) if plain else flags


def without_equalisers(flags: list[str]) -> list[str]:
    kept: list[str] = []
    for flag in flags:
        if flag.startswith(EQUALISERS):
            # `-Xcc FLAG`, and `-Xswiftc -Xfrontend -Xswiftc FLAG`.
            del kept[-3 if kept[-2:-1] == ["-Xfrontend"] else -1 :]
        else:
            kept.append(flag)
    return kept


def put_sources(package: Path | None, folder: Path) -> None:
    if package:
        shutil.copytree(package, folder, ignore=shutil.ignore_patterns(".build*"))
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    # The engine's headers. All clones share this download.
    if (ROOT / ".build-engine").exists():
        (folder / ".build-engine").symlink_to((ROOT / ".build-engine").resolve())
    subprocess.run(["Scripts/setup", "build"], cwd=folder, check=True)


def build(folder: Path, product: str, plain: bool) -> Program:
    known = os.environ.get("PKG_CONFIG_PATH", "")
    # Headers at a path outside of the clones would have the same path in both.
    environment = os.environ | {"PKG_CONFIG_PATH": f"{folder}/.build-engine:{known}"}
    command = ["swift", "build", *release_flags(folder, plain), "--product", product]
    subprocess.run(command, cwd=folder, env=environment, check=True)
    program = folder / ".build/release" / product
    stripped = folder / "stripped"
    # As Scripts/install does.
    subprocess.run(["install", "-m", "755", "--strip", str(program), str(stripped)], check=True)
    return Program(folder, program.read_bytes(), stripped.read_bytes())


def differing(one: bytes, other: bytes) -> int:
    common = sum(a != b for a, b in zip(one, other, strict=False)) if one != other else 0
    return common + abs(len(one) - len(other))


def compare(programs: list[Program], record: Record) -> None:
    for name in ("stripped", "unstripped"):
        one, other = (getattr(program, name) for program in programs)
        count = differing(one, other)
        record.rows.append([name, len(one), count, hashlib.sha256(one).hexdigest()])
        if name == "stripped" and count:
            where = section(programs)
            record.failures.append(f"the stripped programs differ in {count} bytes; the first is in {where}")


def section(programs: list[Program]) -> str:
    """The position of the first difference, for finding its cause."""
    one, other = (program.stripped for program in programs)
    offset = next((index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    command = ["readelf", "-SW", str(programs[0].folder / "stripped")]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for line in listed.splitlines():
        fields = line.partition("]")[2].split()
        if len(fields) > 4 and fields[1] not in ("NOBITS", "Type"):
            start, size = int(fields[3], 16), int(fields[4], 16)
            if start <= offset < start + size:
                return f"{fields[0]}, at byte {offset}"
    return f"no section, at byte {offset}"


def look_for_paths(programs: list[Program], record: Record) -> None:
    found = sum(program.stripped.count(str(program.folder).encode()) for program in programs)
    record.count("paths of the build folders inside", found)
    if found:
        record.failures.append(f"{found} paths of the folders in which they were built are in the programs")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--product", default="oddity", help="the program to build")
    parser.add_argument("--package", type=Path, help="another Swift package, which is copied instead")
    parser.add_argument("--plain", action="store_true", help="without the flags that make the bytes equal")
    parser.add_argument("--keep", action="store_true", help="leave the two folders where they are")
    return parser.parse_args()


def begin() -> Record:
    record = Record(
        "reproducible",
        "Two clones give the same program",
        "Two clones of one commit are built in two folders with different names. The installed programs have to be "
        "equal, byte for byte.",
        "Hardening/run reproducible",
    )
    record.columns = ["program", "bytes", "bytes that differ", "SHA-256"]
    record.left_out = [
        "Both clones are built on one machine, with one Swift and one set of system libraries.",
        "Both take the Swift packages at the same revisions.",
        "Package.resolved is in no repository, so that a later clone may resolve later versions of Swift packages.",
        "The wheel, the archive and the Debian package are not compared.",
    ]
    return record


def run(given: argparse.Namespace, work: Path) -> Record:
    record = begin()
    programs: list[Program] = []
    for name in FOLDERS:
        folder = work / name
        put_sources(given.package, folder)
        resolved = work / FOLDERS[0] / "Package.resolved"
        if programs and resolved.exists():
            shutil.copy(resolved, folder)
        programs.append(build(folder, given.product, given.plain))
    record.count("clones", len(programs))
    compare(programs, record)
    look_for_paths(programs, record)
    return record


def main() -> int:
    given = arguments()
    work = Path(tempfile.mkdtemp(prefix="oddity-reproducible-")).resolve()
    if given.package or given.plain or given.product != "oddity":
        record_module.RESULTS = work
    try:
        return run(given, work).save()
    finally:
        if given.keep:
            print(f"kept: {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
