"""A CIFAR-10 training: its epochs, its accuracy, its checkpoints."""

import dataclasses
import os
from pathlib import Path

import torch
from torch import nn

import cifar_data
from cifar_data import Images
from cifar_recipe import BATCH, MOMENTUM, WEIGHT_DECAY, Recipe


class Training:
    """A network on its way: its weights, its optimizer's state, and a line for each epoch so far."""

    def __init__(self, recipe: Recipe, device: str):
        torch.manual_seed(recipe.seed)
        self.recipe, self.device = recipe, device
        self.network = recipe.build().to(device, memory_format=torch.channels_last)
        self.optimizer = torch.optim.SGD(
            self.network.parameters(),
            recipe.peak,
            momentum=MOMENTUM,
            weight_decay=WEIGHT_DECAY,
            nesterov=recipe.nesterov,
        )
        self.epochs: list[dict] = []

    def autocast(self, bf16: bool) -> torch.autocast:
        return torch.autocast(self.device, torch.bfloat16, enabled=bf16)

    def train_epoch(self, images: Images) -> float:
        """Goes once through all images but a last incomplete batch. Returns the mean loss."""
        epoch = len(self.epochs)
        # Seeded by epoch, so that order, shifts and dropout do not depend on where the training was resumed.
        torch.manual_seed(self.recipe.seed * 1_000_003 + epoch + 1)
        self.network.train()
        batches = torch.randperm(len(images)).split(BATCH)[: len(images) // BATCH]
        total = torch.zeros((), device=self.device)
        for index, rows in enumerate(batches):
            progress = (epoch + index / len(batches)) / self.recipe.epochs
            total += self.step(*cifar_data.batch(images, rows, augment=True), progress)
        mean = total.item() / len(batches)
        if not mean < float("inf"):
            raise ValueError(f"the loss is {mean}: try a lower --peak or a longer --warmup")
        return mean

    def step(self, x: torch.Tensor, labels: torch.Tensor, progress: float) -> torch.Tensor:
        """One batch. Returns its loss."""
        self.optimizer.param_groups[0]["lr"] = self.recipe.learning_rate(progress)
        with self.autocast(self.recipe.bf16):
            logits = self.network(x)
        loss = nn.functional.cross_entropy(logits.float(), labels)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    @torch.no_grad()
    def accuracy(self, images: Images, bf16: bool) -> float:
        """The share of images whose largest logit is their class's."""
        self.network.eval()
        hits = 0
        for rows in torch.arange(len(images)).split(500):
            x, labels = cifar_data.batch(images, rows, augment=False)
            with self.autocast(bf16):
                hits += (self.network(x).argmax(1) == labels).sum().item()
        return hits / len(images)

    def save(self, path: Path) -> None:
        state = {
            "recipe": dataclasses.asdict(self.recipe),
            "epochs": self.epochs,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        partial = path.with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, path)

    def restore(self, path: Path) -> None:
        state = torch.load(path, map_location=self.device)
        if state["recipe"] != dataclasses.asdict(self.recipe):
            raise SystemExit(f"{path} was made with other options: {state['recipe']}")
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epochs = state["epochs"]
