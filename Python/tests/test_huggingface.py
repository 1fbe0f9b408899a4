"""oddity.huggingface: folders, models and pipelines of transformers, and their processors."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy
import pytest

pytest.importorskip("PIL")

from adapter_data import GREY, folder_of, waves
from PIL import Image

import oddity
import oddity.huggingface
from oddity._pictures import pictures
from oddity.errors import UsageError
from oddity.huggingface import describe, labels

PROCESSOR = {
    "image_processor_type": "ViTImageProcessor",
    "size": {"height": 28, "width": 28},
    "image_mean": [0.5],
    "image_std": [0.25],
    "resample": 2,
}
OPTIONS: dict[str, Any] = {"score": "energy", "seed": 1, "alpha": 0.2}
NAMES = {str(index): name for index, name in enumerate("abcdefghij")}


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    folder = tmp_path / "exported"
    (folder / "onnx").mkdir(parents=True)
    shutil.copy(GREY, folder / "onnx" / "model.onnx")
    (folder / "preprocessor_config.json").write_text(json.dumps(PROCESSOR))
    (folder / "config.json").write_text(json.dumps({"model_type": "vit", "id2label": NAMES}))
    return folder


def test_describe(exported: Path) -> None:
    described = describe(exported)
    assert described.model == str(exported / "onnx" / "model.onnx")
    assert described.preprocess == str(exported / "preprocessor_config.json")
    assert described.labels == list("abcdefghij")
    shutil.copy(GREY, exported / "model.onnx")
    (exported / "preprocessor_config.json").rename(exported / "processor_config.json")
    assert describe(exported)[:2] == (str(exported / "model.onnx"), str(exported / "processor_config.json"))


def test_describe_of_timm(exported: Path) -> None:
    (exported / "preprocessor_config.json").unlink()
    content = {
        "architecture": "resnet18",
        "label_names": list("abcdefghij"),
        "pretrained_cfg": {"input_size": [1, 28, 28]},
    }
    (exported / "config.json").write_text(json.dumps(content))
    assert describe(exported)[1:] == (str(exported / "config.json"), list("abcdefghij"))


def test_describe_of_little(exported: Path) -> None:
    (exported / "preprocessor_config.json").unlink()
    (exported / "config.json").unlink()
    assert describe(exported)[1:] == (None, None)
    (exported / "onnx" / "model.onnx").rename(exported / "onnx" / "model_int8.onnx")
    with pytest.raises(UsageError, match="has no model.onnx but onnx/model_int8.onnx; pass the one"):
        describe(exported)
    (exported / "onnx" / "model_int8.onnx").unlink()
    with pytest.raises(UsageError, match="has no model.onnx; export it"):
        describe(exported)
    (exported / "config.json").write_text("<html>")
    with pytest.raises(ValueError, match=r"config.json' is no JSON.*download"):
        describe(exported)


def test_labels() -> None:
    assert labels({"id2label": {0: "no", 1: "yes"}}) == ["no", "yes"]
    assert labels({"id2label": {"1": "yes", "0": "no"}}) == ["no", "yes"]
    assert labels({"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}) is None
    assert labels({"id2label": {"1": "a", "3": "b"}}) is None
    assert labels({}) is None


def test_fit_takes_a_folder(exported: Path) -> None:
    images = waves(120, 28, 28, 1)
    expected = oddity.fit(
        GREY, id=images, preprocess={"mean": 0.5, "std": 0.25}, labels=list("abcdefghij"), **OPTIONS
    )
    for fitted in (
        oddity.fit(exported, id=images, **OPTIONS),
        oddity.huggingface.fit(exported, images, verify=False, **OPTIONS),
    ):
        assert fitted.threshold == expected.threshold
        assert oddity.Detector(fitted.guarded).labels == list("abcdefghij")


def test_what_fit_refuses(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder; pass an exported folder"):
        oddity.huggingface.fit("microsoft/resnet-18", waves(30, 28, 28, 1))
    with pytest.raises(UsageError, match="list is not a model of transformers"):
        oddity.huggingface.fit([], waves(30, 28, 28, 1))


# -- With transformers ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def transformers() -> Any:
    pytest.importorskip("torch")
    return pytest.importorskip("transformers", minversion="5.0")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(tmp_path_factory.mktemp("images") / "train", ("bird", "cat"), 30, 51, 67)


def model_of(transformers: Any) -> Any:
    import torch

    torch.manual_seed(5)
    configuration = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16, 16], depths=[1, 1, 1], layer_type="basic", num_labels=3
    )
    configuration.id2label = {0: "bird", 1: "cat", 2: "dog"}
    return transformers.ResNetForImageClassification(configuration).eval()


def processor_of(transformers: Any, backend: str = "Pil", **options: Any) -> Any:
    return getattr(transformers, f"ViTImageProcessor{backend}")(size={"height": 48, "width": 48}, **options)


CLASSES = (
    "BeitImageProcessor",
    "BitImageProcessor",
    "CLIPImageProcessor",
    "ConvNextImageProcessor",
    "DeiTImageProcessor",
    "EfficientNetImageProcessor",
    "LevitImageProcessor",
    "MobileNetV1ImageProcessor",
    "MobileNetV2ImageProcessor",
    "MobileViTImageProcessor",
    "PerceiverImageProcessor",
    "PoolFormerImageProcessor",
    "PvtImageProcessor",
    "SegformerImageProcessor",
    "SiglipImageProcessor",
    "ViTImageProcessor",
)


@pytest.mark.parametrize("name", CLASSES)
def test_processors(transformers: Any, name: str, photos: Path) -> None:
    """Oddity's tensors equal those of the Pillow class with its own keys. Those of the torchvision class are
    close."""
    images = pictures(sorted(photos.rglob("*.png"))[:5], upright=True)
    for suffix in ("Pil", ""):
        processor = getattr(transformers, name + suffix, None)
        if processor is None:
            pytest.skip(f"this transformers has no {name}{suffix}")
        with warnings.catch_warnings(record=suffix == "") as caught:
            warnings.simplefilter("always" if suffix == "" else "error")
            oddity.huggingface._verify(
                images, processor(), oddity.huggingface.of_processor(processor()), 1e-6
            )
        assert all("resamples with torchvision" in str(warning.message) for warning in caught or [])


def test_fit_of_a_pipeline(transformers: Any, photos: Path) -> None:
    import torch

    module, processor = model_of(transformers), processor_of(transformers)
    pipeline = transformers.pipeline("image-classification", model=module, image_processor=processor)
    fitted = oddity.huggingface.fit(pipeline, photos, **OPTIONS)
    detector = oddity.Detector(fitted.guarded)
    assert detector.labels == ["bird", "cat", "dog"]
    paths = sorted(photos.rglob("*.png"))
    scored = detector.arrays(paths)
    pixels = processor(images=[Image.open(path) for path in paths], return_tensors="np")["pixel_values"]
    with torch.no_grad():
        logits = module(torch.from_numpy(numpy.asarray(pixels))).logits
    assert numpy.allclose(scored.scores[:, 0], torch.logsumexp(logits, 1).numpy(), atol=1e-4)
    again = oddity.huggingface.fit(module, photos, processor=processor, **OPTIONS)
    assert again.threshold == fitted.threshold
    with pytest.raises(UsageError, match="the image processor is missing"):
        oddity.huggingface.fit(module, photos)


def test_processors_on_torchvision(transformers: Any, photos: Path) -> None:
    pytest.importorskip("torchvision")
    module, processor = model_of(transformers), processor_of(transformers, "")
    with pytest.warns(
        UserWarning, match="ViTImageProcessor resamples with torchvision, .* % of the values differ"
    ):
        oddity.huggingface.fit(module, photos, processor=processor, **OPTIONS)


def test_a_folder_is_verified(transformers: Any, photos: Path, tmp_path: Path) -> None:
    import oddity.torch

    module = model_of(transformers)
    oddity.torch.export(module, (3, 48, 48), tmp_path / "model.onnx")
    module.config.save_pretrained(tmp_path)
    processor_of(transformers).save_pretrained(tmp_path)
    other = processor_of(transformers, image_mean=[0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match="mean and std .* differ from those"):
        oddity.huggingface.fit(tmp_path, photos, processor=other, **OPTIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = oddity.huggingface.fit(tmp_path, photos, processor=processor_of(transformers), **OPTIONS)
    assert fitted.json["scores"][0]["name"] == "energy"


def test_data_sets_of_dictionaries(transformers: Any, photos: Path) -> None:
    rows = [{"label": 1, "image": Image.open(path)} for path in sorted(photos.rglob("*.png"))]

    class Table:
        def __len__(self) -> int:
            return len(rows)

        def __getitem__(self, number: int) -> dict[str, Any]:
            return rows[number]

    module, processor = model_of(transformers), processor_of(transformers)
    options = {"processor": processor, **OPTIONS}
    fitted = oddity.huggingface.fit(module, Table(), **options)
    assert fitted.threshold == pytest.approx(
        oddity.huggingface.fit(module, photos, **options).threshold, abs=0.5
    )
