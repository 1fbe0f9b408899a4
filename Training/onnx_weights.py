"""Loads the weights of an exported ONNX file into the PyTorch network that it was exported from."""

import onnx
import torch
from onnx import numpy_helper
from torch import nn


def load(network: nn.Module, path) -> nn.Module:
    """Loads weights by name. If an exporter has folded a batch norm into its convolution, the file has a bias
    instead. The batch norm then only adds that bias, so the network computes the same with the same
    layers."""
    initializers = onnx.load(path).graph.initializer
    weights = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in initializers}
    state = network.state_dict()
    for name in state:
        if name in weights:
            state[name] = weights[name]
    network.load_state_dict(state)
    layers = dict(network.named_modules())
    for name, bias in weights.items():
        if name.endswith(".weight_bias"):
            norm = layers[following(name.removesuffix(".weight_bias"))]
            norm.bias.data = bias
            norm.running_var.fill_(1 - norm.eps)
    return network.eval()


def following(name: str) -> str:
    """The next layer in the sequence: 3.body.0 is followed by 3.body.1."""
    head, _, last = name.rpartition(".")
    return ".".join([*filter(None, [head]), str(int(last) + 1)])
