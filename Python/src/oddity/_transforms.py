"""Reads transforms of torchvision and timm into Oddity's preprocessing (docs/commands.md#preprocessing).

Steps are recognised by the names of their classes, so that neither package is imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import MissingError, UsageError

_RANDOM = (
    "Random",
    "Jitter",
    "Augment",
    "AugMix",
    "MixUp",
    "CutMix",
    "Elastic",
    "Noise",
    "GaussianBlur",
    "Sanitize",
)
_NUMBERED = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")
_NAMES = {"nearest-exact": "nearest"}
# Functions that open_clip and others put between resize and tensor. Pictures are in RGB anyway.
_TO_RGB = frozenset({"_convert_to_rgb", "_convert_image_to_rgb", "convert_to_rgb"})


@dataclass
class _Reading:
    """The combined effect of the steps so far."""

    keys: dict[str, Any] = field(default_factory=dict)
    is_scaled: bool = False
    is_float: bool = False

    def preprocess(self) -> dict[str, Any]:
        keys = dict(self.keys)
        keys.setdefault("resize", None)
        if keys["resize"] is None:
            del keys["resize"]
        keys["rescale_factor"] = 1 / 255 if self.is_scaled else 1
        keys.setdefault("mean", 0)
        keys.setdefault("std", 1)
        keys["exif_orientation"] = False
        return keys


def preprocess(transform: Any) -> dict[str, Any]:
    """Converts a transform of torchvision (v1 or v2) or timm into the preprocessing for `oddity.fit`.

    A dictionary is the result of `timm.data.resolve_data_config`, or a preprocessing of Oddity.
    The EXIF orientation of a photograph is ignored, because PIL and torchvision ignore it.

    Raises:
        UsageError: if a step is random, unknown, or cannot be expressed. The text names the step.
    """
    transform = of_timm(transform)
    if isinstance(transform, dict):
        return {"exif_orientation": False, **transform}
    reading = _Reading()
    for step in _steps(transform):
        _read(step, reading)
    return reading.preprocess()


def of_timm(transform: Any) -> Any:
    """The transform of a timm data configuration. Anything else is returned unchanged.

    Raises:
        MissingError: if timm is not installed.
    """
    if not (isinstance(transform, dict) and _is_timm(transform)):
        return transform
    try:
        from timm.data import create_transform
    except ImportError as error:
        raise MissingError("a data configuration of timm needs timm: pip install timm") from error
    known = ("input_size", "interpolation", "mean", "std", "crop_pct", "crop_mode")
    return create_transform(**{key: transform[key] for key in known if key in transform})


def refuse_random(transform: Any) -> None:
    """Refuses a transform if the name of a step says that it is random.

    Raises:
        UsageError: if a step of the transform draws random numbers.
    """
    for step in _steps(transform):
        if _is_random(_name(step)):
            raise _random(step)


def _is_timm(configuration: dict[str, Any]) -> bool:
    return "input_size" in configuration


def _name(step: Any) -> str:
    return str(getattr(step, "__name__", type(step).__name__))


def _steps(transform: Any) -> Iterator[Any]:
    """The steps in order. Those of Compose and Sequential are listed one by one."""
    inner = getattr(transform, "transforms", None)
    if isinstance(inner, (list, tuple)) and _name(transform) == "Compose":
        for step in inner:
            yield from _steps(step)
    elif _name(transform) == "Sequential":
        for step in transform:
            yield from _steps(step)
    elif transform is not None:
        yield transform


def _is_random(name: str) -> bool:
    return any(part in name for part in _RANDOM)


def _random(step: Any) -> UsageError:
    return UsageError(
        f"{_name(step)} is random, so it is part of training; pass the transform that you evaluate with as "
        "`transform`"
    )


def _cannot(step: Any, reason: str) -> UsageError:
    return UsageError(
        f"{_name(step)} {reason}; express it with Resize, CenterCrop, ToTensor and Normalize, pass "
        "`preprocess`, or pass as_arrays=True to give Oddity the tensors that the transform makes"
    )


def _read(step: Any, reading: _Reading) -> None:
    name = _name(step)
    if _is_random(name):
        raise _random(step)
    if name in _TO_RGB or name in ("Identity", "RGB", "ToPureTensor"):
        return
    reader = _READERS.get(name)
    if reader is None or not _is_known(step):
        raise _cannot(step, "is a step that Oddity does not know")
    reader(step, reading)


def _is_known(step: Any) -> bool:
    return type(step).__module__.partition(".")[0] in ("torchvision", "timm")


def _once(step: Any, reading: _Reading, key: str, value: Any) -> None:
    if key in reading.keys:
        raise _cannot(step, f"follows another step that sets '{key}'")
    reading.keys[key] = value


def _resize(step: Any, reading: _Reading) -> None:
    if getattr(step, "max_size", None) is not None or step.size is None:
        raise _cannot(step, "has a max_size")
    if "crop" in reading.keys:
        raise _cannot(step, "follows a crop")
    sides = _sides(step.size)
    _once(step, reading, "resize", sides[0] if len(sides) == 1 else sides)
    _once(step, reading, "interpolation", _interpolation(step, step.interpolation))


def _sides(size: Any) -> list[int]:
    sides = [size] if isinstance(size, int) else list(size)
    return [int(side) for side in sides]


def _square(size: Any) -> list[int]:
    sides = _sides(size)
    return sides * 2 if len(sides) == 1 else sides


def _interpolation(step: Any, mode: Any) -> str:
    if isinstance(mode, int) and not hasattr(mode, "value"):
        return _NUMBERED[mode] if 0 <= mode < len(_NUMBERED) else str(mode)
    value = getattr(mode, "value", mode)
    if isinstance(value, int):
        return _interpolation(step, value)
    if not isinstance(value, str):
        raise _cannot(step, f"resizes with {mode!r}")
    return _NAMES.get(value, value)


def _center_crop(step: Any, reading: _Reading) -> None:
    _once(step, reading, "crop", _square(step.size))
    if "resize" not in reading.keys:
        raise _cannot(step, "comes before any resize, but Oddity crops only after resizing")


def _crop_or_pad(step: Any, reading: _Reading) -> None:
    if getattr(step, "padding_mode", "constant") != "constant":
        raise _cannot(step, f"pads with '{step.padding_mode}'")
    _center_crop(step, reading)
    fill = step.fill
    reading.keys["frame"] = [int(value) for value in fill] if isinstance(fill, Sequence) else int(fill)


def _keep_ratio(step: Any, reading: _Reading) -> None:
    """timm's ResizeKeepRatio: `longest` 0 covers the size, and 1 fits within it."""
    if getattr(step, "random_scale_prob", 0) or getattr(step, "random_aspect_prob", 0):
        raise _random(step)
    if step.longest not in (0, 1):
        raise _cannot(step, f"has longest={step.longest}")
    size = _square(step.size)
    _once(step, reading, "resize", {"within": size} if step.longest else {"cover": size})
    _once(step, reading, "interpolation", _interpolation(step, step.interpolation))


