"""Writes Tests/Fixtures/architectures: the networks of architectures.py with seeded random weights, from both
of PyTorch's exporters, and expected.json, which contains PyTorch's own float64 results for their blocks.
Writes docs/architectures.md from the same data.

usage: export_architectures.py [--output FOLDER] [--page FILE]

A block's FeatureNorm comes from a forward hook on the module. Its ONNX tensor is the first one in which ONNX
Runtime finds the module's values, in any order, because timm's Swin keeps a module's map as tokens, and
ShuffleNet's shuffle follows the last node with weights. With the same versions, the bytes are the same.
"""

import argparse
import contextlib
import io
import json
import logging
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch

from architectures import ARCHITECTURES, Architecture, named
from export_fixtures import DEFAULT_OPSET, images, locate, randomise_layers, run_every_tensor
from onnx_export import export

ROOT = Path(__file__).parents[1]
IMAGE_SEED, WEIGHT_SEED = 20231205, 20231206
EXPORTERS = {"ts": False, "dyn": True}
TOLERANCE = 1e-5


@torch.no_grad()
def randomise(network: torch.nn.Module, example: torch.Tensor) -> torch.nn.Module:
    """Random weights. Batch norms have the images' statistics, so that the values of maps stay near one in
    deep networks."""
    torch.manual_seed(WEIGHT_SEED)
    randomise_layers(network)
    layers = (torch.nn.Conv2d, torch.nn.Linear, torch.nn.BatchNorm2d, torch.nn.LayerNorm)
    for module in network.modules():
        if not isinstance(module, layers):
            for parameter in module.parameters(recurse=False):
                parameter.normal_(0, 0.3)
    for module in network.eval().modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.train().momentum = 0.5
    network(example)
    return network.eval()


@torch.no_grad()
def observe(network, modules: dict, head, x) -> tuple[torch.Tensor, torch.Tensor, dict]:
    """The logits, the head's input, and the output of every named module, for a batch."""
    seen, features = {}, []
    hooks = [
        module.register_forward_hook(lambda m, _, output, n=name: seen.__setitem__(n, output.clone()))
        for name, module in modules.items()
    ]
    hooks.append(head.register_forward_hook(lambda m, inputs, _: features.append(inputs[0])))
    logits = network(x)
    for hook in hooks:
        hook.remove()
    return logits, features[0], seen


def channels_first(maps: torch.Tensor, axis: int) -> torch.Tensor:
    """Converts [N, C, positions…] or [N, positions…, C] to [N, C, positions…]."""
    return maps.movedim(axis, 1)


def feature_norm(maps: torch.Tensor) -> list[float]:
    """Mean over channels of the L2 norm over positions of ReLU(maps [N, C, positions…])."""
    return maps.relu().square().flatten(2).sum(2).sqrt().mean(1).tolist()


def holds(found: np.ndarray, wanted: np.ndarray) -> bool:
    """Whether each image's values are the same, in any order."""
    if found.dtype.kind != "f" or found.size != wanted.size or len(found) != len(wanted):
        return False
    difference = np.sort(found.reshape(len(found), -1)) - np.sort(wanted.reshape(len(wanted), -1))
    return np.abs(difference).max() < TOLERANCE * np.abs(wanted).max()


def first_holding(value: torch.Tensor, tensors: dict[str, np.ndarray]) -> str:
    """The first tensor that contains the output of a module."""
    for name, found in tensors.items():
        if found.ndim > 2 and holds(found, value.numpy()):
            return name
    raise ValueError("no tensor of the ONNX file holds the values of the module")


def position_sizes(value: torch.Tensor, tensor: np.ndarray) -> dict:
    """The block as `oddity blocks --json` names it. A map [N, H, W, C] that the file stores as [N, T, C] has
    tokens."""
    sizes = value.shape[2:]
    if tensor.ndim == 3:
        return {"tokens": int(np.prod(sizes))}
    return dict(zip(("height", "width"), sizes))


def describe_row(name: str, value: torch.Tensor, axis: int, tensors: dict[str, dict]) -> dict:
    maps = channels_first(value, axis)
    places = {exporter: first_holding(value, found) for exporter, found in tensors.items()}
    sizes = [position_sizes(maps, tensors[exporter][place]) for exporter, place in places.items()]
    norms = feature_norm(maps)
    if sizes[0] != sizes[-1] or min(norms) <= 0:
        raise ValueError(f"{name}: {sizes}, FeatureNorm {norms}")
    return {"module": name, "tensor": places, "channels": maps.shape[1], **sizes[0], "feature_norm": norms}


