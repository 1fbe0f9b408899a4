"""The benchmark's networks in PyTorch, with the weights of their ONNX files, and hooks on their blocks."""

import contextlib
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[3] / "Training"))

import cifar_networks  # noqa: E402
import onnx_weights  # noqa: E402


def resnet18(path, **sizes):
    network = onnx_weights.load(cifar_networks.resnet18(**sizes), path)
    blocks = [layer for layer in network if type(layer).__name__ == "ResidualBlock"]
    return network, [output_of(block) for block in blocks]


def efficientnet_lite0(_):
    from export_efficientnet_lite0 import load  # needs two additional packages

    # It prints a line, but standard output must contain only results.
    with contextlib.redirect_stdout(sys.stderr):
        classifier = load()
    network = classifier.network
    taps = [input_of(network._blocks[0])] + [output_of(block) for block in network._blocks]
    # All maps share one activation module after their last batch norm, so ReLU and the limit are applied by FeatureNorm.
    return classifier, taps + [output_of(network._bn1, limit=6)]


NETWORKS = {
    "resnet18": lambda path: resnet18(path, width=32),
    "efficientnet-lite0": efficientnet_lite0,
    "demo-resnet18": lambda path: resnet18(path, width=16, channels=1),
}


def output_of(module, limit=None):
    """Registers a forward hook that passes the FeatureNorm of the module's output to `take`."""
    return lambda take: module.register_forward_hook(lambda _, __, y: take(feature_norm(y, limit)))


def input_of(module):
    return lambda take: module.register_forward_pre_hook(lambda _, x: take(feature_norm(x[0])))


def feature_norm(maps, limit=None):
    """ReLU, the L2 norm over space in each channel, the mean over channels: [N, C, H, W] to [N]."""
    return maps.clamp(min=0, max=limit).flatten(2).norm(dim=2).mean(1)


class Measured:
    """A network whose forward pass also gives the FeatureNorm of the requested blocks."""

    def __init__(self, name, path, blocks=None):
        self.network, taps = NETWORKS[name](path)
        self.norms = []
        for block in range(len(taps)) if blocks is None else blocks:
            taps[block](self.norms.append)

    def __call__(self, images):
        """logits [N, C], norms [N, blocks]"""
        self.norms.clear()
        logits = self.network(images)
        return logits, torch.stack(self.norms, 1)
