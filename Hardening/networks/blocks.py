"""Blocks of generated networks, between two feature maps."""

from __future__ import annotations

from collections.abc import Callable

from .builder import Builder, Map
from .layers import (
    activated,
    activation,
    convolution,
    kept,
    layer_norm,
    normalised,
    pool,
    transposed,
)


def plain(b: Builder, x: Map) -> Map:
    stride = 2 if b.chance(0.3) and min(x.height, x.width) >= 8 else 1
    kernel, dilation = int(b.pick(1, 2, 3, 3, 3, 5)), int(b.pick(1, 1, 1, 2))
    if dilation * (kernel - 1) >= min(x.height, x.width):
        kernel, dilation = 1, 1
    group = 2 if x.channels % 2 == 0 and b.chance(0.2) else 1
    y = convolution(b, x, 2 * int(b.draws.integers(2, 9)), kernel, stride, group, dilation)
    return activated(b, normalised(b, y)) if b.chance(0.85) else normalised(b, activated(b, y))


def plain_and_pool(b: Builder, x: Map) -> Map:
    y = plain(b, x)
    return pool(b, y) if min(y.height, y.width) >= 6 else y


def residual(b: Builder, x: Map) -> Map:
    act = str(b.pick("Relu", "Relu", "SiLU", "LeakyRelu", "Gelu"))
    y = activated(b, normalised(b, kept(b, x, x.channels, 3), "Batch"), act)
    y = normalised(b, kept(b, y, x.channels, 3), str(b.pick("Batch", "Batch", "None")))
    if b.chance(0.3):
        y = squeeze_excite(b, y)
    op = "Sum" if b.chance(0.15) else "Add"
    total = Map(b.node(op, *((x.name, y.name) if b.chance(0.5) else (y.name, x.name))), *shape(x))
    return activated(b, total, act) if b.chance(0.85) else total


