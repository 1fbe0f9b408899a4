"""Compares the preprocessing nodes of guarded models that take pixels, in ONNX Runtime, with Pillow and
NumPy.

usage: raw_input_reference.py compare FOLDER SIZES
       raw_input_reference.py cost MODEL
       raw_input_reference.py rounded MODEL
       raw_input_reference.py guarded PLAIN RAW IMAGES
       raw_input_reference.py copy RAW COPY INPUTS
       raw_input_reference.py image MODEL COPY

compare: FOLDER has NAME.onnx and beside it NAME.json, the preprocessing from the metadata. Prints for each
    how many images of random sizes were accepted, how many of them differ in any bit, and how many only one
    side refuses.
rounded: the result for an image if products of matrices have bfloat16 operands, and if their results are
    bfloat16.
guarded: whether ONNX Runtime gives the same results for a folder of images with both files, to the bit.
copy: writes a copy whose preprocessing has another brightness, and prints the content of the file of inputs.
image: writes a copy of a classifier in which an inner tensor has the name `image`.
cost: compares one image of 500×375 with Pillow's resize, on one thread, as {"ratio"}, and measures the memory
    for an image of 12 megapixels, as {"bytes"}.
"""

import json
import pathlib
import sys
import time

import numpy as np
import onnx
import onnxruntime
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Examples/python"))
from score_guarded import GuardedModel, preprocess  # noqa: E402

INNER = "oddity/raw/input"


def nodes_of(model):
    """The nodes before the classifier, as the bytes of a separate model."""
    needed, nodes = {INNER}, []
    for node in reversed(model.graph.node):
        if needed.intersection(node.output):
            nodes.append(node)
            needed.update(node.input)
    constants = [tensor for tensor in model.graph.initializer if tensor.name in needed]
    declared = next(value for value in model.graph.value_info if value.name == INNER)
    output = onnx.helper.make_tensor_value_info(INNER, declared.type.tensor_type.elem_type, [None] * 4)
    graph = onnx.helper.make_graph(nodes[::-1], "preprocessing", [model.graph.input[0]], [output], constants)
    alone = onnx.helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    onnx.checker.check_model(alone, full_check=True)
    return alone.SerializeToString()


