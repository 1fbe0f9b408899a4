"""`oddity.Detector`: a guarded model, ready to score images."""

from __future__ import annotations

import contextlib
import ctypes
import json
import operator
import os
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from . import _library, _sources, _table
from ._assessment import Assessment, assess
from ._diagnosis import Diagnosis, TensorCheck, check_tensors, diagnose
from ._evaluation import Evaluation, evaluate
from ._guarded import Guarded
from ._library import Columns, Engine, Listener, Progress
from ._preprocess import failures
from ._session import Provider, Session
from ._sources import Source
from .errors import HandleError, OddityError, UsageError

if TYPE_CHECKING:
    import numpy

    from ._fit import Fit

# The options of `Detector`. `oddity.fit` has them too.
ENGINE = ("threads", "batch", "precision", "cache_dir", "engine", "device", "device_memory")


@dataclass(frozen=True)
class Scores:
    """The scores and verdicts of n images, as arrays.

    If an image could not be scored, its scores are NaN, its class is -1, and it counts as an outlier, so
    that you notice it.

    Attributes:
        scores: float32 [n, scores of the model]; the first is the calibrated one. Higher is more
            in-distribution.
        p_values: float32 [n]; the expected share of in-distribution images with an equal or lower score.
        outliers: bool [n]
        classes: int64 [n]; the predicted class.
        confidences: float64 [n]; the probability of the predicted class.
        calibrated_confidences: float64 [n]; the confidence, calibrated on labelled images that are new to the
            classifier. NaN if the model has no such calibration.
        errors: why images could not be scored, by row.
    """

    scores: numpy.ndarray
    p_values: numpy.ndarray
    outliers: numpy.ndarray
    classes: numpy.ndarray
    confidences: numpy.ndarray
    calibrated_confidences: numpy.ndarray
    errors: Mapping[int, str]


def _names_of_rows(count: int) -> list[str]:
    """The names of the images of an array."""
    return [f"image#{row}" for row in range(count)]


@dataclass(frozen=True)
class Maps:
    """How much each position of a feature map adds to the score of n images, as arrays.

    If an image could not be scored, or if its values are not all finite, its entries are NaN.

    Attributes:
        contributions: float32 [n, height, width]; what each position adds to the score, the model's
            `info["map"]["score"]`. For FeatureNorm, the sum over the positions is the score. For the energy,
            they are its linear part. Higher is more in-distribution.
        p_values: float32 [n, height, width]; the expected share of in-distribution images with an equal or
            lower contribution at the same position.
        errors: why images could not be scored, by row.
        names: the names of the images, as in the table of `score`.
    """

    contributions: numpy.ndarray
    p_values: numpy.ndarray
    errors: Mapping[int, str]
    names: list[str]


