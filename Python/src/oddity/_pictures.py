"""Pictures of a data set before any transform, for the adapters of other packages."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import UsageError

# The extensions to search for in folders. The library recognises images by their content.
_ENDINGS = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".gif", ".bmp", ".ppm", ".pgm", ".pbm", ".pnm"}
)


@dataclass(frozen=True)
class Pictures:
    """Pictures by number.

    `names` are the names in messages, `read(i)` returns picture i as a PIL image, and `source` is the
    argument of `oddity.fit` for all of them. `paths` are their files, if each picture is a file that was read
    as torchvision reads it. `transform` is the transform of the data set itself, or None.
    """

    names: Sequence[str]
    read: Callable[[int], Any]
    source: Any
    paths: Sequence[str] | None = None
    transform: Callable[[Any], Any] | None = None
    classes: Sequence[str] | None = None

    def __len__(self) -> int:
        return len(self.names)

    def sample(self, count: int) -> list[int]:
        """Up to `count` numbers of pictures, spread evenly."""
        count = min(count, len(self))
        return [i * len(self) // count for i in range(count)]

    def original(self, number: int) -> Any:
        """Picture `number` in a form for `oddity.fit`: a path, a uint8 array or a PIL image."""
        return self.source[number] if self.paths is None else self.paths[number]


def pictures(dataset: Any, *, upright: bool = False) -> Pictures:
    """Pictures from a path, a list of paths, uint8 arrays [n, h, w] or [n, h, w, c], PIL images, or a data
    set.

    A data set has a length and returns by number a PIL image, or a tuple or a dictionary that contains one.
    For torchvision's ImageFolder, its files are used, also within Subset and ConcatDataset.

    If `upright` is true, pictures of a data set are rotated as their EXIF data says. For files, the
    preprocessing determines this.

    Raises:
        UsageError: if the argument is none of these, or contains no picture.
    """
    found = _pictures(dataset, upright)
    if not len(found):
        raise UsageError("the data set holds no pictures; pass at least twenty")
    return found


def _pictures(dataset: Any, upright: bool) -> Pictures:
    if isinstance(dataset, (str, os.PathLike)):
        return _files(_files_below(Path(dataset)), source=os.fspath(dataset))
    if _is_list_of(dataset, (str, os.PathLike)):
        files = [file for path in dataset for file in _files_below(Path(path))]
        return _files(files, source=[os.fspath(path) for path in dataset])
    if _is_pixels(dataset):
        return _rows(dataset)
    if not hasattr(dataset, "__getitem__") or not hasattr(dataset, "__len__"):
        raise UsageError(
            f"{type(dataset).__name__} cannot be indexed for pictures; pass a folder, image files, a uint8 "
            "array, or a data set with a length (for a DataLoader, pass its .dataset)"
        )
    return _items(dataset, upright)


def _is_list_of(value: Any, kinds: tuple[type, ...]) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(each, kinds) for each in value)


def _is_pixels(value: Any) -> bool:
    return str(getattr(value, "dtype", "")) == "uint8" and getattr(value, "ndim", 0) in (3, 4)


def _files_below(path: Path) -> list[str]:
    """The image files of a folder and its subfolders, or the path itself."""
    if path.is_dir():
        return sorted(str(file) for file in path.rglob("*") if file.suffix.lower() in _ENDINGS)
    if path.suffix.lower() not in _ENDINGS:
        raise UsageError(
            f"'{path}' is neither a folder nor an image; a transform needs pictures that PIL can open"
        )
    return [str(path)]


def _files(paths: Sequence[str], source: Any, **others: Any) -> Pictures:
    return Pictures(paths, lambda number: opened(paths[number]), source, paths, **others)


def opened(path: str) -> Any:
    """An image file with three channels, as torchvision's `pil_loader` opens it."""
    from PIL import Image

    with open(path, "rb") as file:
        return Image.open(file).convert("RGB")


def _rows(pixels: Any) -> Pictures:
    import numpy
    from PIL import Image

    rows = numpy.asarray(pixels)
    # As for a score, three or four values at the end are the colours of one picture.
    rows = rows[None] if rows.ndim == 3 and rows.shape[2] in (3, 4) else rows
    rows = rows[..., 0] if rows.ndim == 4 and rows.shape[3] == 1 else rows
    names = [f"array#{number}" for number in range(len(rows))]
    return Pictures(names, lambda number: Image.fromarray(rows[number]), rows)


