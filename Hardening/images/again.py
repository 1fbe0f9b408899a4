"""Judges the failed images of a record again, without the other images, after a change of the list of kinds."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .cases import case
from .decoding import Oddity, by_pillow
from .kinds import LOOSER, OTHER, STRICTER, Kind, kind
from .seeds import seeds
from .worker import Now, answer

_ORDER = (OTHER, LOOSER, STRICTER)


def judged_again(path: Path, run: int) -> int:
    """Moves failures that now have a known kind to the list of the record. Nothing else changes. Returns the number of
    failures."""
    record = json.loads(path.read_text(encoding="utf-8"))
    numbers = [re.match(r"image (\d+) \(.*\): (Oddity|Pillow|other)", line) for line in record["failures"]]
    left = []
    found = _kinds({int(number[1]) for number in numbers if number}, run)
    fitting = dict(found)
    for line, number in zip(record["failures"], numbers, strict=True):
        one = fitting.get(int(number[1])) if number else None
        if one is None:
            left.append(line)
        else:
            _note(record["listed"], one)
            print(f"{line[:70]}… is listed: {one.what}")
    record["failures"] = left
    record["listed"].sort(key=lambda entry: (_place(entry), -entry["count"]))
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for line in left:
        print(f"FAILED: {line}")
    return len(left)


def _kinds(numbers: set[int], run: int) -> Iterator[tuple[int, Kind | None]]:
    known = seeds()
    with tempfile.TemporaryDirectory(prefix="oddity-images-") as folder:
        preprocessing = Path(folder, "preprocessing.json")
        preprocessing.write_text(Oddity.PREPROCESSING)
        decoder, now = Oddity(str(preprocessing)), Now(Path(folder, "now"))
        for number in sorted(numbers):
            made = case(known, run, number)
            said = answer(made, by_pillow(made.data), decoder, now)
            # If an image now agrees, only a whole run can move it to the counts of agreement.
            differs = said["outcome"] in ("Oddity alone", "Pillow alone", "other size", "other pixels")
            is_known = differs and not said.get("mended", "").startswith("other")
            yield number, kind(said, made.data) if is_known else None


def _note(listed: list[dict[str, Any]], one: Kind) -> None:
    what = f"{one.outcome}: {one.what}"
    for entry in listed:
        if entry["what"] == what:
            entry["count"] += 1
            return
    listed.append({"what": what, "why": one.why, "count": 1})


def _place(entry: dict[str, Any]) -> int:
    return next(place for place, outcome in enumerate(_ORDER) if entry["what"].startswith(f"{outcome}: "))