class Detector:
    """Scores images with a guarded model. May be used from several threads, pickled, and closed at any time.

    Args:
        guarded: the path of a guarded model, its bytes, or the result of `oddity.fit`.
        threads: the number of threads of the engine; one per core by default.
        batch: the number of images per batch.
        precision: "f32" or "bf16".
        cache_dir: the folder of the cache of compiled networks, so that later runs start faster.
        engine: "openvino" or "onnxruntime". The default is openvino, or onnxruntime if openvino is not
            installed.
        device: the device of the engine, such as "GPU" for openvino or "cuda:0" for onnxruntime; the
            processor by default.
        device_memory: the maximum MiB of a cuda device's memory for the tensors of a network; no limit by
            default.
        providers: execution providers of the Python package onnxruntime, which then runs the network. The
            form is that of `onnxruntime.InferenceSession`: names, or names with options, in the order of
            preference. Oddity does the preprocessing. Use it instead of `device`.

    Raises:
        InputError: if the file is not a guarded model.
        MissingError: if the engine is not installed.
        UsageError: for a device or provider that the engine does not have.
    """

    # The error of unpickling, if the detector could not be opened.
    _failure: OddityError | None = None

    def __init__(
        self,
        guarded: str | os.PathLike[str] | bytes | bytearray | memoryview | Guarded | Fit,
        *,
        threads: int | None = None,
        batch: int | None = None,
        precision: str | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        engine: str | None = None,
        device: str | None = None,
        device_memory: int | None = None,
        providers: Sequence[Provider] | None = None,
    ) -> None:
        # A fit is accepted as its guarded model.
        guarded = getattr(guarded, "guarded", guarded)
        if isinstance(guarded, (bytes, bytearray, memoryview)):
            guarded = Guarded(bytes(guarded))
        elif not isinstance(guarded, (str, os.PathLike)):
            raise UsageError(
                f"{type(guarded).__name__} is no guarded model: pass its path, its bytes, or what "
                "oddity.fit made"
            )
        self._guarded = guarded
        self._options: dict[str, Any] = {
            "threads": threads,
            "batch": batch,
            "precision": precision,
            "cache_dir": cache_dir,
            "engine": engine,
            "device": device,
            "device_memory": device_memory,
            "providers": providers,
        }
        self._session = None if providers is None else _session(self._options)
        with guarded.opened() if isinstance(guarded, Guarded) else contextlib.nullcontext(guarded) as path:
            self._handle: int = self._open(path)
        self._close = weakref.finalize(self, _library.free, self._handle)
        self._info: dict[str, Any] = self._describe()

    def _open(self, path: str | os.PathLike[str]) -> int:
        """A handle of the C library."""
        place = _library.handle()
        names = () if self._session is not None else ("precision", "cache_dir", "engine", "device")
        settings = Engine(
            threads=_count(self._options["threads"], "threads"),
            batch=_count(self._options["batch"], "batch"),
            device_memory=_count(self._options["device_memory"], "device_memory") << 20,
            **{"name" if name == "engine" else name: _text(self._options[name]) for name in names},
        )
        text = _library.texts([path])[0]
        given = [text, ctypes.byref(settings)]
        if self._session is None:
            _library.call("oddity_detector_open", *given, ctypes.byref(place))
        else:
            with self._session.calls():
                runner = ctypes.byref(self._session.runner)
                _library.call("oddity_detector_open_with", *given, runner, ctypes.byref(place))
        return int(place.value)

    def _calls(self) -> contextlib.AbstractContextManager[None]:
        """The context in which calls run the network."""
        return contextlib.nullcontext() if self._session is None else self._session.calls()

    @property
    def path(self) -> str:
        """The guarded model's file."""
        return os.fsdecode(self._guarded)

    def _describe(self) -> dict[str, Any]:
        place = _library.handle()
        _library.call("oddity_detector_describe", self._handle, ctypes.byref(place))
        info: dict[str, Any] = json.loads(_library.take_bytes(place))
        return info

    @property
    def info(self) -> dict[str, Any]:
        """What `oddity inspect --json` prints, with `sample_shape` added."""
        return dict(self._info)

    @property
    def score_names(self) -> list[str]:
        """The fitted scores. The first one is the calibrated one."""
        return list(self._info["scores"])

    @property
    def alpha(self) -> float:
        """The share of in-distribution images that may be flagged."""
        return float(self._info["alpha"])

    @property
    def threshold(self) -> float:
        """Images with a score below it are outliers.

        This applies if the model is calibrated over all classes together.
        """
        return float(self._info["threshold"])

    @property
    def labels(self) -> list[str] | None:
        """The names of the classes; None if the model does not contain them."""
        labels = self._info.get("labels")
        return None if labels is None else list(labels)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The shape of one preprocessed image, such as (3, 224, 224)."""
        return tuple(self._info["sample_shape"])

    def score(self, images: Any, *, table: str | None = None, progress: Progress | bool | None = None) -> Any:
        """Scores images, in their order.

        Args:
            images: a path (folder, image, archive, array), a PIL image, a uint8 array [n, height, width,
                channels], a float32 array [n, *sample_shape] that is already preprocessed, or a list.
            table: "pandas", "polars" or "numpy"; the first that is installed by default.
            progress: is called with the task, the number of finished steps and the total.

        Returns:
            A table with the columns name, score, p_value, outlier, class, label (if the model has names),
            confidence, calibrated_confidence (if the model has that calibration), score.NAME for each score
            (if several were fitted), and error (if an image failed).
        """
        _table.require_kind(table)
        names, scores = self._scored(images, progress, wants_names=True)
        columns: dict[str, Any] = {
            "name": names,
            "score": scores.scores[:, 0],
            "p_value": scores.p_values,
            "outlier": scores.outliers,
            "class": scores.classes,
        }
        labels = self.labels
        if labels is not None:
            columns["label"] = [labels[index] if index >= 0 else None for index in scores.classes]
        columns["confidence"] = scores.confidences
        if self._info.get("confidence_temperature") is not None:
            columns["calibrated_confidence"] = scores.calibrated_confidences
        if len(self.score_names) > 1:
            for position, name in enumerate(self.score_names):
                columns[f"score.{name}"] = scores.scores[:, position]
        if scores.errors:
            columns["error"] = [scores.errors.get(row) for row in range(len(names))]
        return _table.table(columns, table)

    def arrays(self, images: Any, *, progress: Progress | bool | None = None) -> Scores:
        """Scores images, as `score` does.

        A contiguous float32 array is passed to the engine without a copy.

        Returns:
            NumPy arrays.
        """
        return self._scored(images, progress, wants_names=False)[1]

    def maps(self, images: Any, *, progress: Progress | bool | None = None) -> Maps:
        """Computes how much each position of an image adds to the score of the model's map.

        The first call compiles the network again.

        Args:
            images: as `score` takes them.
            progress: is called with the task, the number of finished steps and the total.

        Raises:
            UsageError: if the model was fitted without `with_map`, or if arrays do not have the input shape
                of the network.
        """
        import numpy

        self._require_open()
        tensors = _sources.tensor_array(images)
        map_ = self._info.get("map") or {}
        # Rows that do not fit become failed images. If one array does not fit, all its rows fail, so raise an
        # error at once.
        if map_ and tensors is not None and tensors.shape[1:] != self.sample_shape:
            raise UsageError(
                f"the network takes [N, {', '.join(map(str, self.sample_shape))}], "
                f"not an array of shape {list(tensors.shape)}"
            )
        place = _library.handle()
        with Source(images, turns=self._turns) as source:
            shape = (len(source), map_.get("height", 0), map_.get("width", 0))
            contributions = numpy.empty(shape, numpy.float32)
            p_values = numpy.empty(shape, numpy.float32)
            with Listener(progress) as listener, self._calls():
                _library.call(
                    "oddity_maps",
                    self._handle,
                    source.handle,
                    contributions.ctypes.data,
                    p_values.ctypes.data,
                    len(source),
                    listener.pointer,
                    None,
                    ctypes.byref(place),
                )
                errors = failures(place)
            names = source.names if tensors is None else _names_of_rows(len(source))
        return Maps(contributions, p_values, errors, names)

    def _scored(
        self, images: Any, progress: Progress | bool | None, *, wants_names: bool
    ) -> tuple[list[str], Scores]:
        self._require_open()
        tensors = _sources.tensor_array(images)
        if tensors is not None:
            names = _names_of_rows(len(tensors)) if wants_names else []
            return names, self._of_tensors(tensors, progress)
        with Source(images, turns=self._turns) as source:
            return (source.names if wants_names else []), self._of_source(source, progress)

    @property
    def _turns(self) -> bool:
        """Whether pictures are rotated as their EXIF data says."""
        return bool(self._info["preprocessing"]["exif_orientation"])

    def _of_tensors(self, tensors: numpy.ndarray, progress: Progress | bool | None) -> Scores:
        results = self._results(len(tensors))
        shape = (ctypes.c_int64 * tensors.ndim)(*tensors.shape)
        with Listener(progress) as listener, self._calls():
            _library.call(
                "oddity_score_tensors",
                self._handle,
                tensors.ctypes.data,
                shape,
                tensors.ndim,
                ctypes.byref(_columns(results)),
                listener.pointer,
                None,
            )
        return results

    def _of_source(self, source: Source, progress: Progress | bool | None) -> Scores:
        count = len(source)
        results = self._results(count)
        place = _library.handle()
        with Listener(progress) as listener, self._calls():
            _library.call(
                "oddity_score",
                self._handle,
                source.handle,
                ctypes.byref(_columns(results)),
                count,
                listener.pointer,
                None,
                ctypes.byref(place),
            )
            errors = failures(place)
        return replace(results, errors=errors)

    def _results(self, count: int) -> Scores:
        import numpy

        return Scores(
            scores=numpy.empty((count, len(self.score_names)), numpy.float32),
            p_values=numpy.empty(count, numpy.float32),
            outliers=numpy.empty(count, numpy.bool_),
            classes=numpy.empty(count, numpy.int64),
            confidences=numpy.empty(count, numpy.float64),
            calibrated_confidences=numpy.empty(count, numpy.float64),
            errors={},
        )

    def evaluate(
        self,
        *,
        id: Any,
        ood: Mapping[str, Any],
        shifted: Mapping[str, Any] | None = None,
        labels: str | os.PathLike[str] | None = None,
        progress: Progress | bool | None = None,
    ) -> Evaluation:
        """Measures how well the detector distinguishes in-distribution images from OOD images.

        Args:
            id: in-distribution images that were not used to fit.
            ood: sets of OOD images, by name.
            shifted: sets of shifted in-distribution images in class folders, by name.
            labels: a file with the true classes of `id`, in the form of `oddity evaluate --labels`.

        Raises:
            InputError: for images that cannot be used.
        """
        self._require_open()
        with self._own_network() as flags:
            return evaluate(
                self.path,
                flags,
                id=id,
                ood=ood,
                shifted=shifted,
                labels=labels,
                progress=progress,
                turns=self._turns,
            )

    def diagnose(
        self, images: Any, *, limit: int | None = None, progress: Progress | bool | None = None
    ) -> Diagnosis:
        """Checks whether images are preprocessed as the classifier expects, and names the fault if not.

        Args:
            images: at least 64 images of the kind that the classifier was trained on. Their classes may be
                unknown. Float arrays are network inputs that your own pipeline has made.
            limit: the size of a seeded sample of the images. The default is a quarter of the number of
                calibration images that they are compared with, from 64 to 256.

        Raises:
            ModelError: if the guarded file contains no signatures.
            InputError: for images that cannot be used, or too few.
        """
        self._require_open()
        with self._own_network() as flags:
            return diagnose(
                self.path, flags, images=images, limit=limit, progress=progress, turns=self._turns
            )

    def assess(
        self,
        images: Any,
        *,
        max_outliers: float | None = None,
        shift_alpha: float | None = None,
        min_accuracy: float | None = None,
        progress: Progress | bool | None = None,
    ) -> Assessment:
        """Assesses a batch without labels: shift, strange images, expected accuracy.

        Args:
            images: at least 16 images. Some hundreds give far more information. Their classes may be unknown.
            max_outliers: the batch does not pass if more than this share is strange for sure.
            shift_alpha: the batch does not pass if the p-value of the shift is at most this value, which must
                be 0.001 or more.
            min_accuracy: the batch does not pass if the lower bound of the accuracy on accepted images is
                below this.

        Raises:
            InputError: for images that cannot be used, or too few.
        """
        self._require_open()
        gates = {"max_outliers": max_outliers, "shift_alpha": shift_alpha, "min_accuracy": min_accuracy}
        with self._own_network() as flags:
            return assess(self.path, flags, images=images, gates=gates, progress=progress, turns=self._turns)

    def check_tensors(self, tensors: Any, images: Any) -> TensorCheck:
        """Compares tensors of your own pipeline with those that Oddity makes from the same images.

        Args:
            tensors: float32 [n, …], one row for each image: an array, or the path of a `.npy` file.
            images: the images that they were made from, in the same order.

        Raises:
            InputError: if the number of rows is not the number of images, or if rows have another size.
        """
        self._require_open()
        with self._calls():
            return check_tensors(self.path, tensors, images, turns=self._turns)

    @contextlib.contextmanager
    def _own_network(self) -> Iterator[list[str]]:
        """The command-line flags that run the model in the same way as this detector."""
        options = {**self._options, "providers": None}
        if self._session is not None:
            options |= {"engine": None, "device": f"memory:{self._handle}"}
        flags = [
            f"--{name.replace('_', '-')}={os.fsdecode(value) if isinstance(value, os.PathLike) else value}"
            for name, value in options.items()
            if value is not None
        ]
        with self._calls():
            own = None if self._session is None else self._session.numbers
            try:
                yield flags
            finally:
                # The command had its own network.
                if self._session is not None and own is not None:
                    self._session.keep(own)

    def close(self) -> None:
        """Frees the engine's memory. Any later use raises HandleError."""
        self._close()
        if self._session is not None:
            self._session.close()

    def _require_open(self) -> None:
        if self._failure is not None:
            raise self._failure
        if not self._close.alive:
            raise HandleError("the detector was closed: open another one", 131, "badHandle")

    def __enter__(self) -> Detector:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> Any:
        if isinstance(self._guarded, Guarded):
            return _opened, (bytes(self._guarded), self._options)
        with open(self.path, "rb") as file:
            return _opened, (file.read(), self._options)

    def _repr_html_(self) -> str:
        import html

        info = self._info
        rows = [
            ("score", self.score_names[0]),
            ("further scores", ", ".join(self.score_names[1:])),
            ("block", info["block"]["tensor"]),
            ("threshold", f"{self.threshold:g}"),
            ("alpha", str(info["alpha"])),
            ("calibration images", str(info["calibration_size"])),
            ("classes", str(info["classes"])),
        ]
        cells = "".join(
            f"<tr><th>{name}</th><td>{html.escape(value)}</td></tr>" for name, value in rows if value
        )
        return f"<table>{cells}</table>"

    def __repr__(self) -> str:
        state = "" if self._close.alive else ", closed"
        return f"<oddity.Detector: {self.score_names[0]}, threshold {self.threshold:g}{state}>"