def _items(dataset: Any, upright: bool) -> Pictures:
    """Pictures of a data set of PyTorch or Hugging Face."""
    bare, transform = _without_transform(dataset)
    paths, classes = _paths(dataset), _classes(dataset)
    if paths is not None:
        return _files(paths, source=paths, transform=transform, classes=classes)
    names = [f"picture {number}" for number in range(len(bare))]
    lazy = _Lazy(bare, upright)
    return Pictures(names, lambda number: _picture(bare[number]), lazy, transform=transform, classes=classes)


class _Lazy(Sequence[Any]):
    """Pictures that are read one after another, so that they need not be in memory at the same time."""

    def __init__(self, dataset: Any, upright: bool) -> None:
        self._dataset = dataset
        self._upright = upright

    def __len__(self) -> int:
        return len(self._dataset)

    def __getitem__(self, number: Any) -> Any:
        return _turned(_picture(self._dataset[number]), self._upright)

    def __iter__(self) -> Iterator[Any]:
        return (self[number] for number in range(len(self)))


def _turned(picture: Any, upright: bool) -> Any:
    """The picture, rotated as its EXIF data says, or with its samples unchanged."""
    import numpy
    from PIL import ImageOps

    if upright:
        return ImageOps.exif_transpose(picture)
    if picture.mode in ("L", "RGB", "RGBA"):
        return numpy.asarray(picture)
    # Remove the orientation, so that nothing rotates the picture later.
    bare = picture.copy()
    for key in ("exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif"):
        bare.info.pop(key, None)
    return bare


def _picture(item: Any) -> Any:
    from PIL import Image

    parts = list(item.values()) if isinstance(item, Mapping) else item
    for part in parts if isinstance(parts, (list, tuple)) else [parts]:
        if isinstance(part, Image.Image):
            return part
    raise UsageError(
        "the data set gives no PIL images; pass one that does, with its transform in `transform`, or pass "
        "as_arrays=True to give Oddity the tensors themselves"
    )


def _without_transform(dataset: Any) -> tuple[Any, Callable[[Any], Any] | None]:
    """A shallow copy that returns pictures without its transform, and that transform."""
    bare = copy.copy(dataset)
    if hasattr(bare, "indices") and hasattr(bare, "dataset"):
        bare.dataset, transform = _without_transform(bare.dataset)
        return bare, transform
    if isinstance(getattr(bare, "datasets", None), list):
        parts = [_without_transform(part) for part in bare.datasets]
        bare.datasets = [part for part, _ in parts]
        return bare, _shared([transform for _, transform in parts])
    transform = getattr(bare, "transform", None)
    for name in ("transform", "transforms"):
        if getattr(bare, name, None) is not None and name in vars(bare):
            setattr(bare, name, None)
    return bare, transform if callable(transform) else None


def _shared(transforms: list[Callable[[Any], Any] | None]) -> Callable[[Any], Any] | None:
    if len({repr(transform) for transform in transforms}) > 1:
        raise UsageError("the joined data sets have different transforms; pass the one to use as `transform`")
    return transforms[0] if transforms else None


def _classes(dataset: Any) -> Sequence[str] | None:
    parts = getattr(dataset, "datasets", None)
    inner = parts[0] if isinstance(parts, list) and parts else getattr(dataset, "dataset", None)
    names = getattr(dataset, "classes", None)
    if names is None and inner is not None:
        return _classes(inner)
    return list(names or []) if _is_list_of(names, (str,)) else None


def _paths(dataset: Any) -> list[str] | None:
    """The files of an ImageFolder that opens them with PIL, or of a part of one; otherwise None."""
    if hasattr(dataset, "indices") and hasattr(dataset, "dataset"):
        inner = _paths(dataset.dataset)
        return None if inner is None else [inner[number] for number in dataset.indices]
    if isinstance(getattr(dataset, "datasets", None), list):
        parts = [_paths(part) for part in dataset.datasets]
        return None if None in parts else [path for part in parts for path in part or []]
    samples = getattr(dataset, "samples", None)
    loader = getattr(dataset, "loader", None)
    if not isinstance(samples, list) or getattr(loader, "__name__", "") not in (
        "default_loader",
        "pil_loader",
    ):
        return None
    return [str(path) for path, _ in samples]
