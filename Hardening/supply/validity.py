"""Runs SPDX's own tools on bills of materials, in a separate environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "Hardening/supply/requirements.lock"
ENVIRONMENT = ROOT / ".build-supply"


def prepare() -> str:
    """Creates the environment, and returns the error."""
    if (ENVIRONMENT / "installed.txt").exists() and (
        ENVIRONMENT / "installed.txt"
    ).read_text() == LOCK.read_text():
        return ""
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(ENVIRONMENT)], check=False, capture_output=True, text=True
    )
    if made.returncode:
        return "python3 cannot make an environment"
    command = [ROOT / "Scripts/install-locked", ENVIRONMENT / "bin/python", LOCK, "--only-binary", ":all:"]
    if subprocess.run(
        [str(part) for part in command], check=False, capture_output=True, text=True
    ).returncode:
        return "pip could not install SPDX's tools"
    (ENVIRONMENT / "installed.txt").write_text(LOCK.read_text())
    return ""


def complaints(bill: Path) -> list[str]:
    """The errors that SPDX's tools find in a bill."""
    asked = subprocess.run(
        [str(ENVIRONMENT / "bin/pyspdxtools"), "-i", str(bill)], check=False, capture_output=True, text=True
    )
    lines = (asked.stdout + asked.stderr).strip().splitlines()
    return lines or (["refused without a word"] if asked.returncode else [])
