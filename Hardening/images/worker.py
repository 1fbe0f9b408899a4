"""A process that decodes images: `python -m images.worker RUN FIRST END STEP CAREFUL_UNTIL FOLDER`.

Oddity gets a block of images at a time, because a call takes longer than the decoding. Images that clearly agree with Pillow are
done. Differing images, and every image of a block that takes much time or memory, are decoded again one by one.

The process writes the current decoder and the number of the image to FOLDER/now. After a crash or a hang, its parent therefore
knows the image. If that was a block, the worker repeats it carefully, one image at a time, up to CAREFUL_UNTIL. FOLDER/answers
has one line of JSON per case.
"""

from __future__ import annotations

import json
import mmap
import resource
import struct
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy

from .cases import Case, case
from .decoding import Decoded, Oddity, by_pillow
from .mending import is_turned, mended
from .seeds import seeds

#: The number of a case, the current decoder (see `TURNS`), and the CPU time of the process when that decoder began.
NOW = struct.Struct("<qqd")
TURNS = ("between", "Pillow", "Oddity", "block")
#: The number of images in a block, the CPU seconds and bytes that one may take, and the most values of an image in it.
BLOCK = 150
_SHORT_SECONDS, _LITTLE_MEMORY, _SMALL_VALUES = 0.5, 128 << 20, 100_000
#: The limit of the address space. A decoder that requests more fails, and the machine is not affected.
_ADDRESSES = 8 << 30
#: Memory that was released meanwhile. From this size on, it would hide what an image takes.
_FORGOTTEN_FROM = 64 << 20


class Now:
    """Shows other processes what this process is doing."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(NOW.size))
        with path.open("r+b") as file:
            self._place = mmap.mmap(file.fileno(), NOW.size)

    def says(self, number: int, turn: str) -> None:
        NOW.pack_into(self._place, 0, number, TURNS.index(turn), time.process_time())


def _most_memory() -> int:
    """The peak memory of this process in bytes."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _memory() -> int:
    """The current memory of this process in bytes. Resets the peak if it was much higher before."""
    now = int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE
    if _most_memory() - now > _FORGOTTEN_FROM:
        Path("/proc/self/clear_refs").write_text("5")
    return now


def outcome(pillow: Decoded, oddity: Decoded) -> str:
    if pillow.refusal or oddity.refusal:
        if pillow.refusal and oddity.refusal:
            return "both refuse"
        return "Oddity alone" if pillow.refusal else "Pillow alone"
    if pillow.size != oddity.size:
        return "other size"
    if pillow.pixels is None or oddity.pixels is None:
        return "same size, large"
    return "same" if numpy.array_equal(pillow.pixels, oddity.pixels) else "other pixels"


def _difference(pillow: Decoded, oddity: Decoded) -> dict[str, Any]:
    """The number of pixels that differ, and the largest difference."""
    assert pillow.pixels is not None and oddity.pixels is not None
    distance = numpy.abs(pillow.pixels.astype(int) - oddity.pixels.astype(int))
    share = float((distance.max(-1) > 0).mean())
    return {"share": round(share, 4), "most": int(distance.max())}


def _mended(made: Case, decoder: Oddity) -> str:
    """For a file that only Oddity reads: whether Pillow gives the same pixels after a repair of the file."""
    twin = mended(made.data)
    pillow = by_pillow(twin) if twin else Decoded()
    if pillow.pixels is None:
        return "not mended"
    height, width = pillow.pixels.shape[:2]
    for size in ((width, height), (height, width)):
        said = decoder.sized(made.name, made.data, size)
        if said.size == size:
            expected = Decoded(pixels=numpy.zeros((size[1], size[0], 3), numpy.uint8), size=size)
            oddity = decoder.decode(made.name, made.data, expected)
            if oddity.pixels is not None:
                return "same" if is_turned(pillow.pixels, oddity.pixels) else "other pixels"
    return "other size"


