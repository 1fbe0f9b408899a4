"""Images, in the forms that users have, for the library."""

from __future__ import annotations

import ctypes
import json
import os
import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import _library
from .errors import InputError, UsageError

if TYPE_CHECKING:
    import numpy

# The name of unnamed images in messages.
_NAME = b"image"


class Source:
    """Images in order: paths, pictures in memory, arrays, or a mixture of these. Holds a handle of the
    library.

    Args:
        turns: whether Pillow images are rotated as their EXIF data says, like images from files.
    """

    def __init__(self, images: Any, *, turns: bool = True) -> None:
        place = _library.handle()
        _library.call("oddity_source_new", ctypes.byref(place))
        self.handle: int = place.value
        self._close = weakref.finalize(self, _library.free, self.handle)
        for run in _runs(images, turns):
            run.add_to(self.handle)

    def close(self) -> None:
        self._close()

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        count = ctypes.c_int64()
        _library.call("oddity_source_count", self.handle, ctypes.byref(count))
        return count.value

    @property
    def names(self) -> list[str]:
        """Names by which a user can find the images."""
        place = _library.handle()
        _library.call("oddity_source_names", self.handle, ctypes.byref(place))
        names: list[str] = json.loads(_library.take_bytes(place))
        return names

    @property
    def spec(self) -> str:
        """The name of the source for a command."""
        return f"memory:{self.handle}"


def is_path(value: Any) -> bool:
    return isinstance(value, (str, os.PathLike))


def paths_of(images: Any) -> list[str] | None:
    """The paths, if all images are paths; otherwise None. A command then opens them itself."""
    values = listed(images)
    if values and all(is_path(value) for value in values):
        return [os.fsdecode(value) for value in values]
    return None


def tensor_array(images: Any) -> numpy.ndarray | None:
    """The array, if the images are one array of floating-point numbers with four axes; otherwise None.

    A contiguous float32 array is not copied.
    """
    if is_path(images) or _is_picture(images) or not _is_array(images):
        return None
    array = _as_array(images)
    return _floats(array) if array.size and array.dtype.kind == "f" and array.ndim == 4 else None


class _Paths:
    def __init__(self, paths: list[str]) -> None:
        self.paths = paths

    def add_to(self, source: int) -> None:
        _library.call("oddity_source_add_paths", source, _library.texts(self.paths), len(self.paths))


class _File:
    def __init__(self, content: bytes, position: int) -> None:
        self.content = content
        self.name = f"image {position}".encode()

    def add_to(self, source: int) -> None:
        _library.call("oddity_source_add_file", source, self.name, self.content, len(self.content))


class _Array:
    def __init__(self, array: numpy.ndarray) -> None:
        self.array = array

    def add_to(self, source: int) -> None:
        import numpy

        if self.array.dtype == numpy.uint8:
            pixels = _pixels(self.array)
            _library.call("oddity_source_add_pixels", source, _NAME, pixels.ctypes.data, *pixels.shape, None)
        else:
            values = _tensors(self.array)
            sides = (ctypes.c_int64 * 3)(*values.shape[1:])
            _library.call(
                "oddity_source_add_tensors", source, _NAME, values.ctypes.data, values.shape[0], sides, None
            )


def _runs(images: Any, turns: bool) -> Iterable[_Paths | _File | _Array]:
    """Images in the library's forms. Adjacent paths are passed together."""
    images = listed(images)
    if len(images) == 0:
        raise UsageError("there are no images: pass a folder, or a list with at least one image")
    paths: list[str] = []
    for position, image in enumerate(images):
        if is_path(image):
            paths.append(os.fsdecode(image))
            continue
        if paths:
            yield _Paths(paths)
            paths = []
        _refuse_channels_first(image, is_alone=len(images) == 1)
        yield _in_memory(image, position, turns)
    if paths:
        yield _Paths(paths)


def listed(images: Any) -> Sequence[Any]:
    """Images as a list. A single image becomes a list of one."""
    if is_path(images) or isinstance(images, (bytes, bytearray, memoryview)) or _is_picture(images):
        return [images]
    if _is_array(images):
        array = _as_array(images)
        # An array of objects is treated as a list, for example of pictures of different sizes or of paths.
        return array.tolist() if array.dtype.kind in "OU" and array.ndim == 1 else [images]
    if isinstance(images, Mapping):
        raise UsageError("images are given as a dictionary: pass its values as a list")
    try:
        return images if isinstance(images, Sequence) else list(images)
    except TypeError:
        raise UsageError(_unknown(images)) from None


