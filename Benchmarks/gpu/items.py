"""The measurements. Each item runs in a separate process, and leaves files for the following items.

Oddity and ONNX Runtime's Python package contain two copies of ONNX Runtime, which load the same library for a GPU. A process
therefore uses only one of them. `together` tries both.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy

import pictures

PREPROCESS = {"mean": list(pictures.MEAN), "std": list(pictures.STD)}
ENGINE = "onnxruntime"


@dataclass(frozen=True)
class Settings:
    """The extent and the device of the measurements.

    Attributes:
        device: for example `cuda:0` or `cpu`.
        scale: a factor for the numbers of images.
        batch: the batch size for measuring speed.
        work: the folder for files that items leave for each other.
    """

    device: str
    scale: float
    batch: int
    work: Path

    @property
    def is_card(self) -> bool:
        return self.device != "cpu"

    @property
    def model(self) -> Path:
        return self.work / "resnet50.onnx"

    @property
    def guarded(self) -> Path:
        return self.work / "guarded.onnx"

    def count(self, whole: int, least: int) -> int:
        return max(least, round(whole * self.scale))

    def blocks(self) -> list[str]:
        """The output tensors of the blocks."""
        found = json.loads((self.work / "blocks.json").read_text())
        return [block["tensor"] for block in found["blocks"]]

    def timing(self) -> dict[str, Any]:
        return {"rounds": 15, "seconds": 0.5} if self.is_card else {"rounds": 3, "seconds": 0.0}


@dataclass(frozen=True)
class Row:
    """A line of the result. `met` is None if there is no target."""

    what: str
    measured: str
    target: str = ""
    met: bool | None = None
    numbers: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


# -- The machine and the network
# ------------------------------------------------------------------------------------------------------


def machine(settings: Settings) -> dict[str, Any]:
    """The hardware and software of the measurements."""
    import_torch()
    import onnxruntime
    import torch

    facts: dict[str, Any] = {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "versions": {
            "Oddity": version("oddity-ood"),
            "ONNX Runtime": f"{onnxruntime.__version__} ({', '.join(onnxruntime.get_available_providers())})",
            "PyTorch": torch.__version__,
        },
    }
    if settings.is_card:
        properties = torch.cuda.get_device_properties(settings.device)
        facts["card"] = f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB"
        facts["driver"] = driver()
        facts["versions"] |= {"CUDA": torch.version.cuda, "cuDNN": str(torch.backends.cudnn.version())}
    return facts


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "unknown")


def version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed as a package"


def driver() -> str:
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


def export(settings: Settings) -> list[Row]:
    """ResNet-50 with random weights as an ONNX file, and its blocks."""
    import torch

    import by_torch
    import resnet

    network = resnet.network().to(settings.device)
    size = 32 if settings.is_card else 8
    images = pictures.pictures(2 * size, seed=1)
    parts = (images[:size], images[size:])
    resnet.settle(network, [by_torch.on_device(part, settings.device) for part in parts])
    network = network.cpu()
    torch.save(network.state_dict(), settings.work / "weights.pt")
    torch.onnx.export(
        network,
        (torch.rand(2, 3, pictures.SIDE, pictures.SIDE),),
        str(settings.model),
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "images"}, "logits": {0: "images"}},
        dynamo=False,
    )
    import oddity

    (settings.work / "blocks.json").write_text(oddity.run("blocks", settings.model, "--json"))
    text = f"{len(settings.blocks())} blocks found in {resnet.maker()}'s network"
    return [Row("ResNet-50 exported", text, "16 blocks", len(settings.blocks()) == 16)]


def restored(settings: Settings) -> Any:
    """The exported network, in PyTorch."""
    import torch

    import resnet

    network = resnet.network()
    network.load_state_dict(torch.load(settings.work / "weights.pt", weights_only=True))
    return network.eval()


# -- Oddity fits
# ------------------------------------------------------------------------------------------------------


def fit(settings: Settings) -> list[Row]:
    """A fit on the device, with Oddity's own defaults."""
    import_torch()
    import oddity

    count, calibration = settings.count(400, 24), settings.count(200, 20)
    images = pictures.pictures(count + calibration, seed=2)
    start = time.perf_counter()
    fitted = oddity.fit(
        str(settings.model),
        id=images[:count],
        calibration=images[count:],
        preprocess=PREPROCESS,
        score="energy+norm",
        seed=1,
        engine=ENGINE,
        device=settings.device,
    )
    seconds = time.perf_counter() - start
    fitted.guarded.save(settings.guarded)
    text = f"{count} and {calibration} images in {seconds:.1f} s; {fitted.selected['tensor']} selected"
    is_sound = bool(numpy.isfinite(fitted.threshold))
    return [Row(f"oddity.fit on {settings.device}", text, "a threshold", is_sound, {"seconds": seconds})]


