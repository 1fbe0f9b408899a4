"""Fits a PyTorch network on a PyTorch data set, with the transform that you use for evaluation.

import oddity.torch
fit = oddity.torch.fit(network, train_set, calibration=held_out, transform=weights.transforms())
fit.guarded.save("guarded.onnx")
"""

from __future__ import annotations

import contextlib
import inspect
import io
import logging
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, overload

import torch

from . import _fit
from ._agreement import TOLERANCE
from ._fit import Fit
from ._inputs import inputs
from ._transforms import preprocess
from .errors import UsageError

__all__ = ["Logits", "export", "fit", "preprocess"]

Exporter = Literal["auto", "dynamo", "torchscript"]


def fit(
    module: Any,
    dataset: Any,
    *,
    calibration: Any = None,
    transform: Any = None,
    exporter: Exporter = "auto",
    input_shape: Sequence[int] | None = None,
    preprocess: Any = None,
    as_arrays: bool = False,
    tolerance: float = TOLERANCE,
    **options: Any,
) -> Fit:
    """Exports a network and fits it.

    Args:
        module: a classifier. Its output is logits [n, classes], or has `.logits`. Its mode, training or
            evaluation, is restored afterwards.
        dataset: images of the kind it was trained on: a data set of (PIL image, label), such as ImageFolder,
            a folder, image files, a uint8 array [n, h, w] or [n, h, w, c], or float tensors [n, c, h, w]. The
            data set's own transform is read and not applied. It replaces `transform` if that is None.
        calibration: such images that the network was not trained on.
        transform: the transform of evaluation, of torchvision or timm, which makes a tensor [c, h, w] from a
            PIL image, or the result of `timm.data.resolve_data_config`. Oddity's tensors are compared with
            the transform's for 32 images of each set.
        exporter: "dynamo", "torchscript", or "auto": the first of the two that can export the network.
        input_shape: [c, h, w] of one image. None means the shape that the transform makes.
        preprocess: replaces what is read from the transform (docs/commands.md#preprocessing).
        as_arrays: passes the tensors that the transform makes to Oddity, for transforms that it cannot
            express. Images in files can then not be scored.
        tolerance: how much tensors may differ, as a share of their largest value (at least 1).
        options: those of `oddity.fit`, such as `score`, `alpha` and `labels`. By default, labels are the data
            set's `classes` if their number is the number of logits.

    Raises:
        UsageError: if a step of the transform is random or cannot be expressed, or the network cannot be
            exported.
        InputError: if Oddity's tensors differ from the transform's, or the network cannot be guarded.
    """
    given = inputs(
        dataset,
        calibration,
        transform=transform,
        preprocess=preprocess,
        as_arrays=as_arrays,
        tolerance=tolerance,
    )
    shape = input_shape if input_shape is not None else given.shape
    if shape is None:
        raise UsageError(
            "the image size of the network is unknown; pass input_shape=(channels, height, width) to "
            "oddity.torch.fit"
        )
    model = export(module, shape, exporter=exporter)
    if options.get("labels") is None and given.classes is not None:
        options["labels"] = _labels(module, shape, given.classes)
    return _fit.fit(model, id=given.id, calibration=given.calibration, preprocess=given.preprocess, **options)


def _labels(module: Any, shape: Sequence[int], classes: Sequence[str]) -> Sequence[str] | None:
    with _evaluating(module), torch.no_grad():
        logits = _logits(module(_example(module, shape)))
    count = logits.shape[-1] if isinstance(logits, torch.Tensor) else None
    return list(classes) if count == len(classes) else None


# -- Export
# -------------------------------------------------------------------------------------------------------


class Logits(torch.nn.Module):  # type: ignore[misc]
    """Wraps a network whose output has `.logits`, such as those of transformers, so that it returns a
    tensor."""

    def __init__(self, module: Any) -> None:
        super().__init__()
        self.module = module

    def forward(self, image: Any) -> Any:
        """`image` is [n, c, h, w], the result [n, classes]."""
        return _logits(self.module(image))


@overload
def export(
    module: Any, input_shape: Sequence[int], path: None = None, *, exporter: Exporter = "auto"
) -> bytes: ...


@overload
def export(
    module: Any, input_shape: Sequence[int], path: str | os.PathLike[str], *, exporter: Exporter = "auto"
) -> Path: ...


