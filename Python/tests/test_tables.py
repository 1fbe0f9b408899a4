"""Tables are those of pandas, polars or NumPy, with the same values."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from core_data import pictures, python

import oddity
from oddity import Detector, _table
from oddity.errors import UsageError

PICTURES = pictures(5)
NAMES = ["name", "score", "p_value", "outlier", "class", "confidence", "score.energy", "score.featurenorm"]


def test_numpy(shared_detector: Detector) -> None:
    table = shared_detector.score(PICTURES, table="numpy")
    assert list(table.dtype.names) == NAMES
    assert [table.dtype[name].kind for name in NAMES] == list("UffbiFff".replace("F", "f"))
    table = shared_detector.score([b"", PICTURES], table="numpy")
    assert list(table.dtype.names) == [*NAMES, "error"]
    assert "empty" in table["error"][0] and table["error"][1] is None
    assert table["class"][0] == -1 and table["outlier"][0]


def test_pandas(shared_detector: Detector) -> None:
    pandas = pytest.importorskip("pandas")
    plain = shared_detector.score([b"", PICTURES], table="numpy")
    for table in (
        shared_detector.score([b"", PICTURES], table="pandas"),
        shared_detector.score([b"", PICTURES]),
    ):
        assert isinstance(table, pandas.DataFrame)
        assert list(table.columns) == [*NAMES, "error"]
        for name in NAMES:
            assert numpy.array_equal(
                table[name].to_numpy(), plain[name], equal_nan=plain[name].dtype.kind == "f"
            )
        assert table["score"].dtype == numpy.float32 and table["outlier"].dtype == bool
        assert "empty" in table["error"][0] and pandas.isna(table["error"][1])


def test_polars(shared_detector: Detector) -> None:
    polars = pytest.importorskip("polars")
    plain = shared_detector.score([b"", PICTURES], table="numpy")
    table = shared_detector.score([b"", PICTURES], table="polars")
    assert isinstance(table, polars.DataFrame)
    assert table.columns == [*NAMES, "error"]
    for name in NAMES:
        assert numpy.array_equal(table[name].to_numpy(), plain[name], equal_nan=plain[name].dtype.kind == "f")
    assert table["score"].dtype == polars.Float32 and table["outlier"].dtype == polars.Boolean


@pytest.mark.parametrize("kind", ["", "Pandas", "csv"])
def test_kinds_that_do_not_exist(shared_detector: Detector, kind: str) -> None:
    with pytest.raises(UsageError, match="no table is called"):
        # The error comes before any image is read.
        shared_detector.score(["nowhere"], table=kind)


def test_labels(fitted: oddity.Fit) -> None:
    images = pictures(120)
    with pytest.warns(oddity.OddityWarning):
        fit = oddity.fit(
            fitted_network(), id=images, labels=[f"class {n}" for n in range(10)], score="energy"
        )
    with Detector(fit.guarded) as detector:
        table = detector.score([PICTURES, b""], table="numpy")
    names = ["name", "score", "p_value", "outlier", "class", "label", "confidence", "error"]
    assert list(table.dtype.names) == names
    assert list(table["label"]) == [f"class {n}" for n in table["class"][:5]] + [None]


def fitted_network() -> Any:
    from core_data import COLOUR

    return COLOUR


@pytest.mark.parametrize("kind", ["pandas", "polars", "numpy"])
def test_records_of_json(kind: str) -> None:
    """Columns may contain integers, fractions, lists and missing values. Records may lack keys."""
    if kind != "numpy":
        pytest.importorskip(kind)
    records: list[dict[str, Any]] = [
        {"name": "a", "value": 1, "interval": [0.5, 1], "text": None},
        {"name": "b", "value": 0.5, "interval": None, "text": "t", "more": True},
    ]
    table = _table.of_records(records, kind)
    assert [float(value) for value in table["value"]] == [1, 0.5]
    assert [float(value) for value in table["interval"][0]] == [0.5, 1]
    assert list(table["text"])[1] == "t"
    columns = table.dtype.names if kind == "numpy" else table.columns
    assert list(columns) == ["name", "value", "interval", "text", "more"]
    assert len(_table.of_records([], kind)) == 0


def test_tables_of_commands(fitted: oddity.Fit) -> None:
    assert len(oddity.scores()) > 20
    for table in (fitted.blocks, fitted.scores, oddity.blocks(fitted_network())):
        assert len(table) in (2, 4)


@pytest.mark.parametrize("kind", ["polars", "numpy"])
def test_what_is_taken_where_others_are_missing(kind: str, guarded: Any) -> None:
    if kind == "polars":
        pytest.importorskip("polars")
    code = """
import importlib.util, sys
found, missing = importlib.util.find_spec, sys.argv[2].split(",")
importlib.util.find_spec = lambda name, *rest: None if name in missing else found(name, *rest)
import numpy, oddity
detector = oddity.Detector(sys.argv[1])
images = numpy.zeros((3, 32, 32, 3), numpy.uint8)
for table in (detector.score(images), oddity.scores(), oddity.blocks(sys.argv[3])):
    print(type(table).__module__.split(".")[0], end=" ")
"""
    done = python(code, guarded, "pandas" if kind == "polars" else "pandas,polars", fitted_network())
    assert done.stdout.split() == [kind] * 3, done.stderr
