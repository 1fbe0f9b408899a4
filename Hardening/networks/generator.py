"""Random classifiers. Each one draws its operator set, its input, its blocks, its head and the form of its file."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import TensorProto, helper

from . import dressing
from .blocks import BLOCKS, attention, linear, means
from .builder import FLOAT, Builder, Map
from .layers import activated, activation, convolution, normalised

OPSETS = (7, 8, 9, 10, 11, 11, 12, 13, 13, 14, 15, 16, 17, 17, 18, 18, 19, 20, 21, 21, 22, 23, 24)


@dataclass
class Case:
    """One file to try, with the other files that belong to it."""

    name: str
    content: bytes
    files: dict[str, bytes] = field(default_factory=dict)
    #: The changes, for the list of failures.
    story: str = ""
    #: The precision of the numbers: "float32", "float16" or "int8".
    precision: str = "float32"
    is_generated: bool = True


@dataclass
class Entry:
    layout: str
    channels: int
    height: int
    width: int
    batch: int | str

    @property
    def shape(self) -> list[int | str]:
        sides = [self.height, self.width]
        inner = [self.channels, *sides] if self.layout == "NCHW" else [*sides, self.channels]
        return [self.batch, *inner]


def generate(seed: int, index: int) -> Case:
    draws = np.random.default_rng([seed, index])
    b = Builder(int(draws.choice(OPSETS)), draws)
    entry = draw_entry(b)
    name = "input"
    if entry.layout == "NHWC":
        name = b.node("Transpose", name, perm=[0, 3, 1, 2])
    if b.chance(0.2):
        name = b.node(
            "Mul", b.node("Sub", name, b.weight(b.normal(entry.channels, 1, 1, scale=0.1))), b.number(2)
        )
    start = Map(name, entry.channels, entry.height, entry.width)
    classes = int(b.pick(1, 2, 3, 5, 10, 10, 17))
    logits = transformer(b, start, classes, entry) if b.chance(0.12) else convolutional(b, start, classes)
    outputs = endings(b, logits, entry.batch, classes)
    value = helper.make_tensor_value_info("input", FLOAT, entry.shape)
    model = b.model(value, outputs)
    dressed = dressing.dress(model, b, images_for(entry, draws))
    return Case(
        f"generated {index}",
        dressed.content,
        dressed.files,
        f"set {b.opset}, {dressed.story}",
        dressed.precision,
    )


def draw_entry(b: Builder) -> Entry:
    sides = [int(b.pick(8, 12, 16, 16, 20, 23, 28, 32)) for _ in range(2)]
    if b.chance(0.7):
        sides[1] = sides[0]
    layout = "NHWC" if b.chance(0.15) else "NCHW"
    return Entry(layout, int(b.pick(1, 3, 3, 3)), *sides, b.pick("N", "N", "N", "batch", 1, 2, 4))


def images_for(entry: Entry, draws: np.random.Generator) -> np.ndarray:
    count = entry.batch if isinstance(entry.batch, int) else 4
    return draws.normal(size=[count, *entry.shape[1:]]).astype(np.float32)


def convolutional(b: Builder, x: Map, classes: int) -> str:
    if b.chance(0.6):
        x = activated(b, normalised(b, convolution(b, x, 2 * int(b.draws.integers(2, 7)), 3)), "Relu")
    for _ in range(int(b.draws.integers(1, 6))):
        block = BLOCKS[int(b.draws.integers(len(BLOCKS)))]
        x = block(b, x)
        if x.channels * x.height * x.width > 40_000:
            break
    return head(b, x, classes)


def transformer(b: Builder, x: Map, classes: int, entry: Entry) -> str:
    channels, patch = 2 * int(b.draws.integers(4, 9)), 4
    weight = b.weight(b.normal(channels, x.channels, patch, patch, scale=0.2), "kernel")
    patches = b.node("Conv", x.name, weight, strides=[patch, patch], kernel_shape=[patch, patch])
    count = (x.height // patch) * (x.width // patch)
    cut = b.node("Reshape", patches, b.integers([0, channels, -1]))
    tokens = b.node("Transpose", cut, perm=[0, 2, 1])
    has_token = isinstance(entry.batch, int) and b.chance(0.6)
    if has_token:
        first = b.weight(b.normal(entry.batch, 1, channels)[:1].repeat(entry.batch, 0), "token")
        tokens, count = b.node("Concat", first, tokens, axis=1), count + 1
    tokens = b.node("Add", tokens, b.weight(b.normal(1, count, channels, scale=0.3)))
    for _ in range(int(b.draws.integers(1, 4))):
        tokens = attention(b, tokens, count, channels)
    if has_token and b.chance(0.5):
        one = b.node("Gather", tokens, b.weight(0, "place", np.int64), axis=1)
    else:
        one = b.reduced("ReduceMean", tokens, [1], False)
    return dense_layer(b, one, channels, classes)


def head(b: Builder, x: Map, classes: int) -> str:
    way = str(b.pick("pool", "pool", "pool", "mean", "flatten", "conv", "convlast", "both", "mlp", "dropout"))
    if way == "conv":
        kernel = b.weight(b.normal(classes, x.channels, 1, 1, scale=(1 / x.channels) ** 0.5))
        x = Map(b.node("Conv", x.name, kernel), classes, x.height, x.width)
        return b.node("Flatten", means(b, x))
    if way == "convlast":
        kernel = b.weight(b.normal(classes, x.channels, 1, 1, scale=0.6))
        return b.node("Reshape", b.node("Conv", means(b, x), kernel), b.integers([0, -1]))
    if way == "flatten" and x.channels * x.height * x.width <= 6000:
        count = x.channels * x.height * x.width
        flat = (
            b.node("Flatten", x.name) if b.chance(0.6) else b.node("Reshape", x.name, b.integers([0, count]))
        )
        return dense_layer(b, flat, count, classes)
    if way == "both":
        joined = b.node("Concat", means(b, x), b.node("GlobalMaxPool", x.name), axis=1)
        return dense_layer(b, b.node("Flatten", joined), 2 * x.channels, classes)
    if way == "mean":
        return dense_layer(b, b.reduced("ReduceMean", x.name, [2, 3], False), x.channels, classes)
    pooled = means(b, x)
    flat = b.node("Flatten", pooled) if b.chance(0.5) else b.squeezed(pooled, [2, 3])
    if way == "mlp":
        hidden = dense_layer(b, flat, x.channels, 12)
        return dense_layer(b, activation(b, hidden, str(b.pick("Relu", "Gelu", "Tanh"))), 12, classes)
    if way == "dropout":
        flat = b.dropped_out(flat)
    return dense_layer(b, flat, x.channels, classes)


def dense_layer(b: Builder, x: str, channels: int, classes: int) -> str:
    if b.chance(0.4):
        return linear(b, x, channels, classes)
    scale, bias = (1 / channels) ** 0.5, b.weight(b.normal(classes, scale=0.3))
    if b.chance(0.5):
        return b.node("Gemm", x, b.weight(b.normal(classes, channels, scale=scale)), bias, transB=1)
    return b.node("Gemm", x, b.weight(b.normal(channels, classes, scale=scale)), bias, alpha=b.pick(1.0, 0.5))


def endings(b: Builder, logits: str, batch: int | str, classes: int) -> list[onnx.ValueInfoProto]:
    """Draws the outputs of the network: logits, probabilities, both, or also the class."""
    way = str(b.pick("logits", "logits", "logits", "softmax", "log", "sigmoid", "two", "answer", "scaled"))
    shape = [batch, classes]
    named = [(logits, FLOAT, shape)]
    if way in ("softmax", "log"):
        named = [(b.node("Softmax" if way == "softmax" else "LogSoftmax", logits, axis=1), FLOAT, shape)]
    elif way == "sigmoid":
        named = [(b.node("Sigmoid", logits), FLOAT, shape)]
    elif way == "two":
        named.append((b.node("Softmax", logits, axis=1), FLOAT, shape))
    elif way == "answer":
        named.append((b.node("ArgMax", logits, axis=1, keepdims=0), TensorProto.INT64, [batch]))
    elif way == "scaled":
        named = [(b.node("Softmax", b.node("Div", logits, b.number(1.7)), axis=1), FLOAT, shape)]
    return [helper.make_tensor_value_info(*each) for each in named]