def import_torch() -> None:
    """PyTorch loads cuBLAS, cuDNN and other libraries, so that ONNX Runtime's library finds them."""
    import torch  # noqa: F401


# -- Graphs in ONNX Runtime, without Oddity
# ------------------------------------------------------------------------------------------------------


def guarded(settings: Settings) -> list[Row]:
    """The cost of the appended nodes."""
    row, numbers = against_plain(settings, settings.guarded, 0.98)
    return [Row("guarded against plain", row.measured, row.target, row.met, numbers)]


def norms(settings: Settings) -> list[Row]:
    """The cost of FeatureNorm for all blocks, and whether the norms are correct."""
    import_torch()
    import sessions

    path = settings.work / "norms.onnx"
    sessions.add_norms(settings.model, settings.blocks(), path)
    row, numbers = against_plain(settings, path, 0.9)
    speed = Row("norms of all blocks against plain", row.measured, row.target, row.met, numbers)
    return [speed, *norm_differences(settings, path)]


def against_plain(settings: Settings, path: Path, target: float) -> tuple[Row, dict[str, Any]]:
    """The speed of a graph as a share of the plain classifier's speed."""
    import_torch()
    import sessions

    values = pictures.preprocessed(pictures.pictures(settings.batch, seed=3))
    ours, theirs = (
        sessions.bound(sessions.session(each, settings.device), values, settings.device)
        for each in (path, settings.model)
    )
    times = sessions.alternated(ours, theirs, **settings.timing())
    share, least, largest = sessions.share_of(*times)
    rates = [settings.batch / statistics.median(each) for each in times]
    text = f"{share:.3f} ({least:.3f} to {largest:.3f}): {told(rates)}"
    row = Row("", f"{text}, batch {settings.batch}", f"≥ {target}", share >= target)
    numbers = {"share": share, "images_per_second": rates, "seconds": times}
    if settings.is_card:
        # If the target is missed, nodes on the processor and copies between the devices show the reason.
        numbers["nodes"] = sessions.places(path, settings.device, values[:4], settings.work)
    return row, numbers


def norm_differences(settings: Settings, path: Path) -> list[Row]:
    """Compares the norms in ONNX Runtime with PyTorch's in float64.

    TensorFloat-32, which is ONNX Runtime's default on a GPU, keeps ten bits of the factors of products. Oddity disables it.
    """
    import by_torch
    import sessions

    # On a processor, this only checks that the code runs.
    values = pictures.preprocessed(pictures.pictures(16 if settings.is_card else 4, seed=4))
    blocks = settings.blocks()
    names = [by_torch.module_of(block) for block in blocks]
    exact = by_torch.norms_in_float64(restored(settings), names, values, settings.device)
    rows = []
    for uses_tf32 in (True, False) if settings.is_card else (False,):
        ran = sessions.session(path, settings.device, uses_tf32=uses_tf32)
        found = sessions.norms(ran, values, len(blocks))
        by_block = (numpy.abs(found - exact) / exact).max(1)
        most = float(by_block.max())
        what = f"norms against float64, {'TensorFloat-32' if uses_tf32 else 'float32'}"
        target, met = ("", None) if uses_tf32 else ("≤ 1e-4", most <= 1e-4)
        rows.append(Row(what, f"{most:.1e} at most", target, met, {"by_block": by_block.tolist()}))
    return rows


def told(rates: list[float]) -> str:
    """Our rate and their rate."""
    digits = 0 if min(rates) >= 100 else 1
    return " against ".join(f"{rate:.{digits}f}" for rate in rates) + " images/s"


# -- Whole fits
# ------------------------------------------------------------------------------------------------------


