"""Exports networks of torchvision and timm with random weights, with both of PyTorch's exporters."""

import sys
from pathlib import Path

import numpy as np
import torch

import images

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Training"))

import torchvision_models  # noqa: E402  (first, because it also lets timm import torchvision)


def network(library: str, name: str, size: int, **options) -> torch.nn.Module:
    """A network in inference mode whose BatchNormalization layers have the synthetic images' statistics.

    With the initial statistics (mean 0, variance 1), activations vanish or explode in deep networks. A
    network whose logits hardly differ between images is useless for tests.

    """
    torch.manual_seed(0)
    if library == "timm":
        import timm

        model = timm.create_model(name, pretrained=False, num_classes=10, **options)
    else:
        model = torchvision_models.models.get_model(name, weights=None, num_classes=10, **options)
    for parameter in model.parameters():
        # Heads that are initialised with zeros would give the same answer for every image.
        if parameter.ndim == 2 and not parameter.any():
            torch.nn.init.normal_(parameter, std=0.05)
    settle(model, size)
    return model.eval()


def settle(model: torch.nn.Module, size: int) -> None:
    layers = [m for m in model.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
    if not layers:
        return
    model.eval()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None
        layer.train()
    with torch.no_grad():
        model(torch.from_numpy(images.tensors(images.synthetic(16, size, size), {}, "NCHW")))


def export(model: torch.nn.Module, size: int, exporter: str, path: Path, fixed_batch: bool = False) -> None:
    """Writes one ONNX file; `exporter` is "ts" (TorchScript) or "dyn" (dynamo)."""
    example = torch.from_numpy(images.tensors(images.synthetic(2, size, size), {}, "NCHW"))
    options = {"input_names": ["image"], "output_names": ["logits"]}
    if exporter == "ts":
        axes = None if fixed_batch else {"image": {0: "n"}, "logits": {0: "n"}}
        torch.onnx.export(model, example, str(path), dynamo=False, opset_version=17, dynamic_axes=axes, **options)
    else:
        program = torch.onnx.export(
            model, (example,), dynamo=True, external_data=False,
            dynamic_shapes=None if fixed_batch else ({0: torch.export.Dim.DYNAMIC},), **options,
        )
        program.save(str(path))


def outputs(model: torch.nn.Module, batch: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return model(torch.from_numpy(batch)).numpy()