def _in_memory(image: Any, position: int, turns: bool) -> _File | _Array:
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _File(bytes(image), position)
    if _is_picture(image):
        return _Array(_of_picture(image, turns))
    if _is_array(image):
        return _Array(_array(image))
    raise UsageError(_unknown(image))


def _refuse_channels_first(image: Any, *, is_alone: bool) -> None:
    """Refuses three axes that may be a picture in another layout. They are one picture, or several grey ones.

    An array in a list, and a PyTorch tensor, may be a picture with its channels first.

    Raises:
        UsageError: if the array looks like that.
    """
    shape = tuple(getattr(image, "shape", ()))
    if is_alone and not hasattr(image, "detach") or "uint8" not in str(getattr(image, "dtype", "")):
        return
    if len(shape) == 3 and shape[0] in (1, 3, 4) and shape[-1] not in (1, 3, 4):
        raise UsageError(
            f"an array of shape {shape} may be one picture with its channels first, or {shape[0]} grey ones: "
            "pass [height, width, channels], such as image.permute(1, 2, 0), or [images, height, width, 1]"
        )


def _unknown(image: Any) -> str:
    return (
        f"{type(image).__name__} is not an image: pass paths, PIL images, uint8 arrays [height, width, "
        "channels], or preprocessed float32 arrays"
    )


def _is_picture(image: Any) -> bool:
    """Whether it is a Pillow image. Does not import Pillow."""
    return any(kind.__module__ == "PIL.Image" and kind.__name__ == "Image" for kind in type(image).__mro__)


def _is_array(image: Any) -> bool:
    return hasattr(image, "__array__") or hasattr(image, "__array_interface__")


def _as_array(image: Any) -> numpy.ndarray:
    import numpy

    # A PyTorch tensor gives an array only if it is on the CPU and does not require gradients.
    if hasattr(image, "detach"):
        image = image.detach().cpu()
    return numpy.asarray(image)


def _array(image: Any) -> numpy.ndarray:
    import numpy

    array = _as_array(image)
    if array.size == 0:
        raise UsageError(f"an array of shape {array.shape} holds no images")
    if array.dtype != numpy.uint8 and array.dtype.kind != "f":
        raise UsageError(
            f"an array of {array.dtype} is not an image: pass uint8 for pictures, or float32 for "
            "preprocessed images"
        )
    return array


def _pixels(array: numpy.ndarray) -> numpy.ndarray:
    """[images, height, width, channels], contiguous."""
    import numpy

    if array.ndim == 2:
        array = array[None, :, :, None]
    elif array.ndim == 3:
        # As in a .npy file, channels are the last axis, or there are none.
        array = array[None] if array.shape[-1] in (1, 3, 4) else array[..., None]
    if array.ndim != 4 or array.shape[-1] not in (1, 3, 4):
        raise UsageError(
            f"a uint8 array of shape {array.shape} holds no pictures: pass [height, width, channels] or "
            "[images, height, width, channels] with 1, 3 or 4 channels"
        )
    return numpy.ascontiguousarray(array)


def _tensors(array: numpy.ndarray) -> numpy.ndarray:
    """[images, three sides], float32, contiguous."""
    if array.ndim == 3:
        array = array[None]
    if array.ndim != 4:
        raise UsageError(
            f"an array of shape {array.shape} holds no preprocessed images: pass [images, …] in the layout "
            "of the network's input, such as [images, channels, height, width]"
        )
    return _floats(array)


def _floats(array: numpy.ndarray) -> numpy.ndarray:
    import numpy

    # "A" also requires alignment.
    return numpy.require(array, dtype=numpy.float32, requirements=["C", "A"])


def _of_picture(image: Any, turns: bool) -> numpy.ndarray:
    """The samples of a Pillow image."""
    import numpy
    from PIL import Image, ImageOps

    if not isinstance(image, Image.Image):
        raise UsageError(_unknown(image))
    mode = _mode(image)
    try:
        turned = ImageOps.exif_transpose(image) if turns else image
        return numpy.asarray(turned.convert(mode))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"Pillow cannot read an image: {error}") from error


def _mode(image: Any) -> str:
    """Grey images stay grey, transparency is kept, and everything else becomes RGB."""
    if image.mode in ("L", "RGB", "RGBA"):
        return str(image.mode)
    if image.mode in ("LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return "RGBA"
    if image.mode in ("1", "L;16"):
        return "L"
    if image.mode.startswith("I") or image.mode == "F":
        raise UsageError(
            f"a picture of mode {image.mode} has more than 8 bits a sample: pass its file, or convert it "
            "to 'L'"
        )
    return "RGB"