def _of_both(made: Case, pillow: Decoded, oddity: Decoded, seconds: float, memory: int) -> dict[str, Any]:
    return {
        "number": made.number, "format": made.seed.format, "seed": made.seed.name, "steps": made.steps,
        "outcome": outcome(pillow, oddity), "pillow": pillow.refusal, "oddity": oddity.refusal,
        "mode": pillow.mode, "size": pillow.size, "oddity_size": oddity.size,
        "seconds": round(seconds, 4), "memory": memory,
    }  # fmt: skip


def answer(made: Case, pillow: Decoded, decoder: Oddity, now: Now) -> dict[str, Any]:
    """Decodes one image alone, measures its time and memory, and reports any difference."""
    now.says(made.number, "Oddity")
    before, began = _memory(), time.process_time()
    oddity = decoder.decode(made.name, made.data, pillow)
    seconds, memory = time.process_time() - began, max(0, _most_memory() - before)
    answer = _of_both(made, pillow, oddity, seconds, memory)
    if answer["outcome"] == "other pixels":
        answer |= _difference(pillow, oddity)
    if answer["outcome"] == "Oddity alone":
        answer["mended"] = _mended(made, decoder)
    now.says(made.number, "between")
    return answer


def _by_size(pillows: list[Decoded]) -> list[list[int]]:
    """The positions of images of the same size, and of those that Pillow refuses."""
    groups: dict[tuple[int, int], list[int]] = {}
    for place, pillow in enumerate(pillows):
        if pillow.pixels is not None and pillow.pixels.size <= _SMALL_VALUES:
            groups.setdefault(pillow.size, []).append(place)
        elif pillow.refusal:
            groups.setdefault((0, 0), []).append(place)
    return list(groups.values())


def _agreeing(cases: list[Case], pillows: list[Decoded], decoder: Oddity) -> set[int]:
    """The positions of images for which Oddity clearly gives Pillow's pixels, or refuses them too; empty if it took long."""
    agree: set[int] = set()
    before, began = _memory(), time.process_time()
    for group in _by_size(pillows):
        files = [(cases[place].name, cases[place].data) for place in group]
        said = decoder.agrees(files, [pillows[place] for place in group])
        agree |= {place for place, agrees in zip(group, said, strict=True) if agrees}
    took_long = time.process_time() - began > _SHORT_SECONDS
    return set() if took_long or _most_memory() - before > _LITTLE_MEMORY else agree


def _block(cases: list[Case], decoder: Oddity, now: Now, *, is_careful: bool) -> list[dict[str, Any]]:
    pillows = []
    for made in cases:
        now.says(made.number, "Pillow")
        pillows.append(by_pillow(made.data))
    now.says(cases[0].number, "block")
    agree = set() if is_careful else _agreeing(cases, pillows, decoder)
    answers = []
    for place, (made, pillow) in enumerate(zip(cases, pillows, strict=True)):
        if place in agree:
            refused = Decoded(refusal="refused") if pillow.refusal else pillow
            answers.append(_of_both(made, pillow, refused, 0, 0))
        else:
            answers.append(answer(made, pillow, decoder, now))
    now.says(cases[-1].number, "between")
    return answers


def main() -> None:
    run, first, end, step, careful_until = (int(word) for word in sys.argv[1:6])
    folder = Path(sys.argv[6])
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    preprocessing = folder / "preprocessing.json"
    preprocessing.write_text(Oddity.PREPROCESSING)
    decoder, now, known = Oddity(str(preprocessing)), Now(folder / "now"), seeds()
    numbers = range(first, end, step)
    with (folder / "answers").open("a") as answers:
        while numbers:
            is_careful = numbers[0] < careful_until
            size = 1 if is_careful else BLOCK
            cases = [case(known, run, number) for number in numbers[:size]]
            for answer in _block(cases, decoder, now, is_careful=is_careful):
                answers.write(json.dumps(answer) + "\n")
            # Flush at once, so that a crash does not lose earlier answers.
            answers.flush()
            numbers = numbers[size:]


if __name__ == "__main__":
    main()
