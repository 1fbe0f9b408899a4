"""A call in a fork raises an error with advice. It does not hang, and does not affect the parent."""

from __future__ import annotations

from pathlib import Path

import pytest
from core_data import python

START = """
import multiprocessing, os, sys, warnings
warnings.simplefilter("ignore")
import numpy, oddity
from oddity.errors import ForkedError
detector = oddity.Detector(open(sys.argv[1], "rb").read())
images = numpy.zeros((3, 32, 32, 3), numpy.uint8)
detector.arrays(images)
def attempts(own=detector):
    for work in (
        lambda: own.arrays(images),
        lambda: own.arrays(numpy.zeros((3, 3, 32, 32), numpy.float32)),
        lambda: own.score(sys.argv[1]),
        lambda: own.evaluate(id=images, ood={"same": images}),
        lambda: oddity.Detector(sys.argv[1]),
        lambda: oddity.fit(sys.argv[2], id=images),
        lambda: oddity.run("scores"),
        lambda: oddity.blocks(sys.argv[2]),
    ):
        try:
            work()
        except ForkedError as error:
            assert "spawn" in str(error) and error.status == 132
        else:
            raise SystemExit("no error")
    own.close()
"""

OS_FORK = """
child = os.fork()
if child == 0:
    attempts()
    {end}
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), len(detector.arrays(images).scores), os.path.exists(detector.path))
"""

MULTIPROCESSING = """
context = multiprocessing.get_context("fork")
process = context.Process(target=attempts)
process.start(); process.join(60)
# Pools unpickle the detector in the fork.
with context.Pool(2) as pool:
    for task in (detector.arrays, detector.score):
        try:
            pool.map_async(task, [images]).get(timeout=30)
        except ForkedError as error:
            assert "spawn" in str(error)
        else:
            sys.exit("no error")
print(process.exitcode, len(detector.arrays(images).scores), os.path.exists(detector.path))
"""


@pytest.mark.parametrize("end", ["sys.exit(0)", "os._exit(0)", "del detector, attempts; sys.exit(0)"])
def test_os_fork(end: str, guarded: Path) -> None:
    from core_data import COLOUR

    done = python(START + OS_FORK.format(end=end), guarded, COLOUR)
    assert done.stdout.split() == ["0", "3", "True"], done.stderr


def test_multiprocessing(guarded: Path) -> None:
    from core_data import COLOUR

    done = python(START + MULTIPROCESSING, guarded, COLOUR)
    assert done.stdout.split() == ["0", "3", "True"], done.stderr


def test_a_fork_before_all_work(guarded: Path) -> None:
    code = """
import multiprocessing, os, sys
import numpy, oddity
oddity.run  # the package is imported, and nothing was called
def work(path):
    with oddity.Detector(path) as detector:
        return len(detector.arrays(numpy.zeros((3, 32, 32, 3), numpy.uint8)).scores)
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(pool.map(work, [sys.argv[1]] * 3))
"""
    done = python(code, guarded)
    assert done.stdout.strip() == "[3, 3, 3]", done.stderr


def test_spawn(guarded: Path, tmp_path: Path) -> None:
    """A detector can be sent to spawned processes."""
    script = tmp_path / "script.py"
    script.write_text(
        """
import multiprocessing, sys
import numpy, oddity

def work(detector):
    return len(detector.arrays(numpy.zeros((3, 32, 32, 3), numpy.uint8)).scores)

if __name__ == "__main__":
    detector = oddity.Detector(sys.argv[1])
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(work, [detector]))
"""
    )
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, str(script), str(guarded)], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.stdout.strip() == "[3]", done.stderr
