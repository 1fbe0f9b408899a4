"""Several parallel trainings on one GPU, each on its own stream."""

import copy
import time
from contextlib import ExitStack, contextmanager

import torch

from cifar_data import Images
from cifar_recipe import BATCH
from cifar_training import Training

WARM_UP = 3


class Lane:
    """A training whose step is a captured CUDA graph. Starting the kernels of a small network one by one
    takes longer than computing them. On a CPU, or with `eager`, the step runs without a graph."""

    def __init__(self, training: Training, images: Images, eager: bool = False):
        self.training, self.images = training, images
        self.graph = None
        if training.device == "cuda" and not eager:
            self.stream = torch.cuda.Stream()
            self.draws = torch.zeros(BATCH, 4, dtype=torch.int64, device="cuda")
            with unchanged(training):
                self.capture()

    @property
    def name(self) -> str:
        return f"{self.training.recipe.name}-seed{self.training.recipe.seed}"

    def capture(self) -> None:
        self.training.network.train()
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            for _ in range(WARM_UP):
                self.training.step(self.images, self.draws)
        torch.cuda.synchronize()
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph, stream=self.stream):
            self.training.step(self.images, self.draws)

    def step(self, draws: torch.Tensor, rate: float) -> None:
        if self.graph is None:
            self.training.rate.fill_(rate)
            return self.training.step(self.images, draws)
        with torch.cuda.stream(self.stream):
            self.draws.copy_(draws)
            self.training.rate.fill_(rate)
            self.graph.replay()


@contextmanager
def unchanged(training: Training):
    """Restores the numbers of a training at the end, in the same tensors."""
    before = copy.deepcopy(training.state())
    yield
    synchronise(training.device)
    training.put_back(before)
    synchronise(training.device)


def seconds_per_step(lanes: list[Lane], steps: int = 20) -> float:
    """The time of one step of every lane in parallel."""
    draws = torch.zeros(BATCH, 4, dtype=torch.int64, device=lanes[0].training.device)
    with ExitStack() as stack:
        for lane in lanes:
            stack.enter_context(unchanged(lane.training))
        # The first steps are slower than later ones.
        for count in (3, steps):
            start = time.monotonic()
            for _ in range(count):
                for lane in lanes:
                    lane.step(draws, 0)
            synchronise(lanes[0].training.device)
        return (time.monotonic() - start) / steps


def synchronise(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def train_epoch(lanes: list[Lane], batches: int | None = None) -> list[float]:
    """Trains one epoch of every lane, step by step in turn, so that the GPU can choose among the kernels of
    all lanes. `batches` ends the epoch early. Returns the mean losses."""
    device = lanes[0].training.device
    plans = []
    for lane in lanes:
        lane.training.network.train()
        lane.training.loss.zero_()
        plans.append(lane.training.draw_epoch(lane.images).to(device))
    count = min(len(plans[0]), batches or len(plans[0]))
    synchronise(device)
    for index in range(count):
        for lane, plan in zip(lanes, plans):
            lane.step(plan[index], lane.training.learning_rate(index, count))
    synchronise(device)
    return [lane.training.mean_loss(count) for lane in lanes]
