"""Fits classifiers of Hugging Face: an exported folder, a model of transformers, or a pipeline.

    import oddity.huggingface
    fit = oddity.huggingface.fit("exported/", "photos/", calibration="held-out/")
    fit.guarded.save("guarded.onnx")

`oddity.fit("exported/", id="photos/")` does the same.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from . import _fit
from ._agreement import TOLERANCE, array, measured
from ._fit import Fit
from ._inputs import is_tensors
from ._library import levels_outside
from ._pictures import Pictures, pictures
from .errors import InputError, OddityWarning, UsageError

__all__ = ["Description", "describe", "fit", "of_processor"]

_MODELS = ("model.onnx", "onnx/model.onnx")
_PREPROCESSING = ("preprocessor_config.json", "processor_config.json")


class Description(NamedTuple):
    """The arguments of `oddity.fit` from a folder: paths, and the names of the classes if `config.json` has
    them."""

    model: str
    preprocess: str | None
    labels: list[str] | None


def describe(folder: str | os.PathLike[str]) -> Description:
    """Finds the model, the preprocessing and the labels in a folder, in the layout of optimum and the hub.

    Raises:
        UsageError: if neither the folder nor its subfolder `onnx` contains model.onnx.
    """
    root = Path(folder)
    configuration = _json(root / "config.json")
    return Description(str(_model(root)), _preprocessing(root, configuration), labels(configuration))


def _model(root: Path) -> Path:
    for name in _MODELS:
        if (root / name).is_file():
            return root / name
    others = sorted(str(path.relative_to(root)) for path in root.rglob("*.onnx"))
    if others:
        raise UsageError(f"'{root}' has no model.onnx but {', '.join(others)}; pass the one that you mean")
    raise UsageError(
        f"'{root}' has no model.onnx; export it with `optimum-cli export onnx --model {root} FOLDER`, or "
        f"pass transformers.pipeline('image-classification', '{root}') to oddity.huggingface.fit"
    )


def _preprocessing(root: Path, configuration: Mapping[str, Any]) -> str | None:
    for name in _PREPROCESSING:
        if (root / name).is_file():
            return str(root / name)
    return str(root / "config.json") if "pretrained_cfg" in configuration else None


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"'{path}' is no JSON: {error}; download the file again") from error
    return content if isinstance(content, dict) else {}


def labels(configuration: Mapping[str, Any]) -> list[str] | None:
    """The names of the classes, in order, from a `config.json`; None if all are of the form LABEL_0."""
    named = configuration.get("id2label") or dict(enumerate(configuration.get("label_names") or []))
    if not isinstance(named, Mapping) or not named:
        return None
    by_index = {int(index): str(name) for index, name in named.items()}
    if sorted(by_index) != list(range(len(by_index))):
        return None
    names = [by_index[index] for index in range(len(by_index))]
    return None if names == [f"LABEL_{index}" for index in range(len(names))] else names


def of_processor(processor: Any) -> dict[str, Any]:
    """Converts an image processor of transformers into the preprocessing for `oddity.fit`.

    Raises:
        UsageError: if it is not an image processor.
    """
    if not hasattr(processor, "to_json_string"):
        raise UsageError(
            f"{type(processor).__name__} is not an image processor; pass one made by AutoImageProcessor"
        )
    keys: dict[str, Any] = json.loads(processor.to_json_string())
    keys["image_processor_type"] = type(processor).__name__.removesuffix("Pil")
    return keys


# -- Fit
# ----------------------------------------------------------------------------------------------------------


def fit(
    model: Any,
    dataset: Any,
    *,
    calibration: Any = None,
    processor: Any = None,
    preprocess: Any = None,
    exporter: str = "auto",
    verify: bool | None = None,
    tolerance: float = TOLERANCE,
    **options: Any,
) -> Fit:
    """Fits a classifier of Hugging Face.

    Args:
        model: a folder with model.onnx or onnx/model.onnx, a pipeline("image-classification"), or a model of
            transformers. The latter two are exported (`oddity.torch.export`).
        dataset: images of the kind it was trained on: a folder, image files, a uint8 array [n, h, w] or [n,
            h, w, c], or a data set of PIL images, such as one of `datasets`.
        calibration: such images that the model was not trained on.
        processor: the image processor. None means that of the folder or the pipeline.
        preprocess: replaces what the processor's file says (docs/commands.md#preprocessing).
        exporter: "dynamo", "torchscript" or "auto".
        verify: whether Oddity's tensors are compared with the processor's, for 32 images of each set. None
            means that they are compared if transformers is installed and the images are not an archive, a
            .npy file or tensors.
        tolerance: how much tensors may differ, as a share of their largest value (at least 1).
        options: those of `oddity.fit`, such as `score` and `alpha`.

    Raises:
        UsageError: if the folder has no model, the processor is missing, or `verify` is true and pictures are
            not available.
        InputError: if Oddity's tensors differ from the processor's.
    """
    network: str | bytes
    steps: Any = None
    images, others = _sources(dataset, calibration, verify)
    if isinstance(model, (str, os.PathLike)):
        described = describe(_folder(model))
        network, steps, names = described.model, described.preprocess, described.labels
        if processor is None and preprocess is None and steps is not None and verify is not False:
            processor = _loaded(model)
    else:
        network, processor, names = _of_transformers(model, processor, images, exporter)
    if steps is None and processor is not None:
        steps = of_processor(processor)
    steps = steps if preprocess is None else preprocess
    if processor is not None:
        for given in [images, others]:
            _verify(given, processor, steps, tolerance)
    options["labels"] = names if options.get("labels") is None else options["labels"]
    return _fit.fit(network, id=_source(images), calibration=_source(others), preprocess=steps, **options)


def _folder(path: str | os.PathLike[str]) -> Path:
    if not Path(path).is_dir():
        raise UsageError(
            f"'{path}' is not a folder; pass an exported folder, or "
            f"transformers.pipeline('image-classification', '{path}')"
        )
    return Path(path)


def _sources(dataset: Any, calibration: Any, verify: bool | None) -> tuple[Any, Any]:
    """Pictures that can be compared, or images that `oddity.fit` reads itself."""
    if verify is False or (verify is None and not (_is_open(dataset) and _is_open(calibration))):
        return dataset, calibration
    return pictures(dataset, upright=True), None if calibration is None else pictures(
        calibration, upright=True
    )


def _is_open(dataset: Any) -> bool:
    """Whether pictures are available. They are not for archives, arrays in files and tensors."""
    if isinstance(dataset, (str, os.PathLike)):
        return Path(dataset).is_dir()
    return not is_tensors(dataset)


def _source(given: Any) -> Any:
    return given.source if isinstance(given, Pictures) else given


def _loaded(folder: str | os.PathLike[str]) -> Any:
    """The folder's image processor; None if transformers is not installed."""
    if importlib.util.find_spec("transformers") is None:
        return None
    return importlib.import_module("transformers").AutoImageProcessor.from_pretrained(os.fspath(folder))


