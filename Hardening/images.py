#!/usr/bin/env python3
"""Mutated images, decoded by Oddity and by Pillow: `Hardening/run images [--count 100000] [--seed 1]`.

`--case NUMBER --save FILE` writes one image, and prints the results of both decoders. `--again` judges the failed images of the
record again, and changes nothing else in it. Use it after a change of the list of intended differences.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

from images.again import judged_again
from images.cases import case
from images.decoding import Oddity, by_pillow
from images.kinds import LOOSER, OTHER, STRICTER, Kind, kind
from images.seeds import seeds
from images.supervising import decoded
from record import RESULTS, Record

#: The most CPU seconds and the most bytes of memory for one image.
_MOST_SECONDS, _MOST_MEMORY = 2.0, 1 << 30
_OUTCOMES = ("same", "same size, large", "both refuse", STRICTER, LOOSER, OTHER)
_NAMED = {"Pillow alone": STRICTER, "Oddity alone": LOOSER, "other size": OTHER, "other pixels": OTHER}


def _record(count: int, run: int) -> Record:
    return Record(
        name="images",
        title="Mutated images against Pillow",
        question=(
            "We damage many small images in every format that Oddity reads, and decode each one "
            "with Oddity and with Pillow. Both have to give the same pixels, or both have to refuse the file, or the "
            "difference has to be of a kind that we list with its reason. No image may crash or hang the decoder, or "
            "take much memory."
        ),
        command=f"Hardening/run images --count {count} --seed {run}",
    )


def _failure(answer: dict[str, Any]) -> str:
    said = "; ".join(f"{who}: {answer[who]}" for who in ("oddity", "pillow") if answer[who])
    how = f"{answer['share']:.0%} of the pixels, by up to {answer['most']}" if "share" in answer else said
    steps = ", ".join(answer["steps"]) or "as it is"
    mended = f" (mended: {answer['mended']})" if "mended" in answer else ""
    return f"image {answer['number']} ({answer['seed']}, {steps}): {answer['outcome']}{mended}: {how}"


def _judge(record: Record, found: list[dict[str, Any]], run: int) -> None:
    """Lists the differences of known kinds. Every other difference is a failure."""
    known, listed = seeds(), Counter[Kind]()
    for answer in found:
        if answer["outcome"] not in _NAMED:
            continue
        fitting = kind(answer, case(known, run, answer["number"]).data)
        if fitting and not answer.get("mended", "").startswith("other"):
            listed[fitting] += 1
        else:
            record.failures.append(_failure(answer))
    order = [OTHER, LOOSER, STRICTER]
    for one, count in sorted(listed.items(), key=lambda pair: (order.index(pair[0].outcome), -pair[1])):
        record.listed.append({"what": f"{one.outcome}: {one.what}", "why": one.why, "count": count})


def _table(record: Record, found: list[dict[str, Any]]) -> None:
    counts = Counter((answer["format"], _NAMED.get(answer["outcome"], answer["outcome"])) for answer in found)
    formats = sorted({answer["format"] for answer in found})
    record.columns = ["format", "images", *_OUTCOMES]
    for name in formats:
        numbers = [counts[name, outcome] for outcome in _OUTCOMES]
        record.rows.append([name, sum(numbers), *numbers])


def _limits(record: Record, found: list[dict[str, Any]]) -> None:
    for answer in found:
        about = f"image {answer['number']} ({answer['seed']})"
        if answer["seconds"] > _MOST_SECONDS:
            record.failures.append(f"{about} took {answer['seconds']:.1f} s of CPU time")
        if answer["memory"] > _MOST_MEMORY:
            record.failures.append(f"{about} took {answer['memory'] >> 20} MiB of memory")


def _numbers(record: Record, found: list[dict[str, Any]], deaths: list[dict[str, Any]]) -> None:
    of_oddity = [death for death in deaths if death["turn"] == "Oddity"]
    record.count("mutated images", len(found) + len(deaths))
    record.count("crashes and hangs of Oddity", len(of_oddity))
    record.count("crashes and hangs of Pillow", len(deaths) - len(of_oddity))
    said = {
        "same": "the same pixels",
        "same size, large": "the same size, of too many pixels to compare",
        "both refuse": "both refuse",
    }
    for name, words in said.items():
        record.count(words, sum(answer["outcome"] == name for answer in found))
    for name in (OTHER, STRICTER, LOOSER):
        record.count(name, sum(_NAMED.get(answer["outcome"]) == name for answer in found))
    mended = Counter(answer["mended"] for answer in found if "mended" in answer)
    record.count("of these, repaired until Pillow reads them: the same pixels", mended["same"])
    record.count("of these, repaired until Pillow reads them: other pixels", mended["other pixels"] + mended["other size"])
    record.count("most CPU seconds of one image", max(answer["seconds"] for answer in found))
    record.count("most MiB of memory of one image", max(answer["memory"] for answer in found) >> 20)
    record.failures += [f"image {death['number']}: Oddity {death['why']}" for death in of_oddity]


def _left_out(record: Record) -> None:
    record.left_out += [
        "Only red, green and blue were compared, not the transparency.",
        "For images of more than 4 million pixels, or of more than 65535 pixels per side, only the size was compared.",
        "If Pillow refuses a BMP, PNM, TIFF or WebP that Oddity reads, the pixels were not checked.",
        "The libraries were those of Debian 12. Other versions of them refuse other files.",
        "The images came from memory. Other checks cover archives and folders.",
    ]


def _show(run: int, number: int, path: Path) -> int:
    made = case(seeds(), run, number)
    path.write_bytes(made.data)
    pillow = by_pillow(made.data)
    with tempfile.TemporaryDirectory(prefix="oddity-images-") as folder:
        preprocessing = Path(folder, "preprocessing.json")
        preprocessing.write_text(Oddity.PREPROCESSING)
        oddity = Oddity(str(preprocessing)).decode(made.name, made.data, pillow)
    print(f"{made.seed.name}, {', '.join(made.steps) or 'as it is'}: {len(made.data)} bytes in {path}")
    print(f"Pillow: {pillow.refusal or pillow.size} {pillow.mode}")
    print(f"Oddity: {oddity.refusal or oddity.size}")
    return 0


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--count", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--workers", type=int, default=1, help="processes side by side")
    options.add_argument("--case", type=int, help="one image instead of all")
    options.add_argument("--save", type=Path, default=Path("case.bin"), help="where that image goes")
    options.add_argument("--again", action="store_true", help="the record's failures instead of all")
    options.add_argument("--answers", type=Path, help="where every image's answer goes, a line of JSON each")
    words = options.parse_args()
    warnings.simplefilter("ignore")
    if words.case is not None:
        return _show(words.seed, words.case, words.save)
    if words.again:
        return 1 if judged_again(RESULTS / "images.json", words.seed) else 0
    record = _record(words.count, words.seed)
    with tempfile.TemporaryDirectory(prefix="oddity-images-") as folder:
        found, deaths = decoded(words.seed, Path(folder), words.count, words.workers)
    if words.answers:
        words.answers.write_text("".join(json.dumps(answer) + "\n" for answer in found))
    _numbers(record, found, deaths)
    _limits(record, found)
    _table(record, found)
    _judge(record, found, words.seed)
    _left_out(record)
    return record.save()


if __name__ == "__main__":
    sys.exit(main())
