"""Requests of the Open Inference Protocol that contradict themselves, and JSON that is deep, long or unusual."""

from __future__ import annotations

import asyncio
import json
import random
import struct

import numpy as np

from .arena import Outcome
from .client import ask
from .process import Server
from .traffic import JSON, Traffic, tensors

#: Values for declared sides, sizes and numbers of images.
SIZES = [-(2**63), -1, 0, 1, 2, 3, 31, 32, 33, 2**16, 2**31, 2**32, 2**62, 2**63 - 1, 2**63, 1e300, "3", None, 1.5]
DATATYPES = ["FP32", "FP64", "FP16", "UINT8", "INT8", "INT64", "BYTES", "BOOL", "", "fp32", "FP32\0", None, 7]


def _lie(dice: random.Random, own: str) -> tuple[bytes, dict]:
    """A tensor whose shape, size, type or bytes do not match."""
    shape = [dice.choice(SIZES) for _ in range(dice.choice([0, 1, 4, 4, 4, 5, 9]))]
    content = dice.randbytes(dice.choice([0, 1, 3, 4, 12, 3072, 12288]))
    if dice.random() < 0.3:
        # For BYTES, the lengths are invalid.
        content = struct.pack("<I", dice.choice([0, 1, 2**31, 2**32 - 1])) + content
    size = dice.choice([len(content), len(content), len(content), *SIZES])
    given = {
        "name": dice.choice([own, "image", "encoded_images", "", "\0", "nobody"]),
        "shape": dice.choice([shape, shape, shape, None, "3", [[3]], {}]),
        "datatype": dice.choice(DATATYPES),
        "parameters": {"binary_data_size": size},
    }
    inputs = dice.choice([[given], [given], [given], [given, given], [], None])
    head = json.dumps({"inputs": inputs, "outputs": dice.choice([None, [], [{"name": "nobody"}]])}).encode()
    length = dice.choice([len(head), len(head), len(head), len(head), 0, -1, len(head) + 1, 2**62, "x", 2**64])
    return head + content, {"Inference-Header-Content-Length": str(length)}


def lies(traffic: Traffic, own: str, count: int) -> object:
    async def attack(server: Server) -> Outcome:
        dice, outcome = random.Random(7), Outcome(tried=count)
        for _ in range(count):
            body, headers = _lie(dice, own)
            answer = await ask(server.port, "POST", traffic.infer, body, headers)
            # Sometimes everything matches.
            outcome.expect(
                answer.status in (200, 400, 413, 422),
                f"status {answer.status} to {body[:150]!r} with {headers}: {answer.body[:100]!r}",
            )
        return outcome

    return attack


def special_numbers(traffic: Traffic, own: str, shape: list[int]) -> object:
    """Tensors of NaN, of infinities and of the largest numbers. None may count as ordinary or affect other images."""

    async def attack(server: Server) -> Outcome:
        outcome = Outcome()
        plain = np.random.default_rng(3).normal(0, 1, shape).astype("<f4")
        alone = await _score(server, traffic, own, plain[None])
        for value in (np.nan, np.inf, -np.inf, 3.4e38, -3.4e38, 1e-45):
            for share in (1.0, 0.001):
                outcome.tried += 1
                odd = plain.copy()
                places = np.random.default_rng(4).random(shape) < share
                places.flat[0] = True
                odd[places] = value
                told = await _score(server, traffic, own, np.stack([plain, odd, plain]))
                for place in (0, 2):
                    same = all(told[name][place] == alone[name][0] for name in ("ood_score", "ood_p_value"))
                    outcome.expect(same, f"an image beside one of {value} has another score")
                finite = np.isfinite(told["ood_score"][1])
                flagged = bool(told["ood_is_outlier"][1])
                outcome.expect(finite or flagged, f"an image of {value} has no score and counts as ordinary")
        return outcome

    return attack


