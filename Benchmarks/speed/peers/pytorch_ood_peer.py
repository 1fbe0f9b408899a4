"""pytorch-ood on PyTorch: its detector Energy on a DataLoader with two workers.

usage: pytorch_ood_peer.py TASK.json
"""

import json
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from unittest.mock import MagicMock

import torch

from images import files_in
from results import Lines
from torch_networks import NETWORKS
from torch_peer import batches


class NoTorchvision(MetaPathFinder, Loader):
    """Replaces torchvision. pytorch-ood imports it for data sets and networks that are not used here, and it would install a
    PyTorch for GPUs."""

    def find_spec(self, name, path, target=None):
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] == "torchvision" else None

    def create_module(self, spec):
        return MagicMock(__path__=[], __spec__=spec)

    def exec_module(self, module):
        pass


sys.meta_path.insert(0, NoTorchvision())
from pytorch_ood.detector import EnergyBased  # noqa: E402


def score(task):
    network, _ = NETWORKS[task["network"]](task["model"])
    lines = Lines(task["calibration"])
    files = iter(files_in(task["images"]))
    for images in batches(task):
        logits = network(images)
        # pytorch-ood's scores are high for strange images.
        scores = -EnergyBased.score(logits)
        lines.write([next(files) for _ in images], scores.numpy(), logits.numpy())


if __name__ == "__main__":
    with open(sys.argv[1]) as file, torch.inference_mode():
        score(json.load(file))