def session(nodes):
    """A session with one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(nodes, options, providers=["CPUExecutionProvider"])


def sizes(random, count):
    """Heights and widths from 1 to 300: some square, some long and narrow, some in simple ratios."""
    for number in range(count):
        height, width = (int(side) for side in np.exp(random.uniform(0, np.log(300), 2)))
        if number % 3 == 1:
            height, width = (int(side) for side in random.choice([16, 18, 24, 27, 32, 36, 40, 48, 64, 72, 96, 108, 128, 160], 2))
        yield (width, width) if number % 7 == 3 else (height, width)


def expected(pixels, spec):
    try:
        return preprocess(Image.fromarray(pixels), spec)
    except ValueError:
        return None


def found(model, pixels):
    batch = model.get_inputs()[0].shape[0]
    images = np.stack([pixels] * (batch if isinstance(batch, int) else 1))
    try:
        return model.run([INNER], {"image": images})[0][-1]
    except onnxruntime.capi.onnxruntime_pybind11_state.Fail:
        return None


def compare(folder, count):
    answers = {}
    for path in sorted(pathlib.Path(folder).glob("*.onnx")):
        spec = json.loads(path.with_suffix(".json").read_text())
        model, random = session(nodes_of(onnx.load(path))), np.random.default_rng(3)
        answer = {"taken": 0, "different": [], "disputed": []}
        for height, width in sizes(random, count):
            pixels = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
            wanted, given = expected(pixels, spec), found(model, pixels)
            if wanted is None or given is None:
                if (wanted is None) != (given is None):
                    answer["disputed"].append([height, width])
                continue
            answer["taken"] += 1
            if given.shape != wanted.shape or not np.array_equal(wanted.astype(given.dtype), given):
                answer["different"].append([height, width])
        answers[path.stem] = answer
    return answers


def fastest(run):
    """The smallest of many CPU times of this process, so that other processes do not count."""
    times = []
    for _ in range(60):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def cost(path):
    model = session(nodes_of(onnx.load(path)))
    pixels = np.random.default_rng(0).integers(0, 256, (375, 500, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    ratio = fastest(lambda: found(model, pixels)) / fastest(lambda: image.resize((224, 224), Image.Resampling.BILINEAR))
    return {"ratio": ratio, "bytes": memory(model)}


def memory(model):
    """The additional bytes for one image of 12 megapixels, in a process that has not needed more before."""
    large = np.ones((1, 3000, 4000, 3), np.uint8)
    before = peak()
    model.run([INNER], {"image": large})
    return peak() - before


def peak():
    """The peak memory of this process in bytes. `getrusage` would include the parent process."""
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def rounded(path):
    pixels = np.random.default_rng(5).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    wanted = found(session(nodes_of(onnx.load(path))), pixels)
    answers = []
    for what in ("operands", "products"):
        given = found(session(nodes_of(in_bfloat16(onnx.load(path), what))), pixels)
        answer = "fails" if given is None else "the same" if np.array_equal(wanted, given) else "other values"
        answers.append(f"{what}: {answer}")
    return ", ".join(answers)


def in_bfloat16(model, what):
    """The model with casts to bfloat16 and back on one side of every product of matrices."""
    nodes = []

    def cast(tensor, name):
        casts = [(tensor, f"{name}_half", onnx.TensorProto.BFLOAT16), (f"{name}_half", f"{name}_float", onnx.TensorProto.FLOAT)]
        nodes.extend(onnx.helper.make_node("Cast", [given], [made], to=kind) for given, made, kind in casts)
        return f"{name}_float"

    for node in model.graph.node:
        if node.op_type == "MatMul" and node.name.startswith("oddity/raw/"):
            if what == "operands":
                node.input[:] = [cast(tensor, f"{node.name}_{place}") for place, tensor in enumerate(node.input)]
                nodes.append(node)
                continue
            output = node.output[0]
            node.output[0] = f"{node.name}_exact"
            nodes.append(node)
            nodes.append(onnx.helper.make_node("Identity", [cast(node.output[0], node.name)], [output]))
        else:
            nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    for opset in model.opset_import:
        opset.version = max(opset.version, 13)
    return model


def guarded(plain, raw, folder):
    models = [GuardedModel(path, threads=1) for path in (plain, raw)]
    onnx.checker.check_model(onnx.load(raw), full_check=True)
    count = 0
    for path in sorted(pathlib.Path(folder).iterdir()):
        with Image.open(path) as image:
            image.load()
        one, other = (model.run([model.prepared(image)]) for model in models)
        assert one.keys() == other.keys()
        for name in one:
            np.testing.assert_array_equal(one[name], other[name], f"{path}: {name}")
        count += 1
    return f"the same of {count} images"


def copy(raw, target, inputs):
    model = onnx.load(raw)
    tables = [tensor for tensor in model.graph.initializer if tensor.name.startswith("oddity/raw/") and tensor.data_type == 1]
    table = max(tables, key=lambda tensor: tensor.dims[0] if len(tensor.dims) == 1 else 0)
    table.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(table) + np.float32(0.5), table.name))
    onnx.save(model, target)
    array = np.load(inputs)
    return f"{array.dtype} {list(array.shape)}"


def image(path, target):
    """Renames the output of the first node to `image`, and the input to `pixels`."""
    model = onnx.load(path)
    names = {model.graph.node[0].output[0]: "image", model.graph.input[0].name: "pixels"}
    for node in model.graph.node:
        for tensors in (node.input, node.output):
            tensors[:] = [names.get(tensor, tensor) for tensor in tensors]
    for value in (*model.graph.value_info, model.graph.input[0]):
        value.name = names.get(value.name, value.name)
    onnx.save(model, target)


if __name__ == "__main__":
    what, path, *rest = sys.argv[1:]
    match what:
        case "compare":
            print(json.dumps(compare(path, int(rest[0]))))
        case "cost":
            print(json.dumps(cost(path)))
        case "rounded":
            print(rounded(path))
        case "guarded":
            print(guarded(path, *rest))
        case "copy":
            print(copy(path, *rest))
        case "image":
            image(path, *rest)
