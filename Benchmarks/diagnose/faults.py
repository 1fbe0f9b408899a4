"""Preprocessing faults of a user's own pipeline, made with Pillow and NumPy, without any code of Oddity.

Some strengths are between or beyond those that Oddity simulates.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy
from PIL import Image, ImageFilter

Change = Callable[[Image.Image], Image.Image]


@dataclass(frozen=True)
class Pipeline:
    """How images become a network's input: resize of the shorter side, centre crop, mean and standard deviation for values in [0,
    1]."""

    mode: str
    side: int
    resize: int | None
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: Image.Resampling = Image.Resampling.BILINEAR

    def picture(
        self, image: Image.Image, interpolation: Image.Resampling | None = None, resize: int | None = None,
        at: tuple[float, float] = (0.5, 0.5),
    ) -> Image.Image:
        """The crop. `at` gives its position, by default the centre."""
        image = image.convert(self.mode)
        shorter = resize or self.resize
        if shorter is not None:
            width, height = image.size
            size = (
                (shorter, int(shorter * height / width)) if width <= height else (int(shorter * width / height), shorter)
            )
            image = image.resize(size, interpolation or self.interpolation)
        left, top = round((image.width - self.side) * at[0]), round((image.height - self.side) * at[1])
        return image.crop((left, top, left + self.side, top + self.side))

    def pixels(self, pictures: list[Image.Image]) -> numpy.ndarray:
        """[n, height, width, channels], 0 to 255."""
        array = numpy.stack([numpy.asarray(picture) for picture in pictures]).astype(numpy.float64)
        return array[..., None] if array.ndim == 3 else array

    def tensor(self, pixels: numpy.ndarray, mean: object = None, std: object = None) -> numpy.ndarray:
        """[n, channels, height, width]"""
        mean = self.mean if mean is None else mean
        std = self.std if std is None else std
        values = (pixels / 255 - numpy.asarray(mean)) / numpy.asarray(std)
        return values.transpose(0, 3, 1, 2).astype(numpy.float32)


def jpeg(quality: int) -> Change:
    def change(image: Image.Image) -> Image.Image:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        return Image.open(io.BytesIO(file.getvalue())).convert(image.mode)

    return change


def gamma(exponent: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        table = [round(255 * (level / 255) ** exponent) for level in range(256)]
        return image.point(table * len(image.getbands()))

    return change


def blurred(sigma: float) -> Change:
    """The blur, with sigma in 32nds of the shorter side."""
    return lambda image: image.filter(ImageFilter.GaussianBlur(sigma * min(image.size) / 32))


def enlarged(factor: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        small = (max(1, round(image.width / factor)), max(1, round(image.height / factor)))
        return image.resize(small, Image.Resampling.BILINEAR).resize(image.size, Image.Resampling.BILINEAR)

    return change


def shifted(right: float, down: float) -> Change:
    """A shift by shares of the sides. New pixels are black."""

    def change(image: Image.Image) -> Image.Image:
        offset = (1, 0, round(right * image.width), 0, 1, round(down * image.height))
        return image.transform(image.size, Image.Transform.AFFINE, offset)

    return change


def stretched(share: float) -> Change:
    """Stretches the middle share of the width over the whole width; above 1, the height."""

    def change(image: Image.Image) -> Image.Image:
        width, height = image.size
        kept = (width * share, height) if share < 1 else (width, height / share)
        left, top = (width - kept[0]) / 2, (height - kept[1]) / 2
        return image.resize(image.size, Image.Resampling.BILINEAR, box=(left, top, left + kept[0], top + kept[1]))

    return change


def negative(image: Image.Image) -> Image.Image:
    return image.point([255 - level for level in range(256)] * len(image.getbands()))


def grey(image: Image.Image) -> Image.Image:
    return image.convert("L").convert("RGB")


# By Oddity's fault class, then by strength.
CHANGES: dict[str, dict[str, Change]] = {
    "low-quality-jpeg": {str(quality): jpeg(quality) for quality in (5, 10, 15, 20, 30, 50, 65, 75)},
    "gamma": {str(exponent): gamma(exponent) for exponent in (0.3, 0.45, 0.6, 1.5, 1.8, 2.2, 3)},
    "blurred-or-enlarged": {
        **{f"sigma {sigma}": blurred(sigma) for sigma in (0.4, 0.5, 0.7, 1, 1.5, 2)},
        **{f"enlarged {factor}": enlarged(factor) for factor in (1.33, 1.5, 2, 3, 4)},
    },
    "turned": {
        "90": lambda image: image.transpose(Image.Transpose.ROTATE_90),
        "180": lambda image: image.transpose(Image.Transpose.ROTATE_180),
        "270": lambda image: image.transpose(Image.Transpose.ROTATE_270),
    },
    "shifted-crop": {
        f"{right} {down}": shifted(right, down)
        for right, down in ((0.125, 0.125), (-0.125, -0.125), (0.25, 0.25), (-0.19, 0.19), (0, 0.19))
    },
    "other-resize": {f"stretched {share}": stretched(share) for share in (0.5, 0.667, 0.75, 1.33, 1.5, 2)},
    "inverted": {"negative": negative},
}


def inputs(pipeline: Pipeline, images: list[Image.Image]) -> Iterator[tuple[str, str, numpy.ndarray]]:
    """Each fault with its strength, and the inputs that it makes from images."""
    colour = pipeline.mode == "RGB"
    pictures = [pipeline.picture(image) for image in images]
    pixels = pipeline.pixels(pictures)
    for fault, changes in CHANGES.items():
        for strength, change in changes.items():
            yield fault, strength, pipeline.tensor(pipeline.pixels([change(picture) for picture in pictures]))
    if colour:
        yield "grey", "grey", pipeline.tensor(pipeline.pixels([grey(picture) for picture in pictures]))
        yield "channels-swapped", "BGR", pipeline.tensor(pixels[..., ::-1])
        right = pipeline.tensor(pixels)
        wrong = numpy.ascontiguousarray(right.transpose(0, 2, 3, 1)).reshape(right.shape)
        yield "layout-mistaken", "reshaped", wrong
    yield from scales(pipeline, pixels)
    if pipeline.resize is not None:
        yield from cuts(pipeline, images)


def scales(pipeline: Pipeline, pixels: numpy.ndarray) -> Iterator[tuple[str, str, numpy.ndarray]]:
    yield "not-scaled", "then mean and std", pipeline.tensor(255 * pixels)
    yield "not-scaled", "as they are", pipeline.tensor(255 * pixels, 0, 1)
    yield "scaled-twice", "then mean and std", pipeline.tensor(pixels / 255)
    options: dict[str, tuple[object, object]] = {
        "none": (0, 1), "half": (0.5, 0.5), "no mean": (0, pipeline.std), "no std": (pipeline.mean, 1),
    }
    if pipeline.mode == "RGB":
        options["imagenet"] = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
        options["cifar"] = ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))
    for name, (mean, std) in options.items():
        change = numpy.abs(numpy.asarray(mean) - pipeline.mean).max(), numpy.abs(std / numpy.asarray(pipeline.std) - 1).max()
        if change[0] > 0.03 or change[1] > 0.15:
            yield "other-mean-std", name, pipeline.tensor(pixels, mean, std)


def cuts(pipeline: Pipeline, images: list[Image.Image]) -> Iterator[tuple[str, str, numpy.ndarray]]:
    """Faults that differ only if images are larger than the crop."""
    side, resize = pipeline.side, pipeline.resize or pipeline.side

    def tensor(pictures: list[Image.Image]) -> numpy.ndarray:
        return pipeline.tensor(pipeline.pixels(pictures))

    squashed = [image.convert(pipeline.mode).resize((side, side), pipeline.interpolation) for image in images]
    yield "other-resize", "squashed", tensor(squashed)
    yield "other-resize", "nearest", tensor([pipeline.picture(image, Image.Resampling.NEAREST) for image in images])
    yield "other-resize", "no margin", tensor([pipeline.picture(image, resize=side) for image in images])
    yield "other-resize", "closer", tensor([pipeline.picture(image, resize=resize * 5 // 4) for image in images])
    yield "shifted-crop", "corner", tensor([pipeline.picture(image, at=(0, 0)) for image in images])
    for quality in (5, 10, 20, 50):
        files = [pipeline.picture(jpeg(quality)(image.convert(pipeline.mode))) for image in images]
        yield "low-quality-jpeg", f"{quality} before the resize", tensor(files)
