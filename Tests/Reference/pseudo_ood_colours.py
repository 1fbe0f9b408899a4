"""Colours for kinds of pseudo-OOD images with invented values. They are within the ranges of the image's
channels."""

import numpy as np


def ranges(image):
    """The minimum and the maximum of each channel, [C, 1, 1]."""
    return image.min(axis=(1, 2), keepdims=True), image.max(axis=(1, 2), keepdims=True)


def grey(image, share):
    """The same share of every channel's range, [C]."""
    least, greatest = (values.ravel() for values in ranges(image))
    return least + share * (greatest - least)


def colour(image, draws):
    """A random share of each channel's range, [C]."""
    return grey(image, np.array([draws.unit() for _ in image]))


def blend(first, second, shares):
    """Interpolates between two colours, by shares [H, W]."""
    first, second = first[:, None, None], second[:, None, None]
    return first + shares * (second - first)
