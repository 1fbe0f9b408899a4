"""Measures Oddity against common alternatives, and writes docs/performance.md.

usage: speed.py ODDITY OUTPUT.md [--data DIR] [--times N] [--only NAME…]

Every comparison is made in one run on one machine, with the programs in turn. A row contains its ratio, and whether it reaches
its target. The peers are in peers/. The text is in performance.md.jinja. With `--only`, the rows of these functions of rows.py
are measured and printed, and no text is written.
"""

import argparse
import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import machine
import rows
from workloads import WORK, workloads

HERE = Path(__file__).parent


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("oddity", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--data", type=Path, default=HERE.parents[2] / "shared/data")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=[measure.__name__ for measure in rows.MEASURES])
    options = parser.parse_args()
    bench = rows.Bench(options.oddity.resolve(), workloads(options.data.resolve()), options.times)
    facts = machine.facts(options.oddity)
    results = []
    for measure in [measure for measure in rows.MEASURES if not options.only or measure.__name__ in options.only]:
        for row in measure(bench):
            verdict = "ok" if row.is_met else "NOT MET"
            print(f"bench: {row.what}: {row.measured} (target {row.target}) {verdict}; {row.detail}", flush=True)
            results.append(row)
            if options.only:
                continue
            # Save each row, so that an interrupted run keeps its measurements.
            (WORK / "results.json").write_text(json.dumps([vars(row) for row in results], indent=1, default=float))
            options.output.write_text(page(results, facts, options.times, is_complete=False))
    if not options.only:
        options.output.write_text(page(results, facts, options.times, is_complete=True))


def page(results, facts, times, is_complete):
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True)  # fmt: skip
    return environment.get_template("performance.md.jinja").render(
        rows=results, machine=facts, times=times, is_complete=is_complete)  # fmt: skip


if __name__ == "__main__":
    main()
