"""All interfaces, with their answers for arrays or pictures in one form."""

from __future__ import annotations

import base64
import io
import json
import math
import os
import re
import subprocess
import urllib.error
import urllib.request
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from nonfinite.guards import Guard

OUTPUTS = ["ood_score", "ood_p_value", "ood_is_outlier"]


@dataclass(frozen=True)
class Answer:
    """The answer of an interface for one image. A refused image has an error instead."""

    score: float = math.nan
    p_value: float = math.nan
    outlier: bool = True
    confidence: float | None = None
    error: str = ""

    def ordinary_by_mistake(self, smallest: list[float]) -> bool:
        """Whether an image with non-finite values is wrongly ordinary: not an outlier, or with a p-value other than the
        smallest."""
        if self.error:
            return False
        return not self.outlier or not any(abs(self.p_value - least) < 1e-6 for least in smallest)


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _of_lines(text: str) -> list[Answer]:
    answers = []
    for line in text.splitlines():
        told = json.loads(line)
        if "error" in told:
            answers.append(Answer(error=told["error"]))
        else:
            confidence = _number(told["confidence"])
            answers.append(Answer(_number(told["score"]), told["p_value"], told["outlier"], confidence))
    return answers


def command(file: Path, source: Path, engine: str) -> list[Answer]:
    """`oddity score` on a file of arrays or pictures."""
    arguments = [os.environ["ODDITY"], "score", file, source, "--engine", engine, "--quiet"]
    done = subprocess.run([str(word) for word in arguments], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or not done.stdout:
        return [Answer(error=done.stderr.strip() or f"exit code {done.returncode}")]
    return _of_lines(done.stdout)


def package(file: Path, arrays: np.ndarray, engine: str | None = None) -> list[Answer]:
    """`oddity.Detector` on an array. Without an engine, the Python package onnxruntime runs the network."""
    import oddity

    options = {"providers": ["CPUExecutionProvider"]} if engine is None else {"engine": engine}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with oddity.Detector(file, **options) as detector:
                told = detector.arrays(arrays)
        except oddity.OddityError as error:
            return [Answer(error=str(error))]
    rows = zip(told.scores[:, 0], told.p_values, told.outliers, told.confidences, strict=True)
    return [
        Answer(float(score), float(p), bool(outlier), float(confidence), told.errors.get(row, ""))
        for row, (score, p, outlier, confidence) in enumerate(rows)
    ]


def plain_runtime(guard: Guard, file: Path, arrays: np.ndarray, optimised: bool = True) -> list[Answer]:
    """The guarded file in ONNX Runtime, without Oddity."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    if not optimised:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    with np.errstate(over="ignore", invalid="ignore"):
        rows = zip(*session.run(OUTPUTS, {guard.input: arrays.astype(guard.type)}), strict=True)
    return [Answer(float(score), float(p), bool(outlier)) for score, p, outlier in rows]


class Server:
    """`oddity serve` with some guarded files, until it is closed."""

    def __init__(self, files: list[Path]) -> None:
        words = [os.environ["ODDITY"], "serve", *map(str, files), "--port", "0"]
        self._process = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self._address = ""
        seen = []
        for line in self._process.stderr or ():
            seen.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                self._address = found.group()
                break
        if not self._address:
            raise RuntimeError("the server does not start: " + "".join(seen)[-500:])

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        if self._process.stderr:
            self._process.stderr.close()

    def _post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[dict, bytes]:
        request = urllib.request.Request(self._address + path, body, headers)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return dict(answer.headers), answer.read()

    def picture(self, name: str, content: bytes) -> list[Answer]:
        """The plain protocol."""
        try:
            _, body = self._post(f"/v1/models/{name}/score?source=none", content, {})
        except urllib.error.HTTPError as error:
            return [Answer(error=f"{error.code} {error.read()[:200].decode(errors='replace')}")]
        return _of_lines(body.decode())

    def binary(self, name: str, guard: Guard, arrays: np.ndarray) -> list[Answer]:
        """The Open Inference Protocol, with a binary tensor."""
        data = np.ascontiguousarray(arrays, np.float32).tobytes()
        tensor = {"name": guard.input, "datatype": "FP32", "shape": list(arrays.shape)}
        tensor["parameters"] = {"binary_data_size": len(data)}
        header = json.dumps({"inputs": [tensor], "parameters": {"source": "none"}}).encode()
        return self._infer(name, header + data, {"Inference-Header-Content-Length": str(len(header))})

    def json(self, name: str, guard: Guard, arrays: np.ndarray, words: dict[str, str]) -> list[Answer]:
        """The Open Inference Protocol in JSON. `words` gives the text of numbers that JSON cannot represent."""
        numbers = ",".join(words.get(repr(float(value)), repr(float(value))) for value in arrays.ravel())
        shape = json.dumps(list(arrays.shape))
        tensor = f'{{"name": {json.dumps(guard.input)}, "datatype": "FP32", "shape": {shape}, "data": [{numbers}]}}'
        body = f'{{"inputs": [{tensor}], "parameters": {{"source": "none"}}}}'
        return self._infer(name, body.encode(), {"Content-Type": "application/json"})

    def _infer(self, name: str, body: bytes, headers: dict[str, str]) -> list[Answer]:
        try:
            _, content = self._post(f"/v2/models/{name}/infer", body, headers)
        except urllib.error.HTTPError as error:
            return [Answer(error=f"{error.code} {error.read()[:200].decode(errors='replace')}")]
        told = {output["name"]: output.get("data") for output in json.loads(content)["outputs"]}
        rows = zip(*(told[output] for output in OUTPUTS), strict=True)
        return [Answer(_number(score), float(p), bool(outlier)) for score, p, outlier in rows]


def png(picture: np.ndarray) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
