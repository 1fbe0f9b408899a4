"""Lists of images of all kinds: their order, their names, and the positions of images that fail."""

from __future__ import annotations

import collections
from pathlib import Path
from typing import Any

import numpy
import pytest
from core_data import assert_same, pictures, tensors

from oddity import Detector
from oddity.errors import InputError, UsageError

PICTURES = pictures(10)
# A picture of two grey samples in the simplest file format.
FILE = b"P5 2 1 255\n\x10\xf0"


def test_all_kinds_of_lists(shared_detector: Detector) -> None:
    expected = shared_detector.arrays(PICTURES)
    objects = numpy.empty(10, object)
    objects[:] = list(PICTURES)
    for given in (
        list(PICTURES),
        tuple(PICTURES),
        collections.deque(PICTURES),
        (row for row in PICTURES),
        dict(enumerate(PICTURES)).values(),
        [PICTURES[:4], PICTURES[4], PICTURES[5:]],
        objects,
    ):
        assert_same(shared_detector.arrays(given), expected)


def test_contents_of_files(shared_detector: Detector, tmp_path: Path) -> None:
    (tmp_path / "file.pgm").write_bytes(FILE)
    expected = shared_detector.arrays(tmp_path / "file.pgm")
    for given in (FILE, bytearray(FILE), memoryview(FILE), [FILE], [memoryview(FILE)]):
        assert_same(shared_detector.arrays(given), expected)


def test_a_mixed_list_keeps_its_order(shared_detector: Detector, tmp_path: Path) -> None:
    numpy.save(tmp_path / "three.npy", PICTURES[4:7])
    path = tmp_path / "file.pgm"
    path.write_bytes(FILE)
    values = tensors(2)
    given = [PICTURES[0], tmp_path / "three.npy", FILE, str(path), values[0], path, PICTURES[1:3], values]
    parts = [shared_detector.arrays(part).scores for part in given]
    found = shared_detector.arrays(given)
    assert numpy.allclose(found.scores, numpy.concatenate(parts), rtol=1e-5)
    names = list(shared_detector.score(given, table="numpy")["name"])
    assert names[1:4] == [f"{tmp_path}/three.npy#{row}" for row in range(3)]
    assert names[5] == names[7] == str(path)


def test_names(shared_detector: Detector) -> None:
    def names(given: Any) -> list[str]:
        return list(shared_detector.score(given, table="numpy")["name"])

    assert (
        names(PICTURES[:3])
        == names(list(PICTURES[:3]))
        == names(tensors(3))
        == ["image#0", "image#1", "image#2"]
    )
    assert names([FILE, FILE]) == ["image 0", "image 1"]


def test_images_that_fail(shared_detector: Detector, tmp_path: Path) -> None:
    cut = tmp_path / "cut.png"
    cut.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20))
    given = [b"", PICTURES[0], b"no image", cut, tmp_path / "nowhere.png", PICTURES[1]]
    found = shared_detector.arrays(given)
    assert sorted(found.errors) == [0, 2, 3, 4]
    failed = [0, 2, 3, 4]
    assert numpy.isnan(found.scores[failed]).all() and numpy.isnan(found.p_values[failed]).all()
    assert numpy.isnan(found.confidences[failed]).all()
    assert found.outliers[failed].all() and (found.classes[failed] == -1).all()
    assert numpy.array_equal(found.scores[[1, 5]], shared_detector.arrays(PICTURES[:2]).scores)
    assert found.errors[0] == "'image 0' is empty; remove it or replace it with an image"
    assert str(cut) in found.errors[3]


@pytest.mark.parametrize("given", [[], (), numpy.empty(0, object), iter(()), {}.values()])
def test_nothing(shared_detector: Detector, given: Any) -> None:
    with pytest.raises(UsageError, match="there are no images"):
        shared_detector.arrays(given)


@pytest.mark.parametrize(
    "given", [None, 5, 1.5, object(), [None], [PICTURES[0], 3], [[PICTURES[0]]], {"a": PICTURES}]
)
def test_what_is_no_image(shared_detector: Detector, given: Any) -> None:
    with pytest.raises(UsageError, match="is not an image|images are given as a dictionary"):
        shared_detector.arrays(given)


def test_arrays_of_paths(shared_detector: Detector, tmp_path: Path) -> None:
    path = tmp_path / "file.pgm"
    path.write_bytes(FILE)
    expected = shared_detector.arrays([path, path])
    for given in (numpy.array([str(path)] * 2), numpy.array([path] * 2, dtype=object)):
        assert_same(shared_detector.arrays(given), expected)


def test_a_source_that_cannot_be_opened(shared_detector: Detector, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for given in (tmp_path / "nowhere", tmp_path / "empty", ""):
        with pytest.raises(InputError) as caught:
            shared_detector.arrays(given)
        assert caught.value.status == 65
    # A single image is reported in its row, as the command does.
    assert list(shared_detector.arrays(tmp_path / "nowhere.png").errors) == [0]


def test_many_small_images(shared_detector: Detector) -> None:
    from oddity._sources import Source

    rows = numpy.zeros((100_000, 1, 2), numpy.uint8)
    with Source(rows) as source:
        assert len(source) == 100_000
        assert source.names[-1] == "image#99999"
    with Source(list(rows[:20_000])) as source:
        assert len(source) == 20_000
    with Source([rows[:2, :, :, None], b"", "nowhere.png"] * 500) as source:
        assert len(source) == 2000


def test_pictures_with_their_channels_first_are_refused(shared_detector: Detector) -> None:
    image = pictures(1)[0]
    with pytest.raises(UsageError, match="channels first"):
        shared_detector.arrays([image, image.transpose(2, 0, 1)])


def test_generators_go_into_every_call(shared_detector: Detector) -> None:
    images = pictures(20)
    one = shared_detector.evaluate(id=(image for image in images), ood={"same": (image for image in images)})
    other = shared_detector.evaluate(id=list(images), ood={"same": list(images)})
    assert one.json["detectors"] == other.json["detectors"]
    assert "AUROC 0.500" in repr(one)
    with pytest.raises(UsageError, match="ood"):
        shared_detector.evaluate(id=images, ood=[images])  # type: ignore[arg-type]
