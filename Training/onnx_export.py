"""Exports a PyTorch classifier with either of PyTorch's two exporters."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper


def export(network, examples, path: Path, *, dynamo, opset=None, free_batch=True, **options) -> None:
    """Writes `path`. `examples` is a tuple of input batches. If `free_batch` is true, every input's batch
    dimension is dynamic. Inputs are named image (or image0, image1 …), and the output logits."""
    many = len(examples) > 1
    inputs = [f"image{i}" if many else "image" for i in range(len(examples))]
    options |= {"input_names": inputs, "output_names": ["logits"], "opset_version": opset}
    if dynamo:
        if free_batch:
            batch = torch.export.Dim("batch")
            options["dynamic_shapes"] = tuple({0: batch} for _ in examples)
        options.setdefault("external_data", False)
    elif free_batch:
        options["dynamic_axes"] = {name: {0: "batch"} for name in [*inputs, "logits"]}
    torch.onnx.export(network.eval(), examples, path, dynamo=dynamo, verbose=False, **options)
    strip(path)


def strip(path: Path) -> None:
    """Removes what the exporter records about this machine (file names in stack traces)."""
    model = onnx.load(path, load_external_data=False)
    graphs = [model.graph, *model.functions]
    parts = [model, *graphs, *(node for graph in graphs for node in graph.node)]
    parts += [*model.graph.value_info, *model.graph.input, *model.graph.output]
    for part in [*parts, *model.graph.initializer]:
        part.ClearField("doc_string")
        if hasattr(part, "metadata_props"):
            part.ClearField("metadata_props")
    onnx.save(model, path)


def round_weights(network: torch.nn.Module) -> None:
    """Rounds matrices and kernels to float16, so that the network gives the results of its float16 file."""
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() > 1:
                parameter.copy_(parameter.half().float())


def halve(path: Path) -> None:
    """Stores the matrices and kernels of a file as float16, each with a Cast back to float32, for half the
    size."""
    model = onnx.load(path)
    graph, casts = model.graph, []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.ndim > 1:
            name, half = tensor.name, f"{tensor.name}.half"
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), half))
            casts.append(helper.make_node("Cast", [half], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, path)
