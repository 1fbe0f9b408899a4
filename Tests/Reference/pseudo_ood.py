"""Pseudo-OOD images from the definitions in docs/commands.md; images are [C, H, W] in float64."""

import math

import numpy as np
from scipy.ndimage import gaussian_filter

from jigsaw import jigsaw as shuffled_tiles
from splitmix64 import SplitMix64, fnv1a, image_randomness


def stream(seed, image_id, kind):
    return SplitMix64(seed ^ image_id ^ fnv1a(kind))


def unit(draw):
    return (draw >> 11) * 2.0**-53


def jigsaw(image, seed, image_id, grid="3"):
    grid = int(grid)
    return shuffled_tiles(image, grid, image_randomness(seed, image_id, grid * grid)[2])


def gaussian_noise(image, seed, image_id, std="1"):
    draws = stream(seed, image_id, "gaussian-noise")
    pairs = (image.size + 1) // 2
    u = np.array([unit(draws.next()) for _ in range(2 * pairs)]).reshape(pairs, 2)
    radius, angle = np.sqrt(-2 * np.log(1 - u[:, 0])), 2 * np.pi * u[:, 1]
    normals = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()[: image.size]
    return image + float(std) * normals.reshape(image.shape)


def uniform_noise(image, seed, image_id):
    draws = stream(seed, image_id, "uniform-noise")
    u = np.array([unit(draws.next()) for _ in range(image.size)]).reshape(image.shape)
    least, greatest = (f(image, axis=(1, 2), keepdims=True) for f in (np.min, np.max))
    return least + u * (greatest - least)


def blur(image, seed, image_id, sigma=None):
    sigma = float(sigma) if sigma else max(1, min(image.shape[1:]) / 16)
    return np.stack([gaussian_filter(channel, sigma, mode="nearest") for channel in image])


def rotation(image, seed, image_id):
    square = image.shape[1] == image.shape[2]
    quarters = 1 + stream(seed, image_id, "rotation").next() % 3 if square else 2
    return np.rot90(image, quarters, axes=(1, 2))


def cutmix(image, seed, image_id, share="0.5", donors=()):
    """`donors` are pairs of an id and an image, in their order."""
    draws = stream(seed, image_id, "cutmix")
    others = [donor for donor_id, donor in donors if donor_id != image_id]
    donor = others[draws.next() % len(others)]
    height, width = (max(1, int(side * math.sqrt(float(share)))) for side in image.shape[1:])
    top = draws.next() % (image.shape[1] - height + 1)
    left = draws.next() % (image.shape[2] - width + 1)
    result = image.copy()
    place = np.s_[:, top : top + height, left : left + width]
    result[place] = donor[place]
    return result


def patch_shuffle(image, seed, image_id, grid="4"):
    draws, grid, result = stream(seed, image_id, "patch-shuffle"), int(grid), np.empty_like(image)
    rows, columns = ([i * side // grid for i in range(grid + 1)] for side in image.shape[1:])
    for top, bottom in zip(rows, rows[1:]):
        for left, right in zip(columns, columns[1:]):
            patch = image[:, top:bottom, left:right]
            pixels = patch.reshape(len(image), -1)
            result[:, top:bottom, left:right] = pixels[:, draws.permutation(pixels.shape[1])].reshape(patch.shape)
    return result


def pixel_shuffle(image, seed, image_id):
    pixels = image.reshape(len(image), -1)
    order = stream(seed, image_id, "pixel-shuffle").permutation(pixels.shape[1])
    return pixels[:, order].reshape(image.shape)


def pseudo_ood(kind, image, seed, image_id, donors=()):
    """The pseudo-OOD image of a kind, as `--pseudo-ood` names it."""
    name, *strength = kind.split(":")
    if name == "cutmix":
        return cutmix(image, seed, image_id, *strength, donors=donors)
    return globals()[name.replace("-", "_")](image, seed, image_id, *strength)


def part(seed, image_id):
    """The part of an image of --id, without a calibration source."""
    draw = image_randomness(seed, image_id, 0)[1]
    return "fit" if draw < 0.6 else "select" if draw < 0.8 else "calibrate"


def donor_ids(ids, seed, size=64):
    """The donors of one part: the ids with the smallest sampling keys, in the order of the keys."""
    return sorted(ids, key=lambda image_id: image_randomness(seed, image_id, 0)[0])[:size]
