"""Writes Tests/Fixtures: small networks with seeded random weights, from both of PyTorch's exporters, and
expected.json, which contains PyTorch's own float64 results.

usage: export_fixtures.py [--output FOLDER]

NAME.ts.onnx is from the classic exporter, NAME.dyn.onnx from the dynamo exporter. A block's FeatureNorm comes
from a forward hook on the module. The block's ONNX tensor is the one whose values in ONNX Runtime equal the
module's output. With the same versions, the bytes are the same.
"""

import argparse
import contextlib
import io
import json
import logging
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper

import fixture_networks as networks
from onnx_export import export

IMAGE_SEED, WEIGHT_SEED = 20230617, 20230618
DEFAULT_OPSET = {False: 17, True: 18}


def images(count: int, channels: int, side: int, seed: int) -> np.ndarray:
    """Images in the form of a network's normalised input: waves, a disc, an edge and noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side
    result = np.zeros((count, channels, side, side))
    for image in result:
        for plane in image:
            for frequency in (1, 2, 4):
                a, b, phase = random.normal(size=3) * frequency
                plane += np.sin(2 * np.pi * (a * x + b * y + phase)) / frequency
            plane += 0.15 * random.normal(size=plane.shape)
        center = random.uniform(0.25, 0.75, 2)
        disc = (x - center[0]) ** 2 + (y - center[1]) ** 2 < random.uniform(0.05, 0.15)
        image += random.normal(size=(channels, 1, 1)) * disc
        image += random.normal(size=(channels, 1, 1)) * (x > random.uniform(0.3, 0.7))
    result -= result.mean((2, 3), keepdims=True)
    result /= result.std((2, 3), keepdims=True)
    return result.astype(np.float32)


@torch.no_grad()
def randomise_layers(network: torch.nn.Module) -> None:
    """Random weights, and norms with random scales, shifts and statistics."""
    for module in network.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                module.bias.normal_(0, 0.2)
        if isinstance(module, (torch.nn.BatchNorm2d, torch.nn.LayerNorm)):
            module.weight.uniform_(0.5, 1.5)
            module.bias.normal_(0, 0.3)
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)


@torch.no_grad()
def randomise(network: torch.nn.Module, inputs: tuple, seed: int) -> torch.nn.Module:
    """Random weights from a seed, and a head whose logits have a standard deviation of 6."""
    torch.manual_seed(seed)
    randomise_layers(network)
    logits, _ = observe(network.eval(), inputs)
    network.head.weight *= float(6 / logits.std())
    return network


@torch.no_grad()
def observe(network, inputs) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """The logits (the output of the head's layer) and the output of every block, for a batch."""
    seen = {}
    modules = [*network.blocks, network.head]
    hooks = [
        module.register_forward_hook(lambda m, _, output: seen.__setitem__(m, output.clone()))
        for module in modules
    ]
    network(*inputs)
    for hook in hooks:
        hook.remove()
    return seen[network.head], [seen[module] for module in network.blocks]


def feature_norm(maps: torch.Tensor) -> list[float]:
    """Mean over channels of the L2 norm over positions of ReLU(maps [N, C, H, W])."""
    return maps.relu().square().sum((2, 3)).sqrt().mean(1).tolist()


def scores(logits: torch.Tensor) -> dict:
    """Log-odds of the predicted class, largest logit, log-sum-exp."""
    best, winner = logits.max(1)
    others = logits.scatter(1, winner[:, None], -torch.inf)
    msp = best - others.logsumexp(1)
    energy = logits.logsumexp(1)
    return {"msp": msp.tolist(), "maxlogit": best.tolist(), "energy": energy.tolist()}


def run_every_tensor(path: Path, feeds: dict) -> dict[str, np.ndarray]:
    """The values of every tensor that a node of the main graph writes, from ONNX Runtime."""
    model = onnx.load(path)
    names = [name for node in model.graph.node for name in node.output if name]
    known = {output.name for output in model.graph.output}
    model.graph.output.extend(helper.make_empty_tensor_value_info(n) for n in names if n not in known)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    return dict(zip(names, session.run(names, feeds)))


def locate(value: torch.Tensor, tensors: dict[str, np.ndarray], tolerance: float) -> str:
    """The last tensor that equals the output of a module."""
    wanted = value.numpy()
    scale = np.abs(wanted).max()
    equal = [
        name
        for name, found in tensors.items()
        if found.shape == wanted.shape and np.abs(found - wanted).max() < tolerance * scale
    ]
    if not equal:
        raise ValueError("no tensor of the ONNX file equals the module's output")
    return equal[-1]


def describe(network, path: Path, inputs: tuple, dtype, input_file: str) -> dict:
    """The entry of one file in expected.json. Inputs and weights are rounded to `dtype` first."""
    rounded = tuple(x.to(dtype) for x in inputs)
    logits, maps = observe(network.double(), tuple(x.double() for x in rounded))
    declared = onnx.load(path, load_external_data=False).graph.input
    batch = declared[0].type.tensor_type.shape.dim[0].dim_value or len(inputs[0])
    feeds = {}
    for value, x in zip(declared, rounded):
        padding = torch.zeros(batch - len(x), *x.shape[1:], dtype=x.dtype)
        feeds[value.name] = torch.cat([x, padding]).numpy()
    tensors = {k: v[: len(logits)] for k, v in run_every_tensor(path, feeds).items() if v.ndim}
    tolerance = 1e-2 if dtype == torch.float16 else 1e-5
    names = {module: name for name, module in network.named_modules()}
    blocks = [
        {
            "module": names[module],
            "tensor": locate(value, tensors, tolerance),
            "channels": value.shape[1],
            "height": value.shape[2],
            "width": value.shape[3],
            "feature_norm": feature_norm(value),
        }
        for module, value in zip(network.blocks, maps)
    ]
    return {
        "input": input_file,
        "stem_rows": network.stems,
        "blocks": blocks,
        "head": {
            "logits": locate(logits, tensors, tolerance),
            "classes": network.head.out_features,
            "features": network.head.in_features,
        },
        "logits": logits.tolist(),
        "scores": scores(logits),
    }


def variants() -> list[dict]:
    """Every file: its name, network, exporter, and special properties."""
    both = [
        ("residual", networks.Residual, {}),
        ("vgg", networks.Vgg, {}),
        ("preact", networks.PreActivation, {}),
        ("mbconv", networks.MobileBlocks, {}),
        ("dense", networks.Dense, {}),
        ("softmax", networks.WithSoftmax, {}),
        ("float16", networks.Residual, {"dtype": torch.float16}),
        ("fixed_batch", networks.Residual, {"free_batch": False}),
        ("nhwc", networks.ChannelsLast, {"layout": "NHWC"}),
        ("grey", partial(networks.Residual, channels=1), {"channels": 1}),
        ("no_blocks", networks.FlatPerceptron, {"refused": "no blocks"}),
        ("two_streams", partial(networks.TwoStreams, shared=False), {"refused": "no blocks"}),
        ("one_block", partial(networks.TwoStreams, shared=True), {}),
        ("two_inputs", networks.TwoInputs, {"inputs": 2, "refused": "several image inputs"}),
        ("no_head", networks.TwoHeads, {"refused": "no linear head"}),
    ]
    single = [
        ("external", networks.Residual, True, {"external_data": True}),
        ("opset7", networks.Residual, False, {"opset": 7}),
        ("opset9", networks.Residual, False, {"opset": 9}),
        ("opset10", networks.Residual, False, {"opset": 10}),
        ("opset11", networks.Residual, False, {"opset": 11}),
        ("opset21", networks.Residual, True, {"opset": 21}),
        ("unoptimised", networks.MobileBlocks, True, {"optimize": False}),
        ("unfolded", networks.Residual, False, {"training": torch.onnx.TrainingMode.PRESERVE}),
        ("hundred", partial(networks.Residual, channels=1, classes=100), False, {"channels": 1}),
        # With other seeds, the networks predict the same class for every image.
        ("binary", partial(networks.Residual, channels=1, classes=2), True, {"channels": 1, "seed": WEIGHT_SEED + 6}),
        ("functions", networks.Residual, False, {"edit": move_relu_to_function}),
        ("unsupported", networks.Residual, False, {"edit": invent_operator, "refused": "operator"}),
    ]
    files = [dict(name=n, make=m, dynamo=d, **o) for n, m, o in both for d in (False, True)]
    return files + [dict(name=n, make=m, dynamo=d, **o) for n, m, d, o in single]


def move_relu_to_function(model: onnx.ModelProto) -> None:
    """Replaces every Relu by a call of a local function `fixture.Rectify`."""
    body = [helper.make_node("Relu", ["x"], ["y"])]
    version = model.opset_import[0].version
    imports = [helper.make_opsetid("", version)]
    model.functions.append(helper.make_function("fixture", "Rectify", ["x"], ["y"], body, imports))
    model.opset_import.append(helper.make_opsetid("fixture", 1))
    for node in model.graph.node:
        if node.op_type == "Relu":
            node.op_type, node.domain = "Rectify", "fixture"


def invent_operator(model: onnx.ModelProto) -> None:
    """Replaces the first Relu by an operator that no engine has."""
    model.opset_import.append(helper.make_opsetid("fixture", 1))
    node = next(node for node in model.graph.node if node.op_type == "Relu")
    node.op_type, node.domain = "Squircle", "fixture"


def example_inputs(variant: dict) -> tuple[tuple, str]:
    grey = variant.get("channels") == 1
    x = images(3, 1, 28, IMAGE_SEED + 1) if grey else images(3, 3, 32, IMAGE_SEED)
    if variant.get("layout") == "NHWC":
        x = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    inputs = (torch.from_numpy(x),) + (torch.from_numpy(-x),) * (variant.get("inputs", 1) - 1)
    return inputs, "input_grey.npy" if grey else "input.npy"


def write(folder: Path, variant: dict) -> tuple[str, dict]:
    """Exports one network. Returns the file's name and its expected results."""
    dynamo, dtype = variant["dynamo"], variant.get("dtype", torch.float32)
    inputs, input_file = example_inputs(variant)
    network = randomise(variant["make"](), inputs, variant.get("seed", WEIGHT_SEED)).to(dtype)
    path = folder / f"{variant['name']}.{'dyn' if dynamo else 'ts'}.onnx"
    options = {k: variant[k] for k in ("training", "optimize", "external_data") if k in variant}
    batch = 2 if variant.get("free_batch", True) else 4
    examples = tuple(x[[0] * batch].to(dtype) for x in inputs)
    with contextlib.redirect_stdout(io.StringIO()):
        export(
            network, examples, path, dynamo=dynamo, free_batch=variant.get("free_batch", True),
            opset=variant.get("opset", DEFAULT_OPSET[dynamo]), **options,
        )  # fmt: skip
    if "edit" in variant:
        model = onnx.load(path)
        variant["edit"](model)
        onnx.save(model, path)
    if "refused" in variant:
        return path.name, {"input": input_file, "refused": variant["refused"]}
    facts = describe(network, path, inputs, dtype, input_file)
    facts["layout"] = variant.get("layout", "NCHW")
    return path.name, facts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path(__file__).parents[1] / "Tests/Fixtures")
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    np.save(folder / "input.npy", images(3, 3, 32, IMAGE_SEED))
    np.save(folder / "input_grey.npy", images(3, 1, 28, IMAGE_SEED + 1))
    expected = {}
    for variant in variants():
        name, facts = write(folder, variant)
        expected[name] = facts
        print(name, (folder / name).stat().st_size, len(facts.get("blocks", [])), "blocks", flush=True)
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
