"""Pillow images give the same results as their files, if a file with the same samples can be written."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy
import pytest
from core_data import COLOUR, assert_same, pictures

import oddity
from oddity import Detector
from oddity.errors import InputError, UsageError

Image = pytest.importorskip("PIL.Image")
ImageFile = pytest.importorskip("PIL.ImageFile")

PIXELS = pictures(1, 40, 32)[0]
ORIENTATION = 274


def picture(mode: str) -> Any:
    image = Image.fromarray(PIXELS)
    if mode == "RGBA":
        image.putalpha(Image.fromarray(PIXELS[..., 0]))
        return image
    if mode == "LA":
        image = image.convert("L")
        image.putalpha(Image.fromarray(PIXELS[..., 0]))
        return image
    return image.convert(mode)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_modes(shared_detector: Detector, mode: str, tmp_path: Path) -> None:
    image = picture(mode)
    image.save(tmp_path / "image.png")
    expected = shared_detector.arrays(tmp_path / "image.png")
    assert not expected.errors
    assert_same(shared_detector.arrays(image), expected)
    assert_same(shared_detector.arrays([image]), expected)
    with Image.open(tmp_path / "image.png") as opened:
        assert_same(shared_detector.arrays(opened), expected)


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "HSV"])
def test_modes_of_other_colours(shared_detector: Detector, mode: str) -> None:
    image = picture(mode)
    assert_same(shared_detector.arrays(image), shared_detector.arrays(image.convert("RGB")))


def test_a_palette_with_transparency(shared_detector: Detector, tmp_path: Path) -> None:
    image = picture("P")
    image.info["transparency"] = 3
    image.save(tmp_path / "image.png", transparency=3)
    assert_same(shared_detector.arrays(image), shared_detector.arrays(tmp_path / "image.png"))


@pytest.mark.parametrize("mode", ["I", "F", "I;16"])
def test_modes_of_more_than_eight_bits(shared_detector: Detector, mode: str) -> None:
    with pytest.raises(UsageError, match="more than 8 bits"):
        shared_detector.arrays(Image.new(mode, (32, 32)))


@pytest.mark.parametrize("orientation", [1, 3, 6, 8, 5])
def test_orientation(shared_detector: Detector, orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    Image.fromarray(PIXELS).save(tmp_path / "image.png", exif=exif)
    with Image.open(tmp_path / "image.png") as opened:
        found = shared_detector.arrays(opened)
    assert_same(found, shared_detector.arrays(tmp_path / "image.png"))
    plain = shared_detector.arrays(PIXELS)
    assert (found.scores.tobytes() == plain.scores.tobytes()) == (orientation == 1)


@pytest.mark.filterwarnings("ignore::oddity.OddityWarning")
@pytest.mark.parametrize("follows", [True, False])
def test_orientation_of_a_fit(follows: bool, tmp_path: Path) -> None:
    """The preprocessing determines whether files are rotated. The same applies to pictures in memory."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    folder = tmp_path / "images"
    folder.mkdir()
    for number, pixels in enumerate(pictures(60, 32, 40)):
        Image.fromarray(pixels).save(folder / f"{number:02}.png", exif=exif)
    steps = {"mean": 0.5, "std": 0.25, "exif_orientation": follows}
    opened = [Image.open(path) for path in sorted(folder.iterdir())]
    options: dict[str, Any] = {"preprocess": steps, "score": "energy", "block": 0}
    of_files = Detector(oddity.fit(COLOUR, id=folder, calibration=folder, **options).guarded)
    of_pictures = Detector(oddity.fit(COLOUR, id=opened, calibration=opened, **options).guarded)
    assert of_files.threshold == of_pictures.threshold
    assert_same(of_files.arrays(opened), of_pictures.arrays(folder))
    one, other = (of_files.evaluate(id=images, ood={"same": images}).json for images in (folder, opened))
    one["detectors"][0].pop("id", None)
    assert one["detectors"][0]["ood"][0] == other["detectors"][0]["ood"][0]


def test_a_picture_that_cannot_be_read(shared_detector: Detector) -> None:
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, "PNG")
    cut = Image.open(io.BytesIO(buffer.getvalue()[:-500]))
    with pytest.raises(InputError, match="Pillow cannot read an image"):
        shared_detector.arrays([PIXELS, cut])


def test_a_closed_picture(shared_detector: Detector) -> None:
    image = Image.fromarray(PIXELS)
    image.close()
    with pytest.raises(InputError, match="Pillow cannot read an image"):
        shared_detector.arrays(image)


def test_frames(shared_detector: Detector, tmp_path: Path) -> None:
    """The current frame of a picture is used."""
    frames = [Image.fromarray(pixels).quantize(64) for pixels in pictures(3)]
    frames[0].save(tmp_path / "frames.gif", save_all=True, append_images=frames[1:], loop=0)
    with Image.open(tmp_path / "frames.gif") as opened:
        assert_same(shared_detector.arrays(opened), shared_detector.arrays(tmp_path / "frames.gif"))
        opened.seek(2)
        assert_same(
            shared_detector.arrays(opened), shared_detector.arrays(numpy.asarray(opened.convert("RGB")))
        )
