"""Converts a model to half precision like users, with ONNX Runtime's copy of onnxconverter-common's
converter.

usage: half_precision.py IN.onnx OUT.onnx [--keep-io-types]

Casts get new names, some are after outputs, and constants become float16.
"""

import sys

import onnx
from onnxruntime.transformers.float16 import convert_float_to_float16
from onnxruntime.transformers.onnx_model import OnnxModel

model = convert_float_to_float16(onnx.load(sys.argv[1]), keep_io_types="--keep-io-types" in sys.argv)
# The converter appends casts of inputs at the end, which onnx.checker refuses.
OnnxModel.graph_topological_sort(model.graph)
onnx.save(model, sys.argv[2])
print("[]")
