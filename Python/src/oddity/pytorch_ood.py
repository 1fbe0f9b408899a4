"""Oddity as a detector for pytorch-ood.

from oddity.pytorch_ood import OddityDetector
detector = OddityDetector(network).fit(train_loader)
metrics.update(detector(x), y)
"""

from __future__ import annotations

from typing import Any, Literal, NoReturn

import torch
from pytorch_ood.api import (
    Detector,
    DetectorInfo,
    ModelNotSetException,
    Paper,
    RequiresFittingException,
    Task,
)

from . import _detector, _fit
from . import torch as _torch
from .errors import UsageError

__all__ = ["OddityDetector"]

_PAPER = Paper(
    title="Block Selection Method for Using Feature Norm in Out-of-Distribution Detection",
    venue="CVPR",
    year=2023,
    url="https://arxiv.org/abs/2212.02295",
)


class OddityDetector(Detector):  # type: ignore[misc]
    """A detector of pytorch-ood that Oddity fits and runs.

    `fit` exports the network, chooses a score without any OOD image, and calibrates it. `predict` runs the
    guarded network on the CPU, regardless of the device of `x`. Attributes after the fit: `fit_result` (the
    result of `oddity.fit`).
    """

    requires_fit = True
    info = DetectorInfo(tasks={Task.CLASSIFICATION}, paper=_PAPER)

    def __init__(
        self, model: Any, *, exporter: Literal["auto", "dynamo", "torchscript"] = "auto", **options: Any
    ) -> None:
        """`model` is a classifier with logits [n, classes]. `options` are those of `oddity.fit`, such as
        score="energy+norm" and alpha=0.01. `threads`, `batch`, `precision`, `cache_dir`, `engine`, `device`
        and `device_memory` also apply to scoring.
        """
        self.model = model
        self.exporter = exporter
        self.options = dict(options)
        self.fit_result: Any = None
        self._opened: Any = None

    def fit(self, data_loader: Any, calibration: Any = None) -> OddityDetector:
        """Fits on batches (x, y). x is [b, c, h, w], in the form of the network's input. Rows with y < 0 are
        left out.

        `calibration` is a loader of images that the network was not trained on. Without it, a fifth of the
        images is used for calibration, and there are more false alarms than `alpha` says.

        Raises:
            ModelNotSetException: if there is no model.
            UsageError: if the loader does not give such batches, or the network cannot be exported.
            InputError: if the network cannot be guarded.
        """
        if self.model is None:
            raise ModelNotSetException("Oddity guards a whole network; pass it as model")
        images = _known(data_loader)
        held_out = None if calibration is None else _known(calibration)
        model = _torch.export(self.model, images.shape[1:], exporter=self.exporter)
        self._close()
        self.fit_result = _fit.fit(model, id=images, calibration=held_out, **self.options)
        return self

    def predict(self, x: Any) -> Any:
        """Outlier scores [b], float32 on the device of `x` [b, c, h, w]. Larger scores are more likely
        out-of-distribution.

        Oddity's own scores have the opposite sign, and the same absolute values.

        Raises:
            RequiresFittingException: before `fit`.
            InputError: if `x` does not have the input shape of the network.
        """
        if self.fit_result is None:
            raise RequiresFittingException()
        scored = self.detector.arrays(_array(x))
        return -torch.from_numpy(scored.scores[:, 0].copy()).to(x.device)

    @property
    def detector(self) -> Any:
        """The underlying `oddity.Detector`, with p-values and verdicts.

        Raises:
            RequiresFittingException: before `fit`.
        """
        if self.fit_result is None:
            raise RequiresFittingException()
        if self._opened is None:
            engine = {name: self.options.get(name) for name in _detector.ENGINE}
            self._opened = _detector.Detector(self.fit_result.guarded, **engine)
        return self._opened

    def fit_features(self, *_: Any) -> NoReturn:
        """Raises:
        NotImplementedError: always.
        """
        raise NotImplementedError("Oddity reads features inside the network; call fit(loader) with images")

    def predict_features(self, *_: Any) -> NoReturn:
        """Raises:
        NotImplementedError: always.
        """
        raise NotImplementedError("Oddity reads features inside the network; call predict(x) with images")

    def _close(self) -> None:
        if self._opened is not None:
            self._opened.close()
        self._opened = None


def _known(loader: Any) -> Any:
    """All images with a label of 0 or more, float32 [n, c, h, w]."""
    parts = []
    for batch in loader:
        if not isinstance(batch, (list, tuple)) or len(batch) < 2:
            raise UsageError("the loader must give batches (x, y), where y < 0 marks images to leave out")
        x, y = batch[0], torch.as_tensor(batch[1])
        parts.append(x.detach().cpu()[y.cpu() >= 0])
    images = torch.cat(parts) if parts else torch.empty(0)
    if images.ndim != 4 or not len(images):
        raise UsageError(
            f"the loader gives {list(images.shape)} in all, but it must give images [n, c, h, w] with y ≥ 0"
        )
    return _array(images)


def _array(x: Any) -> Any:
    return x.detach().to("cpu", torch.float32).contiguous().numpy()
