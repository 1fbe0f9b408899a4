"""The two classifiers of the demo: 28x28 grey images, 10 classes."""

from torch import nn
from torch.nn.functional import relu

# Mean and standard deviation of Fashion-MNIST's training pixels in 0…1; inputs are normalised by them.
MEAN, STD = 0.2860, 0.3530
BLACK = -MEAN / STD


def vgg11(width: int = 20, classes: int = 10) -> nn.Sequential:
    """VGG-11 without batch norm: 8 convolutions with their ReLU, 5 poolings, one linear layer.

    A black frame makes the images 32x32, so that every pooling halves evenly: maps of 32, 16, 8, 8, 4,
    4, 2 and 2 pixels, as with CIFAR images. The weights start as PyTorch draws them, which is smaller
    than Kaiming's normal distribution.
    """
    layers: list[nn.Module] = [nn.ConstantPad2d(2, BLACK)]
    previous = 1
    for factor in (1, "pool", 2, "pool", 4, 4, "pool", 8, 8, "pool", 8, 8, "pool"):
        if factor == "pool":
            layers.append(nn.MaxPool2d(2))
            continue
        layers += [nn.Conv2d(previous, width * factor, 3, padding=1), nn.ReLU()]
        previous = width * factor
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(previous, classes))


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
