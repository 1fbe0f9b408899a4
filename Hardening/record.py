"""The results of a check of Hardening/, as a file from which docs/hardening.md is made."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

#: Records are committed, because the page is made from them. They show what was measured and where.
RESULTS = Path(__file__).resolve().parent / "results"


@dataclass
class Record:
    """One check: create `Record(...)` when it begins, and call `save()` when it ends."""

    #: The file's name, such as `images`.
    name: str
    #: The heading on the page.
    title: str
    #: One or two sentences: what was tried, and what must hold.
    question: str
    #: How to run it again.
    command: str
    #: Numbers with their names, in order: [["mutated images", 100000], …].
    counts: list[list] = field(default_factory=list)
    #: A table; empty if the numbers are sufficient.
    columns: list[str] = field(default_factory=list)
    rows: list[list] = field(default_factory=list)
    #: Intended differences: {"what", "why", "count"}.
    listed: list[dict] = field(default_factory=list)
    #: The problems, one per line. A check with problems has failed.
    failures: list[str] = field(default_factory=list)
    #: What was skipped or could not be tried here, one sentence each.
    left_out: list[str] = field(default_factory=list)
    seconds: float = 0
    began: float = field(default_factory=time.monotonic)

    def count(self, name: str, number: float | str) -> None:
        self.counts.append([name, number])

    def save(self) -> int:
        """Writes the record, prints the failures, and returns the exit status: 1 if there are failures."""
        self.seconds = round(time.monotonic() - self.began, 1)
        values = asdict(self)
        del values["began"]
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{self.name}.json"
        path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        for name, number in self.counts:
            print(f"{name}: {number}")
        for line in self.failures[:50]:
            print(f"FAILED: {line}")
        print(f"{path.name}: {len(self.failures)} failures in {self.seconds:.0f} s")
        return 1 if self.failures else 0
