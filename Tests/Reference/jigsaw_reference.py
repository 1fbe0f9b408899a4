"""Per-image randomness and jigsaws of images of consecutive numbers."""

import json
import sys

import numpy as np

from jigsaw import jigsaw
from splitmix64 import image_randomness


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