def _of_transformers(
    model: Any, processor: Any, images: Any, exporter: str
) -> tuple[bytes, Any, list[str] | None]:
    """The exported network, the processor and the labels of a pipeline or a model."""
    module = getattr(model, "model", model) if hasattr(model, "image_processor") else model
    processor = processor or getattr(model, "image_processor", None)
    if not hasattr(module, "config"):
        raise UsageError(
            f"{type(model).__name__} is not a model of transformers; oddity.torch.fit takes other networks"
        )
    if processor is None:
        raise UsageError(
            "the image processor is missing; pass processor=AutoImageProcessor.from_pretrained(…)"
        )
    export = importlib.import_module("oddity.torch").export
    picture = (images if isinstance(images, Pictures) else pictures(images, upright=True)).read(0)
    shape = array(_transform(processor)(picture)).shape
    return export(module, shape, exporter=exporter), processor, labels({"id2label": module.config.id2label})


def _verify(images: Any, processor: Any, steps: Any, tolerance: float) -> None:
    """Compares the preprocessing with the processor.

    If the processor resamples with torchvision, its Pillow variant must agree. The difference between the two
    becomes a warning.
    """
    if not isinstance(images, Pictures):
        return
    difference = measured(images, _transform(processor), steps, tolerance=tolerance)
    if difference is None:
        return
    twin = _on_pillow(processor)
    if twin is None or measured(images, _transform(twin), steps, tolerance=tolerance) is not None:
        raise InputError(difference.text)
    warnings.warn(
        f"{type(processor).__name__} resamples with torchvision, Oddity as Pillow does and as "
        f"{type(twin).__name__}: {100 * difference.share:.3g} % of the values differ, by "
        f"{difference.largest:.3g} at most",
        OddityWarning,
        stacklevel=levels_outside(),
    )


def _transform(processor: Any) -> Callable[[Any], Any]:
    """What a pipeline does with a PIL image: it rotates it upright, converts it to three channels, and runs
    the processor."""
    from PIL import ImageOps

    def transformed(picture: Any) -> Any:
        upright = ImageOps.exif_transpose(picture)
        return array(processor(images=upright.convert("RGB"), return_tensors="np")["pixel_values"][0])

    return transformed


def _on_pillow(processor: Any) -> Any:
    """The same processor in its Pillow class; None if there is none, or if it already is that class."""
    name = type(processor).__name__
    twin = name.removesuffix("Fast") if name.endswith("Fast") else f"{name}Pil"
    kind = getattr(importlib.import_module("transformers"), twin, None)
    if kind is None or name.endswith("Pil"):
        return None
    keys = processor.to_dict()
    keys.pop("image_processor_type", None)
    return kind(**keys)
