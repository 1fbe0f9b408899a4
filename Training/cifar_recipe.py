"""The training of a CIFAR-10 network: all settings that determine its weights, with the paper's values if the
paper has the network."""

from dataclasses import dataclass

from torch import nn

import cifar_networks

PAPER = {
    "resnet18": {"width": 64, "epochs": 100, "peak": 0.1, "steps": (0.5, 0.75, 0.9)},
    "wrn": {"width": 160, "epochs": 200, "peak": 0.1, "steps": (0.5, 0.75)},
    "vgg11": {"width": 64, "epochs": 100, "peak": 0.05, "steps": (0.5, 0.75, 0.9)},
}
# The usual settings of the other networks. `steps` is the paper's schedule, which none of them has.
OTHERS = {
    "vgg11bn": {"width": 64, "epochs": 30, "peak": 0.1},
    "mobilenetv3": {"width": 16, "epochs": 30, "peak": 0.1},
    "vit": {"width": 192, "epochs": 60, "peak": 1e-3, "optimiser": "adamw", "weight_decay": 0.05},
    "convnext": {"width": 48, "epochs": 30, "peak": 2e-3, "optimiser": "adamw", "weight_decay": 0.05},
}
NETWORKS = PAPER | OTHERS
MOMENTUM, WEIGHT_DECAY, BATCH = 0.9, 5e-4, 128
STEP_FACTOR = 0.1


@dataclass(frozen=True)
class Recipe:
    network: str
    depth: int
    """Of the wide ResNets alone."""
    width: int
    epochs: int
    peak: float
    """The largest learning rate."""
    schedule: str
    warmup: float
    """The share of the training in which the learning rate rises from zero."""
    nesterov: bool
    bf16: bool
    seed: int
    optimiser: str = "sgd"
    """`sgd`, with momentum, or `adamw`."""
    weight_decay: float = WEIGHT_DECAY
    smoothing: float = 0
    """The share of a label that goes to all classes alike."""
    mixup: float = 0
    """Both parameters of the beta distribution that two images' shares are drawn from; 0 mixes none."""
    randaugment: bool = False
    """Two of RandAugment's operations, of torchvision's magnitude 9, after the shift."""

    @property
    def name(self) -> str:
        varied = {"smoothing": self.smoothing, "mixup": self.mixup, "randaugment": self.randaugment}
        return "-".join([self.base_name, *(word for word, value in varied.items() if value)])

    @property
    def base_name(self) -> str:
        if self.network == "wrn":
            return f"wrn{self.depth}-{self.width / 16:g}"
        full = NETWORKS[self.network]["width"]
        return self.network if self.width == full else f"{self.network}-w{self.width}"

    def build(self) -> nn.Module:
        if self.network == "wrn":
            return cifar_networks.wrn(self.depth, self.width)
        return getattr(cifar_networks, self.network)(self.width)

    def learning_rate(self, progress: float) -> float:
        """The learning rate at `progress` in [0, 1) of the training. It rises linearly during the warm-up.
        Then `steps` divides it by ten at the paper's shares of the epochs, and `one-cycle` lowers it linearly
        to zero."""
        if progress < self.warmup:
            return self.peak * progress / self.warmup
        if self.schedule == "one-cycle":
            return self.peak * (1 - progress) / (1 - self.warmup)
        passed = sum(progress >= share for share in NETWORKS[self.network]["steps"])
        return self.peak * STEP_FACTOR**passed