async def _score(server: Server, traffic: Traffic, own: str, images: np.ndarray) -> dict[str, np.ndarray]:
    content = images.astype("<f4").tobytes()
    given = {"name": own, "shape": list(images.shape), "datatype": "FP32"}
    given["parameters"] = {"binary_data_size": len(content)}
    head = json.dumps({"inputs": [given], "parameters": {"binary_data_output": True}}).encode()
    length = {"Inference-Header-Content-Length": str(len(head))}
    answer = await ask(server.port, "POST", traffic.infer, head + content, length)
    if answer.status != 200:
        raise RuntimeError(f"status {answer.status}: {answer.body[:200]!r}")
    return tensors(answer)


def _inputs(data: str, datatype: str = "FP32", shape: str = "1") -> bytes:
    text = f'{{"inputs":[{{"name":"a","shape":[{shape}],"datatype":"{datatype}","data":{data}}}]}}'
    return text.encode()


def odd_json() -> dict[str, bytes]:
    """Small bodies."""
    return {
        "100,000 open brackets": b"[" * 100_000,
        "100,000 open objects": b'{"inputs":' * 100_000,
        "100,000 brackets, all closed": b"[" * 100_000 + b"]" * 100_000,
        "data in 100,000 brackets": _inputs("[" * 100_000 + "]" * 100_000),
        "a number of a million digits": _inputs("[" + "9" * 1_000_000 + "]"),
        "a number with an exponent of a million digits": _inputs("[1e" + "9" * 1_000_000 + "]"),
        "1e400": _inputs("[1e400]"),
        "-1e-400": _inputs("[-1e-400]"),
        "NaN": _inputs("[NaN]"),
        "Infinity": _inputs("[-Infinity]"),
        "a lone surrogate": _inputs('["\\ud800"]', "BYTES"),
        "broken UTF-8": b'{"inputs":"\xff\xfe"}',
        "UTF-16": '{"inputs":[]}'.encode("utf-16"),
        "a NUL": b'{"inputs":[]}\0',
        "two documents": b'{"inputs":[]}{"inputs":[]}',
        "a name twice": b'{"inputs":[],"inputs":7}',
        "sides of 400 digits": _inputs("[1]", shape="9" * 400),
        "sides that overflow": _inputs("[1]", shape="4294967296,4294967296,4294967296"),
        "negative sides": _inputs("[1]", shape="-1,-1"),
        "nothing": b"",
        "null": b"null",
    }


def large_json() -> dict[str, bytes]:
    """Bodies of up to 28 MB, which the server accepts."""
    return {
        "15 million numbers": _inputs("[" + "0," * 14_000_000 + "0]"),
        "4 million empty texts": _inputs("[" + '"",' * 4_000_000 + '""]', "BYTES"),
        "7 million lists": _inputs("[" + "[0]," * 6_000_000 + "[0]]"),
        "300,000 inputs": b'{"inputs":['
        + b",".join([b'{"name":"a","shape":[],"datatype":"FP32","data":[]}'] * 300_000)
        + b"]}",
        "a million sides": _inputs("[0]", shape=",".join(["1"] * 1_000_000)),
        "a million members": b"{" + b",".join(b'"k%d":%d' % (one, one) for one in range(1_000_000)) + b"}",
        "a name of 20 MB": _inputs("[0]").replace(b'"a"', b'"' + b"a" * 20_000_000 + b'"'),
        "a text of 20 MB": _inputs('["' + "A" * 20_000_000 + '"]', "BYTES"),
    }


def attack_json(traffic: Traffic, bodies: dict[str, bytes], at_once: int) -> object:
    """Sends each body to both protocols, several times at once."""

    async def attack(server: Server) -> Outcome:
        outcome = Outcome()
        for name, body in bodies.items():
            for target in (traffic.infer, traffic.score):
                asked = [ask(server.port, "POST", target, body, JSON, seconds=120) for _ in range(at_once)]
                outcome.tried += at_once
                for answer in await asyncio.gather(*asked, return_exceptions=True):
                    if isinstance(answer, BaseException):
                        outcome.wrong.append(f"{name}: no answer, {type(answer).__name__} {answer}")
                        continue
                    outcome.expect(
                        400 <= answer.status < 500, f"{name}: status {answer.status} {answer.body[:100]!r}"
                    )
                    outcome.expect(
                        len(answer.body) < 100_000, f"{name}: the refusal has {len(answer.body)} bytes"
                    )
        return outcome

    return attack
