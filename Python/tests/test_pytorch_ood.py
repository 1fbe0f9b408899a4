"""oddity.pytorch_ood: a detector for pytorch-ood."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("pytorch_ood")
pytest.importorskip("onnxscript")

from adapter_data import waves
from pytorch_ood.api import Detector, ModelNotSetException, RequiresFittingException
from pytorch_ood.detector import EnergyBased
from pytorch_ood.metrics import OODMetrics
from torch.utils.data import DataLoader, TensorDataset

from oddity.pytorch_ood import OddityDetector


def network() -> Any:
    torch.manual_seed(3)
    layers: list[Any] = []
    for inner, outer in ((3, 8), (8, 16), (16, 16)):
        layers += [torch.nn.Conv2d(inner, outer, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2)]
    return torch.nn.Sequential(
        *layers, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(16, 3)
    ).eval()


IMAGES = torch.from_numpy(waves(160, 24, 24)).permute(0, 3, 1, 2).float() / 255
NOISE = torch.rand(40, 3, 24, 24, generator=torch.Generator().manual_seed(1))


def loader(images: Any, labels: Any) -> Any:
    return DataLoader(TensorDataset(images, labels), batch_size=32)


@pytest.fixture(scope="module")
def fitted() -> OddityDetector:
    detector = OddityDetector(network(), score="energy", seed=1)
    return detector.fit(loader(IMAGES[:120], torch.arange(120) % 3))


def test_scores_are_those_of_pytorch_ood(fitted: OddityDetector) -> None:
    """Oddity's energy is logsumexp. pytorch-ood's has the opposite sign, because it is an outlier score."""
    assert isinstance(fitted, Detector) and fitted.requires_fit
    with torch.no_grad():
        expected = EnergyBased(fitted.model).predict(IMAGES[120:])
    scores = fitted.predict(IMAGES[120:])
    assert scores.shape == (40,) and scores.dtype == torch.float32
    assert torch.allclose(scores, expected, atol=1e-4)
    assert torch.equal(fitted(IMAGES[120:]), scores)


def test_metrics(fitted: OddityDetector) -> None:
    metrics, theirs = OODMetrics(), OODMetrics()
    energy = EnergyBased(fitted.model)
    with torch.no_grad():
        for x, y in ((IMAGES[120:], torch.zeros(40)), (NOISE, -torch.ones(40))):
            metrics.update(fitted(x), y.long())
            theirs.update(energy(x), y.long())
    assert metrics.compute() == pytest.approx(theirs.compute(), abs=1e-4)


def test_strangers_are_left_out(fitted: OddityDetector) -> None:
    images = torch.cat([IMAGES[:120], NOISE])
    labels = torch.cat([torch.zeros(120), -torch.ones(40)]).long()
    again = OddityDetector(network(), score="energy", seed=1).fit(loader(images, labels))
    assert again.fit_result.threshold == fitted.fit_result.threshold
    assert torch.equal(again(NOISE), fitted(NOISE))


def test_verdicts(fitted: OddityDetector) -> None:
    scored = fitted.detector.arrays(NOISE.numpy())
    assert scored.outliers.shape == (40,)
    assert fitted.to("cpu") is fitted


def test_what_is_refused() -> None:
    detector = OddityDetector(network())
    with pytest.raises(RequiresFittingException):
        detector.predict(IMAGES)
    with pytest.raises(NotImplementedError, match="call fit\\(loader\\) with images"):
        detector.fit_features(IMAGES, IMAGES)
    with pytest.raises(NotImplementedError, match="call predict\\(x\\) with images"):
        detector.predict_features(IMAGES)
    with pytest.raises(ModelNotSetException):
        OddityDetector(None).fit(loader(IMAGES, torch.zeros(160)))
    with pytest.raises(ValueError, match="batches \\(x, y\\)"):
        detector.fit([IMAGES])
    with pytest.raises(ValueError, match="must give images \\[n, c, h, w\\] with y ≥ 0"):
        detector.fit(loader(IMAGES, -torch.ones(160)))
