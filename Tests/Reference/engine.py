"""Runs ONNX models in ONNX Runtime, on one thread and in batches of any size."""

import numpy as np
import onnx
import onnxruntime
from onnx import helper


class Model:
    """A model in ONNX Runtime. `taps` are inner tensors that become additional outputs.

    Without `layouts`, all layers use the same tensor layout. ONNX Runtime chooses layouts depending on the
    processor and on the readers of a tensor, and each layout sums in another order.
    """

    def __init__(self, path, taps=(), layouts=True):
        source = path
        if taps:
            model = onnx.load(path)
            known = {output.name for output in model.graph.output}
            extra = [helper.make_empty_tensor_value_info(t) for t in taps if t not in known]
            model.graph.output.extend(extra)
            source = model.SerializeToString()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        if not layouts:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        self.session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0]
        self.type = np.float16 if "float16" in self.input.type else np.float32
        batch = self.input.shape[0]
        self.fixed_batch = batch if isinstance(batch, int) else None

    @property
    def outputs(self):
        return [output.name for output in self.session.get_outputs()]

    def run(self, images, names=None, batch=64):
        """Named outputs for images [N, …], in batches of `batch` images. A fixed batch is filled up with
        zeros."""
        names = list(names or self.outputs)
        batch = self.fixed_batch or batch
        pieces = []
        for start in range(0, len(images), batch):
            rows = images[start : start + batch].astype(self.type)
            count = len(rows)
            if self.fixed_batch and count < batch:
                rows = np.concatenate([rows, np.zeros((batch - count, *rows.shape[1:]), self.type)])
            values = self.session.run(names, {self.input.name: rows})
            pieces.append([value[:count] for value in values])
        return {name: np.concatenate(parts) for name, parts in zip(names, zip(*pieces))}
