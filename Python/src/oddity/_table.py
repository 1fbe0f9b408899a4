"""Tables in the user's form: pandas, otherwise polars, otherwise a structured NumPy array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import util
from typing import Any

from .errors import MissingError, UsageError

KINDS = ("pandas", "polars", "numpy")


def table(columns: Mapping[str, Any], kind: str | None = None) -> Any:
    """A table of columns of equal length.

    Args:
        kind: "pandas", "polars" or "numpy"; None for the first of them that is installed.

    Raises:
        UsageError: if there is no such kind.
    """
    require_kind(kind)
    if kind is None:
        kind = next((name for name in KINDS if util.find_spec(name) is not None), "numpy")
    if kind == "pandas":
        import pandas

        return pandas.DataFrame(dict(columns))
    if kind == "polars":
        import polars

        # A column may contain both integers and fractions, as in JSON.
        return polars.DataFrame(dict(columns), strict=False)
    return _structured(columns)


def require_kind(kind: str | None) -> None:
    """
    Raises:
        UsageError: if there is no such kind of table.
        MissingError: if it is not installed.
    """
    if kind is not None and kind not in KINDS:
        raise UsageError(f"no table is called '{kind}': name pandas, polars or numpy")
    if kind is not None and util.find_spec(kind) is None:
        raise MissingError(f"{kind} is not installed: pip install {kind}, or leave the table out")


def of_records(records: Sequence[Mapping[str, Any]], kind: str | None = None) -> Any:
    """A table of objects with the same keys, as in JSON."""
    names = dict.fromkeys(name for record in records for name in record)
    return table({name: [record.get(name) for record in records] for name in names}, kind)


def _structured(columns: Mapping[str, Any]) -> Any:
    import numpy

    arrays = {name: _column(values) for name, values in columns.items()}
    rows = len(next(iter(arrays.values()))) if arrays else 0
    result = numpy.empty(rows, [(name, array.dtype) for name, array in arrays.items()])
    for name, array in arrays.items():
        result[name] = array
    return result


def _column(values: Any) -> Any:
    """A one-dimensional array of numbers or texts, otherwise of objects."""
    import numpy

    if isinstance(values, numpy.ndarray):
        return values
    if values and not any(isinstance(value, (list, dict)) for value in values):
        return numpy.asarray(values)
    column = numpy.empty(len(values), object)
    column[:] = values
    return column
