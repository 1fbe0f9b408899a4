"""Locks of Python packages: whether each one pins everything that it installs, and whether all downloads use one."""

from __future__ import annotations

import hashlib
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENTRY = re.compile(r"^[a-z0-9-]+==[^\s;]+( ; python_version [^\\]+)?( --hash=sha256:[0-9a-f]{64})+$")
#: The downloads without a lock, and the reasons.
MEANT = {
    "Benchmarks/gpu/pack": (
        "takes the newest packages that fit the card's CUDA",
        "The script writes the SHA-256 of each file, and Benchmarks/gpu/run checks them on the card's machine.",
    ),
}


@dataclass
class Lock:
    path: Path
    entries: list[str]

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def hashes(self) -> int:
        return sum(entry.count("--hash=") for entry in self.entries)


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name]


def read_locks() -> list[Lock]:
    found = []
    for path in tracked("*.lock"):
        text = re.sub(r"\s*\\\n\s*", " ", path.read_text(encoding="utf-8"))
        found.append(Lock(path, [line for line in text.splitlines() if line and not line.startswith("#")]))
    return found


def problems_of(lock: Lock) -> list[str]:
    found = [
        f"{lock.name}: '{entry[:60]}' has no version or no SHA-256"
        for entry in lock.entries
        if not ENTRY.match(entry)
    ]
    text = lock.path.read_text(encoding="utf-8")
    if "://" in text or "--index" in text or "--find-links" in text:
        found.append(f"{lock.name} names an index")
    made_of = re.search(r"^# list-sha256: (\w+)$", text, re.MULTILINE)
    source = lock.path.with_name(lock.path.name.replace("-cpu.lock", ".lock")).with_suffix(".txt")
    if made_of is None or hashlib.sha256(source.read_bytes()).hexdigest() != made_of.group(1):
        found.append(f"{lock.name} was made of another list")
    return found


def commands_of_pip(text: str) -> list[str]:
    """Calls of pip that install or download. Continued lines are joined."""
    joined = re.sub(r"\\\n\s*", " ", text)
    lines = [line for line in joined.splitlines() if not line.lstrip().startswith("#")]
    return [
        line.strip()
        for line in lines
        if re.search(r"-m[\", ]+pip\b.*\b(install|download)\b|^\s*pip install", line)
    ]


def is_bound(line: str) -> bool:
    return "--require-hashes" in line or "--no-index" in line


def downloads_without_lock() -> list[tuple[str, str]]:
    """Scripts that call pip for files of any content: (script, line)."""
    found = []
    for path in tracked(".ci", "Scripts", "Demo", "Tests", "Benchmarks", "Training", "Makefile"):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix in ("", ".py", ".sh") and name != "Scripts/lock":
            text = path.read_text(encoding="utf-8", errors="replace")
            # Python calls pip with a list of words, which may continue on the next line.
            text = re.sub(r",\n\s+", ", ", text) if path.suffix == ".py" else text
            code = re.sub(r'"""[\s\S]*?"""', "", text)
            found += [(name, line) for line in commands_of_pip(code) if not is_bound(line)]
    return found
