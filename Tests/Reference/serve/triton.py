"""Compares the Open Inference Protocol, with Triton's own client, with ONNX Runtime.

Usage: triton.py COMMAND GUARDED IMAGE…

Prints {"tensors": …, "binary": …, "images": …, "pictures": …}: the largest difference of each output between
the server and ONNX Runtime, for preprocessed tensors in JSON and in binary; for image files compared with
`COMMAND score`; and for decoded pictures compared with the plain protocol's verdicts on PNG files of the same
pixels.
"""

import io
import json
import pathlib
import subprocess
import sys

import numpy as np
import onnxruntime
import tritonclient.http as triton
from PIL import Image

from server import Server


def difference(a, b):
    return float(np.abs(np.asarray(a, np.float64) - np.asarray(b, np.float64)).max())


def by_tensor(client, name, model, tensors, is_binary):
    metadata = client.get_model_metadata(name)
    given = triton.InferInput(metadata["inputs"][0]["name"], list(tensors.shape), metadata["inputs"][0]["datatype"])
    given.set_data_from_numpy(tensors, binary_data=is_binary)
    wanted = [triton.InferRequestedOutput(out["name"], binary_data=is_binary) for out in metadata["outputs"]]
    answer = client.infer(name, [given], outputs=wanted, request_id="17")
    assert answer.get_response()["id"] == "17"
    expected = model.run([out["name"] for out in metadata["outputs"]], {given.name(): tensors})
    return {
        out["name"]: difference(answer.as_numpy(out["name"]), values)
        for out, values in zip(metadata["outputs"], expected)
    }


def by_file(client, name, command, guarded, files):
    given = triton.InferInput("encoded_images", [len(files)], "BYTES")
    given.set_data_from_numpy(np.array([pathlib.Path(file).read_bytes() for file in files], dtype=object))
    answer = client.infer(name, [given], outputs=[triton.InferRequestedOutput("ood_score")])
    lines = subprocess.run([command, "score", guarded, *files], capture_output=True, text=True, check=True).stdout
    scores = [json.loads(line)["score"] for line in lines.splitlines()]
    return {"ood_score": difference(answer.as_numpy("ood_score"), np.float32(scores))}


# Height, width, channels and number of pictures.
PICTURES = [(32, 32, 3, 3), (48, 20, 3, 2), (1, 1, 3, 1), (7, 300, 1, 2), (61, 50, 1, 1)]


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels.squeeze(axis=2) if pixels.shape[2] == 1 else pixels).save(file, "PNG")
    return file.getvalue()


def by_pixels(client, name, server):
    listed = {given["name"]: given for given in client.get_model_metadata(name)["inputs"]}
    parameters = listed["image"].pop("parameters", None)
    if parameters:
        assert parameters == {"pictures": "UINT8, [N, height, width, 3]"}
    else:
        assert listed["image"] == {"name": "image", "datatype": "UINT8", "shape": [-1, -1, -1, 3]}
    random, differences = np.random.default_rng(6), {}
    for number, (height, width, channels, count) in enumerate(PICTURES):
        pictures = random.integers(0, 256, (count, height, width, channels), np.uint8)
        given = triton.InferInput("image", list(pictures.shape), "UINT8")
        given.set_data_from_numpy(pictures, binary_data=number % 2 > 0)
        answer = client.infer(name, [given])
        verdicts = [server.score(name, png(picture))[1] for picture in pictures]
        for output, field in [("ood_score", "score"), ("ood_p_value", "p_value"), ("ood_is_outlier", "outlier")]:
            expected = np.array([verdict[field] for verdict in verdicts])
            values = answer.as_numpy(output)
            differences[output] = max(differences.get(output, 0), difference(values, expected.astype(values.dtype)))
    return differences


def tensors_for(model):
    """Five inputs of the model's file, pictures or preprocessed images."""
    given, random = model.get_inputs()[0], np.random.default_rng(4)
    if given.type == "tensor(uint8)":
        return random.integers(0, 256, (5, 50, 38, 3), np.uint8)
    return random.normal(size=(5, *given.shape[1:])).astype(np.float32)


def main(command, guarded, *files):
    name = pathlib.Path(guarded).stem
    model = onnxruntime.InferenceSession(guarded)
    tensors = tensors_for(model)
    with Server(command, guarded) as server:
        client = triton.InferenceServerClient(f"127.0.0.1:{server.port}")
        assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(name)
        assert client.get_server_metadata()["name"] == "oddity"
        result = {
            "tensors": by_tensor(client, name, model, tensors, False),
            "binary": by_tensor(client, name, model, tensors, True),
            "images": by_file(client, name, command, guarded, files),
            "pictures": by_pixels(client, name, server),
        }
        try:
            client.infer("nobody", [triton.InferInput("encoded_images", [1], "BYTES").set_data_from_numpy(np.array([b"x"], dtype=object))])
        except triton.InferenceServerException as error:
            assert "no model 'nobody'" in error.message(), error
        client.close()
    print(json.dumps(result))


main(*sys.argv[1:])
