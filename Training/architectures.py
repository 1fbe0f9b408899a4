"""Small versions of common networks: torchvision's and timm's own definitions with few channels, and the
positions of their blocks.

If a definition accepts a width, it gets a small one. Otherwise it is thinned: its layers get fewer channels,
and its code is unchanged. Blocks and stem are named as modules, so that PyTorch's hooks can observe their
outputs.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

import cifar_networks
from torchvision_models import models

import timm
from timm.models.swin_transformer import SwinTransformer as TimmSwin
from timm.models.vision_transformer import VisionTransformer as TimmViT

CLASSES = 10


@dataclass
class Architecture:
    """A network for images of `side` pixels. `blocks` and `stem` match whole names of modules."""

    name: str
    source: str
    make: Callable[[], nn.Module]
    blocks: str
    stem: str = ""
    side: int = 64
    head: str = "fc"
    # The channel axis of the modules' outputs.
    channel_axis: int = 1
    # Whether the logits are linear in the head's input, averaged over positions.
    linear: bool = True


def named(network: nn.Module, pattern: str) -> dict[str, nn.Module]:
    """The modules whose whole names match the pattern, in the order of their definition."""
    return {n: m for n, m in network.named_modules() if n and re.fullmatch(pattern, n)}


def thin(network: nn.Module, divisor: int, least: int, side: int) -> nn.Module:
    """The network with c / divisor channels, at least `least`, for each layer with c channels. The classes
    stay. The input channels of a layer are determined with an empty batch, so that concatenations are
    correct."""

    def shrink(layer, inputs):
        channels = inputs[0].shape[-1 if isinstance(layer, nn.Linear) else 1]
        if isinstance(layer, nn.BatchNorm2d):
            layer.num_features = channels
            layer.running_mean, layer.running_var = torch.zeros(channels), torch.ones(channels)
            return allocate(layer, channels)
        if isinstance(layer, nn.Linear):
            layer.in_features, layer.out_features = channels, width(layer.out_features)
            return allocate(layer, layer.out_features, channels)
        depthwise = layer.groups > 1
        if depthwise and layer.groups != layer.in_channels:
            raise ValueError("only depthwise groups can be thinned")
        layer.groups = channels if depthwise else 1
        layer.in_channels, layer.out_channels = channels, channels if depthwise else width(layer.out_channels)
        allocate(layer, layer.out_channels, channels // layer.groups, *layer.kernel_size)

    def width(channels: int) -> int:
        return channels if channels == CLASSES else max(least, -(-channels // divisor))

    def allocate(layer, outputs, *inputs):
        layer.weight = nn.Parameter(torch.zeros(outputs, *inputs))
        if layer.bias is not None:
            layer.bias = nn.Parameter(torch.zeros(outputs))

    kinds = nn.Conv2d, nn.Linear, nn.BatchNorm2d
    hooks = [x.register_forward_pre_hook(shrink) for x in network.modules() if isinstance(x, kinds)]
    network.eval()(torch.zeros(1, 3, side, side))
    for hook in hooks:
        hook.remove()
    return network


def thinned(make, divisor: int, least: int = 1, side: int = 64, **arguments):
    return lambda: thin(make(num_classes=CLASSES, **arguments), divisor, least, side)


def vgg(make) -> nn.Module:
    """For 64 pixels: the last maps have 2x2 positions instead of 7x7, and the hidden layers have 16 units."""
    network = make(num_classes=CLASSES)
    network.avgpool = nn.AdaptiveAvgPool2d(2)
    network.classifier[0].out_features = network.classifier[3].out_features = 512
    return thin(network, 32, 2, 64)


def convnext_tiny() -> nn.Module:
    from torchvision.models.convnext import CNBlockConfig, ConvNeXt

    widths, depths = (4, 6, 8, 16), (3, 3, 9, 3)
    stages = [CNBlockConfig(*stage) for stage in zip(widths, (*widths[1:], None), depths)]
    return ConvNeXt(stages, num_classes=CLASSES)


def regnet_y() -> nn.Module:
    """The depths of RegNetY-400MF, with groups of 4 channels."""
    from torchvision.models.regnet import BlockParams, RegNet

    parameters = BlockParams([1, 3, 6, 6], [8, 8, 12, 16], [4] * 4, [1.0] * 4, [2] * 4, se_ratio=0.25)
    return RegNet(parameters, num_classes=CLASSES, stem_width=8)


def swin_t() -> nn.Module:
    return models.SwinTransformer(
        [4, 4], 3, [2, 2, 6, 2], [1, 2, 3, 6], [2, 2], mlp_ratio=2.0, num_classes=CLASSES
    )


VGG_BLOCKS = {
    "vgg11": r"features\.(1|4|7|9|12|14|17|19)",
    "vgg11_bn": r"features\.(2|6|10|13|17|20|24|27)",
    "vgg16": r"features\.(1|3|6|8|11|13|15|18|20|22|25|27|29)",
    "vgg16_bn": r"features\.(2|5|9|12|16|19|22|26|29|32|36|39|42)",
    "vgg11_cifar": r"(1|4|7|9|12|14|17|19)",
}

RESIDUAL = {"blocks": r"layer\d\.\d+", "stem": "relu"}

ARCHITECTURES = [
    Architecture("resnet18", "torchvision", thinned(models.resnet18, 32, 3), **RESIDUAL),
    Architecture("resnet50", "torchvision", thinned(models.resnet50, 32, 4), **RESIDUAL),
    Architecture(
        "resnet18_cifar", "Training/cifar_networks.py", partial(cifar_networks.resnet18, 3),
        blocks=r"[3-9]|10", stem="2", side=32, head="13",
    ),
    Architecture(
        "wrn28_10_cifar", "Training/cifar_networks.py", partial(cifar_networks.wrn, 28, 3),
        blocks=r"[1-9]|1[0-2]", stem=r"1\.activation", side=32, head="17",
    ),
    Architecture(
        "vgg11_cifar", "Training/cifar_networks.py", partial(cifar_networks.vgg11, 2),
        blocks=VGG_BLOCKS["vgg11_cifar"], side=32, head="28",
    ),
    *(
        Architecture(
            name, "torchvision", partial(vgg, getattr(models, name)), VGG_BLOCKS[name], head="classifier.6"
        )
        for name in ("vgg11", "vgg11_bn", "vgg16", "vgg16_bn")
    ),
    Architecture(
        "mobilenet_v3_large", "torchvision", thinned(models.mobilenet_v3_large, 24, 4),
        blocks=r"features\.\d+", head="classifier.3",
    ),
    Architecture(
        "mobilenet_v2", "torchvision", thinned(models.mobilenet_v2, 24, 4),
        blocks=r"features\.\d+", head="classifier.1",
    ),
    Architecture(
        "efficientnet_b0", "torchvision", thinned(models.efficientnet_b0, 24, 4),
        blocks=r"features\.([08]|[1-7]\.\d+)", head="classifier.1",
    ),
    Architecture(
        "tf_efficientnet_lite0", "timm", thinned(partial(timm.create_model, "tf_efficientnet_lite0"), 24, 4),
        blocks=r"bn1|blocks\.\d\.\d+|bn2", head="classifier",
    ),
    Architecture(
        "densenet121", "torchvision",
        lambda: models.DenseNet(2, (6, 12, 24, 16), 4, bn_size=2, num_classes=CLASSES),
        blocks=r"features\.denseblock\d", stem=r"features\.relu0", head="classifier",
    ),
    Architecture(
        "convnext_tiny", "torchvision", convnext_tiny, blocks=r"features\.[1357]\.\d+", head="classifier.2"
    ),
    Architecture("regnet_y_400mf", "torchvision", regnet_y, r"trunk_output\.block\d\.[^.]*", "stem"),
    Architecture(
        "googlenet", "torchvision", thinned(models.googlenet, 16, 2, aux_logits=False, init_weights=False),
        blocks=r"inception\d\w", stem="conv1|conv3",
    ),
    Architecture(
        "inception_v3", "torchvision", thinned(models.inception_v3, 32, 2, 107, aux_logits=False, init_weights=False),
        blocks=r"Mixed_\w+", stem=r"Conv2d_(1a|2a|2b|4a)_3x3", side=107,
    ),
    Architecture(
        "squeezenet1_1", "torchvision", thinned(models.squeezenet1_1, 8, 2),
        blocks=r"features\.([34679]|1\d)", stem=r"features\.1", head="classifier.1", linear=False,
    ),
    Architecture(
        "shufflenet_v2", "torchvision",
        lambda: models.ShuffleNetV2([4, 8, 4], [8, 12, 24, 48, 64], CLASSES),
        blocks=r"conv1|stage\d\.\d+|conv5",
    ),
    Architecture(
        "vit_b_16", "torchvision", lambda: models.VisionTransformer(32, 8, 12, 2, 12, 24, num_classes=CLASSES),
        blocks=r"encoder\.layers\.\w+", side=32, head="heads.head", channel_axis=-1,
    ),
    Architecture(
        "vit_tiny_timm", "timm", lambda: TimmViT(32, 8, 3, CLASSES, embed_dim=12, num_heads=3, mlp_ratio=2.0),
        blocks=r"blocks\.\d+", side=32, head="head", channel_axis=-1,
    ),
    Architecture(
        "swin_t", "torchvision", swin_t, blocks=r"features\.[1357]\.\d+", head="head", channel_axis=-1
    ),
    Architecture(
        "swin_tiny_timm", "timm",
        lambda: TimmSwin(
            64, 4, 3, CLASSES, embed_dim=3, num_heads=(1, 2, 3, 6), window_size=2, mlp_ratio=2.0
        ),
        blocks=r"layers\.\d\.blocks\.\d+", head="head.fc", channel_axis=-1,
    ),
]  # fmt: skip
