"""Small classifiers for the tests, one for each way in which a block can end.

Every network has `blocks`, the modules whose outputs are its blocks, in order; `stems`, the number of layers
before the first block that are shown separately; and `head`, the layer that computes the logits.
"""

import torch
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d, relu

CLASSES = 10


def conv_norm(channels_in, channels, kernel=3, stride=1, groups=1, activation=None):
    layers = [
        nn.Conv2d(channels_in, channels, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(channels),
    ]
    return nn.Sequential(*layers, *([activation] if activation else []))


class Classifier(nn.Module):
    """stem, body, optional norm and ReLU, global pooling, head."""

    stems = 0

    def __init__(self, stem, body, final, head):
        super().__init__()
        self.stem, self.body, self.final, self.head = stem, nn.Sequential(*body), final, head

    @property
    def blocks(self):
        return list(self.body)

    def features(self, x):
        return adaptive_avg_pool2d(self.final(self.body(self.stem(x))), 1).flatten(1)

    def forward(self, x):
        return self.head(self.features(x))


class BasicBlock(nn.Module):
    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.first = conv_norm(channels_in, channels, 3, stride, activation=nn.ReLU())
        self.second = conv_norm(channels, channels)
        same = stride == 1 and channels_in == channels
        self.shortcut = nn.Identity() if same else conv_norm(channels_in, channels, 1, stride)

    def forward(self, x):
        return relu(self.second(self.first(x)) + self.shortcut(x))


class Residual(Classifier):
    stems = 1

    def __init__(self, channels=3, classes=CLASSES):
        body = [
            BasicBlock(8, 8, 1), BasicBlock(8, 16, 2), BasicBlock(16, 16, 1), BasicBlock(16, 24, 2)
        ]  # fmt: skip
        stem = conv_norm(channels, 8, activation=nn.ReLU())
        super().__init__(stem, body, nn.Identity(), nn.Linear(24, classes))


class Vgg(nn.Module):
    """Plain convolutions. The penultimate features are those of a hidden layer."""

    stems = 0

    def __init__(self):
        super().__init__()
        self.layers, previous = nn.Sequential(), 3
        for channels in (8, "pool", 12, "pool", 16, 16, "pool", 24, 24, "pool"):
            if channels == "pool":
                self.layers.append(nn.MaxPool2d(2))
                continue
            self.layers.append(nn.Conv2d(previous, channels, 3, padding=1))
            self.layers.append(nn.ReLU())
            previous = channels
        self.hidden = nn.Sequential(
            nn.Linear(96, 40), nn.ReLU(), nn.Dropout(), nn.Linear(40, 32), nn.ReLU(), nn.Dropout()
        )
        self.head = nn.Linear(32, CLASSES)

    @property
    def blocks(self):
        return [module for module in self.layers if isinstance(module, nn.ReLU)]

    def forward(self, x):
        return self.head(self.hidden(self.layers(x).flatten(1)))


class PreActivationBlock(nn.Module):
    """As in a WideResNet. If the shape changes, the shortcut starts after norm and ReLU."""

    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels_in)
        self.first = conv_norm(channels_in, channels, 3, stride, activation=nn.ReLU())
        self.second = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.shortcut = None
        if stride != 1 or channels_in != channels:
            self.shortcut = nn.Conv2d(channels_in, channels, 1, stride, bias=False)

    def forward(self, x):
        active = relu(self.norm(x))
        return self.second(self.first(active)) + (self.shortcut(active) if self.shortcut else x)


class PreActivation(Classifier):
    stems = 1

    def __init__(self):
        shapes = [(8, 12, 1), (12, 12, 1), (12, 16, 2), (16, 16, 1), (16, 24, 2)]
        body = [PreActivationBlock(*shape) for shape in shapes]
        final = nn.Sequential(nn.BatchNorm2d(24), nn.ReLU())
        stem = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        super().__init__(stem, body, final, nn.Linear(24, CLASSES))


class SqueezeExcitation(nn.Module):
    def __init__(self, channels, gate):
        super().__init__()
        self.layers = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, 4, 1), nn.ReLU(),
            nn.Conv2d(4, channels, 1), gate,
        )  # fmt: skip

    def forward(self, x):
        return x * self.layers(x)


class InvertedResidual(nn.Module):
    def __init__(self, channels_in, channels, stride, activation, gate):
        super().__init__()
        inner = 3 * channels_in
        self.residual = stride == 1 and channels_in == channels
        self.layers = nn.Sequential(
            conv_norm(channels_in, inner, 1, activation=activation()),
            conv_norm(inner, inner, 3, stride, groups=inner, activation=activation()),
            SqueezeExcitation(inner, gate()),
            conv_norm(inner, channels, 1),
        )

    def forward(self, x):
        return x + self.layers(x) if self.residual else self.layers(x)


