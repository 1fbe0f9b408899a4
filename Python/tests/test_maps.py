"""`Detector.maps` against NumPy and ONNX Runtime, in float64."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
import onnx
import onnxruntime
import pytest
from core_data import COLOUR, command, pictures, tensors
from PIL import Image

import oddity
from oddity import Detector
from oddity.errors import UsageError

pytestmark = pytest.mark.filterwarnings("ignore::oddity.OddityWarning")


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mapped") / "guarded.onnx"
    fitted = oddity.fit(
        COLOUR,
        id=tensors(200),
        calibration=tensors(120, seed=8),
        score="featurenorm",
        with_map=True,
        no_signatures=True,
    )
    fitted.guarded.save(path)
    return path


def reference(path: Path, images: Any) -> Any:
    """(1/C) Σ F_cp²/‖F_c‖ with F = ReLU of the block that the model names."""
    with Detector(path) as detector:
        block = detector.info["map"]["block"]["tensor"]
    model = onnx.load(path)
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info(block))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    values = session.run([block], {session.get_inputs()[0].name: images})[0]
    f = numpy.maximum(values.astype(numpy.float64), 0)
    norms = numpy.sqrt((f**2).sum((2, 3), keepdims=True))
    return numpy.divide(f**2, norms, out=numpy.zeros_like(f), where=norms > 0).mean(1)


def test_maps_are_those_of_numpy(mapped: Path) -> None:
    images = tensors(30, seed=9)
    expected, known = reference(mapped, images), reference(mapped, tensors(120, seed=8))
    with Detector(mapped) as detector:
        maps, arrays = detector.maps(images), detector.arrays(images)
        shape = (detector.info["map"]["height"], detector.info["map"]["width"])
    assert maps.contributions.shape == maps.p_values.shape == (30, *shape)
    numpy.testing.assert_allclose(maps.contributions, expected, rtol=1e-4, atol=1e-6)
    numpy.testing.assert_allclose(maps.contributions.sum((1, 2)), arrays.scores[:, 0], rtol=1e-5)
    counts = (known[None] <= expected[:, None]).sum(1)
    # All 120 ranks are stored, so p-values are exact except where rounding decides.
    assert (numpy.abs(maps.p_values - (1 + counts) / 121) < 1e-6).mean() > 0.99
    assert maps.errors == {}
    assert maps.names == [f"image#{row}" for row in range(30)]


def test_arrays_of_another_shape_are_refused(mapped: Path) -> None:
    with Detector(mapped) as detector, pytest.raises(UsageError, match="takes"):
        detector.maps(tensors(3)[:, :, :-1])


def test_the_file_has_them_as_an_output(mapped: Path) -> None:
    images = tensors(7, seed=9)
    session = onnxruntime.InferenceSession(str(mapped), providers=["CPUExecutionProvider"])
    output = session.run(["ood_map"], {session.get_inputs()[0].name: images})[0]
    assert output.dtype == numpy.float32
    assert list(output.shape[1:]) == session.get_outputs()[-1].shape[1:]
    with Detector(mapped) as detector:
        numpy.testing.assert_allclose(output, detector.maps(images).contributions, rtol=1e-4, atol=1e-6)


def test_what_fails_has_none(mapped: Path) -> None:
    strange = tensors(2, seed=9)
    strange[1, 0, 0, 0] = numpy.nan
    with Detector(mapped) as detector:
        broken = detector.maps([strange[0], b"no image"])
        unknown = detector.maps(strange)
    assert set(broken.errors) == {1}
    assert unknown.errors == {}
    for maps in (broken, unknown):
        assert numpy.isfinite(maps.contributions[0]).all()
        assert numpy.isnan(maps.contributions[1]).all()
        assert numpy.isnan(maps.p_values[1]).all()


def test_without_a_map(guarded: Path) -> None:
    with Detector(guarded) as detector, pytest.raises(UsageError, match="with-map"):
        detector.maps(pictures(1))


def test_the_command_draws_them(tmp_path: Path) -> None:
    path, images = tmp_path / "guarded.onnx", tmp_path / "images"
    oddity.fit(
        COLOUR,
        id=pictures(200),
        preprocess="cifar",
        score="energy",
        with_map=True,
        map_block=0,
        no_signatures=True,
    ).guarded.save(path)
    for name, picture in zip(("a/x", "b/x", "y"), pictures(3, seed=4), strict=True):
        (images / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(images / f"{name}.png")
    command("score", path, images, "--maps", tmp_path / "maps")
    names = ["a/x.png", "b/x.png", "y.png"]
    # Maps are stored in the same subfolders as their images.
    drawn_into = tmp_path / "maps" / images.relative_to("/")
    found = {str(file.relative_to(drawn_into)) for file in drawn_into.rglob("*.*")}
    assert found == {f"{name}.{kind}" for name in names for kind in ("jpg", "npy")}
    with Detector(path) as detector:
        maps = detector.maps(images)
        assert detector.info["map"]["score"] == "featurenorm"
        assert detector.info["map"]["block"]["index"] == 0
    for row, name in enumerate(names):
        values = numpy.load(drawn_into / f"{name}.npy")
        numpy.testing.assert_allclose(values[0], maps.contributions[row], rtol=1e-4)
        drawn = Image.open(drawn_into / f"{name}.jpg")
        assert drawn.size == (224, 224)
