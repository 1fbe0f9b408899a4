"""Writes one form of a network that PyTorch exported: conversions.py LIBRARY NETWORK SIZE EXPORTER FORM
OUTPUT.onnx

FORM is `float`, `float16` (with float32 inputs and outputs), `qdq-u8`, `qdq-s8`, `qdq-u16` (static
quantisation), `qoperator` or `dynamic` (quantisation by each batch).
"""

import sys
import tempfile
from pathlib import Path

import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers.float16 import convert_float_to_float16

import exports
import images

ACTIVATIONS = {"u8": QuantType.QUInt8, "s8": QuantType.QInt8, "u16": QuantType.QUInt16}


class Batches(CalibrationDataReader):
    def __init__(self, size: int):
        tensors = images.tensors(images.synthetic(16, size, size, seed=3), {}, "NCHW")
        self.batches = iter([{"image": tensors[i : i + 4]} for i in range(0, len(tensors), 4)])

    def get_next(self):
        return next(self.batches, None)


def convert(source: Path, form: str, size: int, output: Path) -> None:
    if form == "float16":
        onnx.save(convert_float_to_float16(onnx.load(source), keep_io_types=True), output)
        return
    prepared = source.with_suffix(".prepared.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    if form == "dynamic":
        quantize_dynamic(prepared, output, weight_type=QuantType.QUInt8)
    elif form == "qoperator":
        quantize_static(prepared, output, Batches(size), quant_format=QuantFormat.QOperator)
    else:
        activations = ACTIVATIONS[form.removeprefix("qdq-")]
        quantize_static(
            prepared, output, Batches(size), quant_format=QuantFormat.QDQ, activation_type=activations,
            weight_type=QuantType.QInt8, per_channel=True, extra_options={"UseQDQContribOps": False},
        )


def main(library: str, name: str, size: str, exporter: str, form: str, output: str) -> None:
    model = exports.network(library, name, int(size))
    if form == "float":
        exports.export(model, int(size), exporter, Path(output))
        return
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "network.onnx"
        exports.export(model, int(size), exporter, source)
        convert(source, form, int(size), Path(output))


main(*sys.argv[1:])