def _session(options: Mapping[str, Any]) -> Session:
    """The session that runs the network, if the options name providers."""
    if options["engine"] not in (None, "onnxruntime"):
        raise UsageError(f"providers are ONNX Runtime's: leave out engine={options['engine']!r}")
    for name in ("device", "device_memory", "precision", "cache_dir"):
        if options[name] is not None:
            raise UsageError(
                f"providers say what computes: leave out {name}, or give it to a provider as an option"
            )
    return Session(options["providers"], _count(options["threads"], "threads") or None)


def _opened(content: bytes, options: dict[str, Any]) -> Detector:
    """Reopens a detector from its pickle.

    If this fails, as in a fork, using the detector raises the error. If unpickling raised it, a pool of
    processes would hang.
    """
    try:
        return Detector(content, **options)
    except OddityError as error:
        return _Unopened(content, options, error.with_traceback(None))


class _Unopened(Detector):
    """A detector that raises an error when it is used."""

    _failure: OddityError

    def __init__(self, content: bytes, options: dict[str, Any], failure: OddityError) -> None:
        self._content, self._options, self._failure = content, options, failure

    @property
    def _info(self) -> dict[str, Any]:  # type: ignore[override]
        raise self._failure

    @property
    def path(self) -> str:
        raise self._failure

    def close(self) -> None:
        """There is nothing to release."""

    def __reduce__(self) -> Any:
        return _opened, (self._content, self._options)

    def __repr__(self) -> str:
        return f"<oddity.Detector that cannot be opened: {self._failure}>"


def _count(value: int | None, name: str) -> int:
    if value is None:
        return 0
    number = operator.index(value) if hasattr(value, "__index__") else 0
    if not 0 < number < 1 << 31:
        raise UsageError(f"{name} is {value!r}: pass a whole number of at least 1")
    return number


def _text(value: str | os.PathLike[str] | None) -> bytes | None:
    """A text as a member of a C structure, which keeps it."""
    return None if value is None else bytes(_library.texts([value])[0])


def _columns(results: Scores) -> Columns:
    return Columns(
        results.scores.ctypes.data,
        results.p_values.ctypes.data,
        results.outliers.ctypes.data,
        results.classes.ctypes.data,
        results.confidences.ctypes.data,
        results.calibrated_confidences.ctypes.data,
    )
