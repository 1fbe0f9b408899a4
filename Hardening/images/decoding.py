"""An image by Pillow, and the same one by Oddity."""

from __future__ import annotations

import ctypes
import io
import json
from dataclasses import dataclass

import numpy
from oddity import _library
from PIL import Image, ImageOps, UnidentifiedImageError

#: What Oddity reads; a file that a mutation has made another format of is none.
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "DIB", "PPM")
#: Pixels above which only the sizes are compared: an array of floats would take gigabytes.
COMPARED_PIXELS = 1 << 22
#: The longest side that Oddity's preprocessing takes as a size asked for.
_LONGEST_SIDE = 65535


@dataclass
class Decoded:
    """What one decoder made of a file."""

    #: Why it refused; empty where it did not.
    refusal: str = ""
    #: Red, green and blue; None where it refused, or where there are too many to compare.
    pixels: numpy.ndarray | None = None
    #: Width and height.
    size: tuple[int, int] = (0, 0)
    #: Pillow's mode and format, for those who look into a difference.
    mode: str = ""


def by_pillow(data: bytes) -> Decoded:
    """As the tests' references do: whole files only, turned as EXIF says, in RGB, the upper bytes of 16-bit grey."""
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
    # Pillow's decoders raise whatever Python raises on their way.
    except Exception as error:  # noqa: BLE001
        return Decoded(refusal=f"{type(error).__name__}: {error}")


def _why_unidentified(data: bytes) -> str:
    """Pillow says no more than that no format fits, also where one fits and its header is wrong: what is said of that."""
    for name in _FORMATS:
        factory, accepts = Image.OPEN[name]
        try:
            is_accepted = accepts is not None and accepts(data[:16]) is True
        # Of very short files some ask for bytes that are not there.
        except Exception:  # noqa: BLE001
            is_accepted = False
        if is_accepted:
            try:
                factory(io.BytesIO(data), "")
            except Exception as error:  # noqa: BLE001
                return f"{name}: {type(error).__name__}: {error}"
    return "no format"


class Oddity:
    """Oddity's decoder through its library.

    Without a preprocessing the library resizes an image to the size asked for, and divides by 255: of an image that has this
    size already the pixels stay as they are. Where a resize could go unnoticed, a preprocessing that takes no other size says
    which one the image has; it is read from a file at each call, which costs a hundred times as much as the decoding.
    """

    #: Hugging Face's words for pixels as they are.
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
        """The pixels, or the size where that is not the expected one."""
        if expected.pixels is None:
            # Which size it has counts only where another decoder gave one.
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
        """No pixels, but the size."""
        values = numpy.empty((3, asked[1], asked[0]), numpy.float32)
        message = self._into(values, name, data, self._preprocessing)
        if not message:
            return Decoded(size=asked)
        if not message.startswith(self._OTHER_SIZE):
            return Decoded(refusal=message)
        width, height = message[len(self._OTHER_SIZE) :].split(" ")[0].split("×")
        return Decoded(size=(int(width), int(height)))

    def agrees(self, files: list[tuple[str, bytes]], expected: list[Decoded]) -> list[bool]:
        """Of files of one size, or all refused: whether Oddity clearly comes to what was expected. One call for many.

        Where this says no, `decode` says why.
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
        """Fills the values, or says why not."""
        return self._all_into(values[None], [(name, data)], preprocessing).get("0", "")

    @staticmethod
    def _all_into(
        values: numpy.ndarray, files: list[tuple[str, bytes]], preprocessing: bytes | None
    ) -> dict[str, str]:
        """Fills a row of values for each file, and gives the messages of those that failed, by row."""
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
    """Whether all rows or all columns are alike: an image of another size could become the same one."""
    return bool((pixels == pixels[:1]).all() or (pixels == pixels[:, :1]).all())
