"""Oddity as an outlier detector of scikit-learn.

    from oddity.sklearn import OddityDetector
    detector = OddityDetector("model.onnx", preprocess="cifar").fit(images)
    detector.predict(others)    # 1, or −1 for outliers

It passes the checks that scikit-learn's `check_estimator` runs. That function skips every check that uses
tables [n, features], because the tags say that X is not a table. See docs/python/sklearn.md.
"""

from __future__ import annotations

import os
import weakref
from typing import Any

from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.exceptions import NotFittedError

from . import _detector, _fit
from .errors import InputError, UsageError

__all__ = ["OddityDetector"]

# Open detectors are stored outside the estimators, so that a fitted estimator does not change and is pickled
# without them.
_OPENED: weakref.WeakKeyDictionary[OddityDetector, _detector.Detector] = weakref.WeakKeyDictionary()


class OddityDetector(OutlierMixin, BaseEstimator):  # type: ignore[misc]
    """Guards an ONNX image classifier and finds images that are unlike those that it was fitted on.

    The parameters are those of `oddity.fit`, with the same meaning. `score_name` is its `score`. `model` is a
    path or bytes. `calibration` contains images that the classifier was not trained on, in any form that X
    may have.

    X contains uint8 images [n, h, w] or [n, h, w, c] (1, 3 or 4 channels), preprocessed floats [n, c, h, w]
    (or in the layout of the classifier's input), or is a list of image paths.

    Attributes:
        guarded_: the guarded model, bytes of an ONNX file. Only this is pickled.
        detector_: its `oddity.Detector`, opened on first use in each process.
        selected_: the selected block, {"index", "tensor"}.
        threshold_: images with a score below it are outliers (if all classes share a calibration).
        offset_: the same number, under scikit-learn's name.
        fit_json_: what `oddity fit --json` prints.
    """

    def __init__(
        self,
        model: Any = None,
        *,
        calibration: Any = None,
        preprocess: Any = None,
        labels: Any = None,
        head: str | None = None,
        score_name: Any = "auto",
        block: Any = None,
        pseudo_ood: Any = None,
        with_selected_norm: bool = False,
        settings: Any = None,
        limit: int | None = None,
        seed: int | None = None,
        alpha: float = 0.05,
        confidence: float | None = None,
        calibration_by: str | None = None,
        threads: int | None = None,
        batch: int | None = None,
        precision: str | None = None,
        cache_dir: Any = None,
        engine: str | None = None,
        device: str | None = None,
        device_memory: int | None = None,
    ) -> None:
        self.model = model
        self.calibration = calibration
        self.preprocess = preprocess
        self.labels = labels
        self.head = head
        self.score_name = score_name
        self.block = block
        self.pseudo_ood = pseudo_ood
        self.with_selected_norm = with_selected_norm
        self.settings = settings
        self.limit = limit
        self.seed = seed
        self.alpha = alpha
        self.confidence = confidence
        self.calibration_by = calibration_by
        self.threads = threads
        self.batch = batch
        self.precision = precision
        self.cache_dir = cache_dir
        self.engine = engine
        self.device = device
        self.device_memory = device_memory

    def fit(self, X: Any, y: Any = None) -> OddityDetector:
        """Selects a block, chooses a score and calibrates it. `y` is ignored. X must not contain outliers.

        Raises:
            UsageError: if X has none of these forms, or a parameter is invalid.
            InputError: if the model cannot be guarded, or images cannot be read.
        """
        if self.model is None:
            raise UsageError("no classifier was given; pass the path of an ONNX file as model")
        options = self.get_params(deep=False)
        options["score"] = options.pop("score_name")
        options["calibration"] = None if self.calibration is None else _source(self.calibration)
        fitted = _fit.fit(options.pop("model"), id=_source(X), progress=False, **options)
        _close(self)
        self.guarded_ = bytes(fitted.guarded)
        self.fit_json_ = fitted.json
        self.selected_ = fitted.json["selected"]
        self.threshold_ = self.offset_ = _threshold(fitted.json["threshold"])
        return self

    def score_samples(self, X: Any) -> Any:
        """Scores [n]. Higher is more in-distribution.

        Raises:
            InputError: if an image cannot be scored.
        """
        return _calibrated(self._scored(X))

    def decision_function(self, X: Any) -> Any:
        """Scores minus the threshold, [n]. At least 0 for images for which `predict` returns 1.

        With calibration_by="class", the threshold is that of the image's predicted class.
        """
        scored = self._scored(X)
        return _calibrated(scored) - self._thresholds(scored.classes)

    def predict(self, X: Any) -> Any:
        """Verdicts [n] from the conformal p-values at `alpha`: −1 for outliers, otherwise 1."""
        import numpy

        return numpy.where(self._scored(X).outliers, -1, 1)

    @property
    def detector_(self) -> Any:
        """The `oddity.Detector` that scores.

        Raises:
            NotFittedError: before `fit`.
        """
        if not hasattr(self, "guarded_"):
            raise NotFittedError("this OddityDetector is not fitted yet; call fit first")
        if self not in _OPENED:
            engine = {name: getattr(self, name) for name in _detector.ENGINE}
            _OPENED[self] = _detector.Detector(self.guarded_, **engine)
        return _OPENED[self]

    def _scored(self, X: Any) -> Any:
        import numpy

        scored = self.detector_.arrays(_source(X))
        for row, message in scored.errors.items():
            raise InputError(f"row {row} of X cannot be scored: {message}")
        missing = numpy.isnan(scored.scores[:, 0]).nonzero()[0]
        if len(missing):
            raise InputError(f"row {missing[0]} of X holds values that are NaN or infinite: leave it out")
        return scored

    def _thresholds(self, classes: Any) -> Any:
        """The threshold of each image, or one threshold for all."""
        import numpy

        groups = self.fit_json_.get("calibration_groups")
        if not groups:
            return self.threshold_
        by_class = {index: _threshold(group["threshold"]) for group in groups for index in group["classes"]}
        return numpy.array([by_class[index] for index in classes.tolist()])

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "guarded_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags


def _threshold(value: float | None) -> float:
    """A value below every score, for the case of too few calibration images for any image to be an
    outlier."""
    return -float("inf") if value is None else float(value)


def _calibrated(scored: _detector.Scores) -> Any:
    """The first score of each image, [n], in scikit-learn's precision."""
    return scored.scores[:, 0].astype(float)


def _close(estimator: OddityDetector) -> None:
    opened = _OPENED.pop(estimator, None)
    if opened is not None:
        opened.close()


def _source(X: Any) -> Any:
    """The form of X for `oddity`: an array of uint8 or float32, or a list of paths."""
    import numpy

    if isinstance(X, (str, os.PathLike)):
        return X
    values = numpy.asarray(X)
    if values.ndim == 1 and len(values) and all(isinstance(each, (str, os.PathLike)) for each in values):
        return [os.fspath(each) for each in values]
    if values.dtype == numpy.uint8 and values.ndim in (3, 4):
        return values
    if values.dtype.kind == "f" and values.ndim == 4:
        return numpy.ascontiguousarray(values, numpy.float32)
    raise UsageError(
        f"X is {values.dtype} {list(values.shape)}; pass uint8 images [n, h, w] or [n, h, w, c], "
        "preprocessed floats [n, c, h, w], or a list of paths"
    )
