"""Finds the Swift packages inside of a program by the names of its symbols, independently of the build's own information."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Swift's own modules, which have a folder in each toolchain.
RUNTIME = {"Swift", "SwiftOnoneSupport"}


def modules_of(program: Path) -> set[str]:
    """The modules whose types or protocols a program contains: $s7NIOCore10ByteBufferVMn is a type of NIOCore."""
    command = ["nm", "--defined-only", str(program)]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {
        rest[: int(length)]
        for length, rest in re.findall(r" \$s(\d+)([A-Za-z_]\w+)M[np]$", listed, re.MULTILINE)
    }


def runtime_modules(resources: Path) -> set[str]:
    return RUNTIME | {folder.name.partition(".")[0] for folder in resources.glob("*/*.swiftmodule")}


def owners(module: str, checkouts: Path) -> set[str]:
    """The packages that have a folder with this name among their sources."""
    return {
        folder.relative_to(checkouts).parts[0]
        for folder in checkouts.glob(f"*/Sources/**/{module}")
        if folder.is_dir()
    } | {folder.parent.name for folder in checkouts.glob(f"{module}*/{module}") if folder.is_dir()}


def unexplained(
    program: Path, checkouts: Path, resources: Path, packages: set[str]
) -> tuple[int, set[str], list[str]]:
    """The number of modules, the packages that they belong to, and modules that belong to no package of the bill of materials."""
    own = {folder.name for folder in (ROOT / "Sources").iterdir()}
    known = own | runtime_modules(resources)
    looked_at = modules_of(program) - known
    shown: set[str] = set()
    lost: list[str] = []
    for module in sorted(looked_at):
        having = owners(module, checkouts) & packages or owners(folder_of(module), checkouts) & packages
        shown |= having if len(having) == 1 else set()
        if not having:
            lost.append(module)
    return len(looked_at), shown, lost


def folder_of(module: str) -> str:
    """The source folders of modules whose folder has another name."""
    return {"GRDB": "GRDB", "SystemPackage": "System", "Configuration": "Configuration"}.get(module, module)
