"""The computations of Oddity, in the form in which a careful user of PyTorch would write them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any

import torch
from torch import nn

from pictures import MEAN, STD

ALPHA = 0.2
_TILES = 3


def module_of(tensor: str) -> str:
    """The module that makes a tensor of the exported file: `layer1.0` for `/layer1/layer1.0/relu_2/…`."""
    found = re.match(r"/layer\d/(layer\d\.\d+)/", tensor)
    if found is None:
        raise ValueError(f"{tensor} is the output of no block of ResNet-50")
    return found[1]


class Norms:
    """Hooks that compute the FeatureNorm of blocks within a `with` block.

    Attributes:
        taken: the norms of each block [images], in the order of the passes.
    """

    def __init__(self, network: nn.Module, names: Iterable[str]) -> None:
        self._blocks = [network.get_submodule(name) for name in names]
        self.taken: list[list[torch.Tensor]] = [[] for _ in self._blocks]

    def __enter__(self) -> Norms:
        self._hooks = [
            block.register_forward_hook(lambda _, __, output, place=place: self._take(place, output))
            for place, block in enumerate(self._blocks)
        ]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for hook in self._hooks:
            hook.remove()

    def _take(self, place: int, output: torch.Tensor) -> None:
        self.taken[place].append(torch.linalg.vector_norm(output, dim=(2, 3)).mean(1))

    def all(self) -> torch.Tensor:
        """[blocks, images]"""
        return torch.stack([torch.cat(norms) for norms in self.taken])


def norms_in_float64(network: nn.Module, names: list[str], values: Any, device: str) -> Any:
    """float64 [blocks, images] from float32 values [images, 3, 224, 224]."""
    double = network.to(device).double()
    with torch.inference_mode(), Norms(double, names) as norms:
        double(torch.from_numpy(values).to(device).double())
    return norms.all().cpu().numpy()


def on_device(images: Any, device: str) -> torch.Tensor:
    """float32 [images, 3, 224, 224], normalised on the device, so that one byte per value is transferred instead of four."""
    pixels = torch.from_numpy(images).to(device).permute(0, 3, 1, 2)
    mean, std = (torch.tensor(each, device=device).view(1, 3, 1, 1) for each in (MEAN, STD))
    return (pixels.float() / 255 - mean) / std


def jigsaws(x: torch.Tensor) -> torch.Tensor:
    """3×3 tiles of each image in a random order. The margin that three does not divide stays."""
    count, channels, height, _ = x.shape
    side = height // _TILES
    size = side * _TILES
    tiles = x[..., :size, :size].reshape(count, channels, _TILES, side, _TILES, side)
    tiles = tiles.permute(0, 2, 4, 1, 3, 5).reshape(count, _TILES**2, channels, side, side)
    order = torch.rand(count, _TILES**2, device=x.device).argsort(1)
    tiles = tiles[torch.arange(count, device=x.device)[:, None], order]
    tiles = tiles.reshape(count, _TILES, _TILES, channels, side, side).permute(0, 3, 1, 4, 2, 5)
    result = x.clone()
    result[..., :size, :size] = tiles.reshape(count, channels, size, size)
    return result


def ready(network: nn.Module, images: Any, device: str) -> tuple[nn.Module, torch.memory_format]:
    """The network on the device, in the memory layout that is faster there, with the arithmetic of ONNX Runtime."""
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    network = network.to(device).eval()
    layouts = (torch.channels_last, torch.contiguous_format)
    x = on_device(images, device)
    best = min(layouts, key=lambda layout: seconds_of(network.to(memory_format=layout), x, layout))
    return network.to(memory_format=best), best


def seconds_of(network: nn.Module, x: torch.Tensor, layout: torch.memory_format) -> float:
    x = x.contiguous(memory_format=layout)
    with torch.inference_mode():
        network(x)
        wait(x)
        start = time.perf_counter()
        network(x)
        wait(x)
    return time.perf_counter() - start


def wait(x: torch.Tensor) -> None:
    if x.is_cuda:
        torch.cuda.synchronize(x.device)


def fit(
    network: nn.Module, names: list[str], images: Any, *, batch: int, device: str, layout: torch.memory_format
) -> dict[str, Any]:
    """Energy and FeatureNorm of images, FeatureNorm of their jigsaws, the block with the largest NormRatio, and a threshold."""
    of_images, of_jigsaws = Norms(network, names), Norms(network, names)
    energies: list[torch.Tensor] = []
    with torch.inference_mode():
        for start in range(0, len(images), batch):
            x = on_device(images[start : start + batch], device)
            with of_images:
                logits = network(x.contiguous(memory_format=layout))
            energies.append(logits.logsumexp(1))
            with of_jigsaws:
                network(jigsaws(x).contiguous(memory_format=layout))
        norms = of_images.all()
        ratios = (norms / of_jigsaws.all()).mean(1)
        block = int(ratios.argmax())
        scores = torch.cat(energies) * norms[block]
        # A fifth of the images is used for calibration, as in Oddity.
        threshold = float(scores[: len(scores) // 5].quantile(ALPHA))
    return {"block": block, "ratio": float(ratios[block]), "threshold": threshold}
