"""Every option of `oddity.fit` reaches the command."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import numpy
import pytest
from core_data import COLOUR, pictures

import oddity
from oddity import _run
from oddity.errors import InputError, UsageError

pytestmark = pytest.mark.filterwarnings("ignore::oddity.OddityWarning")

# Flags whose work the package does itself or offers elsewhere.
OTHERS = {
    *("shard", "partial", "from", "calibration-scores", "reset-calibration"),
    *("set", "output", "json", "report", "quiet", "version", "help"),
}

OPTIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({"preprocess": "imagenet"}, ["--preprocess=imagenet"]),
    ({"preprocess": Path("-a.json")}, ["--preprocess=-a.json"]),
    ({"labels": "a b.txt"}, ["--labels=a b.txt"]),
    ({"head": "sigmoid"}, ["--head=sigmoid"]),
    ({"score": "energy"}, ["--score=energy"]),
    ({"score": ["energy", "knn+norm"]}, ["--score=energy,knn+norm"]),
    ({"block": 0}, ["--block=0"]),
    ({"block": numpy.int64(2)}, ["--block=2"]),
    ({"block": "relu_2"}, ["--block=relu_2"]),
    ({"pseudo_ood": ["jigsaw:3", "blur"]}, ["--pseudo-ood=jigsaw:3,blur"]),
    ({"with_selected_norm": True}, ["--with-selected-norm"]),
    ({"with_selected_norm": False}, []),
    ({"paper_split": True}, ["--paper-split"]),
    ({"no_signatures": True}, ["--no-signatures"]),
    ({"with_map": True}, ["--with-map"]),
    ({"map_block": 2}, ["--map-block=2"]),
    ({"raw_input": True}, ["--raw-input"]),
    (
        {"settings": {"react.percentile": 95, "energy.T": 2.5}},
        ["--set=react.percentile=95", "--set=energy.T=2.5"],
    ),
    ({"limit": 100}, ["--limit=100"]),
    ({"seed": 0}, ["--seed=0"]),
    ({"alpha": 0.01}, ["--alpha=0.01"]),
    ({"alpha": numpy.float64(0.01)}, ["--alpha=0.01"]),
    ({"alpha": "0.010"}, ["--alpha=0.010"]),
    ({"confidence": 0.95}, ["--confidence=0.95"]),
    ({"confidence": "none"}, ["--confidence=none"]),
    ({"calibration_by": "class"}, ["--calibration-by=class"]),
    ({"input": "-image"}, ["--input=-image"]),
    ({"logits": "logits"}, ["--logits=logits"]),
    ({"threads": 2}, ["--threads=2"]),
    ({"batch": 4}, ["--batch=4"]),
    ({"precision": "bf16"}, ["--precision=bf16"]),
    ({"cache_dir": Path("a/b")}, ["--cache-dir=a/b"]),
    ({"engine": "onnxruntime", "device": "cuda:1"}, ["--engine=onnxruntime", "--device=cuda:1"]),
    ({"device": "cuda", "device_memory": 512}, ["--device=cuda", "--device-memory=512"]),
    ({"calibration": ["-a", "b"]}, ["--calibration", "./-a", "b"]),
]


class Asked(Exception):
    """Ends a fit when it calls the command."""


@pytest.fixture
def flags(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The arguments with which `oddity.fit` calls the command."""

    def asked(command: str, *arguments: str, progress: Any = None) -> Any:
        raise Asked(command, *arguments)

    monkeypatch.setattr(_run, "run_json", asked)

    def found(**options: Any) -> list[str]:
        with pytest.raises(Asked) as caught:
            oddity.fit("m.onnx", **{"id": "images", **options})
        command, model, *arguments = caught.value.args
        assert (command, model) == ("fit", "m.onnx")
        start = arguments.index("--id")
        end = arguments.index("--output")
        return arguments[:start] + arguments[start + 2 : end]

    return found


@pytest.mark.parametrize(
    ("options", "expected"), OPTIONS, ids=[str(number) for number in range(len(OPTIONS))]
)
def test_flags(flags: Any, options: dict[str, Any], expected: list[str]) -> None:
    assert flags(**options) == expected


def test_there_is_an_option_for_each_flag() -> None:
    named = set(re.findall(r"--([a-z-]+)", oddity.run("fit", "--help").split("ARGUMENTS:")[1]))
    options = {name.replace("_", "-") for name in inspect.signature(oddity.fit).parameters}
    assert options - {"model", "progress", "settings"} == named - OTHERS
    for options_of_test, _ in OPTIONS:
        options -= {name.replace("_", "-") for name in options_of_test}
    assert options == {"model", "id", "progress"}


