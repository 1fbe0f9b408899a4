"""Pseudo-OOD images of the given images, as JSON."""

import json
import sys

import numpy as np

from pseudo_ood import pseudo_ood


def answer(case):
    shape = (case["channels"], case["height"], case["width"])

    def image(values):
        # The digits represent float32 values, which differ from the float64 values with the same digits.
        return np.array(values, dtype=np.float32).reshape(shape)

    donors = [(int(donor["id"]), image(donor["values"])) for donor in case["donors"]]
    result = pseudo_ood(case["kind"], image(case["image"]), int(case["seed"]), int(case["id"]), donors)
    return result.ravel().tolist()


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
