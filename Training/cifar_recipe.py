"""How a CIFAR-10 network is trained: everything that decides its weights, with the paper's values."""

from dataclasses import dataclass

from torch import nn

import cifar_networks

PAPER = {
    "resnet18": {"width": 64, "epochs": 100, "peak": 0.1, "steps": (0.5, 0.75, 0.9)},
    "wrn": {"width": 160, "epochs": 200, "peak": 0.1, "steps": (0.5, 0.75)},
    "vgg11": {"width": 64, "epochs": 100, "peak": 0.05, "steps": (0.5, 0.75, 0.9)},
}
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

    @property
    def name(self) -> str:
        if self.network == "wrn":
            return f"wrn{self.depth}-{self.width / 16:g}"
        full = PAPER[self.network]["width"]
        return self.network if self.width == full else f"{self.network}-w{self.width}"

    def build(self) -> nn.Module:
        if self.network == "wrn":
            return cifar_networks.wrn(self.depth, self.width)
        return getattr(cifar_networks, self.network)(self.width)

    def learning_rate(self, progress: float) -> float:
        """At `progress` in [0, 1) of the training. It rises linearly over the warm-up; then `steps` divides
        it by ten at the paper's shares of the epochs, and `one-cycle` lets it fall linearly to zero."""
        if progress < self.warmup:
            return self.peak * progress / self.warmup
        if self.schedule == "one-cycle":
            return self.peak * (1 - progress) / (1 - self.warmup)
        passed = sum(progress >= share for share in PAPER[self.network]["steps"])
        return self.peak * STEP_FACTOR**passed
