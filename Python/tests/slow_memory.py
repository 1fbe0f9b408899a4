"""Checks that memory stays constant over 100,000 calls: `python Python/tests/slow_memory.py [CALLS]`."""

from __future__ import annotations

import gc
import os
import sys
import time
import warnings
from pathlib import Path

import numpy
from core_data import COLOUR, pictures, tensors

import oddity
from oddity._sources import Source


def resident() -> float:
    """MiB"""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def main() -> int:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    warnings.simplefilter("ignore", oddity.OddityWarning)
    fit = oddity.fit(COLOUR, id=pictures(200), preprocess="cifar", score="energy", seed=1)
    detector = oddity.Detector(fit.guarded, threads=1)
    one, several, picture = tensors(1), tensors(8), pictures(1)[0]

    def call(number: int) -> None:
        kind = number % 10
        if kind < 6:
            detector.arrays(one)
        elif kind == 6:
            detector.arrays(several)
        elif kind == 7:
            detector.arrays([picture, b"no image"])
        elif kind == 8:
            with Source([picture, one]) as source:
                assert len(source.names) == 2
        else:
            try:
                detector.arrays(numpy.zeros((1, 3, 2, 2), numpy.float32))
            except oddity.errors.UsageError:
                return
            raise AssertionError

    begun = time.monotonic()
    warm = calls // 10
    first = 0.0
    for number in range(calls):
        if number == warm:
            gc.collect()
            first = resident()
        call(number)
    gc.collect()
    last = resident()
    seconds = time.monotonic() - begun
    print(f"{calls} calls in {seconds:.0f} s: {first:.1f} MiB after {warm}, {last:.1f} MiB at the end")
    return 0 if last - first < 5 else 1


if __name__ == "__main__":
    sys.exit(main())
