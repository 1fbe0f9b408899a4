"""Measures Oddity on a GPU, and writes gpu.json and gpu.md.

    python Benchmarks/gpu/check.py --output FOLDER --work FOLDER [--device cpu --scale 0.01]

Benchmarks/gpu/run calls it. Every item runs in a separate process, so that an item that fails, hangs or crashes does not affect
the others.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from items import ITEMS, Settings, run

# The seconds after which an item is ended.
LIMITS = {"fit-speed": 180, "norms": 120}
LIMIT = 90
# The environment variables of items that need some.
VARIABLES = {"exact-agreement": {"NVIDIA_TF32_OVERRIDE": "0"}}
MARKS = {True: "met", False: "**not met**", None: ""}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--device", default="cuda:0", help="cuda:0 by default; cpu is a dry run")
    parser.add_argument("--scale", type=float, default=1.0, help="of the numbers of images")
    parser.add_argument("--batch", type=int, help="256 on a card, 4 on a processor")
    parser.add_argument("--output", type=Path, default=Path("."), help="where gpu.json and gpu.md go")
    parser.add_argument("--work", type=Path, default=Path(".build-gpu/work"), help="for networks")
    parser.add_argument("--seconds", type=float, default=480, help="when no further item begins")
    parser.add_argument("--only", help="items, by commas; those that they need have to have run before")
    parser.add_argument("--item", help=argparse.SUPPRESS)
    return parser.parse_args()


def settings_of(given: argparse.Namespace) -> Settings:
    batch = given.batch or (4 if given.device == "cpu" else 256)
    return Settings(given.device, given.scale, batch, given.work.resolve())


def chosen(only: str | None, device: str) -> list[str]:
    """The names of the items, in order."""
    # Processors do not have TensorFloat-32.
    names = [name for name in ITEMS if name != "exact-agreement" or device != "cpu"]
    if only is None:
        return names
    wanted = only.split(",")
    unknown = set(wanted) - set(ITEMS)
    if unknown:
        sys.exit(f"there is no item {', '.join(sorted(unknown))}: there are {', '.join(ITEMS)}")
    return [name for name in names if name in wanted or name == "machine"]


def child(name: str, settings: Settings) -> None:
    """Writes the results of an item to the work folder."""
    found = run(name, settings)
    answer(name, settings).write_text(json.dumps(found))


def answer(name: str, settings: Settings) -> Path:
    return settings.work / f"{name}.json"


def found_by(name: str, settings: Settings, limit: float) -> Any:
    """Runs an item. If it fails, raises RuntimeError with its last line."""
    answer(name, settings).unlink(missing_ok=True)
    command = [sys.executable, __file__, "--item", name, "--device", settings.device]
    command += ["--scale", str(settings.scale), "--batch", str(settings.batch), "--work", str(settings.work)]
    log = settings.work / f"{name}.log"
    with log.open("w") as file:
        try:
            done = subprocess.run(
                command,
                stdout=file,
                stderr=file,
                timeout=limit,
                env=os.environ | VARIABLES.get(name, {}),
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"not done in {limit:.0f} s") from None
    if done.returncode == 0:
        return json.loads(answer(name, settings).read_text())
    lines = log.read_text(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "no message")
    how = f"ended by signal {-done.returncode}: " if done.returncode < 0 else ""
    raise RuntimeError(f"{how}{last[:500]}")


def measure(settings: Settings, names: list[str], seconds: float, output: Path) -> list[dict[str, Any]]:
    """Runs all items. The results are written after each item, so that they remain if the process is ended."""
    end = time.monotonic() + seconds
    facts: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    took: dict[str, float] = {}
    for name in names:
        start = time.monotonic()
        try:
            if start >= end:
                raise RuntimeError("not run: no time was left")
            found = found_by(name, settings, min(LIMITS.get(name, LIMIT), end - start))
            if isinstance(found, dict):
                facts = found
            else:
                rows += found
        except (RuntimeError, ValueError, OSError) as error:
            rows.append({"what": name, "measured": str(error), "target": "", "met": False, "numbers": {}})
        took[name] = time.monotonic() - start
        print(f"{name}: {took[name]:.0f} s", flush=True)
        write(output, settings, facts, rows, took)
    return rows


def write(
    output: Path,
    settings: Settings,
    facts: dict[str, Any],
    rows: list[dict[str, Any]],
    took: dict[str, float],
) -> None:
    whole = {
        "machine": facts,
        "device": settings.device,
        "scale": settings.scale,
        "batch": settings.batch,
        "rows": rows,
        "seconds": took,
    }
    (output / "gpu.json").write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n")
    (output / "gpu.md").write_text(page(settings, facts, rows))


def page(settings: Settings, facts: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    lines = ["# Oddity on a card", ""]
    if not settings.is_card:
        lines += ["A dry run on a processor: its speeds say nothing about a card.", ""]
    lines += [machine_line(facts), "", "| | measured | target | |", "|---|---|---|---|"]
    for row in rows:
        cells = [row["what"], row["measured"], row["target"], MARKS[row["met"]]]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def machine_line(facts: dict[str, Any]) -> str:
    if not facts:
        return "The machine could not be read."
    card = f"{facts['card']}, driver {facts['driver']}; " if "card" in facts else ""
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    return f"{card}{facts['processor']}, {facts['cores']} cores; Python {facts['python']}; {versions}."


def main() -> int:
    given = arguments()
    settings = settings_of(given)
    if given.item is not None:
        child(given.item, settings)
        return 0
    settings.work.mkdir(parents=True, exist_ok=True)
    given.output.mkdir(parents=True, exist_ok=True)
    rows = measure(settings, chosen(given.only, given.device), given.seconds, given.output)
    print((given.output / "gpu.md").read_text())
    return 1 if any(row["met"] is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
