"""oddity.torch: export, transforms that are read and verified, and data sets."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from adapter_data import folder_of, waves
from PIL import Image

import oddity.torch
from oddity import _agreement, _transforms
from oddity._pictures import pictures


class Network(torch.nn.Module):  # type: ignore[misc, name-defined]
    """A small classifier with batch norm and dropout, three classes."""

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        layers: list[Any] = []
        for inner, outer in ((channels, 8), (8, 16), (16, 16)):
            layers += [
                torch.nn.Conv2d(inner, outer, 3, padding=1),
                torch.nn.BatchNorm2d(outer),
                torch.nn.ReLU(),
            ]
            layers += [torch.nn.MaxPool2d(2)]
        self.features = torch.nn.Sequential(*layers)
        self.drop = torch.nn.Dropout(0.5)
        self.head = torch.nn.Linear(16, 3)

    def forward(self, image: Any) -> Any:
        return self.head(self.drop(self.features(image).mean((2, 3))))


def network(channels: int = 3) -> Any:
    torch.manual_seed(3)
    return Network(channels).train()


EXPORTERS = ("dynamo", "torchscript", "auto")


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_export(exporter: Any) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    module = network()
    module.drop.eval()
    content = oddity.torch.export(module, (3, 24, 32), exporter=exporter)
    assert module.training and not module.drop.training
    session = onnxruntime.InferenceSession(content)
    assert [given.name for given in session.get_inputs()] == ["image"]
    for count in (1, 5):
        x = torch.rand(count, 3, 24, 32)
        with torch.no_grad():
            expected = module.eval()(x).numpy()
        (logits,) = session.run(["logits"], {"image": x.numpy()})
        assert numpy.allclose(logits, expected, atol=1e-5)


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_files_tell_nothing_of_the_machine(exporter: Any, tmp_path: Path) -> None:
    path = oddity.torch.export(network(), (3, 24, 32), tmp_path / "model.onnx", exporter=exporter)
    assert path == tmp_path / "model.onnx"
    assert b".py" not in path.read_bytes()


class Answer(dict):  # type: ignore[type-arg]
    """An output like those of transformers."""

    @property
    def logits(self) -> Any:
        return self["logits"]


class Wrapped(torch.nn.Module):  # type: ignore[misc, name-defined]
    def __init__(self) -> None:
        super().__init__()
        self.inner = network()

    def forward(self, image: Any) -> Any:
        return Answer(logits=self.inner(image))


def test_export_of_an_output_with_logits() -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(oddity.torch.export(Wrapped(), (3, 24, 24)))
    assert [output.name for output in session.get_outputs()] == ["logits"]


def test_what_cannot_be_exported() -> None:
    module = network()
    with pytest.raises(ValueError, match="the network takes no images of \\[1, 24, 24\\].*pass input_shape"):
        oddity.torch.export(module, (1, 24, 24))
    with pytest.raises(ValueError, match="without the batch"):
        oddity.torch.export(module, (1, 3, 24, 24))
    with pytest.raises(ValueError, match='exporter is "onnx"'):
        oddity.torch.export(module, (3, 24, 24), exporter="onnx")  # type: ignore[call-overload]
    assert module.training


# -- Transforms ----------------------------------------------------------------------------------------------

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)


def of_torchvision() -> dict[str, Any]:
    v1 = pytest.importorskip("torchvision.transforms")
    from torchvision.models import EfficientNet_B0_Weights, ResNet18_Weights
    from torchvision.transforms import v2

    nearest, bicubic, box = (v1.InterpolationMode[name] for name in ("NEAREST", "BICUBIC", "BOX"))
    last = [v1.ToTensor(), v1.Normalize(MEAN, STD)]
    floats = v2.ToDtype(torch.float32, scale=True)
    return {
        "v1": v1.Compose([v1.Resize(40), v1.CenterCrop(32), *last]),
        "v1 exact": v1.Compose([v1.Resize((30, 41), bicubic), *last]),
        "v1 nearest": v1.Compose([v1.Resize([30, 41], nearest), *last]),
        "v1 box": v1.Compose([v1.Resize([30, 41], box), *last]),
        "v1 nested": v1.Compose([v1.Compose([v1.Resize(33)]), v1.CenterCrop((31, 32)), v1.Compose(last)]),
        "v1 not normalised": v1.Compose([v1.Resize((24, 24)), v1.ToTensor()]),
        "v1 framed": v1.Compose([v1.Resize(20), v1.CenterCrop(64), *last]),
        "v1 grey": v1.Compose([v1.Grayscale(), v1.Resize((24, 24)), v1.ToTensor(), v1.Normalize(0.5, 0.25)]),
        "v1 crop of tensors": v1.Compose([v1.Resize(40), v1.ToTensor(), v1.CenterCrop(33)]),
        "v1 bytes": v1.Compose(
            [
                v1.Resize((24, 24)),
                v1.PILToTensor(),
                v1.ConvertImageDtype(torch.float32),
                v1.Normalize(MEAN, STD),
            ]
        ),
        "v2": v2.Compose([v2.Resize(40), v2.CenterCrop(32), v2.ToImage(), floats, v2.Normalize(MEAN, STD)]),
        "v2 of 255": v2.Compose(
            [v2.Resize((24, 24)), v2.ToImage(), v2.ToDtype(torch.float32), v2.Normalize([120.0], [60.0])]
        ),
        "v2 types": v2.Compose(
            [v2.Resize((24, 24)), v2.PILToTensor(), v2.ToDtype({torch.Tensor: torch.float32}, True)]
        ),
        "v2 sequence": torch.nn.Sequential(v2.RGB(), v2.Resize((24, 24)), v2.ToImage(), floats, v2.Identity())
        if hasattr(v2, "RGB")
        else v2.Compose([v2.Resize((24, 24)), v2.ToImage(), floats]),
        "ResNet-18": ResNet18_Weights.IMAGENET1K_V1.transforms(),
        "EfficientNet-B0": EfficientNet_B0_Weights.IMAGENET1K_V1.transforms(),
    }


def of_timm() -> dict[str, Any]:
    data = pytest.importorskip("timm.data")
    modes: dict[str, dict[str, Any]] = {
        mode: dict(input_size=(3, 64, 64), crop_mode=mode, crop_pct=0.9)
        for mode in ("center", "squash", "border")
    }
    modes["oblong"] = dict(input_size=(3, 48, 64), crop_mode="center", crop_pct=0.9)
    modes["bilinear"] = dict(input_size=(3, 64, 64), interpolation="bilinear", mean=MEAN, std=STD)
    return {name: data.create_transform(**data.resolve_data_config(mode)) for name, mode in modes.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(tmp_path_factory.mktemp("images") / "train", ("bird", "cat", "dog"), 20, 51, 67)


@pytest.mark.parametrize("package", [of_torchvision, of_timm])
def test_transforms_are_read(package: Any, folder: Path) -> None:
    images = pictures(folder)
    for name, transform in package().items():
        steps = _transforms.preprocess(transform)
        difference = _agreement.measured(images, transform, steps)
        assert difference is None, f"{name}: {difference}"


def test_configurations_of_timm_are_their_transforms() -> None:
    data = pytest.importorskip("timm.data")
    given = data.resolve_data_config({"input_size": (3, 48, 64)})
    found = _transforms.preprocess(given)
    assert found == _transforms.preprocess(data.create_transform(**given))
    assert found["crop"] == [48, 64] and found["exif_orientation"] is False


def test_transforms_that_are_refused() -> None:
    v1 = pytest.importorskip("torchvision.transforms")
    from torchvision.transforms import v2

    refused = {
        "RandomHorizontalFlip is random": [v1.RandomHorizontalFlip(), v1.ToTensor()],
        "ColorJitter is random": [v2.ColorJitter(), v1.ToTensor()],
        "AutoAugment is random": [v1.AutoAugment(), v1.ToTensor()],
        "Lambda is a step that Oddity does not know": [v1.Lambda(lambda image: image)],
        "twice is a step that Oddity does not know": [twice],
        "Resize has a max_size": [v1.Resize(32, max_size=64), v1.ToTensor()],
        "Resize follows a crop": [v1.Resize(32), v1.CenterCrop(24), v1.Resize(16), v1.ToTensor()],
        "CenterCrop comes before any resize": [v1.CenterCrop(24), v1.ToTensor()],
        "Resize follows another step": [v1.Resize(32), v1.Resize(32), v1.ToTensor()],
        "Normalize comes before the step that makes floats": [v2.ToImage(), v2.Normalize(MEAN, STD)],
        "Grayscale makes three equal channels": [v1.Grayscale(3), v1.ToTensor()],
        "ToDtype makes values of type float16": [v2.ToImage(), v2.ToDtype(torch.float16, scale=True)],
    }
    for text, steps in refused.items():
        with pytest.raises(ValueError, match=text):
            _transforms.preprocess(v1.Compose(steps))


def twice(image: Any) -> Any:
    return image


def test_disagreements_name_the_step(folder: Path) -> None:
    v1 = pytest.importorskip("torchvision.transforms")
    images = pictures(folder)
    resize = [v1.Resize(40), v1.CenterCrop(32)]
    transform = v1.Compose([*resize, v1.ToTensor(), v1.Normalize(MEAN, STD)])
    steps = _transforms.preprocess(transform)
    wrong: dict[str, dict[str, Any]] = {
        "mean and std": {"mean": 0.5},
        "order of channels": {"channels": "BGR", "mean": list(MEAN[::-1]), "std": list(STD[::-1])},
        "resize or the crop": {"resize": 50},
        "resize rounds": {"interpolation": "bicubic"},
    }
    for text, key in wrong.items():
        with pytest.raises(
            ValueError, match=f"{text}.*first in '.*000.png', channel 0, row 0, column 0.*% of the values"
        ):
            _agreement.check(images, transform, {**steps, **key})
    with pytest.raises(ValueError, match="the crop starts at a different pixel"):
        moved = v1.Compose([resize[0], shifted, v1.ToTensor(), v1.Normalize(MEAN, STD)])
        _agreement.check(images, moved, steps)
    with pytest.raises(ValueError, match="size: your transform makes \\[3, 40, .*\\] of '.*', but"):
        _agreement.check(images, v1.Compose([resize[0], v1.ToTensor()]), steps)


def shifted(image: Any) -> Any:
    left, top = (image.width - 32) // 2 + 1, (image.height - 32) // 2
    return image.crop((left, top, left + 32, top + 32))


# -- Fit -----------------------------------------------------------------------------------------------------


def transform_of(side: int = 32) -> Any:
    v1 = pytest.importorskip("torchvision.transforms")
    return v1.Compose([v1.Resize(side + 8), v1.CenterCrop(side), v1.ToTensor(), v1.Normalize(MEAN, STD)])


OPTIONS: dict[str, Any] = {"score": "energy", "seed": 1, "alpha": 0.2}


def logits_of(module: Any, images: Any) -> Any:
    with torch.no_grad():
        return module.eval()(images).numpy()


def test_fit_of_an_image_folder(folder: Path) -> None:
    datasets = pytest.importorskip("torchvision.datasets")
    transform = transform_of()
    dataset = datasets.ImageFolder(str(folder), transform)
    module = network()
    part = torch.utils.data.Subset(dataset, range(0, 60, 2))
    rest = torch.utils.data.Subset(dataset, range(1, 60, 2))
    fitted = oddity.torch.fit(module, part, calibration=rest, **OPTIONS)
    assert dataset.transform is transform and module.training
    detector = oddity.Detector(fitted.guarded)
    scored = detector.arrays([path for path, _ in dataset.samples])
    logits = logits_of(module, torch.stack([image for image, _ in dataset]))
    assert (scored.classes == logits.argmax(1)).all()
    expected = numpy.log(numpy.exp(logits.astype(float)).sum(1))
    assert numpy.allclose(scored.scores[:, 0], expected, atol=1e-4)


class Rows(torch.utils.data.Dataset):  # type: ignore[misc, name-defined]
    """PIL images in memory, as torchvision's CIFAR10 returns them."""

    def __init__(self, pixels: Any, transform: Any = None) -> None:
        self.pixels, self.transform = pixels, transform
        self.classes = ["bird", "cat", "dog"]

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, number: int) -> tuple[Any, int]:
        image: Any = Image.fromarray(self.pixels[number])
        return (image if self.transform is None else self.transform(image)), number % 3


