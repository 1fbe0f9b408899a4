#!/usr/bin/env python3
"""Writes docs/hardening.md from the records in Hardening/results and the findings in Hardening/finds.json.

Usage: Hardening/run publish [PAGE]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from record import RESULTS

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "hardening.md"
#: The order of the records on the page. Other records follow by name.
ORDER = [
    "fuzzing", "images", "tricks", "networks", "faults", "server", "soak", "nonfinite", "promises", "supply", "reproducible",
    "sanitizers",
]
MOST_ROWS = 40
HEAD = """# Hardening

A guard handles untrusted images. This page lists the attacks on Oddity, and their results. It is
generated: `Hardening/run NAME` makes the record of a check, and `Hardening/run publish` makes this page from the records.
[SECURITY.md](../SECURITY.md) says what is trusted and what is not.
"""


def cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")


def table(columns: list[str], rows: list[list]) -> str:
    """Columns of numbers are right-aligned."""
    right = [bool(rows) and all(isinstance(row[place], int | float) for row in rows) for place in range(len(columns))]
    lines = [columns, ["---:" if is_right else "---" for is_right in right]]
    lines += [[cell(value) for value in row] for row in rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def excerpt(record: dict) -> str:
    """The record's table. For a long table, only its first rows."""
    shown = table(record["columns"], record["rows"][:MOST_ROWS])
    if len(record["rows"]) <= MOST_ROWS:
        return shown
    return f"{shown}\nAll {len(record['rows'])} rows: `Hardening/results/{record['name']}.json`.\n"


def took(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"


def section(record: dict) -> str:
    parts = [f"## {record['title']}\n", record["question"] + "\n"]
    if record["counts"]:
        parts.append(table(["what", "number"], record["counts"]))
    if record["rows"]:
        parts.append(excerpt(record))
    if record["listed"]:
        rows = [[item["what"], item["why"], item["count"]] for item in record["listed"]]
        parts.append("Intended differences:\n")
        parts.append(table(["what", "why", "times"], rows))
    if record["failures"]:
        parts.append("**Failed:**\n")
        parts.append("\n".join(f"- {cell(line)}" for line in record["failures"]) + "\n")
    if record["left_out"]:
        parts.append("Not tried:\n")
        parts.append("\n".join(f"- {line}" for line in record["left_out"]) + "\n")
    parts.append(f"`{record['command']}`, {took(record['seconds'])}.\n")
    return "\n".join(parts)


def finds() -> str:
    """The bugs that the checks have found in Oddity, and their fixes."""
    items = json.loads((HERE / "finds.json").read_text(encoding="utf-8"))
    rows = [[item["check"], item["what"], item["mended"], item["test"]] for item in items]
    return "## Bugs that were found and fixed\n\n" + table(["by", "what went wrong", "behaviour now", "test"], rows)


def records() -> list[dict]:
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in RESULTS.glob("*.json")}
    return [found[name] for name in sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))]


def main() -> None:
    page = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    all_records = records()
    summary = [[record["title"], len(record["failures"]), took(record["seconds"])] for record in all_records]
    parts = [HEAD, table(["check", "failures", "took"], summary), finds(), *map(section, all_records)]
    page.write_text("\n".join(parts), encoding="utf-8")
    print(f"wrote {page.name} of {len(all_records)} records")


if __name__ == "__main__":
    main()
