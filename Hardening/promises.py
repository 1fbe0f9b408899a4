#!/usr/bin/env python3
"""Checks the promised false-alarm rate of every score, over many random splits of images that were not used to fit.

usage: Hardening/run promises [--splits 200] [--seed 1] [--networks 2] [--whole 50] [--keep FOLDER]

`promises/law.py` explains why the test is exact. `promises/procedure.py` implements the procedure independently, and Oddity
itself must agree with it on some splits, to the last bit. ODDITY_DATA is the folder with the images of CIFAR-10, ODDITY_DEMO that
of the demo (.demo, which `Demo/prepare` fills).
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from pathlib import Path

import numpy as np
from promises import itself, law
from promises.faults import FAULTS, rounded
from promises.pools import NETWORKS, Pool, make
from promises.splits import SETTINGS, Check, Resplits
from record import RESULTS, Record

#: The probability that any correct score is reported as wrong, over all checks together.
LEVEL = 0.05
#: The score that is used to detect faults. Every network has it.
FAULTY = "energy"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--networks", type=int, default=len(NETWORKS))
    parser.add_argument(
        "--whole", type=int, default=50, help="splits of auto that Oddity itself decides, by network"
    )
    parser.add_argument("--keep", type=Path, help="where fits and scores stay for another run")
    return parser.parse_args()


def name_of(pool: Pool, score: str) -> str:
    """The name in the table. `auto` includes the score that it chose."""
    return f"auto ({score})" if score == pool.chosen else score


def checks_of(pool: Pool, everything: list[Resplits]) -> list[Check]:
    return [
        resplits.check(name_of(pool, name), scores)
        for resplits in everything
        for name, scores in pool.scores.items()
    ]


def shipped(pool: Pool) -> Check | None:
    """The guarded file as fitted, if it was calibrated on held-out images: one split, as a user makes it."""
    if "--calibration" not in pool.network.fit:
        return None
    n, k = pool.calibration
    check = Check(pool.network.name, name_of(pool, pool.chosen), "as fitted and shipped", fresh=pool.images)
    check.alarms, check.promised = [int(pool.outliers.sum())], k / (n + 1)
    check.p_value = law.Total([(pool.images, k, n)]).p_value(check.alarms[0])
    return check


def ask_oddity(record: Record, pool: Pool, everything: list[Resplits], whole: int, folder: Path) -> None:
    """Compares Oddity with the procedure: every score on one split, and `auto` on many."""
    file = itself.slim(pool.network, folder, f"{pool.network.model.stem}")
    asked = [
        (everything[place % len(everything)], name, place % len(everything[0].orders))
        for place, name in enumerate(pool.scores)
    ]
    asked += [(resplits, pool.chosen, split) for resplits in everything[1:2] for split in range(whole)]
    asked += [(resplits, pool.chosen, 0) for resplits in everything]
    for resplits, name, split in asked:
        if not np.isfinite(pool.scores[name]).all():
            continue
        found, _ = itself.differences(resplits, file, pool.scores[name], split, folder)
        asked_of[0] += 1
        asked_of[1] += pool.images - resplits.n
        place = f"{pool.network.name}, {name}, {resplits.setting.name}, split {split}"
        record.failures += [f"{place}: Oddity's {what} differ from the procedure's" for what in found]


#: The number of splits with Oddity's own decisions, and the number of its verdicts there.
asked_of = [0, 0]


def try_faults(record: Record, pool: Pool, everything: list[Resplits], family: int) -> list[dict]:
    """Calibrates incorrectly, and expects that the checks detect each fault."""
    found = []
    by_setting = {resplits.setting.name: resplits for resplits in everything}
    for fault in FAULTS:
        scores = rounded(pool.scores[FAULTY]) if fault.rounds else pool.scores[FAULTY]
        resplits = by_setting[fault.setting]
        wrong, right = resplits.check(FAULTY, scores, fault.method), resplits.check(FAULTY, scores)
        noticed = min(1.0, wrong.p_value * family)
        line = f"{pool.network.name}: {fault.what}, {fault.setting}"
        if noticed > LEVEL:
            record.failures.append(f"{line}: the check does not notice it, adjusted p = {noticed:.3g}")
        if min(1.0, right.p_value * family) <= LEVEL:
            record.failures.append(f"{line}: without the fault the same scores are called wrong")
        found.append({"fault": fault, "wrong": wrong, "right": right, "adjusted": noticed})
    return found


def percent(value: float, digits: int = 2) -> str:
    return f"{100 * value:.{digits}f} %"


def tell_faults(record: Record, tried: list[dict]) -> None:
    for fault in FAULTS:
        mine = [entry for entry in tried if entry["fault"] is fault]
        rates = [
            f"{percent(entry['wrong'].rate)} in place of {percent(entry['right'].rate)}" for entry in mine
        ]
        if mine[0]["wrong"].kept or mine[0]["right"].kept:
            splits = len(mine[0]["wrong"].alarms)
            rates = [
                f"{e['wrong'].kept} of {splits} sets keep the rate in place of {e['right'].kept}"
                for e in mine
            ]
        worst = max(entry["adjusted"] for entry in mine)
        record.listed.append(
            {
                "what": f"Fault put in: {fault.what} ({fault.setting}). {rates[0]}",
                "why": f"Noticed on {sum(e['adjusted'] <= LEVEL for e in mine)} of {len(mine)} networks, largest adjusted p {worst:.1g}.",
                "count": len(mine),
            }
        )


def mean_rate(checks: list[Check], setting: str) -> str:
    """The rate over all networks."""
    rates = [check.rate for check in checks if check.setting == setting]
    return percent(float(np.mean(rates))) if rates else "–"


def mean_interval(checks: list[Check], setting: str) -> str:
    """The 95 % interval of the mean over networks."""
    mine = [check for check in checks if check.setting == setting]
    half = float(np.sqrt(np.sum([(check.interval[1] - check.rate) ** 2 for check in mine]))) / len(mine)
    middle = float(np.mean([check.rate for check in mine]))
    return f"{percent(middle - half)} to {percent(middle + half)}"


def share_kept(checks: list[Check]) -> str:
    """The share of calibration sets that keep the rate, for settings with a confidence."""
    confident = [check for check in checks if check.expected_kept > 0]
    return percent(sum(check.kept for check in confident) / sum(len(check.alarms) for check in confident), 1)


def row(score: str, checks: list[Check]) -> list:
    """The row of a score, over all networks that have it."""
    worst = min(check.adjusted for check in checks)
    return [
        score,
        len({check.network for check in checks}),
        mean_rate(checks, SETTINGS[1].name),
        mean_interval(checks, SETTINGS[1].name),
        *(mean_rate(checks, SETTINGS[place].name) for place in (0, 2, 3, 4)),
        share_kept(checks),
        f"{min(check.p_value for check in checks):.2g}",
        f"{worst:.2g}",
        "kept" if worst > LEVEL else "broken",
    ]


def rows(checks: list[Check]) -> list[list]:
    names = dict.fromkeys(check.score for check in checks)
    return [row(name, [check for check in checks if check.score == name]) for name in names]


COLUMNS = [
    "score",
    "networks",
    "5 %, n = 1000",
    "95 % interval",
    "5 %, n = 99",
    "5 %, half",
    "1 %, n = 1000",
    "by class, 5 %",
    "sets that keep 5 %, with confidence 0.9",
    "smallest p",
    "adjusted",
    "promise",
]


def write_all(checks: list[Check]) -> None:
    """Writes every check on a separate line."""
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / "promises.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(
            [
                "network",
                "score",
                "setting",
                "promised",
                "rate",
                "low",
                "high",
                "kept",
                "expected_kept",
                "largest_tie",
                "p",
                "adjusted",
            ]
        )
        for check in checks:
            low, high = check.interval if len(check.alarms) > 1 else (check.rate, check.rate)
            numbers = (
                check.promised,
                check.rate,
                low,
                high,
                check.kept,
                check.expected_kept,
                check.largest_tie,
            )
            values = [f"{value:.6g}" for value in (*numbers, check.p_value, check.adjusted)]
            lines.writerow([check.network, check.score, check.setting, *values])


def run(record: Record, options: argparse.Namespace, folder: Path) -> None:
    pools = [make(network, folder) for network in NETWORKS[: options.networks]]
    resplits = [
        [Resplits(pool, setting, options.splits, options.seed) for setting in SETTINGS] for pool in pools
    ]
    checks = [check for pool, mine in zip(pools, resplits, strict=True) for check in checks_of(pool, mine)]
    checks += [check for pool in pools if (check := shipped(pool))]
    for check, adjusted in zip(checks, law.holm([check.p_value for check in checks]), strict=True):
        check.adjusted = adjusted
        if adjusted <= LEVEL:
            record.failures.append(
                f"{check.network}, {check.score}, {check.setting}: {percent(check.rate)} false alarms in place of "
                f"{percent(check.promised)}, adjusted p = {adjusted:.2g}"
            )
    tried = []
    for pool, mine in zip(pools, resplits, strict=True):
        ask_oddity(record, pool, mine, options.whole, folder)
        tried += try_faults(record, pool, mine, len(checks))
    record.count("networks", len(pools))
    record.count("scores, on each network", ", ".join(str(len(pool.scores)) for pool in pools))
    record.count(
        "images of each network that were not used to fit", ", ".join(str(pool.images) for pool in pools)
    )
    record.count("re-splits for each score and setting", options.splits)
    record.count("checks in Holm's correction", len(checks))
    record.count("broken promises", sum(check.adjusted <= LEVEL for check in checks))
    record.count("smallest adjusted p", f"{min(check.adjusted for check in checks):.2g}")
    record.count("injected faults, over all networks", len(tried))
    record.count("of them noticed", sum(entry["adjusted"] <= LEVEL for entry in tried))
    record.count("splits with Oddity's own decisions", asked_of[0])
    record.count("compared verdicts of Oddity", asked_of[1])
    for check in checks:
        if check.setting == "as fitted and shipped":
            record.count(
                f"{check.network}, as fitted and shipped: flagged",
                f"{percent(check.rate)} of {check.fresh}, promised {percent(check.promised)}, p = {check.p_value:.2g}",
            )
    record.columns, record.rows = COLUMNS, rows(checks)
    tell_faults(record, tried)
    write_all(checks)


LEFT_OUT = [
    "The splits are random, so calibration and fresh images have the same distribution by construction. Future images may differ from the calibration images. Then no rate is promised.",
    "One network was also measured like in production: calibrated on one archive, and applied to another one.",
    "If there are ties, fewer images than promised may be flagged. The check allows for the number that the largest tie explains.",
    "Two networks were measured, a ResNet-18 and a VGG-11.",
    "tempscale needs labelled calibration images. It was fitted on the one network that had them.",
]


def main() -> int:
    options = arguments()
    record = Record(
        name="promises",
        title="The promised rate of false alarms",
        question=(
            "In-distribution images that were not used to fit are repeatedly split into calibration and fresh images. "
            "For every score, and for the choice of `auto`, the share of flagged fresh images has to agree with the "
            "promise: over all images, by class, and with a confidence. The test is exact, and Holm's correction covers"
            " all checks."
        ),
        command="Hardening/run promises",
        left_out=LEFT_OUT,
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        run(record, options, folder)
    return record.save()


if __name__ == "__main__":
    raise SystemExit(main())