def _scaled(step: Any, reading: _Reading) -> None:
    """ToTensor: bytes become floats of 0 to 1."""
    if not reading.is_float:
        reading.is_scaled = reading.is_float = True


def _unscaled(step: Any, reading: _Reading) -> None:
    """PILToTensor, ToImage: bytes stay bytes."""


def _converted(step: Any, reading: _Reading) -> None:
    """ConvertImageDtype and ToDtype: floats of 0 to 1, or of 0 to 255 where `scale` is false."""
    dtype = getattr(step, "dtype", None)
    dtype = next(iter(dtype.values()), None) if isinstance(dtype, dict) else dtype
    name = str(dtype).removeprefix("torch.")
    if name not in ("float32", "float", "float64", "double", "uint8"):
        raise _cannot(step, f"makes values of type {name}")
    if name == "uint8":
        if reading.is_float:
            raise _cannot(step, "makes bytes of floats")
        return
    if not reading.is_float:
        reading.is_scaled = bool(getattr(step, "scale", True))
    reading.is_float = True


def _of_timm(step: Any, reading: _Reading) -> None:
    """ToTensor of timm: floats of 0 to 255."""
    reading.is_float = True


def _to_tensor(step: Any, reading: _Reading) -> None:
    is_of_timm = type(step).__module__.startswith("timm.")
    (_of_timm if is_of_timm else _scaled)(step, reading)


def _normalize(step: Any, reading: _Reading) -> None:
    if not reading.is_float:
        raise _cannot(step, "comes before the step that makes floats")
    _once(step, reading, "mean", _numbers(step.mean))
    _once(step, reading, "std", _numbers(step.std))


def _numbers(values: Any) -> list[float] | float:
    """The numbers of a sequence, a tensor or one number."""
    try:
        return [float(value) for value in values]
    except TypeError:
        return float(values)


def _grey(step: Any, reading: _Reading) -> None:
    if step.num_output_channels != 1:
        raise _cannot(step, "makes three equal channels")
    if "resize" in reading.keys or reading.is_float:
        raise _cannot(step, "follows the resize, but Oddity converts to grey before resizing")
    _once(step, reading, "channels", "L")


def _preset(step: Any, reading: _Reading) -> None:
    """torchvision's ImageClassification, the result of `weights.transforms()`."""
    sides = _sides(step.resize_size)
    _once(step, reading, "resize", sides[0] if len(sides) == 1 else sides)
    _once(step, reading, "interpolation", _interpolation(step, step.interpolation))
    _once(step, reading, "crop", _square(step.crop_size))
    _scaled(step, reading)
    _normalize(step, reading)


_READERS: dict[str, Callable[[Any, _Reading], None]] = {
    "Resize": _resize,
    "CenterCrop": _center_crop,
    "CenterCropOrPad": _crop_or_pad,
    "ResizeKeepRatio": _keep_ratio,
    "ToTensor": _to_tensor,
    "MaybeToTensor": _scaled,
    "PILToTensor": _unscaled,
    "MaybePILToTensor": _unscaled,
    "ToImage": _unscaled,
    "ToImageTensor": _unscaled,
    "ToDtype": _converted,
    "ConvertImageDtype": _converted,
    "ConvertDtype": _converted,
    "Normalize": _normalize,
    "Grayscale": _grey,
    "ImageClassification": _preset,
}
