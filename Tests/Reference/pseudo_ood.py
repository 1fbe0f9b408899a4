"""Pseudo-OOD images from the definitions in docs/commands.md; images are [C, H, W] in float64.

Each kind is a function of the image, the seed, the image's id and the strength. Kinds that mix two images use
the images of other ids as `donors`.
"""

import math

import numpy as np
from scipy.ndimage import gaussian_filter, sobel

from jigsaw import jigsaw as shuffled_tiles
from pseudo_ood_colours import blend, ranges
from pseudo_ood_drawings import shapes, stripes, strokes
from pseudo_ood_spectra import amplitude, phase, pink
from splitmix64 import image_randomness, stream

def jigsaw(image, seed, image_id, grid="3"):
    grid = int(grid)
    return shuffled_tiles(image, grid, image_randomness(seed, image_id, grid * grid)[2])


def gaussian_noise(image, seed, image_id, std="1"):
    draws = stream(seed, image_id, "gaussian-noise")
    pairs = (image.size + 1) // 2
    u = np.array([draws.unit() for _ in range(2 * pairs)]).reshape(pairs, 2)
    radius, angle = np.sqrt(-2 * np.log(1 - u[:, 0])), 2 * np.pi * u[:, 1]
    normals = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()[: image.size]
    return image + float(std) * normals.reshape(image.shape)


def uniform_noise(image, seed, image_id):
    draws = stream(seed, image_id, "uniform-noise")
    u = np.array([draws.unit() for _ in range(image.size)]).reshape(image.shape)
    least, greatest = ranges(image)
    return least + u * (greatest - least)


def blur(image, seed, image_id, sigma=None):
    sigma = float(sigma) if sigma else max(1, min(image.shape[1:]) / 16)
    return np.stack([gaussian_filter(channel, sigma, mode="nearest") for channel in image])


def rotation(image, seed, image_id):
    square = image.shape[1] == image.shape[2]
    quarters = 1 + stream(seed, image_id, "rotation").next() % 3 if square else 2
    return np.rot90(image, quarters, axes=(1, 2))


def cutmix(image, seed, image_id, share="0.5", donors=()):
    draws = stream(seed, image_id, "cutmix")
    donor = draws.choice(donors)
    height, width = (max(1, int(side * math.sqrt(float(share)))) for side in image.shape[1:])
    top, left = draws.start(height, image.shape[1]), draws.start(width, image.shape[2])
    result = image.copy()
    place = np.s_[:, top : top + height, left : left + width]
    result[place] = donor[place]
    return result


def mixup(image, seed, image_id, share="0.5", donors=()):
    donor = stream(seed, image_id, "mixup").choice(donors)
    return np.average([image, donor], axis=0, weights=[1 - float(share), float(share)])


def zoom(image, seed, image_id, factor="3"):
    draws, result = stream(seed, image_id, "zoom"), image
    for axis in (1, 2):
        side = image.shape[axis]
        length = max(1, int(side / float(factor)))
        pixels = draws.start(length, side) + np.arange(length)
        places = pixels[0] + (np.arange(side) + 0.5) * length / side - 0.5
        result = np.apply_along_axis(lambda line: np.interp(places, pixels, line[pixels]), axis, result)
    return result


def tile(image, seed, image_id, grid="4"):
    draws, grid = stream(seed, image_id, "tile"), int(grid)
    height, width = (math.ceil(side / grid) for side in image.shape[1:])
    top, left = draws.start(height, image.shape[1]), draws.start(width, image.shape[2])
    patch = image[:, top : top + height, left : left + width]
    return np.tile(patch, (1, grid, grid))[:, : image.shape[1], : image.shape[2]]


def edges(image, seed, image_id):
    least, greatest = ranges(image)
    extent = greatest - least
    grey = np.divide(image - least, extent, where=extent > 0, out=np.zeros_like(image)).mean(axis=0)
    steepness = np.hypot(sobel(grey, 0, mode="nearest"), sobel(grey, 1, mode="nearest"))
    shares = steepness / steepness.max() if steepness.max() > 1e-12 else np.zeros_like(grey)
    return blend(least.ravel(), greatest.ravel(), shares)


def invert(image, seed, image_id):
    least, greatest = ranges(image)
    return least + greatest - image


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


MIXING = [cutmix, mixup, amplitude]
KINDS = MIXING + [jigsaw, gaussian_noise, uniform_noise, blur, rotation, patch_shuffle, pixel_shuffle, zoom, tile]
KINDS += [edges, invert, phase, pink, stripes, shapes, strokes]
BY_NAME = {kind.__name__.replace("_", "-"): kind for kind in KINDS}


def pseudo_ood(kind, image, seed, image_id, donors=()):
    """The pseudo-OOD image of a kind, named as in `--pseudo-ood`. `donors` are pairs of an id and an image,
    in their order."""
    name, *strength = kind.split(":")
    make = BY_NAME[name]
    others = [np.float64(donor) for donor_id, donor in donors if donor_id != image_id]
    lent = {"donors": others} if make in MIXING else {}
    return make(np.float64(image), seed, image_id, *strength, **lent)


def part(seed, image_id):
    """The part of an image of --id, if there is no calibration source."""
    draw = image_randomness(seed, image_id, 0)[1]
    return "fit" if draw < 0.6 else "select" if draw < 0.8 else "calibrate"


def donor_ids(ids, seed, size=64):
    """The donors of one part: the ids with the smallest sampling keys, in the order of the keys."""
    return sorted(ids, key=lambda image_id: image_randomness(seed, image_id, 0)[0])[:size]
