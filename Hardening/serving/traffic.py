"""The requests of normal and faulty clients, and the problems of the answers."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import random
import struct
import tarfile
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from .client import Answer, Connection, ask, request
from .guard import differs
from .pictures import Picture

JSON = {"Content-Type": "application/json"}
TAR = {"Content-Type": "application/x-tar"}


@dataclass
class Traffic:
    """Clients of one server. Each method sends one request, and returns the problem of its answer."""

    port: int
    model: str
    dice: random.Random
    #: Pictures by kind: `ordinary`, `strange` and `broken`.
    pictures: dict[str, list[Picture]]
    #: The result of `oddity score` for each picture, by its name.
    expected: dict[str, dict]
    #: The headers of each single image from a normal client, such as a key.
    headers: dict[str, str] = field(default_factory=dict)
    verdicts: int = 0

    @property
    def score(self) -> str:
        return f"/v1/models/{self.model}/score"

    @property
    def infer(self) -> str:
        return f"/v2/models/{self.model}/infer"

    def readable(self, count: int) -> list[Picture]:
        return self.dice.choices(self.pictures["ordinary"] + self.pictures["strange"], k=count)

    def mixed(self, count: int) -> list[Picture]:
        """Pictures, some of which are broken."""
        chosen = self.readable(count)
        if self.dice.random() < 0.3:
            chosen[self.dice.randrange(count)] = self.dice.choice(self.pictures["broken"])
        return chosen

    def check(self, answer: Answer, sent: list[Picture]) -> str | None:
        """Compares an answer of the plain protocol with the result of `oddity score` for the same bytes."""
        if answer.status != 200:
            return f"status {answer.status} {answer.body[:200]!r} to {len(sent)} pictures"
        images = answer.json.get("images", [answer.json])
        if len(images) != len(sent):
            return f"{len(images)} answers to {len(sent)} pictures"
        self.verdicts += len(sent)
        wrong = (
            (picture.name, differs(image, self.expected[picture.name]))
            for image, picture in zip(images, sent, strict=True)
        )
        return next((f"{name}: {what}" for name, what in wrong if what), None)

    def check_alone(self, answer: Answer, picture: Picture) -> str | None:
        """Sends one picture whose answer may be a refusal."""
        if "error" in self.expected[picture.name]:
            self.verdicts += 1
            # 415 if the damaged file looks like another kind of file.
            fine = answer.status in (413, 415, 422)
            return None if fine else f"status {answer.status} to {picture.name}, which oddity score refuses"
        return self.check(answer, [picture])

    async def single(self) -> str | None:
        (picture,) = self.readable(1)
        return self.check(await ask(self.port, "POST", self.score, picture.data), [picture])

    async def kept_alive(self) -> str | None:
        """Sends several requests over one connection, the second before the first is answered."""
        sent = self.readable(4)
        connection = await Connection.open(self.port)
        try:
            await connection.send(b"".join(request("POST", self.score, picture.data) for picture in sent))
            wrong = [self.check(await connection.answer(), [picture]) for picture in sent]
        finally:
            await connection.close()
        return next(filter(None, wrong), None)

    async def stream(self) -> str | None:
        """Two cameras that stay unchanged, and one that has changed."""
        camera = self.dice.choice(["door", "yard", "changed"])
        kind = "strange" if camera == "changed" else "ordinary"
        picture = self.dice.choice(self.pictures[kind])
        answer = await ask(self.port, "POST", f"{self.score}?source={camera}", picture.data)
        return self.check(answer, [picture])

    async def tar(self) -> str | None:
        sent = self.mixed(self.dice.randint(1, 8))
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for number, picture in enumerate(sent):
                entry = tarfile.TarInfo(f"{number}/{picture.name}")
                entry.size = len(picture.data)
                archive.addfile(entry, io.BytesIO(picture.data))
        return self.check(await ask(self.port, "POST", self.score, buffer.getvalue(), TAR), sent)

    async def listed(self) -> str | None:
        sent = self.mixed(self.dice.randint(1, 8))
        images = [
            {"name": picture.name, "data": base64.b64encode(picture.data).decode()} for picture in sent
        ]
        body = json.dumps({"images": images, "source": "gate"}).encode()
        return self.check(await ask(self.port, "POST", self.score, body, JSON), sent)

    async def form(self) -> str | None:
        sent = self.readable(self.dice.randint(2, 4))
        mark = f"mark{self.dice.getrandbits(64):x}"
        parts = b"".join(
            f'--{mark}\r\nContent-Disposition: form-data; name="a"; filename="{picture.name}"\r\n\r\n'.encode()
            + picture.data
            + b"\r\n"
            for picture in sent
        )
        kind = {"Content-Type": f"multipart/form-data; boundary={mark}"}
        answer = await ask(self.port, "POST", self.score, parts + f"--{mark}--\r\n".encode(), kind)
        return self.check(answer, sent)

    async def broken(self) -> str | None:
        picture = self.dice.choice(self.pictures["broken"])
        return self.check_alone(await ask(self.port, "POST", self.score, picture.data), picture)

    async def inference_json(self) -> str | None:
        sent = self.readable(self.dice.randint(1, 4))
        texts = [base64.b64encode(picture.data).decode() for picture in sent]
        given = {"name": "encoded_images", "shape": [len(sent)], "datatype": "BYTES", "data": texts}
        body = json.dumps({"inputs": [given]}).encode()
        return self.check_tensors(await ask(self.port, "POST", self.infer, body, JSON), sent)

    async def inference_binary(self) -> str | None:
        sent = self.readable(self.dice.randint(1, 8))
        raw = b"".join(struct.pack("<I", len(picture.data)) + picture.data for picture in sent)
        given = {"name": "encoded_images", "shape": [len(sent)], "datatype": "BYTES"}
        return self.check_tensors(await self._infer(given, raw), sent)

    async def inference_pixels(self) -> str | None:
        """The answer for a decoded picture equals that for its file."""
        (picture,) = self.readable(1)
        pixels = np.asarray(Image.open(io.BytesIO(picture.data)).convert("RGB"))[None]
        given = {"name": "image", "shape": list(pixels.shape), "datatype": "UINT8"}
        # JPEG decoders may differ by one bit of a pixel, so that only the form of the answer is compared.
        lossless = not picture.name.endswith(".jpg")
        return self.check_tensors(
            await self._infer(given, pixels.tobytes()), [picture], compares_values=lossless
        )

    async def _infer(self, given: dict, raw: bytes) -> Answer:
        given = given | {"parameters": {"binary_data_size": len(raw)}}
        head = json.dumps({"inputs": [given], "parameters": {"binary_data_output": True}}).encode()
        length = {"Inference-Header-Content-Length": str(len(head))}
        return await ask(self.port, "POST", self.infer, head + raw, length)

    def check_tensors(
        self, answer: Answer, sent: list[Picture], *, compares_values: bool = True
    ) -> str | None:
        if answer.status != 200:
            return f"status {answer.status} {answer.body[:200]!r} to {len(sent)} tensors"
        self.verdicts += len(sent)
        outputs = tensors(answer)
        for position, picture in enumerate(sent):
            wanted = self.expected[picture.name]
            told = {
                "score": np.float32(outputs["ood_score"][position]) == np.float32(wanted["score"]),
                "p_value": np.float32(outputs["ood_p_value"][position]) == np.float32(wanted["p_value"]),
                "outlier": bool(outputs["ood_is_outlier"][position]) == wanted["outlier"],
            }
            wrong = [name for name, is_right in told.items() if not is_right]
            if wrong and compares_values:
                return f"{picture.name}: {', '.join(wrong)} of its tensors are not those of oddity score"
        return None

    async def wrong(self) -> str | None:
        """Bodies that are not requests. Each must be refused with a status of 400 to 499."""
        (picture,) = self.readable(1)
        deep = b"[" * 100_000
        lying = {"name": "encoded_images", "shape": [9], "datatype": "BYTES", "data": ["AA=="]}
        target, body, headers = self.dice.choice(
            [
                (self.score, b"", {}),
                (self.score, self.dice.randbytes(500), {}),
                (self.score, deep, JSON),
                (self.score, b'{"images": [{"data": "%%%"}]}', JSON),
                (self.score, picture.data, TAR),
                (self.score, picture.data, {"Content-Type": "multipart/form-data; boundary=x"}),
                (self.score + "?sauce=a", picture.data, {}),
                (self.infer, deep, JSON),
                (self.infer, json.dumps({"inputs": [lying]}).encode(), JSON),
                (self.infer, b"{}", {"Inference-Header-Content-Length": "-1"}),
                ("/v1/models/nobody/score", picture.data, {}),
            ]
        )
        answer = await ask(self.port, "POST", target, body, headers)
        return (
            None if 400 <= answer.status < 500 else f"status {answer.status} to a wrong body at {target[-20:]}"
        )

    async def hung_up(self) -> str | None:
        """A client that disconnects in the middle of its body, or before it has read the answer."""
        (picture,) = self.readable(1)
        data = request("POST", self.score, picture.data)
        connection = await Connection.open(self.port)
        try:
            cut = len(data) if self.dice.random() < 0.3 else self.dice.randrange(1, len(data))
            await connection.send(data[:cut])
            await asyncio.sleep(self.dice.choice([0, 0.002, 0.05]))
        finally:
            if self.dice.random() < 0.5:
                connection.reset()
            else:
                await connection.close()
        return None

    async def slow(self) -> str | None:
        """A client on a slow line, which is still served. It sends the body in pieces over some seconds, and reads the answer
        late."""
        (picture,) = self.readable(1)
        data = request("POST", self.score, picture.data)
        connection = await Connection.open(self.port)
        try:
            size = max(1, len(data) // 12)
            for start in range(0, len(data), size):
                await connection.send(data[start : start + size])
                await asyncio.sleep(0.3)
            return self.check(await connection.answer(), [picture])
        finally:
            await connection.close()

    async def pages(self) -> str | None:
        target = self.dice.choice(
            ["/", "/metrics", "/openapi.json", f"/v2/models/{self.model}", f"/v1/models/{self.model}/drift"]
        )
        answer = await ask(self.port, "GET", target)
        return None if answer.status == 200 else f"status {answer.status} to GET {target}"


def tensors(answer: Answer) -> dict[str, np.ndarray]:
    """The outputs of an answer of the Open Inference Protocol."""
    length = int(answer.headers.get("inference-header-content-length", len(answer.body)))
    outputs, rest = {}, answer.body[length:]
    for output in json.loads(answer.body[:length])["outputs"]:
        if "data" in output:
            values = np.array(output["data"])
        else:
            size = output["parameters"]["binary_data_size"]
            values = np.frombuffer(rest[:size], {"FP32": "<f4", "BOOL": "?"}[output["datatype"]])
            rest = rest[size:]
        outputs[output["name"]] = values.reshape(output["shape"])
    return outputs
