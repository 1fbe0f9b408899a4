"""Prints the scores of a guarded model's verification inputs with ONNX Runtime, for `oddity verify GUARDED
--scores FILE`.

usage: verify_guarded.py GUARDED.onnx > scores.txt
needs: pip install numpy onnxruntime
"""

import argparse
import base64
import json
import sys


def arguments():
    description, needs = __doc__.split("\n\nusage: ")[0], __doc__.split("needs: ")[1]
    parser = argparse.ArgumentParser(
        description=description, epilog=f"needs: {needs}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("guarded", metavar="GUARDED.onnx", help="a model that `oddity fit` wrote")
    return parser.parse_args()


try:
    import numpy as np
    import onnxruntime
except ModuleNotFoundError as error:
    arguments()  # --help needs no package.
    sys.exit(f"verify_guarded.py: the Python package {error.name} is missing: pip install numpy onnxruntime")

TYPES = {"tensor(uint8)": np.uint8, "tensor(int8)": np.int8, "tensor(int32)": np.int32, "tensor(int64)": np.int64,
         "tensor(float16)": np.float16, "tensor(double)": np.float64}  # fmt: skip


def opened(path):
    """A session, the model's metadata, and its verification inputs."""
    try:
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no common class.
        sys.exit(f"verify_guarded.py: cannot load {path}: {str(error).splitlines()[0]}")
    metadata = session.get_modelmeta().custom_metadata_map
    if "oddity" not in metadata:
        sys.exit(f"verify_guarded.py: {path} is not a guarded model: make one with `oddity fit`")
    if "oddity.verification" not in metadata:
        sys.exit(f"verify_guarded.py: {path} holds no verification inputs: fit it again with this version of Oddity")
    return session, json.loads(metadata["oddity"]), json.loads(metadata["oddity.verification"])


def enlarged(pixels, size):
    """Pictures of [height, width] whose row y shows row y·8/height of the grid. Columns likewise."""
    for axis, side in enumerate(size, 1):
        pixels = pixels.take(np.arange(side) * pixels.shape[axis] // side, axis)
    return pixels


def tensors(pixels, spec):
    """The input of the classifier."""
    x = enlarged(pixels, spec["size"]) * spec["rescale_factor"]
    x = (np.float32(x) - np.float32(spec["mean"])) / np.float32(spec["std"])
    return x if spec["layout"] == "NHWC" else x.transpose(0, 3, 1, 2)


def images(raw, pixels):
    """The input of a model that takes pixels: red, green and blue. Grey pictures have three equal
    channels."""
    return np.broadcast_to(enlarged(pixels[raw["pictures"]], raw["size"]), (len(raw["pictures"]), *raw["size"], 3))


def main():
    session, facts, check = opened(arguments().guarded)
    spec, grid = facts["preprocessing"], check["grid"]
    pixels = np.frombuffer(base64.b64decode(check["pixels"]), np.uint8).reshape(-1, grid, grid, len(spec["mean"]))
    image = next((given for given in session.get_inputs() if given.name == (facts.get("raw_input") or facts["input"])))
    x = images(check["raw"], pixels) if "raw" in check else tensors(pixels, spec)
    x = np.ascontiguousarray(x, TYPES.get(image.type, np.float32))
    size = image.shape[0] if isinstance(image.shape[0], int) else len(x)
    names = ["ood_score" + (f".{row['name']}" if at else "") for at, row in enumerate(check["scores"])]
    for start in range(0, len(x), size):
        rows = x[start : start + size]
        batch = np.concatenate([rows, np.zeros((size - len(rows), *x.shape[1:]), x.dtype)])
        for _, *values in zip(rows, *session.run(names, {image.name: batch})):
            named = zip((row["name"] for row in check["scores"]), values)
            print(json.dumps({"scores": {name: float(v) if np.isfinite(v) else None for name, v in named}}))


if __name__ == "__main__":
    main()
