"""Tables in the form that the user has: pandas, else polars, else a structured array of NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import util
from typing import Any

from .errors import UsageError

KINDS = ("pandas", "polars", "numpy")


def table(columns: Mapping[str, Any], kind: str | None = None) -> Any:
    """A table of columns that are equally long.

    Args:
        kind: "pandas", "polars" or "numpy"; None for the first of them that is installed.

    Raises:
        UsageError: if there is no such kind.
    """
    if kind is None:
        kind = next((name for name in KINDS if util.find_spec(name) is not None), "numpy")
    if kind == "pandas":
        import pandas

        return pandas.DataFrame(dict(columns))
    if kind == "polars":
        import polars

        return polars.DataFrame(dict(columns))
    if kind == "numpy":
        return _structured(columns)
    raise UsageError(f"no table is called '{kind}': name pandas, polars or numpy")


def of_records(records: Sequence[Mapping[str, Any]], kind: str | None = None) -> Any:
    """A table of objects with the same keys, as JSON has them."""
    names = list(records[0]) if records else []
    return table({name: [record.get(name) for record in records] for name in names}, kind)


def _structured(columns: Mapping[str, Any]) -> Any:
    import numpy

    arrays = {name: numpy.asarray(values) for name, values in columns.items()}
    for name, array in arrays.items():
        if array.ndim > 1:
            arrays[name] = numpy.empty(len(array), object)
            arrays[name][:] = list(columns[name])
    rows = len(next(iter(arrays.values()))) if arrays else 0
    result = numpy.empty(rows, [(name, array.dtype) for name, array in arrays.items()])
    for name, array in arrays.items():
        result[name] = array
    return result
