"""Temperatures of a plain classifier on labelled images, in float64 (Guo et al., ICML 2017).

Standard input: {"model", "images": a tar of class folders, "count": the number of images, from the first on,
    "labels": names of the classes, "seed", "mean", "std"}. Prints {"temperature": the T that minimises the
    negative log-likelihood of the true classes over half of the images, "of_others": over the other half,
    "images": the number of images in the former}. An image is in the former half if the second draw of
    SplitMix64(seed xor id) is below one half.
"""

import json
import sys
import tarfile

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from engine import Model
from image_sets import of_tar, preprocessed
from splitmix64 import image_randomness


def temperature(l, y):
    def loss(log_t):
        scaled = l / np.exp(log_t)
        return (logsumexp(scaled, axis=1) - scaled[np.arange(len(y)), y]).sum()

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded", options={"xatol": 1e-9}).x))


def main():
    request = json.load(sys.stdin)
    count = request["count"]
    with tarfile.open(request["images"]) as archive:
        names = [member.name for member in archive if member.isfile()][:count]
    classes = np.array([request["labels"].index(name.split("/")[-2]) for name in names])
    images = of_tar(request["images"])
    pixels = preprocessed(images.read(range(count)), request["mean"], request["std"])
    logits = next(iter(Model(request["model"]).run(pixels).values())).astype(np.float64)
    half = np.array([image_randomness(request["seed"], i, 0)[1] < 0.5 for i in images.ids[:count]])
    answer = {
        "temperature": temperature(logits[half], classes[half]),
        "of_others": temperature(logits[~half], classes[~half]),
        "images": int(half.sum()),
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
