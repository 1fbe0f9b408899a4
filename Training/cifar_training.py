"""A CIFAR-10 training: its steps, its epochs, its accuracy, its checkpoints."""

import contextlib
import dataclasses
import os
from pathlib import Path

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

import cifar_data
from cifar_data import Images
from cifar_recipe import BATCH, MOMENTUM, Recipe


class Training:
    """The state of a training: the network's weights, their momentum, and a line for each epoch so far."""

    def __init__(self, recipe: Recipe, device: str):
        torch.manual_seed(recipe.seed)
        self.recipe, self.device = recipe, device
        self.network = recipe.build().to(device, memory_format=torch.channels_last)
        self.parameters = list(self.network.parameters())
        self.momentum = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.adam = None
        if recipe.optimiser == "adamw":
            self.momentum = []
            self.adam = torch.optim.AdamW(self.parameters, weight_decay=recipe.weight_decay)
        self.augment = randaugment() if recipe.randaugment else None
        self.rate, self.loss = torch.zeros((), device=device), torch.zeros((), device=device)
        self.epochs: list[dict] = []

    def autocast(self, bf16: bool) -> torch.autocast:
        # Disables the cache of cast weights, which would outlive a captured step.
        return torch.autocast(self.device, torch.bfloat16, enabled=bf16, cache_enabled=False)

    def attention(self) -> contextlib.AbstractContextManager:
        # With 65 tokens in bfloat16, PyTorch's fused attention is slower on a CPU than matrix products.
        return sdpa_kernel(SDPBackend.MATH) if self.device == "cpu" else contextlib.nullcontext()

    def draw_epoch(self, images: Images) -> torch.Tensor:
        """The batches of the next epoch, [batches, 128, 4], without a last incomplete one."""
        # Seeded by epoch, so that order, shifts and dropout do not depend on where the training was resumed.
        torch.manual_seed(self.recipe.seed * 1_000_003 + len(self.epochs) + 1)
        count = len(images) // BATCH
        return cifar_data.draw(len(images), augment=True)[: count * BATCH].view(count, BATCH, 4)

    def train_epoch(self, images: Images) -> float:
        """Runs once through the images. Returns the mean loss."""
        self.network.train()
        self.loss.zero_()
        batches = self.draw_epoch(images)
        for index, draws in enumerate(batches.to(self.device)):
            self.rate.fill_(self.learning_rate(index, len(batches)))
            self.step(images, draws)
        return self.mean_loss(len(batches))

    def learning_rate(self, batch: int, batches: int) -> float:
        return self.recipe.learning_rate((len(self.epochs) + batch / batches) / self.recipe.epochs)

    def step(self, images: Images, draws: torch.Tensor) -> None:
        """Trains on one batch: adds its loss to `loss`, and changes the weights by SGD with `rate`. It never
        waits for the device, so that a GPU can capture it. PyTorch's own SGD reads the rate on the CPU."""
        x, labels = cifar_data.batch(images, draws, self.augment)
        with self.attention():
            loss = self.mixed_loss(x, labels) if self.recipe.mixup else self.loss_of(x, labels)
            gradients = list(torch.autograd.grad(loss, self.parameters))
        with torch.no_grad():
            self.loss += loss
        if self.adam:
            self.adam_step(gradients)
        else:
            self.momentum_step(gradients)

    def loss_of(self, x: torch.Tensor, *labels: torch.Tensor) -> torch.Tensor:
        """The mean cross-entropy for one list of labels, or for each of several."""
        with self.autocast(self.recipe.bf16):
            logits = self.network(x)
        losses = [
            nn.functional.cross_entropy(logits.float(), of, label_smoothing=self.recipe.smoothing) for of in labels
        ]
        return losses[0] if len(losses) == 1 else torch.stack(losses)

    def mixed_loss(self, x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Mixup (Zhang et al., ICLR 2018): each image is blended with another one of the batch, and so are
        the labels."""
        share = torch.distributions.Beta(self.recipe.mixup, self.recipe.mixup).sample().to(x.device)
        others = torch.randperm(len(x)).to(x.device)
        losses = self.loss_of(share * x + (1 - share) * x[others], labels, labels[others])
        return share * losses[0] + (1 - share) * losses[1]

    @torch.no_grad()
    def momentum_step(self, gradients: list[torch.Tensor]) -> None:
        torch._foreach_add_(gradients, self.parameters, alpha=self.recipe.weight_decay)
        torch._foreach_mul_(self.momentum, MOMENTUM)
        torch._foreach_add_(self.momentum, gradients)
        change = self.momentum
        if self.recipe.nesterov:
            change = torch._foreach_add(gradients, self.momentum, alpha=MOMENTUM)
        torch._foreach_sub_(self.parameters, torch._foreach_mul(change, self.rate))

    def adam_step(self, gradients: list[torch.Tensor]) -> None:
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.grad = gradient
        for group in self.adam.param_groups:
            group["lr"] = self.rate.item()
        self.adam.step()
        self.adam.zero_grad()

    def mean_loss(self, batches: int) -> float:
        mean = self.loss.item() / batches
        if not mean < float("inf"):
            raise ValueError(f"the loss is {mean}: try a lower --peak or a longer --warmup")
        return mean

    @torch.no_grad()
    def accuracy(self, images: Images, bf16: bool) -> float:
        """The share of images whose largest logit is that of their class."""
        self.network.eval()
        hits = torch.zeros((), dtype=torch.int64, device=self.device)
        for draws in cifar_data.draw(len(images), augment=False).to(self.device).split(500):
            x, labels = cifar_data.batch(images, draws)
            with self.autocast(bf16):
                hits += (self.network(x).argmax(1) == labels).sum()
        return hits.item() / len(images)

    def state(self) -> dict:
        return {
            "recipe": dataclasses.asdict(self.recipe),
            "epochs": self.epochs,
            "network": self.network.state_dict(),
            "momentum": self.momentum,
            "adam": self.adam.state_dict() if self.adam else None,
        }

    def save(self, path: Path) -> None:
        partial = path.with_suffix(".partial")
        torch.save(self.state(), partial)
        os.replace(partial, path)

    def restore(self, path: Path) -> None:
        state = torch.load(path, map_location=self.device)
        # A checkpoint from before a setting existed was made with its default.
        if Recipe(**state["recipe"]) != self.recipe:
            raise SystemExit(f"{path} was made with other options: {state['recipe']}")
        self.put_back(state)

    def put_back(self, state: dict) -> None:
        """Copies a state's values into the existing tensors, which a captured step refers to."""
        self.network.load_state_dict(state["network"])
        for mine, theirs in zip(self.momentum, state["momentum"], strict=True):
            mine.copy_(theirs)
        if self.adam:
            self.adam.load_state_dict(state["adam"])
        self.epochs = list(state["epochs"])


def randaugment():
    """The augmentation of uint8 images [3, 32, 32]."""
    import torchvision_models  # noqa: F401  (torchvision may not load otherwise)
    from torchvision.transforms import v2

    return v2.RandAugment(num_ops=2, magnitude=9)
