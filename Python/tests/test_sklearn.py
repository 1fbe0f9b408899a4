"""oddity.sklearn: an outlier detector that clones, pickles, and works in pipelines and searches."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy
import pytest

pytest.importorskip("sklearn", minversion="1.6")

import joblib
from adapter_data import FIXTURES, GREY, GREY_STEPS, waves
from PIL import Image
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import balanced_accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import estimator_checks_generator
from sklearn.utils.validation import check_array

import oddity.sklearn
from oddity.sklearn import OddityDetector

DEMO = FIXTURES.parents[1] / "Demo" / "networks"
IMAGES = waves(240, 28, 28, 1)
OTHERS = waves(60, 28, 28, 1, seed=7)


def detector(**options: Any) -> OddityDetector:
    given = {"model": str(GREY), "preprocess": GREY_STEPS, "score_name": "energy", "seed": 1}
    return OddityDetector(**{**given, **options})


@pytest.fixture(scope="module")
def fitted() -> OddityDetector:
    return detector().fit(IMAGES)


def test_parameters() -> None:
    original = detector(alpha=0.1)
    copy = clone(original)
    assert copy.get_params() == original.get_params()
    assert copy.set_params(alpha=0.2).alpha == 0.2
    assert original.alpha == 0.1


def test_verdicts_are_those_of_the_threshold(fitted: OddityDetector) -> None:
    scores, decisions, verdicts = (
        getattr(fitted, name)(OTHERS) for name in ("score_samples", "decision_function", "predict")
    )
    assert scores.shape == decisions.shape == verdicts.shape == (60,)
    assert set(verdicts.tolist()) <= {-1, 1}
    assert ((decisions >= 0) == (verdicts == 1)).all()
    assert numpy.array_equal(decisions, scores - fitted.offset_)
    assert set(fitted.selected_) == {"index", "tensor"}


def test_the_image_at_the_threshold_is_no_outlier(fitted: OddityDetector) -> None:
    everything = fitted.score_samples(IMAGES)
    at = IMAGES[everything == fitted.threshold_]
    assert len(at) >= 1
    assert (fitted.decision_function(at) == 0).all()
    assert (fitted.predict(at) == 1).all()


def test_thresholds_by_class() -> None:
    model = DEMO / "resnet18.onnx"
    options = {"preprocess": str(DEMO / "preprocess.json"), "calibration_by": "class", "alpha": 0.2}
    others = waves(500, 28, 28, 1, seed=3)
    by_class = detector(model=str(model), calibration=others, **options).fit(IMAGES)
    assert len(by_class.fit_json_["calibration_groups"]) > 1
    verdicts = by_class.predict(others)
    assert ((by_class.decision_function(others) >= 0) == (verdicts == 1)).all()
    assert ((by_class.score_samples(others) >= by_class.threshold_) != (verdicts == 1)).any()


def test_pickle(fitted: OddityDetector) -> None:
    scores = fitted.score_samples(OTHERS)
    again = pickle.loads(pickle.dumps(fitted))
    assert numpy.array_equal(again.score_samples(OTHERS), scores)
    assert again.threshold_ == fitted.threshold_


def test_other_processes(fitted: OddityDetector) -> None:
    expected = fitted.predict(OTHERS)
    with joblib.parallel_config(backend="loky", n_jobs=2):
        parts = joblib.Parallel()(joblib.delayed(fitted.predict)(part) for part in (OTHERS[:30], OTHERS[30:]))
    assert numpy.array_equal(numpy.concatenate(parts), expected)


def test_pipeline(fitted: OddityDetector) -> None:
    cut = FunctionTransformer(lambda images: images[:, 2:30, 2:30])
    pipeline = Pipeline([("cut", cut), ("detector", detector())])
    padded = numpy.pad(IMAGES, ((0, 0), (2, 2), (2, 2)))
    assert numpy.array_equal(pipeline.fit(padded).predict(padded), fitted.predict(IMAGES))
    assert numpy.array_equal(pipeline.decision_function(padded), fitted.decision_function(IMAGES))


def test_grid_search() -> None:
    noise = numpy.random.default_rng(0).integers(0, 256, (60, 28, 28), dtype=numpy.uint8)
    images = numpy.concatenate([IMAGES, OTHERS, noise])
    truth = numpy.array([1] * 300 + [-1] * 60)
    split = PredefinedSplit([-1] * 240 + [0] * 120)
    search = GridSearchCV(
        detector(),
        {"score_name": ["energy", "msp"]},
        scoring=make_scorer(balanced_accuracy_score),
        cv=split,
        refit=False,
    )
    search.fit(images, truth)
    assert search.best_params_["score_name"] in ("energy", "msp")
    assert numpy.isfinite(search.cv_results_["mean_test_score"]).all()


def test_paths(tmp_path: Path, fitted: OddityDetector) -> None:
    paths = [tmp_path / f"{number:03}.png" for number in range(len(OTHERS))]
    for path, pixels in zip(paths, OTHERS, strict=True):
        Image.fromarray(pixels).save(path)
    assert numpy.allclose(fitted.score_samples(paths), fitted.score_samples(OTHERS), atol=1e-5)
    assert numpy.allclose(
        fitted.score_samples(numpy.array(paths, object)), fitted.score_samples(OTHERS), atol=1e-5
    )
    paths[3].write_bytes(b"no image")
    with pytest.raises(ValueError, match="row 3 of X"):
        fitted.predict(paths)


def test_tensors(fitted: OddityDetector) -> None:
    tensors = (OTHERS[:, None].astype(numpy.float64) / 255 - 0.5) / 0.25
    assert numpy.allclose(fitted.score_samples(tensors), fitted.score_samples(OTHERS), atol=1e-4)


def test_what_is_no_image(fitted: OddityDetector) -> None:
    with pytest.raises(ValueError, match=r"X is int64 \[3, 28, 28\]; pass uint8 images"):
        fitted.predict(numpy.zeros((3, 28, 28), int))
    with pytest.raises(NotFittedError, match="call fit first"):
        detector().predict(OTHERS)
    with pytest.raises(ValueError, match="no classifier was given"):
        OddityDetector().fit(IMAGES)


# -- Checks of scikit-learn


def named(estimator: Any) -> list[tuple[str, Any]]:
    """The checks of `check_estimator`, by name."""
    checks = estimator_checks_generator(estimator, legacy=True)
    return [(check.func.__name__, check) for _, check in checks]


def test_check_estimator_runs_nothing() -> None:
    """Because X is not a table. The checks below therefore run on tables that are converted to images."""
    with pytest.warns(UserWarning, match="Can't test estimator OddityDetector"):
        assert [name for name, _ in named(detector())] == ["check_estimator_cloneable"]


class OfTables(OddityDetector):
    """Accepts X [n, features], for the checks."""

    def __init__(self, model: Any = str(GREY), score_name: str = "energy", alpha: float = 0.5) -> None:
        super().__init__(model, score_name=score_name, alpha=alpha)

    @classmethod
    def _get_param_names(cls) -> list[str]:
        return ["model", "score_name", "alpha"]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        return tags


def images_of_table(table: Any) -> Any:
    """[n, 1, 28, 28], each number repeated many times."""
    values = check_array(table, dtype="float64")
    count = values.shape[1]
    if count > 100:
        raise ValueError("the table has other features")
    return values.repeat(-(-784 // count), axis=1)[:, :784].reshape(-1, 1, 28, 28)


APART = {
    "check_n_features_in": "images have no features to count",
    "check_n_features_in_after_fitting": "images have no features to count",
    "check_fit2d_1sample": "the error says that calibration images are too few",
    "check_array_api_input": "arrays of other libraries are not taken",
}


@pytest.mark.filterwarnings("ignore::Warning")
def test_checks_of_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    source = oddity.sklearn._source
    monkeypatch.setattr(oddity.sklearn, "_source", lambda table: source(images_of_table(table)))
    checks = [(name, check) for name, check in named(OfTables()) if name not in APART]
    assert {"check_outliers_train", "check_fit_idempotent", "check_dict_unchanged"} <= {
        name for name, _ in checks
    }
    for _, check in checks:
        check(OfTables())
