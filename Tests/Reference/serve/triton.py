"""The Open Inference Protocol by Triton's own client, against ONNX Runtime.

Usage: triton.py COMMAND GUARDED IMAGE…

Prints {"tensors": …, "binary": …, "images": …}: the largest difference of each output between the server and ONNX
Runtime, for preprocessed tensors in JSON and in binary, and for image files against `COMMAND score`.
"""

import json
import pathlib
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import tritonclient.http as triton

from server import Server


def difference(a, b):
    return float(np.abs(np.asarray(a, np.float64) - np.asarray(b, np.float64)).max())


def by_tensor(client, name, model, tensors, is_binary):
    metadata = client.get_model_metadata(name)
    given = triton.InferInput(metadata["inputs"][0]["name"], list(tensors.shape), "FP32")
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


def main(command, guarded, *files):
    name = pathlib.Path(guarded).stem
    model = onnxruntime.InferenceSession(guarded)
    sides = [side.dim_value for side in onnx.load(guarded).graph.input[0].type.tensor_type.shape.dim[1:]]
    tensors = np.random.default_rng(4).normal(size=(5, *sides)).astype(np.float32)
    with Server(command, guarded) as server:
        client = triton.InferenceServerClient(f"127.0.0.1:{server.port}")
        assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(name)
        assert client.get_server_metadata()["name"] == "oddity"
        result = {
            "tensors": by_tensor(client, name, model, tensors, False),
            "binary": by_tensor(client, name, model, tensors, True),
            "images": by_file(client, name, command, guarded, files),
        }
        try:
            client.infer("nobody", [triton.InferInput("encoded_images", [1], "BYTES").set_data_from_numpy(np.array([b"x"], dtype=object))])
        except triton.InferenceServerException as error:
            assert "no model 'nobody'" in error.message(), error
        client.close()
    print(json.dumps(result))


main(*sys.argv[1:])
