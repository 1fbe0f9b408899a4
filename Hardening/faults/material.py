"""Ten tiny images, ten more for the calibration, and a small network."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import numpy
from PIL import Image

NETWORK = Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "residual.ts.onnx"
#: Decoders differ, and each one reads its file differently.
FORMATS = ("png", "jpg", "webp", "bmp", "png")


def _encoded(generator: numpy.random.Generator, ending: str) -> bytes:
    coarse = generator.integers(0, 256, (8, 8, 3), dtype=numpy.uint8)
    image = Image.fromarray(coarse).resize((32, 32), Image.Resampling.BILINEAR)
    buffer = io.BytesIO()
    image.save(buffer, {"jpg": "JPEG"}.get(ending, ending.upper()))
    return buffer.getvalue()


def _folder(path: Path, generator: numpy.random.Generator, endings: tuple[str, ...]) -> None:
    path.mkdir()
    for index, ending in enumerate(endings):
        (path / f"{index}.{ending}").write_bytes(_encoded(generator, ending))


def _archive(path: Path, generator: numpy.random.Generator, endings: tuple[str, ...]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for index, ending in enumerate(endings):
            data = _encoded(generator, ending)
            member = tarfile.TarInfo(f"packed{index}.{ending}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


def write_material(folder: Path, seed: int) -> None:
    """The inputs of every command: five images in a folder and five in a compressed archive."""
    generator = numpy.random.default_rng(seed)
    (folder / "in").mkdir(parents=True)
    (folder / "out").mkdir()
    (folder / "tmp").mkdir()
    _folder(folder / "in" / "images", generator, FORMATS)
    _archive(folder / "in" / "images.tar.gz", generator, FORMATS)
    _folder(folder / "in" / "calibration", generator, FORMATS * 2)
    shutil.copy(NETWORK, folder / "in" / "net.onnx")
    suite = (
        "networks:\n  - {name: net, model: net.onnx, preprocess: cifar}\n"
        "id:\n  fit: [images, images.tar.gz]\n  calibration: calibration\n  evaluate: calibration\n"
        "ood:\n  - {name: far, source: images.tar.gz}\n  - {name: near, source: images}\n"
        "scores: [featurenorm, msp]\nalpha: 0.2\n"
    )
    (folder / "in" / "suite.yaml").write_text(suite)
