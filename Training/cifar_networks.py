"""The paper's CIFAR-10 classifiers, ResNet-18, wide ResNets and VGG-11, for 32x32 images, in any width, and
small networks of newer families: MobileNetV3, a vision transformer and ConvNeXt.

`width` is the number of channels of the first stage (160 and 64 for WRN-28-10 and WRN-16-4).
"""


from torch import nn
from torch.nn.functional import relu


class ResidualBlock(nn.Module):
    """ReLU(x + BN(conv(ReLU(BN(conv(x)))))), with a 1x1 projection where the shape changes."""

    def __init__(self, channels_in: int, channels: int, stride: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.shortcut = nn.Identity()
        if stride != 1 or channels_in != channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels_in, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x):
        return relu(self.body(x) + self.shortcut(x))


class PreActivationBlock(nn.Module):
    """x + conv(ReLU(BN(conv(ReLU(BN(x)))))). If the shape changes, the sum starts from a 1x1 projection of
    ReLU(BN(x)) instead of x."""

    def __init__(self, channels_in: int, channels: int, stride: int):
        super().__init__()
        self.activation = nn.Sequential(nn.BatchNorm2d(channels_in), nn.ReLU())
        self.body = nn.Sequential(
            nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
        )
        self.projection = None
        if stride != 1 or channels_in != channels:
            self.projection = nn.Conv2d(channels_in, channels, 1, stride, bias=False)

    def forward(self, x):
        active = self.activation(x)
        return self.body(active) + (self.projection(active) if self.projection else x)


def resnet18(width: int = 64, channels: int = 3, classes: int = 10) -> nn.Sequential:
    """ResNet-18 with the 3x3 stem of the CIFAR networks. It has eight blocks. For 32x32 images, their maps
    have 32, 32, 16, 16, 8, 8, 4 and 4 pixels. Block 4.1 (index 6) has 8·width x 4x4."""
    layers = [nn.Conv2d(channels, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    previous = width
    for stage in range(4):
        planes = width * 2**stage
        layers += [
            ResidualBlock(previous, planes, 1 if stage == 0 else 2),
            ResidualBlock(planes, planes, 1),
        ]
        previous = planes
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(previous, classes)
    )


def wrn(depth: int = 28, width: int = 160, classes: int = 10) -> nn.Sequential:
    """WRN-depth-(width / 16): three stages of (depth - 4) / 6 blocks, with maps of 32, 16 and 8 pixels,
    without dropout. WRN-28-10 has twelve blocks. Block 3.3 (index 10) has 640x8x8."""
    count, rest = divmod(depth - 4, 6)
    if rest or count < 1:
        raise ValueError(f"a wide ResNet of depth {depth}: the depth has to be 10, 16, 22, 28 …")
    layers: list[nn.Module] = [nn.Conv2d(3, 16, 3, 1, 1, bias=False)]
    previous = 16
    for stage in range(3):
        planes = width * 2**stage
        for block in range(count):
            layers.append(PreActivationBlock(previous, planes, 2 if stage and not block else 1))
            previous = planes
    layers += [nn.BatchNorm2d(previous), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return kaiming(nn.Sequential(*layers, nn.Linear(previous, classes)))


def vgg11(width: int = 64, classes: int = 10, dropout: float = 0.5, normalised: bool = False) -> nn.Sequential:
    """VGG-11: 8 convolutions with their ReLU, 5 poolings, two hidden layers of 8·width. The paper's network
    has no batch norm. If `normalised` is true, there is one between each convolution and its ReLU.

    The maps of the convolutions have 32, 16, 8, 8, 4, 4, 2 and 2 pixels. Index 5 has 8·width x 4x4.
    """
    hidden = 8 * width
    layers = [*vgg11_maps(width, 3, normalised), nn.Flatten()]
    for _ in range(2):
        layers += [nn.Dropout(dropout), nn.Linear(hidden, hidden), nn.ReLU()]
    network = nn.Sequential(*layers, nn.Linear(hidden, classes))
    # Convolutions are initialised by the fan-out, and layers as by PyTorch. With the fan-in, the first logits
    # are so large that all ReLUs die at the paper's first learning rate.
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(module.bias)
    return network


def vgg11_maps(width: int, channels: int, normalised: bool = False) -> list[nn.Module]:
    """VGG-11's 8 convolutions with their ReLU and 5 poolings: [N, channels, 32, 32] to [N, 8·width, 1, 1]."""
    layers: list[nn.Module] = []
    previous = channels
    for factor in (1, "pool", 2, "pool", 4, 4, "pool", 8, 8, "pool", 8, 8, "pool"):
        if factor == "pool":
            layers.append(nn.MaxPool2d(2))
            continue
        layers.append(nn.Conv2d(previous, width * factor, 3, padding=1))
        layers += [nn.BatchNorm2d(width * factor), nn.ReLU()] if normalised else [nn.ReLU()]
        previous = width * factor
    return layers


def vgg11bn(width: int = 64) -> nn.Sequential:
    return vgg11(width, normalised=True)


def mobilenetv3(width: int = 16, classes: int = 10) -> nn.Module:
    """torchvision's MobileNetV3-Small without its first two strides. For 32x32 images, the maps of its blocks
    have 16, 16, 8, 8, 8, 8, 8, 8, 4, 4 and 4 pixels.

    `width` is that of its stem (16 in torchvision). All others keep their ratio to it.
    """
    from torchvision_models import models

    family = models.mobilenetv3
    settings, last = family._mobilenet_v3_conf("mobilenet_v3_small", width_mult=width / 16)
    settings[0].stride = 1
    return family.MobileNetV3(settings, last, num_classes=classes)


def vit(width: int = 192, classes: int = 10) -> nn.Module:
    """A vision transformer of six layers over 8x8 patches of 4x4 pixels, with heads of 64 channels."""
    from torchvision_models import models

    return models.VisionTransformer(
        image_size=32, patch_size=4, num_layers=6, num_heads=width // 64, hidden_dim=width, mlp_dim=2 * width, num_classes=classes
    )


def convnext(width: int = 48, classes: int = 10) -> nn.Module:
    """ConvNeXt of 2, 2, 6 and 2 blocks after a stem of 2x2 patches: maps of 16, 8, 4 and 2 pixels."""
    from torchvision_models import models

    family = models.convnext
    widths = [width * 2**stage for stage in range(4)] + [None]
    depths = (2, 2, 6, 2)
    stages = [family.CNBlockConfig(*of, depth) for of, depth in zip(zip(widths, widths[1:]), depths)]
    network = family.ConvNeXt(stages, stochastic_depth_prob=0.1, num_classes=classes)
    stem = network.features[0]
    stem[0] = nn.Conv2d(3, width, 2, 2)
    nn.init.trunc_normal_(stem[0].weight, std=0.02)
    nn.init.zeros_(stem[0].bias)
    return network


def kaiming(network: nn.Sequential) -> nn.Sequential:
    """Draws weights from Kaiming's normal distribution, and sets the biases of convolutions and layers to
    zero."""
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return network


def blocks(network: nn.Sequential) -> list[nn.Module]:
    """The modules whose outputs are the paper's candidate blocks: residual blocks, or the ReLU of each
    convolution."""
    layers = list(network)
    residual = [layer for layer in layers if isinstance(layer, (ResidualBlock, PreActivationBlock))]
    return residual or [
        after
        for layer, after in zip(layers, layers[1:])
        if isinstance(after, nn.ReLU) and isinstance(layer, (nn.Conv2d, nn.BatchNorm2d))
    ]
