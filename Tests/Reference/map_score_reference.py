"""Scores of a last feature map, in float64.

Standard input: {"score": name, "layout": of the map, "parameters": {…}, and either "map": path of .npy, or
    "model": path, "tensor": the map's name, "images": path of .npy [N, C, H, W]}. In the second form, ONNX
    Runtime computes the map. Prints a list.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime

from scores import maps


def taken(model, tensor, images):
    model = onnx.load(model)
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info(tensor))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    (source,) = session.get_inputs()
    if source.shape[1] != images.shape[1]:
        images = images.transpose(0, 2, 3, 1)
    kind = np.float16 if source.type == "tensor(float16)" else np.float32
    return session.run([tensor], {source.name: images.astype(kind)})[0]


def channels_first(f, layout):
    if layout == "tokens":
        return f.transpose(0, 2, 1)[..., None]
    return f.transpose(0, 3, 1, 2) if layout == "channelsLast" else f


def main():
    request = json.load(sys.stdin)
    if request.get("map"):
        f = np.load(request["map"])
    else:
        f = taken(request["model"], request["tensor"], np.load(request["images"]))
    f = channels_first(f.astype(np.float64), request["layout"])
    answer = getattr(maps, request["score"])(f, **request.get("parameters", {}))
    json.dump(np.asarray(answer).ravel().tolist(), sys.stdout)


if __name__ == "__main__":
    main()
