#!/usr/bin/env python3
"""Checks that all shipped components are known and may be shipped, and come from files with known content.

    Hardening/run supply [--build FOLDER] [--program FILE] [--dist FOLDER] [--offline]

Uses a finished build: .build/release, or otherwise .build-test/release. ODDITY names the program with symbols. Wheels, archives
and
Debian packages in `--dist` (dist) are inspected if there are any. `--offline` does not download SPDX's own tools.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from record import Record
from supply import faults, inside, locks, packed, taken, validity
from supply.tree import ROOT, Tree, make_tree


def arguments() -> argparse.Namespace:
    builds = [ROOT / ".build/release", ROOT / ".build-test/release"]
    found = next((build for build in builds if (build / "oddity.product").exists()), builds[0])
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--build", type=Path, default=found, help="a finished build of the command")
    parser.add_argument("--program", type=Path, help="the command with its symbols")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", help="the folder of finished packages")
    parser.add_argument("--offline", action="store_true", help="without SPDX's own tools")
    given = parser.parse_args()
    given.program = given.program or Path(os.environ.get("ODDITY", given.build / "oddity"))
    return given


def begin() -> Record:
    record = Record(
        "supply",
        "Components, licences and downloaded files",
        "The bill of materials has to name every shipped component. Its licence has to permit shipping, and the "
        "licence's text has to ship with it. Every file that pip downloads has to have the SHA-256 in the repository.",
        "Hardening/run supply",
    )
    record.columns = ["component", "version", "licence", "how it is inside"]
    return record


def check_bill(tree: Tree, work: Path, record: Record) -> dict:
    answer = tree.write_bill()
    if answer.returncode:
        record.failures.append(f"no bill of materials could be written: {answer.stderr.strip()}")
        return {}
    bill = tree.read_bill()
    again = tree.copy(work / "again")
    again.write_bill()
    if again.bill.read_bytes() != tree.bill.read_bytes():
        record.failures.append("two bills of equal files in two folders differ")
    record.rows += packed.rows(bill)
    record.count(
        "components, including Oddity", sum(row[3] != "the system's" for row in packed.rows(bill))
    )
    record.count("files with their SHA-256 in the bill", len(bill["files"]))
    record.failures += packed.wrong_files(bill, lambda path: (tree.folder / path).read_bytes())
    if len(packed.wrong_files(bill, lambda _: b"changed")) != len(bill["files"]):
        record.failures.append("not noticed: files that are not as the bill says")
    return bill


def check_symbols(tree: Tree, given: argparse.Namespace, bill: dict, record: Record) -> None:
    resources = subprocess.run(
        [ROOT / "Scripts/swift-resources", given.build], check=True, capture_output=True, text=True
    )
    packages = {entry["name"] for entry in bill["packages"]}
    count, shown, lost = inside.unexplained(
        given.program,
        given.build.resolve().parents[1] / "checkouts",
        Path(resources.stdout.strip()),
        packages,
    )
    record.count("Swift modules that the program's symbols name", count)
    record.count("Swift packages that these modules show", len(shown))
    record.failures += [
        f"symbols name the module {module}, which no component of the bill has" for module in lost
    ]
    if not count:
        record.failures.append(f"{given.program.name} has no symbols to look at")


def check_faults(tree: Tree, bill: dict, work: Path, record: Record) -> None:
    files = packed.licence_files(bill)
    tried = [*faults.faults_of_licences(tree, files), *faults.faults_of_files()]
    for name, fault in tried:
        if not faults.noticed(tree, work / "broken", fault):
            record.failures.append(f"not noticed: {name}")
    record.count("licences in the bill", len(files))
    record.count("injected faults", len(tried))
    record.count(
        "detected faults",
        len(tried) - sum(line.startswith("not noticed") for line in record.failures),
    )


def check_taken(tree: Tree, work: Path, record: Record) -> None:
    libraries = taken.available()
    copy, listed = taken.take(tree, work / "taken", libraries)
    answer = copy.write_bill("--taken", str(listed))
    if answer.returncode:
        record.failures.append(f"C libraries that may ship are refused: {answer.stderr.strip()}")
    else:
        record.rows += [
            row
            for row in packed.rows(copy.read_bill())
            if row[0] in {name.partition(".so")[0] for name, _ in libraries}
        ]
    record.count("C libraries in the packages", len(libraries))
    stranger, listed = taken.take(tree, work / "stranger", [taken.STRANGER])
    if not stranger.write_bill("--taken", str(listed)).returncode:
        record.failures.append("not noticed: a C library whose licence nobody has read")


def check_validity(tree: Tree, given: argparse.Namespace, work: Path, record: Record) -> None:
    problem = "it was not asked for" if given.offline else validity.prepare()
    if problem:
        record.left_out.append(f"SPDX's own tools did not look at the bills: {problem}.")
        return
    bills = [tree.bill, work / "taken/share/doc/oddity/oddity.spdx.json"]
    found = [line for bill in bills if bill.exists() for line in validity.complaints(bill)]
    record.failures += [f"SPDX's tools: {line}" for line in found]
    broken = work / "broken.spdx.json"
    broken.write_text(
        tree.bill.read_text(encoding="utf-8").replace('"MIT"', '"no licence"'), encoding="utf-8"
    )
    if not validity.complaints(broken):
        record.failures.append("SPDX's tools take a bill that is wrong")
    record.count("bills that SPDX's own tools found valid", len(bills) if not found else 0)


def check_packed(given: argparse.Namespace, record: Record) -> None:
    packages = packed.find(given.dist)
    for path in packages:
        record.failures += [f"{path.name}: {line}" for line in packed.problems_of(path)]
    record.count("inspected packages", len(packages))
    if not packages:
        record.left_out.append("No wheel, archive or Debian package was there to be looked into.")


def check_locks(record: Record) -> None:
    found = locks.read_locks()
    record.count("lists of Python packages with a lock", len(found))
    record.count("versions that the locks pin", sum(len(lock.entries) for lock in found))
    record.count("SHA-256 in the locks", sum(lock.hashes for lock in found))
    record.failures += [line for lock in found for line in locks.problems_of(lock)]
    loose = locks.downloads_without_lock()
    record.failures += [
        f"{name} downloads by pip without hashes: {line[:80]}"
        for name, line in loose
        if name not in locks.MEANT
    ]
    for name, (what, why) in locks.MEANT.items():
        count = sum(script == name for script, _ in loose)
        if count:
            record.listed.append({"what": f"{name} {what}", "why": why, "count": count})


def main() -> int:
    given = arguments()
    record = begin()
    record.left_out += [
        "Swift packages have no hash in the repository. The bill of materials has Git's revision of each.",
        "Debian's packages have no hash here, because apt checks Debian's signatures.",
        "The bill has one licence for OpenVINO. A text that ships with it lists the licences of its own parts.",
        "Commands in documents for readers, such as `pip install pillow`, have no hashes.",
    ]
    with tempfile.TemporaryDirectory(prefix="oddity-supply-") as name:
        work = Path(name)
        tree = make_tree(work / "tree", given.build, given.program)
        bill = check_bill(tree, work, record)
        if bill:
            check_symbols(tree, given, bill, record)
            check_faults(tree, bill, work, record)
            check_taken(tree, work, record)
            check_validity(tree, given, work, record)
    check_packed(given, record)
    check_locks(record)
    return record.save()


if __name__ == "__main__":
    sys.exit(main())
