"""The two classifiers of the demo: 28x28 grey images, 10 classes."""

from torch import nn
from torch.nn.functional import relu


def vgg11(width: int = 20, classes: int = 10) -> nn.Sequential:
    """VGG-11 without batch norm: 8 convolutions with their ReLU, 5 poolings, two hidden layers.

    Pooling rounds up, so that 28x28 inputs give maps of 28, 14, 7, 7, 4, 4, 2 and 2 pixels.
    """
    layers: list[nn.Module] = []
    previous = 1
    for factor in (1, "pool", 2, "pool", 4, 4, "pool", 8, 8, "pool", 8, 8, "pool"):
        if factor == "pool":
            layers.append(nn.MaxPool2d(2, ceil_mode=True))
            continue
        layers += [nn.Conv2d(previous, width * factor, 3, padding=1), nn.ReLU()]
        previous = width * factor
    layers.append(nn.Flatten())
    for _ in range(2):
        layers += [nn.Linear(previous, previous), nn.ReLU()]
    network = nn.Sequential(*layers, nn.Linear(previous, classes))
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)
    return network


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


def resnet18(width: int = 16, classes: int = 10) -> nn.Sequential:
    """ResNet-18 with the 3x3 stem of the CIFAR networks: maps of 28, 14, 7 and 4 pixels."""
    layers = [nn.Conv2d(1, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    previous = width
    for stage in range(4):
        channels = width * 2**stage
        layers += [
            ResidualBlock(previous, channels, 1 if stage == 0 else 2),
            ResidualBlock(channels, channels, 1),
        ]
        previous = channels
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(previous, classes)
    )
