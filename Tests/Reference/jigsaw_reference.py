"""Per-image randomness, and jigsaws by NumPy slicing."""

import json
import sys

import numpy as np

from splitmix64 import image_randomness


def jigsaw(image, grid, order):
    """Shuffles the tiles of an image [C, H, W]; what is left over at the right and bottom is zero."""
    height, width = image.shape[1] // grid, image.shape[2] // grid
    result = np.zeros_like(image)
    for output, source in enumerate(order):
        r, c = (source // grid) * height, (source % grid) * width
        tile = image[:, r : r + height, c : c + width]
        r, c = (output // grid) * height, (output % grid) * width
        result[:, r : r + height, c : c + width] = tile
    return result


def answer(case):
    seed, image_id, grid = int(case["seed"]), int(case["id"]), case["grid"]
    key, part, order = image_randomness(seed, image_id, grid * grid)
    shape = (case["channels"], case["height"], case["width"])
    image = np.arange(1, np.prod(shape) + 1, dtype=np.float64).reshape(shape)
    result = jigsaw(image, grid, order)
    return {
        "samplingKey": str(key),
        "partDraw": part,
        "permutation": order,
        "channelsFirst": result.ravel().tolist(),
        "channelsLast": result.transpose(1, 2, 0).ravel().tolist(),
    }


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