def fit_speed(settings: Settings) -> list[Row]:
    """`oddity.fit` from images in memory to a guarded model, compared with a careful user of PyTorch.

    NormRatio is that of the paper, over all images, so both compute as many jigsaws as images.
    """
    import by_torch

    images = pictures.pictures(settings.count(5000, 40), seed=5)
    batches: list[int | None] = [settings.batch]
    few = images[: settings.batch]
    network, layout = by_torch.ready(restored(settings), few, settings.device)
    names = [by_torch.module_of(block) for block in settings.blocks()]

    def theirs(some: Any) -> dict[str, Any]:
        return by_torch.fit(network, names, some, batch=settings.batch, device=settings.device, layout=layout)

    times: dict[Any, list[float]] = {"theirs": []}
    if settings.is_card:
        # Work that is done once per process, for libraries and the GPU's context. It uses another batch size than Oddity.
        few = images[: max(settings.batch, 100)]
        batches.append(None)
        theirs(few)
        timed(lambda: fitted(settings, few, settings.batch), times.setdefault("few", []))
    for _ in range(2 if settings.is_card else 1):
        reference = timed(lambda: theirs(images), times["theirs"])
        for batch in batches:
            ours = timed(partial(fitted, settings, images, batch), times.setdefault(batch, []))
    numbers = {"pytorch": reference, "selected": ours.selected, "layout": str(layout)}
    return [fit_row(len(images), batch, times, settings, numbers) for batch in batches]


def fitted(settings: Settings, images: Any, batch: int | None) -> Any:
    import oddity

    import by_torch

    return oddity.fit(
        str(settings.model),
        id=images,
        preprocess=PREPROCESS,
        score="energy+norm",
        paper_split=True,
        alpha=by_torch.ALPHA,
        seed=1,
        engine=ENGINE,
        device=settings.device,
        batch=batch,
    )


def timed(work: Callable[[], Any], times: list[float]) -> Any:
    start = time.perf_counter()
    result = work()
    times.append(time.perf_counter() - start)
    return result


def fit_row(
    count: int, batch: int | None, times: dict[Any, list[float]], settings: Settings, numbers: dict[str, Any]
) -> Row:
    ours, theirs = min(times[batch]), min(times["theirs"])
    share = theirs / ours
    size = "batches of Oddity's own size" if batch is None else f"batch {batch}"
    text = f"{share:.2f}: {told([count / ours, count / theirs])}, each once and as jigsaw"
    if batch is not None and "few" in times:
        text += f"; a fit of {max(settings.batch, 100)} images takes {times['few'][0]:.1f} s"
    target, met = ("≥ 1", share >= 1) if batch is not None else ("", None)
    seconds = {"oddity": times[batch], "pytorch": times["theirs"], "few": times.get("few")}
    what = f"oddity.fit of {count} images against PyTorch, {size}"
    return Row(what, text, target, met, numbers | {"seconds": seconds})


# -- The same on the processor
# ------------------------------------------------------------------------------------------------------


def agreement(settings: Settings) -> list[Row]:
    """Compares scores and verdicts on the device with those on the processor."""
    kind = "as Oddity sets it"
    return [scores_against_processor(settings, kind, 0.01, 0.01)]


def exact_agreement(settings: Settings) -> list[Row]:
    """The same comparison in float32. check.py sets NVIDIA_TF32_OVERRIDE, which CUDA's libraries read when they start."""
    return [scores_against_processor(settings, "float32", 1e-3, 0.0)]


def scores_against_processor(settings: Settings, kind: str, most: float, flips: float) -> Row:
    import_torch()
    import oddity

    images = pictures.pictures(settings.count(512, 24), seed=6)
    found, expected = (
        oddity.Detector(settings.guarded, engine=ENGINE, device=device).arrays(images)
        for device in (settings.device, "cpu")
    )
    spread = float(numpy.ptp(expected.scores))
    difference = float(numpy.abs(found.scores - expected.scores).max()) / spread
    differ = int((found.outliers != expected.outliers).sum())
    text = (
        f"scores differ by {difference:.1e} of their spread at most, {differ} of {len(images)} verdicts "
        f"({int(expected.outliers.sum())} outliers)"
    )
    met = difference <= most and differ <= flips * len(images)
    numbers = {"difference": difference, "spread": spread, "verdicts": differ, "images": len(images)}
    target = f"≤ {most:g} of the spread, ≤ {flips:.0%} of the verdicts"
    return Row(f"{settings.device} against the processor, {kind}", text, target, met, numbers)


