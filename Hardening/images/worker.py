"""A process that decodes one case after the other: `python -m images.worker RUN FIRST END STEP FOLDER`.

Before each image it writes the case's number and the decoder's turn into FOLDER/now, so that whoever started it knows
which image was decoded when it crashes or hangs. FOLDER/answers has a line of JSON a case.
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

#: The number of a case, whose turn it is (see `TURNS`), and the CPU time of the process when that turn began.
NOW = struct.Struct("<qqd")
TURNS = ("between", "Pillow", "Oddity")
#: Bytes of addresses: a decoder that asks for more fails here, and not the machine.
_ADDRESSES = 8 << 30
#: Bytes of memory, given back meanwhile, that would hide what an image takes.
_FORGOTTEN_FROM = 64 << 20


class Now:
    """What the process is doing, for others to see."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(NOW.size))
        with path.open("r+b") as file:
            self._place = mmap.mmap(file.fileno(), NOW.size)

    def says(self, number: int, turn: str) -> None:
        NOW.pack_into(self._place, 0, number, TURNS.index(turn), time.process_time())


def _most_memory() -> int:
    """Bytes of memory that this process has had at most."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _memory() -> int:
    """Bytes of memory that this process has; its most counts from here where it had much more before."""
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
    """How many pixels differ, and by how much at most."""
    assert pillow.pixels is not None and oddity.pixels is not None
    distance = numpy.abs(pillow.pixels.astype(int) - oddity.pixels.astype(int))
    share = float((distance.max(-1) > 0).mean())
    return {"share": round(share, 4), "most": int(distance.max())}


def _mended(made: Case, decoder: Oddity) -> str:
    """Of a file that Oddity alone reads: whether Pillow gives the same pixels of it without what it refuses."""
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


def _answer(made: Case, decoder: Oddity, now: Now) -> dict[str, Any]:
    now.says(made.number, "Pillow")
    pillow = by_pillow(made.data)
    before = _memory()
    now.says(made.number, "Oddity")
    began = time.process_time()
    oddity = decoder.decode(made.name, made.data, pillow)
    seconds = time.process_time() - began
    memory = max(0, _most_memory() - before)
    answer = {
        "number": made.number, "format": made.seed.format, "seed": made.seed.name, "steps": made.steps,
        "outcome": outcome(pillow, oddity), "pillow": pillow.refusal, "oddity": oddity.refusal,
        "mode": pillow.mode, "size": pillow.size, "oddity_size": oddity.size,
        "seconds": round(seconds, 4), "memory": memory,
    }  # fmt: skip
    if answer["outcome"] == "other pixels":
        answer |= _difference(pillow, oddity)
    if answer["outcome"] == "Oddity alone":
        answer["mended"] = _mended(made, decoder)
    now.says(made.number, "between")
    return answer


def main() -> None:
    run, first, end, step = (int(word) for word in sys.argv[1:5])
    folder = Path(sys.argv[5])
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    preprocessing = folder / "preprocessing.json"
    preprocessing.write_text(Oddity.PREPROCESSING)
    decoder, now, known = Oddity(str(preprocessing)), Now(folder / "now"), seeds()
    with (folder / "answers").open("a") as answers:
        for number in range(first, end, step):
            answers.write(json.dumps(_answer(case(known, run, number), decoder, now)) + "\n")
            # At once: a crash must not take earlier answers with it.
            answers.flush()


if __name__ == "__main__":
    main()
