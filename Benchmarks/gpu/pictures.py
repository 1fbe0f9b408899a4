"""Random images, and their conversion to the network's input."""

from __future__ import annotations

from typing import Any

import numpy

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
SIDE = 224
_PATCHES = 8
_NOISE = 32


def pictures(count: int, seed: int) -> Any:
    """uint8 [count, 224, 224, 3]: patches of colour, with another contrast in each image, and noise.

    Pure noise would give nearly the same score for all images.
    """
    random = numpy.random.default_rng(seed)
    contrasts = random.uniform(0.1, 1, (count, 1, 1, 1))
    colours = random.integers(0, 256 - _NOISE, (count, _PATCHES, _PATCHES, 3))
    patches = (colours * contrasts).astype(numpy.uint8)
    noise = random.integers(0, _NOISE, (16, SIDE, SIDE, 3), dtype=numpy.uint8)
    images = numpy.empty((count, SIDE, SIDE, 3), numpy.uint8)
    for number, patch in enumerate(patches):
        whole = patch.repeat(SIDE // _PATCHES, 0).repeat(SIDE // _PATCHES, 1)
        numpy.add(whole, noise[number % len(noise)], out=images[number])
    return images


def preprocessed(images: Any) -> Any:
    """float32 [count, 3, 224, 224]"""
    mean, std = (numpy.array(each, numpy.float32) for each in (MEAN, STD))
    values = (images.astype(numpy.float32) / 255 - mean) / std
    return numpy.ascontiguousarray(values.transpose(0, 3, 1, 2))