def export(
    module: Any,
    input_shape: Sequence[int],
    path: str | os.PathLike[str] | None = None,
    *,
    exporter: Exporter = "auto",
) -> bytes | Path:
    """Exports a network to ONNX, in evaluation mode and for any number of images.

    The input is named `image`. If there is one output tensor, it is named `logits`. Source file names that an
    exporter records are left out. The network's mode is restored afterwards.

    Args:
        input_shape: [c, h, w] of one image.
        path: where to write the file.
        exporter: "dynamo", "torchscript", or "auto": the first of the two that can export the network.

    Returns:
        The bytes of the file, or `path` if one was given.

    Raises:
        UsageError: if the network does not accept such images, or no exporter can export it.
    """
    example = _example(module, input_shape)
    with _evaluating(module), torch.no_grad():
        output = _tried(module, example)
        network = module if _logits(output) is output else Logits(module).eval()
        names = ["logits"] if isinstance(_logits(output), torch.Tensor) else None
        content = _exported(network, example, names, _exporters(exporter))
    if path is None:
        return content
    Path(path).write_bytes(content)
    return Path(path)


def _logits(output: Any) -> Any:
    if isinstance(output, torch.Tensor):
        return output
    if isinstance(output, Mapping) and "logits" in output:
        return output["logits"]
    return getattr(output, "logits", output)


def _example(module: Any, input_shape: Sequence[int]) -> Any:
    """Two images, because exporters treat a batch of one as a fixed batch size."""
    shape = [int(side) for side in input_shape]
    if len(shape) != 3:
        raise UsageError(
            f"input_shape is {tuple(shape)}; give [channels, height, width] of one image, without the batch"
        )
    tensors = [*module.parameters(), *module.buffers()]
    floats = [tensor for tensor in tensors if tensor.is_floating_point()]
    like = {"device": floats[0].device, "dtype": floats[0].dtype} if floats else {}
    # A separate generator, so that the user's random numbers do not change.
    return torch.rand(2, *shape, generator=torch.Generator().manual_seed(0)).to(**like)


@contextlib.contextmanager
def _evaluating(module: Any) -> Iterator[None]:
    """Sets evaluation mode temporarily. Afterwards every submodule has its previous mode."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


def _tried(module: Any, example: Any) -> Any:
    try:
        return module(example)
    except Exception as error:
        raise UsageError(
            f"the network takes no images of {list(example.shape[1:])}: {_line(error)}; pass input_shape, or "
            "another transform"
        ) from error


Export = Callable[[Any, Any, Any, Path], None]


def _exporters(name: str) -> dict[str, Export]:
    known: dict[str, Export] = {"dynamo": _dynamo, "torchscript": _torchscript}
    if name == "auto":
        return known
    if name not in known:
        raise UsageError(f'exporter is "{name}"; it is "auto", "dynamo" or "torchscript"')
    return {name: known[name]}


def _exported(network: Any, example: Any, names: list[str] | None, exporters: dict[str, Export]) -> bytes:
    failures: dict[str, Exception] = {}
    for name, exporter in exporters.items():
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model.onnx"
            try:
                with _silence():
                    exporter(network, example, names, file)
                return file.read_bytes()
            except Exception as error:
                failures[name] = error
    reasons = "; ".join(f"{name}: {_line(error)}" for name, error in failures.items())
    raise UsageError(
        f"the network cannot be exported ({reasons}); export it yourself and pass the file to oddity.fit"
    ) from list(failures.values())[-1]


def _line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Suppresses the progress output of exporters. Failures are raised."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    output = io.StringIO()
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(output),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _dynamo(network: Any, example: Any, names: list[str] | None, path: Path) -> None:
    batch = torch.export.Dim("batch")
    program = torch.onnx.export(
        network,
        (example,),
        dynamo=True,
        dynamic_shapes=({0: batch},),
        input_names=["image"],
        output_names=names,
        verbose=False,
    )
    _forget_sources(program.model)
    program.save(str(path), external_data=False)


def _forget_sources(model: Any) -> None:
    """Removes the names of source files from an onnx_ir model."""
    for graph in [model.graph, *model.functions.values()]:
        for node in graph.all_nodes():
            node.metadata_props.clear()
            node.doc_string = None


def _torchscript(network: Any, example: Any, names: list[str] | None, path: Path) -> None:
    options: dict[str, Any] = {"input_names": ["image"], "output_names": names, "verbose": False}
    options["dynamic_axes"] = {name: {0: "batch"} for name in ["image", *(names or [])]}
    if "dynamo" in inspect.signature(torch.onnx.export).parameters:
        options["dynamo"] = False
    torch.onnx.export(network, (example,), str(path), **options)
