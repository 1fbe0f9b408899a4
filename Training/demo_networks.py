"""The two classifiers of the demo: 28x28 grey images, 10 classes."""

from torch import nn

import cifar_networks
from cifar_networks import vgg11_maps

# The mean and standard deviation of Fashion-MNIST's training pixels in 0…1, for normalising inputs.
MEAN, STD = 0.2860, 0.3530
BLACK = -MEAN / STD


def vgg11(width: int = 20, classes: int = 10) -> nn.Sequential:
    """VGG-11 without batch norm: 8 convolutions with their ReLU, 5 poolings, one linear layer.

    A black frame makes the images 32x32, so that every pooling halves evenly: maps of 32, 16, 8, 8, 4, 4, 2
    and 2 pixels, as for CIFAR images. The weights have PyTorch's initialisation, whose values are smaller
    than those of Kaiming's normal distribution.
    """
    frame, maps = nn.ConstantPad2d(2, BLACK), vgg11_maps(width, 1)
    return nn.Sequential(frame, *maps, nn.Flatten(), nn.Linear(8 * width, classes))


def resnet18(width: int = 16) -> nn.Sequential:
    """ResNet-18 with the 3x3 stem of the CIFAR networks: maps of 28, 14, 7 and 4 pixels."""
    return cifar_networks.resnet18(width, channels=1)