# -- Faults
# ------------------------------------------------------------------------------------------------------


def no_such_card(settings: Settings) -> list[Row]:
    """If the GPU does not exist, the error is one clear line."""
    import_torch()
    import oddity

    try:
        oddity.Detector(settings.guarded, engine=ENGINE, device="cuda:99")
    except oddity.OddityError as error:
        is_clear = isinstance(error, oddity.errors.UsageError) and len(str(error).splitlines()) == 1
        text = f"{type(error).__name__}: {error}"
    else:
        is_clear, text = False, "no error"
    return [Row('device="cuda:99"', text, "one line of UsageError", is_clear)]


def out_of_memory(settings: Settings) -> list[Row]:
    """A batch that does not fit into the GPU's memory raises an error of Oddity, and the next call works."""
    if not settings.is_card:
        return [Row("out of device memory", "not tried: there is no card")]
    import oddity
    import torch

    batch = 1024
    values = pictures.preprocessed(pictures.pictures(8, seed=7)).repeat(batch // 8, 0)
    detector = oddity.Detector(settings.guarded, engine=ENGINE, device=settings.device, batch=batch)
    before = detector.arrays(values[:4]).scores
    # Leave one GiB free. The first map of such a batch alone takes three.
    free, _ = torch.cuda.mem_get_info(settings.device)
    ballast = torch.empty(free - 2**30, dtype=torch.uint8, device=settings.device)
    text, is_error = what_is_raised(lambda: detector.arrays(values), oddity.OddityError)
    after = what_is_raised(lambda: require_same(detector.arrays(values[:4]).scores, before), ())
    del ballast
    torch.cuda.empty_cache()
    whole = what_is_raised(lambda: detector.arrays(values), ())
    return [
        Row(f"out of device memory, batch {batch}", text, "an OddityError", is_error),
        Row("the next call, 4 images", after[0], "works, same scores", after[0] == "works"),
        Row("the same call with memory again", whole[0], "works", whole[0] == "works"),
    ]


def require_same(found: Any, expected: Any) -> None:
    """Other amounts of memory may lead to other algorithms, with other last digits."""
    numpy.testing.assert_allclose(found, expected, rtol=1e-2)


def what_is_raised(call: Callable[[], Any], expected: Any) -> tuple[str, bool]:
    """The error in one line, or "works", and whether it is of the expected kind."""
    try:
        call()
    except Exception as error:  # noqa: BLE001 - any error is a result
        return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}", isinstance(error, expected)
    return "works", False


def together(settings: Settings) -> list[Row]:
    """ONNX Runtime's own package and Oddity in one process."""
    import_torch()
    import oddity

    import sessions

    values = pictures.preprocessed(pictures.pictures(8, seed=8))
    own = sessions.session(settings.guarded, settings.device)
    expected = own.run(["ood_score"], {own.get_inputs()[0].name: values})[0].ravel()
    found = oddity.Detector(settings.guarded, engine=ENGINE, device=settings.device).arrays(values)
    again = own.run(["ood_score"], {own.get_inputs()[0].name: values})[0].ravel()
    spread = float(numpy.ptp(expected))
    difference = max(float(numpy.abs(each - expected).max()) for each in (found.scores[:, 0], again)) / spread
    text = f"scores differ by {difference:.1e} of their spread at most"
    return [Row("with ONNX Runtime's package in one process", text, "≤ 0.01", difference <= 0.01)]


def run(name: str, settings: Settings) -> Any:
    """The results of an item: its rows, or properties of the machine."""
    # Oddity warns because random images are not of one kind.
    warnings.simplefilter("ignore")
    found = ITEMS[name](settings)
    return [row.as_dict() for row in found] if isinstance(found, list) else found


ITEMS: dict[str, Callable[[Settings], Any]] = {
    "machine": machine,
    "export": export,
    "fit": fit,
    "guarded": guarded,
    "norms": norms,
    "fit-speed": fit_speed,
    "agreement": agreement,
    "exact-agreement": exact_agreement,
    "no-such-card": no_such_card,
    "out-of-memory": out_of_memory,
    "together": together,
}
