"""Arrays of every layout and type give the scores of a plain copy, or an error that names the valid
layouts."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from core_data import assert_same, pictures, tensors

from oddity import Detector
from oddity.errors import UsageError

PICTURES = pictures(10)
TENSORS = tensors(10)


def every_second(array: Any) -> Any:
    larger = numpy.zeros([2 * side for side in array.shape], array.dtype)
    view = larger[tuple(slice(None, None, 2) for _ in array.shape)]
    view[...] = array
    return view


def backwards(array: Any) -> Any:
    turn = tuple(slice(None, None, -1) for _ in array.shape)
    return numpy.ascontiguousarray(array[turn])[turn]


def read_only(array: Any) -> Any:
    copy = array.copy()
    copy.flags.writeable = False
    return copy


def unaligned(array: Any) -> Any:
    buffer = numpy.frombuffer(b"\0" + array.tobytes(), numpy.uint8)[1:]
    return buffer.view(array.dtype).reshape(array.shape)


def transposed(array: Any) -> Any:
    return numpy.ascontiguousarray(array.T).T


def broadcast(array: Any) -> Any:
    return numpy.broadcast_to(array[:1], array.shape)


LAYOUTS = [every_second, backwards, read_only, unaligned, transposed, numpy.asfortranarray, broadcast]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("array", [PICTURES, TENSORS], ids=["pictures", "tensors"])
def test_layouts(shared_detector: Detector, array: Any, layout: Any) -> None:
    given = layout(array)
    before = given.copy()
    assert_same(shared_detector.arrays(given), shared_detector.arrays(numpy.ascontiguousarray(given)))
    assert_same(shared_detector.arrays([given]), shared_detector.arrays([numpy.ascontiguousarray(given)]))
    assert numpy.array_equal(given, before)


@pytest.mark.parametrize("kind", ["<f4", ">f4", "<f8", ">f8", "f2", numpy.longdouble])
def test_types_of_tensors(shared_detector: Detector, kind: Any) -> None:
    given = TENSORS.astype(kind)
    assert_same(shared_detector.arrays(given), shared_detector.arrays(given.astype(numpy.float32)))


def test_an_array_on_disk(shared_detector: Detector, tmp_path: Any) -> None:
    for name, array in [("pictures", PICTURES), ("tensors", TENSORS)]:
        numpy.save(tmp_path / f"{name}.npy", array)
        mapped = numpy.load(tmp_path / f"{name}.npy", mmap_mode="r")
        assert_same(shared_detector.arrays(mapped), shared_detector.arrays(array))


@pytest.mark.parametrize("kind", [bool, "i1", "u2", "i4", "i8", "u8", complex, "M8[s]", "S3"])
def test_types_that_are_no_images(shared_detector: Detector, kind: Any) -> None:
    array = numpy.zeros((4, 32, 32, 3), kind)
    for given in (array, [array], list(array)):
        with pytest.raises(UsageError, match="is not an image: pass uint8 for pictures, or float32"):
            shared_detector.arrays(given)


@pytest.mark.parametrize(
    "shape", [(), (3,), (5, 2), (4, 3, 32, 32), (4, 32, 32, 2), (4, 32, 32, 5), (1, 4, 32, 32, 3)]
)
def test_shapes_that_are_no_pictures(shared_detector: Detector, shape: tuple[int, ...]) -> None:
    array = numpy.zeros(shape, numpy.uint8)
    if len(shape) == 2:
        # One grey picture.
        assert len(shared_detector.arrays(array).scores) == 1
        return
    with pytest.raises(UsageError, match="holds no pictures"):
        shared_detector.arrays(array)


@pytest.mark.parametrize("shape", [(), (3,), (32, 32), (1, 4, 3, 32, 32)])
def test_shapes_that_are_no_tensors(shared_detector: Detector, shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="holds no preprocessed images"):
        shared_detector.arrays(numpy.zeros(shape, numpy.float32))


def test_tensors_of_another_network(shared_detector: Detector) -> None:
    for shape in [(4, 32, 32, 3), (4, 3, 32, 31), (4, 1, 32, 32), (4, 3, 3200, 1)]:
        array = numpy.zeros(shape, numpy.float32)
        with pytest.raises(UsageError, match=r"the network takes \[N, 3, 32, 32\]"):
            shared_detector.arrays(array)
        # In a list, each image fails separately.
        found = shared_detector.arrays([array, TENSORS])
        assert sorted(found.errors) == [0, 1, 2, 3]
        assert_same_rows(found, shared_detector.arrays(TENSORS), 4)


def assert_same_rows(found: Any, expected: Any, start: int) -> None:
    assert found.scores[start:].tobytes() == expected.scores.tobytes()


@pytest.mark.parametrize("shape", [(0,), (0, 32, 32, 3), (4, 0, 32, 3), (4, 32, 0, 3), (0, 3, 32, 32)])
@pytest.mark.parametrize("kind", [numpy.uint8, numpy.float32])
def test_empty_arrays(shared_detector: Detector, shape: tuple[int, ...], kind: Any) -> None:
    array = numpy.zeros(shape, kind)
    for given in (array, [array], [PICTURES, array]):
        with pytest.raises(UsageError, match="holds no images"):
            shared_detector.arrays(given)


def test_pictures_of_one_and_of_several(shared_detector: Detector) -> None:
    """As in a .npy file, three axes that end with 1, 3 or 4 are one picture."""
    rows = {
        (32, 32): 1,
        (32, 32, 1): 1,
        (32, 32, 3): 1,
        (32, 32, 4): 1,
        (3, 32, 32): 3,
        (7, 32, 5): 7,
        (5, 32, 32, 1): 5,
        (5, 32, 32, 3): 5,
        (5, 32, 32, 4): 5,
        (1, 1, 3): 1,
    }
    for shape, count in rows.items():
        found = shared_detector.arrays(numpy.full(shape, 7, numpy.uint8))
        assert found.scores.shape == (count, 2), shape
        assert not found.errors


def test_the_same_shapes_in_a_file(shared_detector: Detector, tmp_path: Any) -> None:
    for number, shape in enumerate([(32, 32, 3), (3, 32, 32), (7, 32, 5), (5, 32, 32, 1), (5, 30, 30, 4)]):
        array = numpy.random.default_rng(number).integers(0, 256, shape).astype(numpy.uint8)
        path = tmp_path / f"{number}.npy"
        numpy.save(path, array)
        assert_same(shared_detector.arrays(array), shared_detector.arrays(path))


def test_values_that_are_not_finite(shared_detector: Detector, tmp_path: Any) -> None:
    values = TENSORS.copy()
    values[0, 0, 0, 0], values[1, 2, 31, 31], values[2] = numpy.nan, numpy.inf, -numpy.inf
    found = shared_detector.arrays(values)
    assert numpy.isnan(found.scores[:3]).all() and numpy.isnan(found.confidences[:3]).all()
    assert found.outliers[:3].all()
    assert found.scores[3:].tobytes() == shared_detector.arrays(TENSORS).scores[3:].tobytes()
    numpy.save(tmp_path / "values.npy", values)
    for other in (shared_detector.arrays(tmp_path / "values.npy"), shared_detector.arrays([values])):
        assert numpy.array_equal(found.scores, other.scores, equal_nan=True)
        assert numpy.array_equal(found.p_values, other.p_values, equal_nan=True)
        assert numpy.array_equal(found.outliers, other.outliers)
        assert numpy.array_equal(found.classes, other.classes)


def test_values_beyond_float32(shared_detector: Detector) -> None:
    with numpy.errstate(over="ignore"):
        found = shared_detector.arrays(numpy.full((2, 3, 32, 32), 1e300))
    assert found.outliers.all() and numpy.isnan(found.scores).all()


def test_results_are_of_the_types_that_are_promised(shared_detector: Detector) -> None:
    for given in (PICTURES, TENSORS):
        found = shared_detector.arrays(given)
        assert [
            getattr(found, c).dtype.str for c in ("scores", "p_values", "outliers", "classes", "confidences")
        ] == [
            "<f4",
            "<f4",
            "|b1",
            "<i8",
            "<f8",
        ]
        assert found.scores.shape == (10, 2) and found.errors == {}
        # The arrays belong to the caller.
        found.scores[:] = 0


def test_any_number_of_rows(shared_detector: Detector) -> None:
    """Batches contain 32 images."""
    values = tensors(130)
    everything = shared_detector.arrays(values)
    for count in (1, 2, 31, 32, 33, 64, 97):
        assert numpy.allclose(
            shared_detector.arrays(values[:count]).scores, everything.scores[:count], rtol=1e-5
        )
