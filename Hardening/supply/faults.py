"""Faulty folders that must not ship. Each is made from a valid folder, and the check must detect each fault."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from supply.tree import Tree

GPL = "GNU GENERAL PUBLIC LICENSE\n\nVersion 3, 29 June 2007\n"


def replace(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text, encoding="utf-8")


def faults_of_licences(tree: Tree, files: list[str]) -> Iterator[tuple[str, Callable[[Tree], None]]]:
    """Faults of each licence text that the bill of materials refers to."""
    for file in files:
        yield f"{file} is missing", lambda tree, file=file: (tree.licences / file).unlink()
        yield f"{file} is empty", lambda tree, file=file: replace(tree.licences / file, "")
        if file.startswith("swift/"):
            yield f"{file} is another licence", lambda tree, file=file: replace(tree.licences / file, GPL)


def faults_of_files() -> Iterator[tuple[str, Callable[[Tree], None]]]:
    yield (
        "a library that nobody is said to have",
        lambda tree: shutil.copy(tree.program, tree.folder / "lib/oddity/libother.so.1"),
    )
    yield "oneTBB is missing", lambda tree: (tree.folder / "lib/oddity/libtbb.so.12").unlink()


def noticed(tree: Tree, folder: Path, fault: Callable[[Tree], None]) -> bool:
    """Whether the script refuses, and writes no bill of materials."""
    broken = tree.copy(folder)
    try:
        fault(broken)
        # Libraries of the system are irrelevant here, and finding them takes a second.
        answer = broken.write_bill("--code", "bin/oddity")
        return answer.returncode != 0 and not broken.bill.exists()
    finally:
        shutil.rmtree(folder)