class MobileBlocks(Classifier):
    """The stem counts as a block, because the last 1x1 convolution does too, as in the paper's count."""

    def __init__(self):
        hard, silu = (nn.Hardswish, nn.Hardsigmoid), (nn.SiLU, nn.Sigmoid)
        body = [
            conv_norm(3, 8, activation=nn.Hardswish()),
            InvertedResidual(8, 8, 1, *hard),
            InvertedResidual(8, 12, 2, *hard),
            InvertedResidual(12, 12, 1, *silu),
            InvertedResidual(12, 16, 2, *silu),
            conv_norm(16, 32, 1, activation=nn.Hardswish()),
        ]
        head = nn.Linear(40, CLASSES)
        super().__init__(nn.Identity(), body, nn.Identity(), head)
        self.hidden = nn.Sequential(nn.Linear(32, 40), nn.Hardswish(), nn.Dropout(0.2))

    def forward(self, x):
        return self.head(self.hidden(self.features(x)))


class DenseBlock(nn.Module):
    def __init__(self, channels, growth=4, layers=3):
        super().__init__()
        self.layers = nn.ModuleList()
        for index in range(layers):
            width = channels + index * growth
            norm = nn.Sequential(nn.BatchNorm2d(width), nn.ReLU())
            bottleneck = conv_norm(width, 2 * growth, 1, activation=nn.ReLU())
            expand = nn.Conv2d(2 * growth, growth, 3, padding=1, bias=False)
            self.layers.append(nn.Sequential(norm, bottleneck, expand))

    def forward(self, x):
        maps = [x]
        for layer in self.layers:
            maps.append(layer(torch.cat(maps, 1)))
        return torch.cat(maps, 1)


class Dense(Classifier):
    stems = 1

    def __init__(self):
        body, channels = [DenseBlock(8)], 20
        for _ in range(3):
            body += [self.transition(channels), DenseBlock(channels // 2)]
            channels = channels // 2 + 12
        stem = conv_norm(3, 8, activation=nn.ReLU())
        final = nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU())
        super().__init__(stem, body, final, nn.Linear(channels, CLASSES))

    @staticmethod
    def transition(channels):
        return nn.Sequential(
            nn.BatchNorm2d(channels), nn.ReLU(),
            nn.Conv2d(channels, channels // 2, 1, bias=False), nn.AvgPool2d(2),
        )  # fmt: skip

    @property
    def blocks(self):
        return [module for module in self.body if isinstance(module, DenseBlock)]


class WithSoftmax(Residual):
    def forward(self, x):
        return super().forward(x).softmax(1)


class ChannelsLast(Residual):
    """Takes [N, H, W, C] images."""

    def forward(self, x):
        return super().forward(x.permute(0, 3, 1, 2))


class TwoInputs(Residual):
    def __init__(self):
        super().__init__(channels=6)

    def forward(self, left, right):
        return super().forward(torch.cat([left, right], 1))


class TwoHeads(Residual):
    def __init__(self):
        super().__init__()
        self.second_head = nn.Linear(24, CLASSES)

    def forward(self, x):
        features = self.features(x)
        return (self.head(features) + self.second_head(relu(features - 0.1))) / 2


class FlatPerceptron(nn.Module):
    stems, blocks = 0, []

    def __init__(self):
        super().__init__()
        self.hidden = nn.Sequential(nn.Flatten(), nn.Linear(3072, 16), nn.ReLU())
        self.head = nn.Linear(16, CLASSES)

    def forward(self, x):
        return self.head(self.hidden(x))


class TwoStreams(nn.Module):
    """Two branches from the image to the features. No feature map feeds all features, except the layer that
    the branches may share."""

    stems = 0

    def __init__(self, shared: bool):
        super().__init__()
        self.shared = conv_norm(3, 8, activation=nn.ReLU()) if shared else nn.Identity()
        channels = 8 if shared else 3
        self.left, self.right = (
            nn.Sequential(
                conv_norm(channels, 8, kernel, activation=nn.ReLU()),
                conv_norm(8, 12, kernel, 2, activation=nn.ReLU()),
            )
            for kernel in (3, 5)
        )
        self.head = nn.Linear(24, CLASSES)

    @property
    def blocks(self):
        return [self.shared] if isinstance(self.shared, nn.Sequential) else []

    def forward(self, x):
        x = self.shared(x)
        maps = [adaptive_avg_pool2d(stream(x), 1).flatten(1) for stream in (self.left, self.right)]
        return self.head(torch.cat(maps, 1))