def projected(b: Builder, x: Map) -> Map:
    """A residual block that changes channels and size."""
    channels, stride = 2 * int(b.draws.integers(2, 9)), 2 if min(x.height, x.width) >= 8 else 1
    pads = {"strides": [stride, stride]}
    weight = b.weight(b.normal(channels, x.channels, 3, 3, scale=(2 / x.channels / 9) ** 0.5), "kernel")
    side = [(edge - 1) // stride + 1 for edge in (x.height, x.width)]
    y = Map(b.node("Conv", x.name, weight, pads=[1, 1, 1, 1], **pads), channels, *side)
    y = kept(b, activated(b, normalised(b, y, "Batch"), "Relu"), channels, 3)
    short = b.weight(b.normal(channels, x.channels, 1, 1, scale=(1 / x.channels) ** 0.5), "kernel")
    shortcut = normalised(b, Map(b.node("Conv", x.name, short, **pads), channels, *side), "Batch")
    return activated(b, Map(b.node("Add", y.name, shortcut.name), channels, *side), "Relu")


def preactivated(b: Builder, x: Map) -> Map:
    y = activated(b, normalised(b, x, "Batch"), "Relu")
    y = kept(b, activated(b, normalised(b, kept(b, y, x.channels, 3), "Batch"), "Relu"), x.channels, 3)
    return Map(b.node("Add", x.name, y.name), *shape(x))


def separable(b: Builder, x: Map) -> Map:
    y = activated(
        b, normalised(b, kept(b, x, x.channels, int(b.pick(3, 5)), group=x.channels), "Batch"), "Relu6"
    )
    return activated(b, normalised(b, kept(b, y, 2 * int(b.draws.integers(3, 9)), 1), "Batch"), "Relu6")


def inverted(b: Builder, x: Map) -> Map:
    act = str(b.pick("HardSwish", "SiLU", "Relu6"))
    y = activated(b, normalised(b, kept(b, x, 3 * x.channels, 1), "Batch"), act)
    y = activated(b, normalised(b, kept(b, y, y.channels, 3, group=y.channels), "Batch"), act)
    if b.chance(0.6):
        y = squeeze_excite(b, y)
    y = normalised(b, kept(b, y, x.channels, 1), "Batch")
    return Map(b.node("Add", x.name, y.name), *shape(x)) if b.chance(0.7) else y


def squeeze_excite(b: Builder, x: Map) -> Map:
    squeezed = Map(means(b, x), x.channels, 1, 1)
    inner = activated(b, kept(b, squeezed, max(2, x.channels // 4), 1), str(b.pick("Relu", "SiLU")))
    outer = activated(b, kept(b, inner, x.channels, 1), str(b.pick("Sigmoid", "HardSigmoid")))
    return Map(b.node("Mul", x.name, outer.name), *shape(x))


def means(b: Builder, x: Map) -> str:
    if b.chance(0.5):
        return b.node("GlobalAveragePool", x.name)
    return b.reduced("ReduceMean", x.name, [2, 3], True)


def dense(b: Builder, x: Map) -> Map:
    """Two layers. Each is concatenated with its input."""
    for _ in range(2):
        y = kept(b, activated(b, normalised(b, x, "Batch"), "Relu"), 4, 3)
        x = Map(b.node("Concat", x.name, y.name, axis=1), x.channels + 4, x.height, x.width)
    return x


def inception(b: Builder, x: Map) -> Map:
    first = activated(b, kept(b, x, 4, 1), "Relu")
    second = activated(b, kept(b, activated(b, kept(b, x, 4, 1), "Relu"), 6, 3), "Relu")
    pooled = b.node(
        str(b.pick("MaxPool", "AveragePool")), x.name, kernel_shape=[3, 3], strides=[1, 1], pads=[1, 1, 1, 1]
    )
    third = activated(b, kept(b, Map(pooled, *shape(x)), 2, 1), "Relu")
    return Map(b.node("Concat", first.name, second.name, third.name, axis=1), 12, x.height, x.width)


def shuffled(b: Builder, x: Map) -> Map:
    """Grouped convolutions with a channel shuffle between them."""
    groups = 2 if x.channels % 2 == 0 else 1
    y = activated(b, normalised(b, kept(b, x, x.channels, 3, group=groups), "Batch"), "Relu")
    cut = b.node("Reshape", y.name, b.integers([0, groups, x.channels // groups, x.height, x.width]))
    turned = b.node("Transpose", cut, perm=[0, 2, 1, 3, 4])
    y = Map(b.node("Reshape", turned, b.integers([0, -1, x.height, x.width])), *shape(x))
    return activated(b, kept(b, y, x.channels, 3, group=groups), "Relu")


def split_branches(b: Builder, x: Map) -> Map:
    if x.channels < 4:
        return plain(b, x)
    half = x.channels // 2
    first, second = b.split(x.name, [half, x.channels - half], 1)
    y = activated(b, kept(b, Map(first, half, x.height, x.width), half, 3), "Relu")
    return Map(b.node("Concat", y.name, second, axis=1), *shape(x))


def enlarged(b: Builder, x: Map) -> Map:
    if max(x.height, x.width) > 16:
        return plain(b, x)
    if b.chance(0.5):
        return activated(b, transposed(b, x, x.channels), "Relu")
    name = b.enlarged(x.name, 2, str(b.pick("nearest", "linear")))
    return activated(b, kept(b, Map(name, x.channels, 2 * x.height, 2 * x.width), x.channels, 3), "Relu")


def padded(b: Builder, x: Map) -> Map:
    mode = str(b.pick("constant", "reflect", "edge"))
    name = b.padded(x.name, [0, 0, 1, 1, 0, 0, 1, 1], mode)
    wider = Map(name, x.channels, x.height + 2, x.width + 2)
    return activated(b, kept(b, wider, x.channels, 3), "Relu")


def cropped(b: Builder, x: Map) -> Map:
    if min(x.height, x.width) < 6:
        return plain(b, x)
    name = b.sliced(x.name, 1, x.height - 1, 2)
    name = b.sliced(name, 1, x.width - 1, 3)
    return plain(b, Map(name, x.channels, x.height - 2, x.width - 2))


def convnext(b: Builder, x: Map) -> Map:
    y = b.node("Transpose", kept(b, x, x.channels, 5, group=x.channels).name, perm=[0, 2, 3, 1])
    y = layer_norm(b, y, b.normal(x.channels, scale=0.2) + 1, b.normal(x.channels, scale=0.1))
    y = linear(b, y, x.channels, 2 * x.channels)
    y = linear(b, activation(b, y, "Gelu"), 2 * x.channels, x.channels)
    y = b.node("Mul", y, b.weight(b.normal(x.channels, scale=0.3) + 0.5))
    return Map(b.node("Add", x.name, b.node("Transpose", y, perm=[0, 3, 1, 2])), *shape(x))


def linear(b: Builder, x: str, channels: int, others: int) -> str:
    product = b.node("MatMul", x, b.weight(b.normal(channels, others, scale=(1 / channels) ** 0.5)))
    return b.node("Add", product, b.weight(b.normal(others, scale=0.1)))


def attention(b: Builder, tokens: str, count: int, channels: int) -> str:
    """A transformer block on [N, count, channels]."""
    heads = 2 if channels % 2 == 0 else 1
    y = layer_norm(b, tokens, b.normal(channels, scale=0.1) + 1, b.normal(channels, scale=0.1))
    parts = []
    for turn in ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]):
        cut = b.node(
            "Reshape", linear(b, y, channels, channels), b.integers([0, count, heads, channels // heads])
        )
        parts.append(b.node("Transpose", cut, perm=turn))
    weights = b.node("Mul", b.node("MatMul", parts[0], parts[1]), b.number((heads / channels) ** 0.5))
    mixed = b.node("MatMul", b.node("Softmax", weights, axis=3), parts[2])
    joined = b.node(
        "Reshape", b.node("Transpose", mixed, perm=[0, 2, 1, 3]), b.integers([0, count, channels])
    )
    tokens = b.node("Add", tokens, linear(b, joined, channels, channels))
    y = layer_norm(b, tokens, b.normal(channels, scale=0.1) + 1, b.normal(channels, scale=0.1))
    y = linear(b, activation(b, linear(b, y, channels, 2 * channels), "Gelu"), 2 * channels, channels)
    return b.node("Add", tokens, y)


def attention_on_map(b: Builder, x: Map) -> Map:
    if x.height * x.width > 256:
        return plain(b, x)
    count = x.height * x.width
    tokens = b.node("Transpose", b.node("Reshape", x.name, b.integers([0, x.channels, -1])), perm=[0, 2, 1])
    turned = b.node("Transpose", attention(b, tokens, count, x.channels), perm=[0, 2, 1])
    return Map(b.node("Reshape", turned, b.integers([0, x.channels, x.height, x.width])), *shape(x))


def shape(x: Map) -> tuple[int, int, int]:
    return x.channels, x.height, x.width


BLOCKS: tuple[Callable[[Builder, Map], Map], ...] = (
    plain, plain, plain_and_pool, plain_and_pool, residual, residual, projected, preactivated, separable, inverted, dense,
    inception, shuffled, split_branches, enlarged, padded, cropped, convnext, attention_on_map,
)  # fmt: skip
