"""Errors have the class of their status, are also subclasses of Python's errors, and can be pickled."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest

import oddity
from oddity import errors
from oddity.errors import of_status

KINDS = {
    2: errors.UsageError,
    65: errors.InputError,
    69: errors.MissingError,
    70: errors.InternalError,
    74: errors.OutputError,
    130: errors.CancelledError,
    131: errors.HandleError,
    132: errors.ForkedError,
    99: errors.InternalError,
}


@pytest.mark.parametrize("status", KINDS)
def test_kinds(status: int) -> None:
    error = of_status(status, "name", "What is wrong.")
    assert type(error) is KINDS[status]
    for one in (error, pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(one) is type(error)
        assert (str(one), one.message, one.status, one.name) == (
            "What is wrong.",
            "What is wrong.",
            status,
            "name",
        )
        assert "What is wrong." in repr(one)


def test_kinds_of_python() -> None:
    assert issubclass(errors.UsageError, ValueError) and issubclass(errors.InputError, ValueError)
    assert issubclass(errors.MissingError, ImportError) and issubclass(errors.OutputError, OSError)
    assert issubclass(errors.InternalError, RuntimeError) and issubclass(errors.ForkedError, RuntimeError)
    assert issubclass(errors.HandleError, ValueError) and issubclass(oddity.OddityWarning, UserWarning)
    # The message is not an error number of the system.
    assert errors.OutputError("a").errno is None


def test_outputs(fitted: oddity.Fit, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere" / "a.onnx", tmp_path):
        with pytest.raises(errors.OutputError) as caught:
            fitted.guarded.save(path)
        assert caught.value.status == 74 and str(path) in str(caught.value)
    (tmp_path / "a.onnx").write_text("old")
    fitted.guarded.save(tmp_path / "a.onnx")
    assert (tmp_path / "a.onnx").read_bytes() == bytes(fitted.guarded)


@pytest.mark.parametrize("number", [0, 1 << 63, (1 << 64) - 1, 10**9])
def test_numbers_that_are_no_handle(number: int) -> None:
    import ctypes

    from oddity import _library

    place, count, size = _library.handle(), ctypes.c_int64(), ctypes.c_size_t()
    calls: list[tuple[Any, ...]] = [
        ("oddity_free", number),
        ("oddity_bytes_count", number, ctypes.byref(size)),
        ("oddity_source_count", number, ctypes.byref(count)),
        ("oddity_detector_describe", number, ctypes.byref(place)),
        ("oddity_source_add_file", number, b"a", b"b", 1),
    ]
    for call in calls:
        with pytest.raises(errors.HandleError):
            _library.call(*call)


def test_handles_of_another_kind(shared_detector: oddity.Detector) -> None:
    import ctypes

    from oddity import _library
    from oddity._sources import Source

    place, count = _library.handle(), ctypes.c_int64()
    with Source([b"x"]) as source:
        with pytest.raises(errors.HandleError, match="another kind"):
            _library.call("oddity_detector_describe", source.handle, ctypes.byref(place))
        with pytest.raises(errors.HandleError, match="another kind"):
            _library.call("oddity_source_count", shared_detector._handle, ctypes.byref(count))


def test_sizes_that_are_none() -> None:
    """No size causes a read beyond the end of the data."""
    import ctypes

    from oddity import _library
    from oddity._sources import Source

    buffer = (ctypes.c_uint8 * 16)()
    huge = 1 << 62
    with Source([b"x"]) as source:
        for sizes in (
            (-1, 1, 1, 1),
            (1, -1, 1, 1),
            (1, 1, 0, 1),
            (huge, huge, huge, 1),
            (1, huge, 4, 3),
            (1, 1, 1, 2),
        ):
            with pytest.raises(errors.UsageError):
                _library.call("oddity_source_add_pixels", source.handle, b"a", buffer, *sizes, None)
            sides = (ctypes.c_int64 * 3)(*sizes[1:])
            if sizes != (1, 1, 1, 2):
                with pytest.raises(errors.UsageError):
                    _library.call(
                        "oddity_source_add_tensors", source.handle, b"a", buffer, sizes[0], sides, None
                    )
        with pytest.raises(errors.UsageError):
            _library.call("oddity_source_add_paths", source.handle, None, -1)
        with pytest.raises(errors.UsageError):
            _library.call("oddity_source_add_pixels", source.handle, b"a", None, 1, 1, 1, 1, None)
        assert len(source) == 1
