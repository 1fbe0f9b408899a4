"""The guarded model in ONNX Runtime, with images from Pillow: a deployment without Oddity.

usage: onnxruntime_peer.py TASK.json

A second thread decodes the next batch while the network runs.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime

from images import Preprocessing, files_in
from results import Lines


def main(task):
    session = onnxruntime.InferenceSession(task["guarded"], providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    preprocessing, lines = Preprocessing(task["preprocessing"]), Lines(task["calibration"])
    files = files_in(task["images"])
    stretches = [files[start : start + task["batch"]] for start in range(0, len(files), task["batch"])]

    def decoded(stretch):
        return np.stack([preprocessing(file) for file in stretch])

    with ThreadPoolExecutor(1) as decoder:
        waiting = decoder.submit(decoded, stretches[0])
        for position, stretch in enumerate(stretches):
            images = waiting.result()
            if position + 1 < len(stretches):
                waiting = decoder.submit(decoded, stretches[position + 1])
            scores, logits = session.run(["ood_score", task["logits"]], {name: images})
            lines.write(stretch, scores, logits)


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        main(json.load(file))
