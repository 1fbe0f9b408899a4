"""The random numbers of each image: sampling key, part draw, permutation, and the first draw of a kind's
stream."""

import json
import sys

from splitmix64 import image_randomness, stream


def answer(case):
    seed, image_id = int(case["seed"]), int(case["id"])
    key, part, order = image_randomness(seed, image_id, case["count"])
    first = stream(seed, image_id, case["kind"]).next()
    return {"samplingKey": str(key), "partDraw": part, "permutation": order, "firstDraw": str(first)}


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