def write(architecture: Architecture, folder: Path) -> dict:
    """Exports one network twice. Returns the expected results of both files."""
    x = torch.from_numpy(images(2, 3, architecture.side, IMAGE_SEED))
    network = randomise(architecture.make(), x)
    tensors = {}
    for exporter, dynamo in EXPORTERS.items():
        path = folder / f"{architecture.name}.{exporter}.onnx"
        with contextlib.redirect_stdout(io.StringIO()):
            export(network, (x,), path, dynamo=dynamo, opset=DEFAULT_OPSET[dynamo])
        slim(path)
        tensors[exporter] = run_every_tensor(path, {"image": x.numpy()})
    blocks, stem = named(network, architecture.blocks), named(network, architecture.stem)
    head = network.get_submodule(architecture.head)
    logits, features, seen = observe(network.double(), blocks | stem, head, x.double())
    axis = architecture.channel_axis

    def rows(modules):
        return [describe_row(name, seen[name], axis, tensors) for name in modules]

    return {
        "source": architecture.source,
        "input": input_name(architecture.side),
        "channel_axis": axis,
        "stem": rows(stem),
        "blocks": rows(blocks),
        "head": {
            "module": architecture.head,
            "logits": {exporter: locate(logits, found, TOLERANCE) for exporter, found in tensors.items()},
            "classes": logits.shape[1],
            "features": features.shape[1],
            "linear": architecture.linear,
        },
    }


def slim(path: Path) -> None:
    """Removes unused data that takes a third of the file: the names of nodes and of constants, and the shapes
    of inner tensors."""
    model = onnx.load(path)
    constants = [node for node in model.graph.node if node.op_type == "Constant"]
    short = {node.output[0]: f"c{index}" for index, node in enumerate(constants)}
    for node in model.graph.node:
        node.ClearField("name")
        for names in (node.input, node.output):
            names[:] = [short.get(name, name) for name in names]
    model.graph.ClearField("value_info")
    onnx.save(model, path)


def input_name(side: int) -> str:
    return f"input_{side}.npy"


PAGE = """# Architectures

`oddity blocks` finds the blocks of these networks by itself, in the files of both of PyTorch's exporters. A test proves it
on small networks of the same definitions: it compares each block's tensor and FeatureNorm with PyTorch's forward hooks on
the named module. `Training/export_architectures.py` writes this section together with the fixtures of the test.

| network | definition | blocks | outputs of the modules | stem, never selected | maps |
|---|---|---|---|---|---|
{rows}

- A **block** ends at a feature map on which everything behind it depends ([the rule](blocks.md)), after weights that mix positions and
  channels. The **stem** of a network of residual blocks is listed without an index and is never selected.
- ResNet-18, ResNet-50, WRN-28-10, VGG-11, VGG-16 and MobileNetV3 are the paper's networks. Here their blocks have the
  paper's counts and indices. MobileNets, EfficientNets, ShuffleNet and VGGs have no stem: as in the paper, the layers in
  front of the first residual block count as blocks.
- Maps are [N, C, H, W], [N, H, W, C] or tokens [N, T, C]. The norm runs over all positions, including the class token.
  The units of ShuffleNet end in a shuffle of channels; their tensor is the one before the shuffle.
- SqueezeNet's logits are not linear in its features, because there is a ReLU between them.
- Networks whose branches run through whole stages (HRNet, two streams) have few blocks or none: `oddity
  blocks --all-tensors` lists every feature map, and `oddity fit --block TENSOR` takes any of them.
"""


def page(expected: dict) -> str:
    return PAGE.format(rows="\n".join(page_row(name, facts) for name, facts in expected.items()))


def other_sections(page: Path) -> str:
    """The page's other sections stay unchanged. `OperatorPageTests` writes one, and `Tests/wild/run` prints
    the other's table."""
    heading = "\n## Operator sets and operators\n"
    _, found, section = page.read_text().partition(heading) if page.exists() else ("", "", "")
    return found + section


def page_row(name: str, facts: dict) -> str:
    blocks, stem = facts["blocks"], ", ".join(f"`{row['module']}`" for row in facts["stem"])
    layout = {-1: "[N, T, C]" if "tokens" in blocks[0] else "[N, H, W, C]", 1: "[N, C, H, W]"}
    cells = [
        name, facts["source"], str(len(blocks)), f"`{blocks[0]['module']}` … `{blocks[-1]['module']}`",
        stem or "–", layout[facts["channel_axis"]],
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "Tests/Fixtures/architectures")
    parser.add_argument("--page", type=Path, default=ROOT / "docs/architectures.md")
    options = parser.parse_args()
    folder = options.output
    folder.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    for side in {architecture.side for architecture in ARCHITECTURES}:
        np.save(folder / input_name(side), images(2, 3, side, IMAGE_SEED))
    expected = {}
    for architecture in ARCHITECTURES:
        facts = expected[architecture.name] = write(architecture, folder)
        print(architecture.name, len(facts["stem"]), "+", len(facts["blocks"]), "blocks", flush=True)
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    options.page.write_text(page(expected) + other_sections(options.page))


if __name__ == "__main__":
    main()
