"""Any command, as a function."""

from __future__ import annotations

import json
from pathlib import Path

import numpy
import pytest
from core_data import COLOUR, command, pictures

import oddity
from oddity import _run
from oddity.errors import UsageError


@pytest.mark.parametrize(
    "arguments",
    [
        ("scores",),
        ("scores", "energy"),
        ("scores", "--json"),
        ("blocks", COLOUR),
        ("blocks", COLOUR, "--json"),
        ("--version",),
        ("--help",),
        ("fit", "--help"),
        ("help", "score"),
    ],
)
def test_it_prints_what_the_command_prints(arguments: tuple[str, ...]) -> None:
    assert oddity.run(*arguments) == command(*arguments).stdout.decode()


def test_json(guarded: Path) -> None:
    assert _run.run_json("inspect", str(guarded)) == json.loads(oddity.run("inspect", guarded, "--json"))


def test_numbers(tmp_path: Path) -> None:
    numpy.save(tmp_path / "a.npy", pictures(120))
    for seed, alpha in [(3, 0.1), (numpy.int64(3), numpy.float64(0.1)), ("3", "0.1")]:
        arguments = ["--id", tmp_path / "a.npy", "--seed", seed, "--alpha", alpha, "--score", "energy"]
        with pytest.warns(oddity.OddityWarning):
            oddity.run("fit", COLOUR, *arguments, "--output", tmp_path / "g.onnx")
        assert oddity.inspect(tmp_path / "g.onnx")["seed"] == 3


def test_images_that_fail(guarded: Path, tmp_path: Path) -> None:
    """The printed output is not lost."""
    numpy.save(tmp_path / "a.npy", pictures(3))
    with pytest.warns(oddity.OddityWarning, match=r"1 of 4|nowhere"):
        printed = oddity.run("score", guarded, tmp_path / "a.npy", tmp_path / "nowhere.png")
    assert len(printed.splitlines()) == 4


def test_what_is_no_command() -> None:
    for arguments in (("nothing",), ("fit",), ("",), ("blocks", str(COLOUR), "--nothing")):
        with pytest.raises(UsageError) as caught:
            oddity.run(*arguments)
        assert caught.value.status == 2
