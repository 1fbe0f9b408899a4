"""The values of a CIFAR-10 network for images, from which scores are computed, in float32 with PyTorch's
hooks."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

import cifar_data
import cifar_networks
from cifar_data import Images

GRID = 3
RANK_ITERATIONS = 20
ODIN_TEMPERATURE, ODIN_STEP = 1000.0, 0.0014


@dataclass
class Observations:
    """The observations of N images."""

    norms: np.ndarray
    """[N, blocks]: FeatureNorm of every block."""
    features: np.ndarray
    """[N, D]: what goes into the linear layer."""
    logits: np.ndarray
    """[N, C]"""
    labels: np.ndarray
    """[N]"""
    nap: np.ndarray
    """[N]: NAP of the last block's map."""
    reduced: np.ndarray
    """[N, channels]: the last block's map without its largest singular component, averaged over space."""
    perturbed: np.ndarray
    """[N, C]: logits of the images that ODIN perturbed; empty where that was not asked for."""


def feature_norm(maps: torch.Tensor) -> torch.Tensor:
    """Mean over channels of the L2 norm over positions of ReLU(maps); [N, C, H, W] to [N]."""
    return maps.float().relu().flatten(2).norm(dim=2).mean(1)


def nap(maps: torch.Tensor) -> torch.Tensor:
    """mean_c (max F_c / (mean F_c + 1))²; [N, C, H, W] to [N]."""
    positive = maps.float().relu().flatten(2)
    return ((positive.amax(2) / (positive.mean(2) + 1)) ** 2).mean(1)


def rank_reduced(maps: torch.Tensor) -> torch.Tensor:
    """[N, C, H, W] to [N, C]: RankFeat's map, averaged over space (Song et al. 2022), by power iterations."""
    matrices = maps.float().flatten(2)
    generator = torch.Generator().manual_seed(0)
    u = torch.randn(matrices.shape[1], 1, generator=generator).to(maps.device).expand(len(matrices), -1, 1)
    for _ in range(RANK_ITERATIONS):
        v = nn.functional.normalize(matrices.mT @ u, dim=1)
        u = nn.functional.normalize(matrices @ v, dim=1)
    largest = u.mT @ matrices @ v
    return (matrices - largest * (u @ v.mT)).mean(2)


class Observer:
    """Hooks on a network's blocks and on its linear layer."""

    def __init__(self, network: nn.Module):
        self.network = network.eval()
        self.blocks = cifar_networks.blocks(network)
        self.norms: list[torch.Tensor] = []
        for block in self.blocks:
            block.register_forward_hook(lambda _, __, output: self.norms.append(feature_norm(output)))
        self.blocks[-1].register_forward_hook(self.keep_map)
        self.head = [module for module in network.modules() if isinstance(module, nn.Linear)][-1]
        self.head.register_forward_pre_hook(self.keep_features)

    def keep_map(self, _, __, output) -> None:
        self.map = output

    def keep_features(self, _, inputs) -> None:
        self.features = inputs[0]

    @torch.no_grad()
    def observe(self, images: Images, batch: int, jigsaws: bool = False, odin: bool = False) -> Observations:
        """Runs once through the images, or through their jigsaws."""
        rows = []
        draws = cifar_data.draw(len(images), augment=False).to(images.pixels.device)
        for index, part in enumerate(draws.split(batch)):
            x, labels = cifar_data.batch(images, part)
            if jigsaws:
                x = jigsaw(x, torch.Generator().manual_seed(index))
            self.norms.clear()
            logits = self.network(x)
            row = [torch.stack(self.norms, 1), self.features, logits, labels, nap(self.map), rank_reduced(self.map)]
            row.append(self.perturbed(x) if odin else logits[:0])
            rows.append([tensor.cpu().numpy() for tensor in row])
        return Observations(*(np.concatenate(column) for column in zip(*rows)))

    @torch.enable_grad()
    def perturbed(self, x: torch.Tensor) -> torch.Tensor:
        """ODIN's logits (Liang et al. 2018), for images that are moved towards their predicted class."""
        x = x.detach().requires_grad_()
        logits = self.network(x) / ODIN_TEMPERATURE
        loss = nn.functional.cross_entropy(logits, logits.argmax(1), reduction="sum")
        (gradient,) = torch.autograd.grad(loss, x)
        std = torch.tensor(cifar_data.STD, device=x.device)[:, None, None]
        with torch.no_grad():
            return self.network(x - ODIN_STEP * gradient.sign() / std)


def jigsaw(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Shuffles the 3x3 tiles of each image [N, C, H, W]. The remaining pixels at the right and at the bottom
    are zero."""
    side = x.shape[2] // GRID
    order = torch.rand(len(x), GRID * GRID, generator=generator).argsort(1).to(x.device)
    rows, columns = (order // GRID).view(-1, GRID, 1, GRID, 1), (order % GRID).view(-1, GRID, 1, GRID, 1)
    inside = torch.arange(side, device=x.device)
    down = (rows * side + inside.view(1, 1, side, 1, 1)).expand(-1, -1, -1, -1, side)
    across = (columns * side + inside.view(1, 1, 1, 1, side)).expand(-1, -1, side, -1, -1)
    down, across = (index.reshape(len(x), GRID * side, GRID * side) for index in (down, across))
    image = torch.arange(len(x), device=x.device)[:, None, None]
    result = torch.zeros_like(x)
    result[:, :, : GRID * side, : GRID * side] = x[image, :, down, across].permute(0, 3, 1, 2)
    return result
