"""Gram matrices of feature maps and the deviations from their ranges, in float64.

Standard input: {"layout", "map": path of .npy} prints the row sums of the map's Gram matrices for the powers
1 to 5, [n, 5C]. {"model", "logits": tensor, "blocks": [{"tensor", "layout"}], "images": path of .npy [N, C,
H, W], "fit": n, "select": m} prints the scores of all images. ONNX Runtime computes the maps. The first n
images are the fit part, and the following m weight the blocks.
"""

import json
import sys

import numpy as np

from map_score_reference import channels_first, taken


def row_sums(f):
    flat = f.reshape(*f.shape[:2], -1)
    columns = []
    for p in range(1, 6):
        powers = flat**p
        v = (powers @ powers.transpose(0, 2, 1)).sum(2)
        columns.append(np.sign(v) * np.abs(v) ** (1 / p))
    return np.concatenate(columns, axis=1)


def deviations(f, predicted, fit):
    """The deviations of every image, with the ranges of the first `fit` images."""
    v, size = row_sums(f), np.abs(f[:fit]).max()
    known, labels = v[:fit], predicted[:fit]
    epsilon = 1e-6 * (size if size > 0 else 1) ** 2
    varies = known.min(0) < known.max(0)
    total = np.zeros(len(v))
    for image, (row, label) in enumerate(zip(v, predicted)):
        own = known[labels == label] if (labels == label).any() else known
        low, high = own.min(0), own.max(0)
        outside = np.maximum(low - row, 0) / np.abs(low + epsilon) + np.maximum(row - high, 0) / np.abs(high + epsilon)
        total[image] = outside[varies].sum()
    return total


def scores(request):
    images = np.load(request["images"])
    predicted = taken(request["model"], request["logits"], images).reshape(len(images), -1).argmax(1)
    fit, select = request["fit"], request["select"]
    columns = []
    for block in request["blocks"]:
        f = taken(request["model"], block["tensor"], images).astype(np.float64)
        columns.append(deviations(channels_first(f, block["layout"]), predicted, fit))
    means = [column[fit : fit + select].mean() for column in columns]
    floor = 1e-3 * max(means) or 1
    return -sum(column / max(mean, floor) for column, mean in zip(columns, means))


def main():
    request = json.load(sys.stdin)
    if "map" in request:
        answer = row_sums(channels_first(np.load(request["map"]).astype(np.float64), request["layout"]))
    else:
        answer = scores(request)
    json.dump(np.asarray(answer).ravel().tolist(), sys.stdout)


if __name__ == "__main__":
    main()
