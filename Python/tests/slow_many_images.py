"""Scores a million tiny images: `python Python/tests/slow_many_images.py [IMAGES]`."""

from __future__ import annotations

import resource
import sys
import time

import numpy

from oddity._sources import Source


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rows = numpy.zeros((count, 2, 2), numpy.uint8)
    for name, images in [
        ("one array", rows),
        ("a list of arrays", list(rows)),
        ("files", [b"P5 1 1 255\n\x10"] * count),
    ]:
        start = time.monotonic()
        with Source(images) as source:
            assert len(source) == count and len(source.names) == count
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{count} images as {name}: {time.monotonic() - start:.1f} s, {peak:.0f} MiB at most so far")
    return 0


if __name__ == "__main__":
    sys.exit(main())
