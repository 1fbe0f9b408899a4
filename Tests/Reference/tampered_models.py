"""Copies of a guarded model with changes that its scores on ordinary images hardly show.

usage: tampered_models.py GUARDED.onnx FOLDER
"""

import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import helper, numpy_helper


def changed_weight(model):
    tensor = next(t for t in model.graph.initializer if not t.name.startswith("oddity/") and len(t.dims) == 4)
    values = numpy_helper.to_array(tensor).copy()
    values.flat[0] += 1e-3
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))


def changed_operator(model):
    next(node for node in model.graph.node if node.op_type == "Relu").op_type = "Abs"


def removed_node(model):
    """Lets a reader of the classifier's first ReLU read the ReLU's input."""
    relu = next(node for node in model.graph.node if node.op_type == "Relu")
    for node in model.graph.node:
        node.input[:] = [relu.input[0] if name == relu.output[0] else name for name in node.input]
    model.graph.node.remove(relu)


def decisions(model):
    """The constants that determine p-values and verdicts, the longest first: calibration scores, p-values,
    verdicts."""
    nodes = {output: node for node in model.graph.node for output in node.output}
    seen, todo = set(), ["ood_p_value", "ood_is_outlier"]
    while todo:
        name = todo.pop()
        if name in seen or name == "ood_score":
            continue
        seen.add(name)
        todo += nodes[name].input if name in nodes else []
    return [tensor for tensor in model.graph.initializer if tensor.name in seen]


def changed_table(model):
    """All images count as ordinary."""
    for tensor in decisions(model):
        values = numpy_helper.to_array(tensor)
        if values.dtype == bool:
            tensor.CopyFrom(numpy_helper.from_array(np.zeros_like(values), tensor.name))


def changed_scores(model):
    """Lowers the calibration scores."""
    for tensor in decisions(model):
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and np.isinf(values).any():
            tensor.CopyFrom(numpy_helper.from_array(values - np.float32(5), tensor.name))


def added_output(model):
    model.graph.node.append(helper.make_node("Identity", ["ood_score"], ["oddity/leak"], name="oddity/leak"))
    model.graph.output.append(helper.make_tensor_value_info("oddity/leak", onnx.TensorProto.FLOAT, [None]))


def added_node(model):
    model.graph.node.append(helper.make_node("Identity", ["ood_score"], ["backdoor"], name="backdoor"))


def rerouted_verdict(model):
    """Makes the verdict independent of the score."""
    node = next(node for node in model.graph.node if "ood_is_outlier" in node.output)
    node.output[0] = "oddity/unused"
    model.graph.node.append(helper.make_node("Not", ["oddity/unused"], ["ood_is_outlier"], name="oddity/not"))


def foreign_operator(model):
    model.graph.node.append(
        helper.make_node("Gelu", ["ood_score"], ["oddity/gelu"], name="oddity/gelu", domain="com.microsoft")
    )
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


def metadata(**values):
    def change(model):
        (entry,) = (entry for entry in model.metadata_props if entry.key == "oddity")
        entry.value = json.dumps(json.loads(entry.value) | values)

    return change


CHANGES = {
    "weight": changed_weight,
    "operator": changed_operator,
    "removed": removed_node,
    "table": changed_table,
    "scores": changed_scores,
    "output": added_output,
    "node": added_node,
    "verdict": rerouted_verdict,
    "domain": foreign_operator,
    "threshold": metadata(threshold=-1e9),
    "rank": metadata(calibration_rank=0),
}


def main():
    source, folder = sys.argv[1:]
    for name, change in CHANGES.items():
        model = onnx.load(source)
        before = model.SerializeToString()
        change(model)
        assert model.SerializeToString() != before, name
        onnx.save(model, pathlib.Path(folder) / f"tampered-{name}.onnx")
    json.dump(list(CHANGES), sys.stdout)


if __name__ == "__main__":
    main()
