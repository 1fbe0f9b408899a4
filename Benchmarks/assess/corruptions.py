"""Five corruptions of images at five severities, after Hendrycks and Dietterich, *Benchmarking Neural Network Robustness to
Common Corruptions and Perturbations* (ICLR 2019), made with Pillow and NumPy. Small images have the strengths of CIFAR-10-C, and
large images those of ImageNet-C. Motion blur and fog are simpler than the originals.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import numpy
from PIL import Image

Array = numpy.ndarray
SEVERITIES = range(5)


def rounded(values: Array) -> Array:
    return numpy.clip(numpy.rint(values), 0, 255)


def gaussian_noise(images: Array, severity: int, random: numpy.random.Generator, small: bool) -> Array:
    sigma = ((0.04, 0.06, 0.08, 0.09, 0.10) if small else (0.08, 0.12, 0.18, 0.26, 0.38))[severity]
    return rounded(images + 255 * sigma * random.normal(size=images.shape))


def motion_blur(images: Array, severity: int, random: numpy.random.Generator, small: bool) -> Array:
    """The mean along a line, whose length is a share of the side, in a random direction for each image."""
    del small
    length = (0.06, 0.09, 0.12, 0.16, 0.19)[severity] * images.shape[1]
    blurred = []
    for image in images:
        angle = random.uniform(0, numpy.pi)
        steps = numpy.linspace(-length / 2, length / 2, int(4 * length) + 1)
        pictures = [Image.fromarray(image[..., channel].astype(numpy.uint8)) for channel in range(image.shape[2])]
        planes = []
        for picture in pictures:
            moved = [
                picture.transform(
                    picture.size, Image.Transform.AFFINE,
                    (1, 0, step * numpy.cos(angle), 0, 1, step * numpy.sin(angle)), Image.Resampling.BILINEAR,
                )
                for step in steps
            ]
            planes.append(numpy.mean([numpy.asarray(plane, numpy.float64) for plane in moved], axis=0))
        blurred.append(numpy.stack(planes, axis=-1))
    return rounded(numpy.stack(blurred))


def contrast(images: Array, severity: int, random: numpy.random.Generator, small: bool) -> Array:
    del random
    factor = ((0.75, 0.5, 0.4, 0.3, 0.15) if small else (0.4, 0.3, 0.2, 0.1, 0.05))[severity]
    mean = images.mean(axis=(1, 2), keepdims=True)
    return rounded((images - mean) * factor + mean)


def clouds(side: int, decay: float, random: numpy.random.Generator) -> Array:
    """Noise from 0 to 1 whose spectrum falls as a power of the frequency."""
    frequency = numpy.fft.fftfreq(side)
    radius = numpy.hypot(frequency[:, None], frequency[None])
    radius[0, 0] = 1
    noise = numpy.fft.ifft2(numpy.fft.fft2(random.normal(size=(side, side))) / radius**decay).real
    return (noise - noise.min()) / (noise.max() - noise.min())


def fog(images: Array, severity: int, random: numpy.random.Generator, small: bool) -> Array:
    strengths = (0.2, 0.5, 0.75, 1.0, 1.5) if small else (1.5, 2.0, 2.5, 2.5, 3.0)
    strength, decay = strengths[severity], (2.0, 2.0, 1.8, 1.6, 1.5)[severity]
    foggy = []
    for image in images / 255:
        brightest = max(image.max(), 1 / 255)
        cloud = clouds(image.shape[0], decay, random)[..., None]
        foggy.append((image + strength * cloud) * brightest / (brightest + strength))
    return rounded(255 * numpy.stack(foggy))


def jpeg(images: Array, severity: int, random: numpy.random.Generator, small: bool) -> Array:
    del random
    quality = ((80, 65, 58, 50, 40) if small else (25, 18, 15, 10, 7))[severity]
    compressed = []
    for image in images.astype(numpy.uint8):
        picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=quality)
        decoded = numpy.asarray(Image.open(io.BytesIO(file.getvalue())).convert(picture.mode), numpy.float64)
        compressed.append(decoded[..., None] if image.shape[2] == 1 else decoded)
    return numpy.stack(compressed)


CORRUPTIONS: dict[str, Callable[[Array, int, numpy.random.Generator, bool], Array]] = {
    "gaussian noise": gaussian_noise, "motion blur": motion_blur, "contrast": contrast, "fog": fog, "jpeg": jpeg,
}


def corrupted(pixels: Array) -> Iterator[tuple[str, int, Array]]:
    """Each corruption and severity (1 to 5) of images [n, height, width, channels] of 0 to 255."""
    for name, corrupt in CORRUPTIONS.items():
        for severity in SEVERITIES:
            random = numpy.random.default_rng(severity)
            yield name, severity + 1, corrupt(pixels, severity, random, pixels.shape[1] < 100)
