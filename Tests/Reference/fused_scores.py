"""Scores of a guarded model in ONNX Runtime. A JSON list on standard input names the model, the images and
the other scores. The calibrated score is the last one."""

import json
import sys

import numpy as np
import onnx
import onnxruntime

model, images, *names = json.load(sys.stdin)
onnx.checker.check_model(onnx.load(model), full_check=True)
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
outputs = [f"ood_score.{name}" for name in names] + ["ood_score"]
values = session.run(outputs, {session.get_inputs()[0].name: np.load(images)})
json.dump({"scores": [[float(value) for value in column] for column in values], "checked": True}, sys.stdout)