def test_options_have_their_effect() -> None:
    """The file records its fit options."""
    fit = oddity.fit(
        COLOUR,
        id=pictures(200),
        calibration=pictures(100, seed=1),
        preprocess={"mean": numpy.full(3, 0.5), "std": [0.25, 0.25, numpy.float32(0.25)]},
        labels=[f"class {number}" for number in range(10)],
        head="sigmoid",
        score=("energy", "react"),
        block=1,
        pseudo_ood=("blur", "jigsaw:2"),
        with_selected_norm=True,
        settings={"react.percentile": 80},
        limit=150,
        seed=7,
        alpha=0.1,
        confidence=0.9,
        logits="logits",
        threads=1,
        batch=16,
        precision="f32",
    )
    info = fit.guarded.info
    assert info["preprocessing"]["mean"] == [0.5] * 3
    assert info["labels"][9] == "class 9"
    assert info["head"].startswith("s") and info["head"] != "softmax" or "multi" in info["head"]
    assert {"energy", "energy+norm"} <= set(info["scores"])
    assert info["block"]["index"] == 1
    assert info["pseudo_ood"] == "blur:1.5" or info["pseudo_ood"].startswith("blur")
    assert info["seed"] == 7
    assert float(info["alpha"]) == fit.alpha == 0.1
    assert float(info["confidence"]) == 0.9
    assert info["calibration_size"] == 100
    assert info["threshold"] == fit.threshold
    assert fit.score == "energy" == info["score"]
    assert len(fit.blocks) == 4 and len(fit.scores) == len(info["scores"])
    assert fit.selected == fit.json["selected"]


def test_labels(tmp_path: Path) -> None:
    names = [" ä", "b c", "'q'", "7", "-x", "#h", "日本", "t\tab", "e", "f"]
    fit = oddity.fit(COLOUR, id=pictures(100), labels=names, score="energy")
    assert [label.strip() for label in fit.guarded.info["labels"]] == [name.strip() for name in names]
    for bad in (["a", ""], ["a\nb"], ["a", 3], ["a", None], [" "]):
        with pytest.raises(UsageError, match="is not a class name"):
            oddity.fit(COLOUR, id=pictures(100), labels=bad)  # type: ignore[arg-type]
    with pytest.raises(InputError):
        oddity.fit(COLOUR, id=pictures(100), labels=["only one"], score="energy")


def test_preprocessing(tmp_path: Path) -> None:
    keys = {"resize": [32, 32], "mean": [0.1, 0.2, 0.3], "std": [0.5, 0.5, 0.5], "interpolation": "bicubic"}
    (tmp_path / "steps.json").write_text(json.dumps(keys))
    contents = [
        bytes(oddity.fit(COLOUR, id=pictures(100), preprocess=given, score="energy").guarded)
        for given in (keys, tmp_path / "steps.json", str(tmp_path / "steps.json"))
    ]
    assert len(set(contents)) == 1
    for bad in ({"nothing": 1}, {"mean": float("nan")}, {"mean": "a"}):
        with pytest.raises((InputError, UsageError)):
            oddity.fit(COLOUR, id=pictures(100), preprocess=bad)
    with pytest.raises(UsageError, match="JSON has numbers"):
        oddity.fit(COLOUR, id=pictures(100), preprocess={"mean": object()})


def test_models() -> None:
    content = COLOUR.read_bytes()

    class Model:
        """The model as an onnx.ModelProto."""

        def SerializeToString(self) -> bytes:
            return content

    expected = bytes(oddity.fit(COLOUR, id=pictures(100), score="energy").guarded)
    models: list[Any] = [content, Model(), str(COLOUR), bytearray(content), memoryview(content)]
    for model in models[:2]:
        assert bytes(oddity.fit(model, id=pictures(100), score="energy").guarded) == expected
    for model in models[2:]:
        assert len(oddity.blocks(model)) == 4
    for bad in (None, 5, [content]):
        with pytest.raises(UsageError, match="is not a classifier"):
            oddity.fit(bad, id=pictures(100))


def test_a_model_of_the_onnx_package() -> None:
    onnx = pytest.importorskip("onnx")
    assert len(oddity.blocks(onnx.load(COLOUR))) == 4


def test_report(fitted: oddity.Fit, tmp_path: Path) -> None:
    report = fitted.report()
    report.save(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == report.html
    assert report.html.lstrip().lower().startswith("<!doctype html")
    assert report._repr_html_().startswith("<iframe srcdoc=") and fitted._repr_html_() == report._repr_html_()
    assert "memory:" not in report.html
    assert "characters" in repr(report) and "energy" in repr(fitted) and "bytes" in repr(fitted.guarded)
