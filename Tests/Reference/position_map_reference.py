"""The contribution of each position of a feature map to FeatureNorm or to the energy, in float64.

Standard input: {"model": path, "images": path of .npy, "tensor": the map's name, "layout": of the map,
"score": "featurenorm" or "energy", "calibration": path of .npy of the calibration images, and "logits": the
logits' name}. For the energy, the gradient with respect to the map's averages comes from differences of the
logits' layer. Prints {"maps": [N, h·w], "sums": [N], "p_values": [N, h·w]}. The p-values use all calibration
images.
"""

import json
import sys

import numpy as np
from map_score_reference import channels_first, taken


def contributions(request, images):
    f = channels_first(taken(request["model"], request["tensor"], images).astype(np.float64), request["layout"])
    if request["score"] == "featurenorm":
        f = np.maximum(f, 0)
        norms = np.sqrt((f**2).sum((2, 3), keepdims=True))
        maps = np.divide(f**2, norms, out=np.zeros_like(f), where=norms > 0).mean(1)
        return maps, norms.mean((1, 2, 3))
    logits = taken(request["model"], request["logits"], images).astype(np.float64)
    # l = Wz + b by least squares on the images, without reading the layer.
    z = f.mean((2, 3))
    design = np.column_stack([z, np.ones(len(z))])
    solution = np.linalg.lstsq(design, logits, rcond=None)[0]
    powers = np.exp(logits - logits.max(1, keepdims=True))
    softmax = powers / powers.sum(1, keepdims=True)
    gradient = softmax @ solution[:-1].T
    maps = np.einsum("nc,nchw->nhw", gradient, f) / f[0, 0].size
    return maps, (softmax * (logits - solution[-1])).sum(1)


def main():
    request = json.load(sys.stdin)
    maps, sums = contributions(request, np.load(request["images"]))
    known, _ = contributions(request, np.load(request["calibration"]))
    p_values = (1 + (known[None] <= maps[:, None]).sum(1)) / (len(known) + 1)
    rows = [values.reshape(len(values), -1).tolist() for values in (maps, p_values)]
    json.dump({"maps": rows[0], "sums": sums.tolist(), "p_values": rows[1]}, sys.stdout)


main()
