"""Layers, norms and activations of generated networks. Each is drawn from the forms that exporters write."""

from __future__ import annotations

from .builder import Builder, Map

ACTIVATIONS = (
    "Relu", "Relu", "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "Relu6", "SiLU", "HardSwish", "Gelu", "Mish",
    "Softplus", "Softsign", "Tanh", "ThresholdedRelu", "HardSigmoid", "GeluTanh", "Abs", "Max0", "None",
)  # fmt: skip
NORMS = (
    "Batch", "Batch", "Batch", "Instance", "Layer", "LayerSpelled", "Group", "LRN", "Lp", "MeanVariance", "Scale", "None",
    "None", "RMS",
)  # fmt: skip


def convolution(
    b: Builder, x: Map, channels: int, kernel: int = 3, stride: int = 1, group: int = 1, dilation: int = 1
) -> Map:
    reach = dilation * (kernel - 1)
    fan = x.channels // group * kernel * kernel
    weight = b.weight(
        b.normal(channels, x.channels // group, kernel, kernel, scale=(2 / fan) ** 0.5), "kernel"
    )
    inputs = [x.name, weight] + ([b.weight(b.normal(channels, scale=0.1), "bias")] if b.chance(0.7) else [])
    attributes: dict[str, object] = {"strides": [stride, stride], "group": group, "dilations": [dilation] * 2}
    if b.chance(0.8):
        attributes["kernel_shape"] = [kernel, kernel]
    height, width = [-(-side // stride) for side in (x.height, x.width)]
    way = b.pick("pads", "pads", "pads", "SAME_UPPER", "SAME_LOWER", "asymmetric", "valid")
    if way == "valid" and min(x.height, x.width) > reach + 2:
        height, width = [(side - reach - 1) // stride + 1 for side in (x.height, x.width)]
    elif way == "asymmetric" and reach:
        attributes["pads"] = [reach, 0, 0, reach]
        height, width = [(side - 1) // stride + 1 for side in (x.height, x.width)]
    elif str(way).startswith("SAME") and dilation == 1:
        attributes["auto_pad"] = way
    else:
        attributes["pads"] = [reach // 2, reach // 2, reach - reach // 2, reach - reach // 2]
        height, width = [(side - 1) // stride + 1 for side in (x.height, x.width)]
    return Map(b.node("Conv", *inputs, **attributes), channels, height, width)


def kept(b: Builder, x: Map, channels: int, kernel: int, group: int = 1, dilation: int = 1) -> Map:
    """A convolution that keeps the image size."""
    reach = dilation * (kernel - 1)
    fan = x.channels // group * kernel * kernel
    weight = b.weight(
        b.normal(channels, x.channels // group, kernel, kernel, scale=(2 / fan) ** 0.5), "kernel"
    )
    pads = [reach // 2, reach // 2, reach - reach // 2, reach - reach // 2]
    name = b.node("Conv", x.name, weight, group=group, dilations=[dilation] * 2, pads=pads)
    return Map(name, channels, x.height, x.width)


def transposed(b: Builder, x: Map, channels: int) -> Map:
    weight = b.weight(b.normal(x.channels, channels, 2, 2, scale=(1 / x.channels) ** 0.5), "kernel")
    if b.chance(0.3):
        name = b.node("ConvTranspose", x.name, weight, strides=[2, 2], auto_pad=b.pick("SAME_UPPER", "VALID"))
        return Map(name, channels, 2 * x.height, 2 * x.width)
    name = b.node("ConvTranspose", x.name, weight, strides=[2, 2], kernel_shape=[2, 2])
    return Map(name, channels, 2 * x.height, 2 * x.width)


def pool(b: Builder, x: Map) -> Map:
    op = b.pick("MaxPool", "MaxPool", "AveragePool", "LpPool")
    size = int(b.pick(2, 3))
    attributes: dict[str, object] = {"kernel_shape": [size, size], "strides": [2, 2]}
    if op == "LpPool":
        attributes["p"] = int(b.pick(1, 2))
    if op == "AveragePool" and b.chance(0.4):
        attributes["count_include_pad"] = 1
    height, width = [(side - size) // 2 + 1 for side in (x.height, x.width)]
    if size == 3 and b.chance(0.6):
        attributes["pads"] = [1, 1, 1, 1]
        height, width = [(side - 1) // 2 + 1 for side in (x.height, x.width)]
    elif b.opset >= 10 and op != "LpPool" and b.chance(0.25):
        attributes["ceil_mode"] = 1
        height, width = [-(-(side - size) // 2) + 1 for side in (x.height, x.width)]
    elif b.opset >= 10 and op == "MaxPool" and size == 2 and b.chance(0.2) and min(x.height, x.width) > 4:
        attributes["dilations"] = [2, 2]
        height, width = [(side - 3) // 2 + 1 for side in (x.height, x.width)]
    return Map(b.node(str(op), x.name, **attributes), x.channels, height, width)


def activated(b: Builder, x: Map, kind: str | None = None) -> Map:
    name = activation(b, x.name, kind or str(b.pick(*ACTIVATIONS)), x.channels)
    return Map(name, x.channels, x.height, x.width)


def activation(b: Builder, x: str, kind: str, channels: int | None = None) -> str:
    if kind == "None":
        return x
    if kind == "PRelu":
        slope = b.normal(channels, 1, 1, scale=0.2) if channels else b.normal(1, scale=0.2)
        return b.node("PRelu", x, b.weight(slope, "slope"))
    if kind == "Relu6":
        return b.clipped(x, 0, 6)
    if kind == "SiLU":
        return b.node("Mul", x, b.node("Sigmoid", x)) if b.opset < 24 or b.chance(0.5) else b.node("Swish", x)
    if kind == "HardSwish":
        return hard_swish(b, x)
    if kind == "Gelu":
        return gelu(b, x)
    if kind == "GeluTanh":
        cubed = b.node("Mul", b.node("Mul", x, x), x)
        inner = b.node("Add", x, b.node("Mul", cubed, b.number(0.044715)))
        gate = b.node("Add", b.node("Tanh", b.node("Mul", inner, b.number(0.7978846))), b.number(1))
        return b.node("Mul", b.node("Mul", x, b.number(0.5)), gate)
    if kind == "Mish":
        if b.opset >= 18 and b.chance(0.6):
            return b.node("Mish", x)
        return b.node("Mul", x, b.node("Tanh", b.node("Softplus", x)))
    if kind == "Celu" and b.opset < 12 or kind == "ThresholdedRelu" and b.opset < 10:
        kind = "Elu"
    if kind == "Max0":
        return b.node("Max", x, b.weight([0.0], "zero")) if b.opset >= 8 else b.node("Relu", x)
    attributes = {"LeakyRelu": {"alpha": 0.1}, "ThresholdedRelu": {"alpha": 0.2}, "Elu": {"alpha": 0.8}}
    return b.node(kind, x, **attributes.get(kind, {}))


def hard_swish(b: Builder, x: str) -> str:
    if b.opset >= 14 and b.chance(0.5):
        return b.node("HardSwish", x)
    if b.chance(0.5):
        return b.node("Mul", x, b.node("HardSigmoid", x, alpha=1 / 6, beta=0.5))
    return b.node("Div", b.node("Mul", x, b.clipped(b.node("Add", x, b.number(3)), 0, 6)), b.number(6))


def gelu(b: Builder, x: str) -> str:
    if b.opset >= 20 and b.chance(0.6):
        return b.node("Gelu", x, approximate=b.pick("none", "tanh"))
    if b.opset < 9:
        return b.node("Mul", x, b.node("Sigmoid", b.node("Mul", x, b.number(1.702))))
    gate = b.node("Add", b.node("Erf", b.node("Div", x, b.number(2**0.5))), b.number(1))
    return b.node("Mul", b.node("Mul", x, gate), b.number(0.5))


def normalised(b: Builder, x: Map, kind: str | None = None) -> Map:
    kind = kind or str(b.pick(*NORMS))
    return Map(norm(b, x, kind), x.channels, x.height, x.width)


def norm(b: Builder, x: Map, kind: str) -> str:
    count = x.channels
    scale, bias = b.normal(count, scale=0.2) + 1, b.normal(count, scale=0.2)
    if kind == "Batch":
        mean, variance = b.normal(count, scale=0.3), b.normal(count) ** 2 + 0.3
        parts = [b.weight(part, "norm") for part in (scale, bias, mean, variance)]
        return b.node("BatchNormalization", x.name, *parts, epsilon=1e-3)
    if kind == "Instance":
        return b.node("InstanceNormalization", x.name, b.weight(scale), b.weight(bias), epsilon=1e-3)
    if kind in ("Layer", "LayerSpelled", "RMS"):
        last = b.node("Transpose", x.name, perm=[0, 2, 3, 1])
        return b.node("Transpose", layer_norm(b, last, scale, bias, kind), perm=[0, 3, 1, 2])
    if kind == "Group":
        return group_norm(b, x, scale, bias)
    if kind == "LRN":
        return b.node("LRN", x.name, size=int(b.pick(3, 5)), alpha=0.05, beta=0.75, bias=1.0)
    if kind == "Lp":
        return b.node("Mul", b.node("LpNormalization", x.name, axis=1, p=2), b.number(3))
    if kind == "MeanVariance" and b.opset >= 9:
        return b.node("MeanVarianceNormalization", x.name, axes=[2, 3])
    if kind == "Scale":
        scaled = b.node("Mul", x.name, b.weight(scale.reshape(1, -1, 1, 1)))
        return b.node("Add", scaled, b.weight(bias.reshape(-1, 1, 1)))
    return x.name


def layer_norm(b: Builder, x: str, scale: object, bias: object, kind: str = "Layer") -> str:
    """Normalises over the last axis."""
    if kind == "RMS":
        if b.opset >= 23 and b.chance(0.7):
            return b.node("RMSNormalization", x, b.weight(scale), axis=-1)
        mean = b.reduced("ReduceMean", b.node("Mul", x, x), [-1], True)
        root = b.node("Sqrt", b.node("Add", mean, b.number(1e-3)))
        return b.node("Mul", b.node("Div", x, root), b.weight(scale))
    if b.opset >= 17 and kind == "Layer":
        return b.node("LayerNormalization", x, b.weight(scale), b.weight(bias), axis=-1, epsilon=1e-3)
    centred = b.node("Sub", x, b.reduced("ReduceMean", x, [-1], True))
    variance = b.reduced("ReduceMean", b.node("Pow", centred, b.number(2)), [-1], True)
    root = b.node("Sqrt", b.node("Add", variance, b.number(1e-3)))
    return b.node("Add", b.node("Mul", b.node("Div", centred, root), b.weight(scale)), b.weight(bias))


def group_norm(b: Builder, x: Map, scale: object, bias: object) -> str:
    groups = 2 if x.channels % 2 == 0 else 1
    if b.opset >= 21 and b.chance(0.7):
        return b.node(
            "GroupNormalization", x.name, b.weight(scale), b.weight(bias), num_groups=groups, epsilon=1e-3
        )
    cut = b.node("Reshape", x.name, b.integers([0, groups, -1]))
    ones, zeros = b.weight([1.0] * groups), b.weight([0.0] * groups)
    even = b.node("InstanceNormalization", cut, ones, zeros, epsilon=1e-3)
    back = b.node("Reshape", even, b.integers([0, x.channels, x.height, x.width]))
    scaled = b.node("Mul", back, b.weight(scale.reshape(-1, 1, 1)))
    return b.node("Add", scaled, b.weight(bias.reshape(-1, 1, 1)))
