"""Measures the accuracy and the cost of the preprocessing nodes of `oddity fit --raw-input`, for the tables of docs/raw-input.md.

usage: measure.py ODDITY [SIZES]
needs: pip install numpy onnx onnxruntime openvino pillow

ODDITY is the command. For each preprocessing, it fits a small network of random weights to noise. It then compares the results of
the file's nodes with Pillow, for SIZES images (default 300) of random heights and widths from 16 to 1,000, in ONNX Runtime and in
OpenVINO with INFERENCE_PRECISION_HINT=f32.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Tests/Reference"))
from raw_input_reference import fastest, memory, nodes_of, preprocess, session  # noqa: E402

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
WAYS = {"shorter side 256, crop 224": {"resize": 256, "crop": 224}, "[224, 224]": {"resize": [224, 224]}}


def write_network(path):
    """Two convolutions and a linear layer, for images of 224 × 224."""
    random = np.random.default_rng(0)

    def constant(name, *shape):
        return numpy_helper.from_array(random.normal(size=shape).astype(np.float32) / 3, name)

    weights = [constant("w0", 8, 3, 3, 3), constant("w1", 8, 8, 3, 3), constant("w2", 8, 5)]
    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["c0"], strides=[4, 4]), helper.make_node("Relu", ["c0"], ["r0"]),
        helper.make_node("Conv", ["r0", "w1"], ["c1"], strides=[2, 2]), helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("GlobalAveragePool", ["r1"], ["pooled"]), helper.make_node("Flatten", ["pooled"], ["features"]),
        helper.make_node("MatMul", ["features", "w2"], ["logits"]),
    ]  # fmt: skip
    value = helper.make_tensor_value_info
    inputs, outputs = [value("x", TensorProto.FLOAT, ["N", 3, 224, 224])], [value("logits", TensorProto.FLOAT, ["N", 5])]
    graph = helper.make_graph(nodes, "network", inputs, outputs, weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def fitted(command, folder, preprocessing):
    """The nodes before the classifier as a separate model, and the preprocessing from the metadata."""
    (folder / "spec.json").write_text(json.dumps(preprocessing | IMAGENET))
    arguments = ["fit", "network.onnx", "--id", "noise.npy", "--preprocess", "spec.json", "--raw-input", "-o", "raw.onnx", "--quiet"]
    subprocess.run([command, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    model = onnx.load(folder / "raw.onnx")
    nodes = nodes_of(model)
    (folder / "nodes.onnx").write_bytes(nodes)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    return nodes, json.loads(metadata["oddity"])["preprocessing"]


def images(count):
    random = np.random.default_rng(1)
    for _ in range(count):
        height, width = np.exp(random.uniform(np.log(16), np.log(1000), 2)).astype(int)
        yield random.integers(0, 256, (height, width, 3), dtype=np.uint8)


def exactness(nodes, spec, count):
    """The number of images that are equal in ONNX Runtime. For OpenVINO, the share of values that differ by one level and by
    more, and the number of images on which it fails."""
    import openvino  # Not in the process that measures memory.

    runtime = session(nodes)
    engine = openvino.Core().compile_model(openvino.Core().read_model(nodes), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    level = (np.float64(spec["rescale_factor"]) / np.array(spec["std"]))[:, None, None]
    same, failed, off, more, values = 0, 0, 0, 0, 0
    for pixels in images(count):
        wanted = preprocess(Image.fromarray(pixels), spec)
        same += np.array_equal(wanted, runtime.run(None, {"image": pixels[np.newaxis]})[0][0])
        try:
            given = engine({"image": pixels[np.newaxis]})[0][0]
        except RuntimeError:
            failed += 1
            continue
        levels = np.abs(given.astype(np.float64) - wanted) / level
        off, more, values = off + (levels > 0.5).sum(), more + (levels > 1.5).sum(), values + levels.size
    return f"{same} of {count} | {100 * off / max(values, 1):.4f} % | {more} of {values} | {failed} of {count}"


def cost(nodes, interpolation):
    pixels = np.random.default_rng(0).integers(0, 256, (375, 500, 3), dtype=np.uint8)
    image, runtime = Image.fromarray(pixels), session(nodes)
    own = fastest(lambda: runtime.run(None, {"image": pixels[np.newaxis]}))
    pillow = fastest(lambda: image.resize((224, 224), Image.Resampling[interpolation.upper()]))
    return f"{1e3 * own:.2f} ms | {1e3 * pillow:.2f} ms | {own / pillow:.1f}"


def memory_and_time(path):
    """The memory for one image of 12 megapixels, in a separate process."""
    runtime = session(path)
    start = time.process_time()
    taken = memory(runtime)
    return f"{taken / 2**20:.0f} MiB, {time.process_time() - start:.2f} s"


def main(command, count):
    rows = {"exact": [], "cost": []}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_network(folder / "network.onnx")
        np.save(folder / "noise.npy", np.random.default_rng(2).integers(0, 256, (100, 60, 60, 3), dtype=np.uint8))
        for interpolation in ("bilinear", "bicubic", "nearest", "lanczos"):
            for way, resize in WAYS.items():
                nodes, spec = fitted(command, folder, resize | {"interpolation": interpolation})
                rows["exact"].append(f"| {interpolation} | {way} | {exactness(nodes, spec, count)} |")
                if way.startswith("["):
                    large = subprocess.run(
                        [sys.executable, __file__, "--memory", folder / "nodes.onnx"], check=True, capture_output=True, text=True
                    ).stdout.strip()
                    rows["cost"].append(f"| {interpolation} | {cost(nodes, interpolation)} | {large} |")
    print("| interpolation | resize | the same in ONNX Runtime | off in OpenVINO | by two levels | fails in OpenVINO |")
    print("|---|---|---|---|---|---|", *rows["exact"], sep="\n")
    print("\n| interpolation | nodes | Pillow's resize | ratio | 12 megapixels |")
    print("|---|---|---|---|---|", *rows["cost"], sep="\n")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if sys.argv[1] == "--memory":
        print(memory_and_time(sys.argv[2]))
    else:
        main(str(pathlib.Path(sys.argv[1]).resolve()), int(sys.argv[2]) if len(sys.argv) > 2 else 300)
