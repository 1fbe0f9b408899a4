"""Prints what a guarded classifier says of sets of images, from the lines that `oddity score` wrote.

usage: verdicts.py NAME.jsonl…
"""

import json
import statistics
import sys
from collections import Counter
from pathlib import Path

if len(sys.argv) < 2:
    sys.exit(__doc__)
print(f"{'images of':16} {'flagged':>8} {'confidence':>11}  most frequent answers")
for path in map(Path, sys.argv[1:]):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    flagged = sum(line["outlier"] for line in lines) / len(lines)
    confidence = statistics.median(line["confidence"] for line in lines)
    answers = Counter(line["label"] for line in lines).most_common(3)
    most = ", ".join(f"{label} {count / len(lines):.0%}" for label, count in answers)
    print(f"{path.stem:16} {flagged:8.1%} {confidence:11.1%}  {most}")
