"""Scores with a second pass of the classifier on a changed image, in float64.

Standard input: {"model", "features", "logits", "map": tensors, "layout": of the map, "images": path of .npy
[N, C, H, W], "fit": n, "channels_last": whether the network takes [N, H, W, C], "seed", "epsilon", "share",
"unit": of a normalised value, "pmin", "pmax", "weights" [C, D] flat, "bias", "only_masked": whether adascale
is left out}. The first n images are the fit part. ONNX Runtime runs both passes. Prints {"adascale-a": […],
"adascale-l": […], "masked-cam": […]} for the following images.
"""

import json
import sys

import numpy as np
from PIL import Image
from scipy.special import logsumexp, softmax

from map_score_reference import channels_first, taken
from splitmix64 import SplitMix64


def noise(count, request):
    """The signs at the first positions of a permutation."""
    generator = SplitMix64(request["seed"])
    values = np.zeros(count)
    for place in generator.permutation(count)[: round(request["share"] * count)]:
        values[place] = 1 if generator.next() % 2 == 0 else -1
    return values * request["epsilon"] * request["unit"]


def own_layout(request, images):
    """The images in the layout of the network's input."""
    return images.transpose(0, 2, 3, 1) if request["channels_last"] else images


def run(request, tensor, images):
    if request["channels_last"]:
        images = images.transpose(0, 3, 1, 2)
    return taken(request["model"], tensor, np.ascontiguousarray(images)).astype(np.float64).reshape(len(images), -1)


def movement(a, moved):
    k, m = max(1, a.shape[1] // 100), max(1, a.shape[1] // 20)
    order = np.argsort(-a, axis=1, kind="stable")
    rows = np.arange(len(a))[:, None]
    first, second = order[:, :k], order[:, :m]
    return 10 * np.abs(moved - a)[rows, first].sum(1) + np.maximum(moved, 0)[rows, second].sum(1)


def adascale(request, images, w, b):
    shape = images.shape[1:]
    changed = images + noise(int(np.prod(shape)), request).reshape(shape)
    a, moved, l = (
        run(request, request["features"], images), run(request, request["features"], changed),
        run(request, request["logits"], images),
    )  # fmt: skip
    fit = request["fit"]
    if a[:fit].min() < 0:
        a, moved = np.maximum(a, 0), np.maximum(moved, 0)
    q = movement(a, moved)
    answers = {"adascale-a": [], "adascale-l": []}
    for row, own, logits in zip(a[fit:], q[fit:], l[fit:]):
        share = (q[:fit] <= own).mean()
        percentile = request["pmin"] + (1 - share) * (request["pmax"] - request["pmin"])
        above = row[row > np.percentile(row, percentile)]
        r = min(row.sum() / max(above.sum(), 1e-12), 80)
        answers["adascale-a"].append(logsumexp((row * np.exp(r)) @ w.T + b))
        answers["adascale-l"].append(logsumexp(logits * r**2))
    return answers


def masked_cam(request, images, w):
    l = run(request, request["logits"], images)
    f = channels_first(taken_map(request, images), request["layout"])
    size = images.shape[1:3] if request["channels_last"] else images.shape[2:4]
    masks = []
    for maps, logits in zip(f, l):
        cam = np.tensordot(w[logits.argmax()], maps, 1)
        spread = np.ptp(cam)
        cam = (cam - cam.min()) / spread if spread > 1e-5 * np.abs(cam).max() else np.zeros_like(cam)
        masks.append(np.array(Image.fromarray(cam.astype(np.float32)).resize(size[::-1], Image.BILINEAR), dtype=np.float64))
    masks = np.expand_dims(np.stack(masks), -1 if request["channels_last"] else 1)
    hidden = run(request, request["logits"], images * (1 - masks))
    return np.abs(softmax(l, axis=1) - softmax(hidden, axis=1)).sum(1)


def taken_map(request, images):
    if request["channels_last"]:
        images = images.transpose(0, 3, 1, 2)
    return taken(request["model"], request["map"], np.ascontiguousarray(images)).astype(np.float64)


def main():
    request = json.load(sys.stdin)
    b = np.array(request["bias"], dtype=np.float64)
    w = np.array(request["weights"], dtype=np.float64).reshape(len(b), -1)
    images = own_layout(request, np.load(request["images"]).astype(np.float64))
    answers = {}
    if not request["only_masked"]:
        answers = {name: np.asarray(values).tolist() for name, values in adascale(request, images, w, b).items()}
    answers["masked-cam"] = masked_cam(request, images, w)[request["fit"] :].tolist()
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
