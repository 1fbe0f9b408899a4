"""Decodes an image with Pillow, and with Oddity."""

from __future__ import annotations

import ctypes
import io
import json
from dataclasses import dataclass

import numpy
from oddity import _library
from PIL import Image, ImageOps, UnidentifiedImageError

#: The formats that Oddity reads. A mutation may have changed a file to another format, which does not count.
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "DIB", "PPM")
#: Above this number of pixels, only the sizes are compared, because an array of floats would take gigabytes.
COMPARED_PIXELS = 1 << 22
#: The longest side that Oddity's preprocessing accepts.
_LONGEST_SIDE = 65535


@dataclass
class Decoded:
    """The result of one decoder for a file."""

    #: The reason of the refusal; empty if the file was decoded.
    refusal: str = ""
    #: Red, green and blue; None if the file was refused, or has too many pixels to compare.
    pixels: numpy.ndarray | None = None
    #: Width and height.
    size: tuple[int, int] = (0, 0)
    #: Pillow's mode and format, for investigating a difference.
    mode: str = ""


def by_pillow(data: bytes) -> Decoded:
    """Decodes like the tests' references: complete files only, rotated as EXIF says, in RGB, and the upper bytes of 16-bit
    grey."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            mode = f"{picture.format} {picture.mode}"
            picture.load()
            turned = ImageOps.exif_transpose(picture)
            size = turned.size
            if size[0] * size[1] > COMPARED_PIXELS or max(size) > _LONGEST_SIDE:
                return Decoded(size=size, mode=mode)
            if turned.mode == "I" or turned.mode.startswith("I;16"):
                turned = Image.fromarray((numpy.asarray(turned) >> 8).astype(numpy.uint8))
            return Decoded(pixels=numpy.asarray(turned.convert("RGB")), size=size, mode=mode)
    except UnidentifiedImageError:
        return Decoded(refusal=_why_unidentified(data))
    # Pillow's decoders may raise any exception of Python.
    except Exception as error:  # noqa: BLE001
        return Decoded(refusal=f"{type(error).__name__}: {error}")


def _why_unidentified(data: bytes) -> str:
    """Pillow only reports that no format matches, even if one matches but its header is wrong. This returns the message for that
    format."""
    for name in _FORMATS:
        factory, accepts = Image.OPEN[name]
        try:
            is_accepted = accepts is not None and accepts(data[:16]) is True
        # For very short files, some decoders read bytes that are missing.
        except Exception:  # noqa: BLE001
            is_accepted = False
        if is_accepted:
            try:
                factory(io.BytesIO(data), "")
            except Exception as error:  # noqa: BLE001
                return f"{name}: {type(error).__name__}: {error}"
    return "no format"


class Oddity:
    """Oddity's decoder, through its library.

    Without a preprocessing, the library resizes an image to the requested size, and divides by 255. If the image already has this
    size, its pixels do not change. If a resize could go unnoticed, a preprocessing that accepts no other size determines the size
    of the image. It is read from a file at each call, which takes a hundred times as long as the decoding.
    """

    #: Hugging Face's keys for unchanged pixels.
    PREPROCESSING = json.dumps(
        {
            "image_processor_type": "ViTImageProcessor",
            "do_resize": False,
            "do_rescale": True,
            "rescale_factor": 1,
            "do_normalize": False,
        }
    )
    _OTHER_SIZE = "the preprocessing does not resize, the image has "

    def __init__(self, preprocessing: str) -> None:
        self._preprocessing = preprocessing.encode()

    def decode(self, name: str, data: bytes, expected: Decoded) -> Decoded:
        """The pixels, or the size if it is not the expected one."""
        if expected.pixels is None:
            # The size matters only if the other decoder gave one.
            return self.sized(name, data) if expected.size != (0, 0) else self._refused(name, data)
        width, height = expected.size
        values = numpy.empty((3, height, width), numpy.float32)
        message = self._into(values, name, data, None)
        if message:
            return Decoded(refusal=message)
        pixels = numpy.rint(values.transpose(1, 2, 0) * 255).astype(numpy.uint8)
        if _is_resized_unnoticed(pixels) or not numpy.array_equal(pixels, expected.pixels):
            said = self.sized(name, data, expected.size)
            if said.size != expected.size:
                return said
        return Decoded(pixels=pixels, size=expected.size)

    def _refused(self, name: str, data: bytes) -> Decoded:
        return Decoded(refusal=self._into(numpy.empty((3, 1, 1), numpy.float32), name, data, None))

    def sized(self, name: str, data: bytes, asked: tuple[int, int] = (1, 1)) -> Decoded:
        """Only the size, without pixels."""
        values = numpy.empty((3, asked[1], asked[0]), numpy.float32)
        message = self._into(values, name, data, self._preprocessing)
        if not message:
            return Decoded(size=asked)
        if not message.startswith(self._OTHER_SIZE):
            return Decoded(refusal=message)
        width, height = message[len(self._OTHER_SIZE) :].split(" ")[0].split("×")
        return Decoded(size=(int(width), int(height)))

    def agrees(self, files: list[tuple[str, bytes]], expected: list[Decoded]) -> list[bool]:
        """For files that have one size, or are all refused: whether Oddity clearly gives the expected results. Makes one call for
        all.

        If the answer is no, `decode` gives the reason.
        """
        width, height = expected[0].size if expected[0].pixels is not None else (1, 1)
        values = numpy.empty((len(files), 3, height, width), numpy.float32)
        messages = self._all_into(values, files, None)
        agree = []
        for row, one in enumerate(expected):
            is_refused = str(row) in messages
            if one.pixels is None or is_refused:
                agree.append(one.pixels is None and is_refused)
                continue
            pixels = numpy.rint(values[row].transpose(1, 2, 0) * 255).astype(numpy.uint8)
            agree.append(not _is_resized_unnoticed(pixels) and numpy.array_equal(pixels, one.pixels))
        return agree

    def _into(self, values: numpy.ndarray, name: str, data: bytes, preprocessing: bytes | None) -> str:
        """Fills the values, or returns the reason of the failure."""
        return self._all_into(values[None], [(name, data)], preprocessing).get("0", "")

    @staticmethod
    def _all_into(
        values: numpy.ndarray, files: list[tuple[str, bytes]], preprocessing: bytes | None
    ) -> dict[str, str]:
        """Fills a row of values for each file, and returns the messages of failed files by row."""
        source, failures = _library.handle(), _library.handle()
        _library.call("oddity_source_new", ctypes.byref(source))
        try:
            for name, data in files:
                _library.call("oddity_source_add_file", source, name.encode(), data, len(data))
            _library.call(
                "oddity_preprocess",
                preprocessing,
                (ctypes.c_int64 * 3)(*values.shape[1:]),
                source,
                values.ctypes.data,
                len(files),
                _library._Listener(0),
                None,
                ctypes.byref(failures),
            )
        finally:
            _library.free(source.value)
        messages: dict[str, str] = json.loads(_library.take_bytes(failures)) if failures.value else {}
        return messages


def _is_resized_unnoticed(pixels: numpy.ndarray) -> bool:
    """Whether all rows or all columns are equal. An image of another size could then become the same after a resize."""
    return bool((pixels == pixels[:1]).all() or (pixels == pixels[:, :1]).all())
