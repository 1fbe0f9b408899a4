"""Oddity tells you when an image is unlike anything your classifier was trained on.

    import oddity

    fit = oddity.fit("classifier.onnx", id="train/", calibration="held-out/", preprocess="imagenet")
    fit.guarded.save("guarded.onnx")

    detector = oddity.Detector("guarded.onnx")
    table = detector.score(["a.jpg", image, array])
    detector.evaluate(id="test/", ood={"textures": "dtd/"})

Adapters: `oddity.sklearn`, `oddity.torch`, `oddity.huggingface`, `oddity.pytorch_ood`.
"""

from __future__ import annotations

from . import errors
from .errors import OddityError, OddityWarning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._assessment import Assessment, ExpectedAccuracy
    from ._commands import blocks, inspect, scores
    from ._detector import Detector, Maps, Scores
    from ._diagnosis import Diagnosis, TensorCheck
    from ._evaluation import Evaluation
    from ._fit import Fit, fit
    from ._guarded import Guarded
    from ._report import Report
    from ._run import run

    __version__: str

__all__ = [
    "Assessment",
    "Detector",
    "Diagnosis",
    "Evaluation",
    "ExpectedAccuracy",
    "Fit",
    "Guarded",
    "Maps",
    "OddityError",
    "OddityWarning",
    "Report",
    "Scores",
    "TensorCheck",
    "blocks",
    "errors",
    "fit",
    "inspect",
    "run",
    "scores",
]

# The module of each name. Modules are imported on first use, so that `import oddity` is fast.
_MODULES = {
    "Assessment": "_assessment",
    "Detector": "_detector",
    "Diagnosis": "_diagnosis",
    "Evaluation": "_evaluation",
    "ExpectedAccuracy": "_assessment",
    "Fit": "_fit",
    "Guarded": "_guarded",
    "Maps": "_detector",
    "Report": "_report",
    "Scores": "_detector",
    "TensorCheck": "_diagnosis",
    "__version__": "_commands",
    "blocks": "_commands",
    "fit": "_fit",
    "inspect": "_commands",
    "run": "_run",
    "scores": "_commands",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'oddity' has no attribute '{name}'")
    from importlib import import_module

    value: object = getattr(import_module("." + _MODULES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