def test_fit_of_pictures_in_memory() -> None:
    v1 = pytest.importorskip("torchvision.transforms")
    transform = v1.Compose([v1.ToTensor(), v1.Normalize(MEAN, STD)])
    pixels = waves(120, 32, 32)
    dataset = Rows(pixels, transform)
    fitted = oddity.torch.fit(network(), dataset, **OPTIONS)
    assert dataset.transform is transform
    joined = torch.utils.data.ConcatDataset([Rows(pixels[:50], transform), Rows(pixels[50:], transform)])
    others = [
        oddity.torch.fit(network(), joined, **OPTIONS),
        oddity.torch.fit(network(), Rows(pixels), transform=transform, **OPTIONS),
        oddity.fit(network(), id=dataset, **OPTIONS),
    ]
    for other in others:
        assert other.json["threshold"] == fitted.json["threshold"]


def test_fit_of_tensors() -> None:
    v1 = pytest.importorskip("torchvision.transforms")
    transform = v1.Compose([v1.ToTensor(), v1.Lambda(lambda image: image * 4 - 2)])
    dataset = Rows(waves(120, 32, 32), transform)
    with pytest.raises(ValueError, match="Lambda is a step.*as_arrays=True"):
        oddity.torch.fit(network(), dataset, **OPTIONS)
    with pytest.warns(UserWarning, match="score tensors with this model, not image files"):
        fitted = oddity.torch.fit(network(), dataset, as_arrays=True, **OPTIONS)
    tensors = torch.stack([image for image, _ in dataset])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same = oddity.torch.fit(network(), tensors, **OPTIONS)
    assert same.json["threshold"] == fitted.json["threshold"]
    noise = v1.Compose([v1.ToTensor(), v1.Lambda(lambda image: image + torch.rand(1))])
    with pytest.raises(ValueError, match="different tensors of the same picture"):
        oddity.torch.fit(network(), Rows(waves(60, 32, 32), noise), as_arrays=True, **OPTIONS)


