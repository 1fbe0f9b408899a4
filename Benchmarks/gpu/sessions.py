"""Networks in ONNX Runtime, with inputs and outputs that stay on the GPU, and the graph with all norms."""

from __future__ import annotations

import collections
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

Run = Callable[[], None]


def kind_and_number(device: str) -> tuple[str, int]:
    """Splits a device name: `cuda:1` becomes ("cuda", 1)."""
    kind, _, number = device.partition(":")
    return kind, int(number or 0)


def session(
    path: Path, device: str, *, uses_tf32: bool = True, options: onnxruntime.SessionOptions | None = None
) -> Any:
    """Creates a session with the settings that Oddity gives ONNX Runtime."""
    kind, number = kind_and_number(device)
    providers: list[Any] = ["CPUExecutionProvider"]
    if kind == "cuda":
        settings = {
            "device_id": str(number),
            "arena_extend_strategy": "kSameAsRequested",
            "use_tf32": str(int(uses_tf32)),
        }
        providers.insert(0, ("CUDAExecutionProvider", settings))
    made = onnxruntime.InferenceSession(str(path), options, providers=providers)
    # If ONNX Runtime cannot load the libraries for the GPU, it continues with the processor.
    if kind == "cuda" and made.get_providers()[0] != "CUDAExecutionProvider":
        raise RuntimeError(f"ONNX Runtime {onnxruntime.__version__} does not compute on {device} here")
    return made


def bound(session: Any, values: Any, device: str) -> Run:
    """Runs a session on values that are on the device. The outputs stay there."""
    kind, number = kind_and_number(device)
    binding = session.io_binding()
    value = onnxruntime.OrtValue.ortvalue_from_numpy(values, kind, number)
    binding.bind_ortvalue_input(session.get_inputs()[0].name, value)
    for output in session.get_outputs():
        binding.bind_output(output.name, kind, number)

    def run() -> None:
        session.run_with_iobinding(binding)
        binding.synchronize_outputs()

    return run


def alternated(one: Run, other: Run, *, rounds: int, seconds: float) -> tuple[list[float], list[float]]:
    """The seconds of one run of each session, in rounds of about `seconds` for each.

    The runs alternate, so that other load on the GPU affects both.
    """
    for run in (one, other, one, other):
        run()
    start = time.perf_counter()
    one()
    count = max(1, round(seconds / (time.perf_counter() - start)))
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        # The order alternates from round to round.
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            start = time.perf_counter()
            for _ in range(count):
                (one, other)[side]()
            times[side].append((time.perf_counter() - start) / count)
    return times


def share_of(ours: list[float], theirs: list[float]) -> tuple[float, float, float]:
    """Our speed as a share of theirs: the median of the rounds, the minimum and the maximum."""
    shares = [their / our for our, their in zip(ours, theirs, strict=True)]
    return statistics.median(shares), min(shares), max(shares)


def places(path: Path, device: str, values: Any, work: Path) -> dict[str, dict[str, int]]:
    """The number of nodes of each operator that each provider runs, including copies between them.

    Nodes that the GPU does not support explain why a graph is slow.
    """
    options = onnxruntime.SessionOptions()
    options.enable_profiling = True
    options.profile_file_prefix = str(work / "profile")
    made = session(path, device, options=options)
    made.run(None, {made.get_inputs()[0].name: values})
    profile = Path(made.end_profiling())
    found: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for event in json.loads(profile.read_text()):
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            arguments = event["args"]
            found[arguments.get("provider", "none")][arguments["op_name"]] += 1
    profile.unlink()
    return {provider: dict(counts) for provider, counts in found.items()}


def add_norms(path: Path, tensors: list[str], output: Path) -> None:
    """Adds the FeatureNorm of each block as an output: the mean over channels of their L2 norms over positions.

    As in Oddity's own graphs, a ReLU is added only if the block does not end in one.
    """
    model = onnx.load(path)
    graph = model.graph
    opset = next(each.version for each in model.opset_import if each.domain in ("", "ai.onnx"))
    makers = {name: node.op_type for node in graph.node for name in node.output}
    for number, tensor in enumerate(tensors):
        if makers[tensor] != "Relu":
            graph.node.append(helper.make_node("Relu", [tensor], [f"norm.{number}.relu"]))
            tensor = f"norm.{number}.relu"
        reduce(graph, "ReduceL2", tensor, f"norm.{number}.channels", [2, 3], opset)
        reduce(graph, "ReduceMean", f"norm.{number}.channels", f"norm.{number}", [1], opset)
        graph.output.append(helper.make_tensor_value_info(f"norm.{number}", TensorProto.FLOAT, ["images"]))
    onnx.checker.check_model(model)
    onnx.save(model, output)


def reduce(graph: Any, operator: str, source: str, result: str, axes: list[int], opset: int) -> None:
    """Appends a node. From operator set 18 on, axes are an input."""
    if opset < 18:
        graph.node.append(helper.make_node(operator, [source], [result], axes=axes, keepdims=0))
        return
    graph.initializer.append(numpy_helper.from_array(numpy.array(axes, numpy.int64), f"{result}.axes"))
    graph.node.append(helper.make_node(operator, [source, f"{result}.axes"], [result], keepdims=0))


def norms(session: Any, values: Any, count: int) -> Any:
    """float32 [blocks, images]"""
    names = [f"norm.{number}" for number in range(count)]
    return numpy.stack(session.run(names, {session.get_inputs()[0].name: values}))
