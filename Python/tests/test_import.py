"""`import oddity` is fast, opens no files, and needs no other package."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import pytest
from core_data import python

import oddity

# Importing any of these modules fails.
WITHOUT_PACKAGES = """
import sys
class Refuses:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"numpy", "pandas", "polars", "PIL", "torch", "tqdm", "openvino"}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refuses())
"""


def test_import_needs_no_package() -> None:
    done = python(
        WITHOUT_PACKAGES + "import oddity; oddity.errors; oddity.OddityError; print(sorted(oddity.__all__))"
    )
    assert done.returncode == 0, done.stderr
    assert "Detector" in done.stdout


def test_import_opens_nothing() -> None:
    done = python(
        "import sys, oddity; print([m for m in ('numpy', 'ctypes', 'oddity._library') if m in sys.modules])"
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_import_is_quick() -> None:
    code = "import time; start = time.perf_counter(); import oddity; print(time.perf_counter() - start)"
    seconds = [float(python(code).stdout) for _ in range(5)]
    # It takes 5 ms. The documentation promises 60 ms.
    assert statistics.median(seconds) < 0.06


def test_commands_need_no_numpy() -> None:
    code = WITHOUT_PACKAGES + "import oddity; print(oddity.run('scores', '--json')[:1], oddity.__version__)"
    done = python(code)
    assert done.stdout.startswith("{ "), done.stderr


def test_names() -> None:
    for name in oddity.__all__:
        assert getattr(oddity, name) is not None
        assert name in dir(oddity)
    assert oddity.__version__ == oddity.run("--version").strip().split()[-1]
    with pytest.raises(AttributeError, match="nothing"):
        oddity.nothing  # noqa: B018


@pytest.mark.parametrize("name", ["nowhere.so", "text.so", "folder"])
def test_a_library_that_is_missing(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.so").write_text("no library")
    (tmp_path / "folder").mkdir()
    code = """
import os, sys
os.environ["ODDITY_LIBRARY"] = sys.argv[1]
import oddity
try:
    oddity.run("scores")
except ImportError as error:
    print(type(error).__name__, error.status, error)
"""
    done = python(code, tmp_path / name)
    assert done.stdout.startswith("MissingError 69 "), done.stderr
    assert str(tmp_path / name) in done.stdout


def test_the_command_says_that_the_library_is_missing(tmp_path: Path) -> None:
    code = """
import os, sys
os.environ["ODDITY_LIBRARY"] = sys.argv[1]
from oddity.__main__ import main
sys.exit(main())
"""
    done = python(code, tmp_path / "nowhere.so")
    assert done.returncode == 69
    assert done.stderr.startswith("oddity: ")
    assert done.stderr.count("\n") == 1


def test_an_exit_with_everything_open(guarded: Path) -> None:
    code = """
import sys, oddity, numpy
detector = oddity.Detector(sys.argv[1])
other = oddity.Detector(open(sys.argv[1], "rb").read())
cycle = [detector]; cycle.append(cycle)
from oddity._sources import Source
source = Source(numpy.zeros((3, 32, 32, 3), numpy.uint8))
detector.score(numpy.zeros((3, 32, 32, 3), numpy.uint8))
print(other.path)
"""
    started = time.monotonic()
    done = python(code, guarded)
    assert done.returncode == 0 and done.stderr == ""
    assert not Path(done.stdout.strip()).parent.exists()
    assert time.monotonic() - started < 30