def test_what_fit_refuses(folder: Path) -> None:
    v1 = pytest.importorskip("torchvision.transforms")
    module = network()
    with pytest.raises(ValueError, match="there is no transform that makes tensors of pictures"):
        oddity.torch.fit(module, Rows(waves(60, 32, 32)), **OPTIONS)
    with pytest.raises(ValueError, match="the image size of the network is unknown.*input_shape"):
        oddity.torch.fit(module, Rows(waves(60, 32, 32)), preprocess="cifar", **OPTIONS)
    with pytest.raises(ValueError, match="gives no PIL images"):
        oddity.torch.fit(module, torch.utils.data.TensorDataset(torch.rand(9, 3, 8, 8)), **OPTIONS)
    with pytest.raises(ValueError, match="pass a folder"):
        oddity.torch.fit(module, 5, **OPTIONS)
    tensors_first = v1.Compose([v1.ToTensor(), v1.Resize((32, 32), antialias=True)])
    with pytest.raises(ValueError, match="the resize rounds differently than in your transform"):
        oddity.torch.fit(module, str(folder), transform=tensors_first, **OPTIONS)
    assert (
        oddity.torch.fit(module, str(folder), transform=tensors_first, tolerance=0.1, **OPTIONS).json["alpha"]
        == 0.2
    )
