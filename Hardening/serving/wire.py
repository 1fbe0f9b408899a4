"""Requests that are not quite HTTP: pipelines, header floods, request smuggling, and unusual paths."""

from __future__ import annotations

import asyncio
import re
import time

from .arena import BURST, Outcome
from .client import HOST, Answer, Connection, request
from .guard import differs
from .process import Server
from .traffic import Traffic

STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
#: Only the answer to the smuggled request contains this.
SMUGGLED = b"binary_tensor_data"
SECOND = b"GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n"


async def raw(port: int, data: bytes, seconds: float = 1.5) -> bytes:
    """Everything that the server answers to these bytes, until it closes the connection or sends nothing more."""
    reader, writer = await asyncio.open_connection(HOST, port)
    received = b""
    try:
        writer.write(data)
        async with asyncio.timeout(seconds):
            while piece := await reader.read(1 << 16):
                received += piece
    except (OSError, TimeoutError):
        pass
    finally:
        writer.close()
    return received


def shapes(model: str) -> dict[str, tuple[bytes, bool]]:
    """Bytes by name. Each contains a second request that must not be answered.

    The flag says whether the first request may be answered with 200, because HTTP allows it.
    """
    line = f"POST /v1/models/{model}/score HTTP/1.1\r\nHost: x\r\n".encode()
    chunked, size = b"Transfer-Encoding: chunked\r\n", f"Content-Length: {len(SECOND)}\r\n".encode()
    end = b"\r\n"

    def head(*fields: bytes) -> bytes:
        return line + b"".join(fields) + end

    def chunk(start: bytes) -> bytes:
        return head(chunked) + start + SECOND

    return {
        "Content-Length and chunked": (head(b"Content-Length: 4\r\n", chunked) + b"0\r\n\r\n" + SECOND, False),
        "chunked and Content-Length": (head(chunked, size) + b"0\r\n\r\n" + SECOND, False),
        "two lengths": (head(b"Content-Length: 0\r\n", size) + SECOND, False),
        "a list of lengths": (head(f"Content-Length: 0, {len(SECOND)}\r\n".encode()) + SECOND, False),
        "a length with a sign": (head(b"Content-Length: +0\r\n") + SECOND, False),
        "a negative length": (head(b"Content-Length: -1\r\n") + SECOND, False),
        "a length in base 16": (head(b"Content-Length: 0x0\r\n") + SECOND, False),
        "a length with a letter": (head(b"Content-Length: 0a\r\n") + SECOND, False),
        "a length of 2 to the 64th": (head(b"Content-Length: 18446744073709551616\r\n") + SECOND, False),
        "an empty length": (head(b"Content-Length:\r\n") + SECOND, False),
        "a blank in the length": (head(b"Content-Length: 0 0\r\n") + SECOND, False),
        "a blank before the colon": (head(b"Content-Length : 0\r\n") + SECOND, False),
        "an unknown transfer coding": (head(b"Transfer-Encoding: xchunked\r\n", size) + SECOND, False),
        "chunked is not the last coding": (head(b"Transfer-Encoding: chunked, identity\r\n", size) + SECOND, False),
        "chunked twice": (head(chunked, chunked, size) + b"0\r\n\r\n" + SECOND, False),
        "chunked behind a tab": (head(b"Transfer-Encoding:\tchunked\r\n", size) + b"0\r\n\r\n" + SECOND, False),
        "chunked with a vertical tab": (head(b"Transfer-Encoding: \x0bchunked\r\n", size) + SECOND, False),
        "a folded transfer coding": (head(b"Transfer-Encoding:\r\n chunked\r\n", size) + SECOND, False),
        "a folded header": (head(b"X-A: a\r\n b\r\n", b"Content-Length: -1\r\n") + SECOND, False),
        "HTTP/1.0 with chunked": (line.replace(b"1.1", b"1.0") + chunked + size + end + b"0\r\n\r\n" + SECOND, False),
        "a chunk of negative size": (chunk(b"-1\r\n"), False),
        "a chunk of size 0x1": (chunk(b"0x1\r\nx\r\n"), False),
        "a chunk of no size": (chunk(b"\r\n"), False),
        "a chunk larger than 2 to the 64th": (chunk(b"fffffffffffffffff\r\n"), False),
        "a chunk of a size that wraps around": (chunk(b"10000000000000000\r\n"), False),
        "a chunk longer than its size": (chunk(b"1\r\nxyz\r\n0\r\n\r\n"), False),
        "a chunk's size behind a blank": (chunk(b" 1\r\nx\r\n0\r\nX"), False),
        "a chunk's line that ends in a bare line feed": (chunk(b"1\nx\n0\n\n"), False),
        "a chunk extension with a bare line feed": (chunk(b"1;a\nb\r\nx\r\n0\r\nX"), False),
        "lines that end in bare line feeds": (line.replace(b"\r", b"") + size.replace(b"\r", b"") + b"\n" + SECOND, True),
        "lines that end in bare carriage returns": (head(b"X: a\rContent-Length: 0\r\n", size) + SECOND, True),
        "a NUL in a header": (head(b"X: a\0b\r\n", size) + SECOND, True),
        "a header without a colon": (head(b"Content-Length\r\n", size) + SECOND, False),
        "a header without a name": (head(b": a\r\n", size) + SECOND, False),
        "two hosts": (head(b"Host: y\r\n", size) + SECOND, True),
        "an upgrade to HTTP/2": (head(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n", size) + SECOND, True),
        "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SECOND, False),
        "HTTP/0.9": (b"GET /v2/health/ready\r\n" + SECOND, False),
        "HTTP/9.9": (b"GET /v2/health/ready HTTP/9.9\r\n\r\n" + SECOND, False),
        "a method of odd letters": (b"G\xffT / HTTP/1.1\r\nHost: x\r\n\r\n" + SECOND, False),
        "blanks before the method": (b"   GET / HTTP/1.1\r\nHost: x\r\n\r\n" + SECOND, False),
        "a TLS greeting": (bytes.fromhex("16030100a5010000a10303") + bytes(100) + SECOND, False),
    }  # fmt: skip


def smuggling(model: str) -> object:
    """Requests whose end two servers may interpret differently. The hidden second request must not be answered."""

    async def attack(server: Server) -> Outcome:
        outcome = Outcome()
        # Without this, the check could not fail.
        outcome.expect(SMUGGLED in await raw(server.port, SECOND), "the request is not answered where nothing hides it")
        for name, (data, may_succeed) in shapes(model).items():
            outcome.tried += 1
            said = await raw(server.port, data)
            statuses = [int(status) for status in STATUS.findall(said)]
            outcome.expect(SMUGGLED not in said, f"{name}: the hidden request was answered ({statuses})")
            outcome.expect(len(statuses) <= 1, f"{name}: {len(statuses)} answers, {statuses}")
            fine = all(400 <= status < 500 or may_succeed and status == 200 for status in statuses)
            outcome.expect(fine, f"{name}: status {statuses}")
        return outcome

    return attack


async def headers(server: Server) -> Outcome:
    """Heads with many headers, long ones and unusual ones. Each is refused or answered, and uses no memory afterwards."""
    outcome = Outcome()
    start = b"GET /v2/health/live HTTP/1.1\r\nHost: x\r\n"
    floods = {
        "10,000 headers": b"".join(b"X-%d: a\r\n" % number for number in range(10_000)),
        "a million headers": b"a:\r\n" * 1_000_000,
        "a header of 8 MB": b"X: " + b"a" * (8 << 20) + b"\r\n",
        "a name of 8 MB": b"a" * (8 << 20) + b": a\r\n",
        "a header that never ends": b"X: " + b"a" * (8 << 20),
        "headers of bytes above 127": b"X: " + bytes(range(128, 256)) + b"\r\n",
        "the same header 900 times": b"X: a\r\n" * 900,
        "900 cookies": b"Cookie: a=b\r\n" * 900,
        "a request identity of control characters": b"X-Request-Id: \x1b[31m\r\n",
        "17 KiB in one header": b"X: " + b"a" * (17 << 10) + b"\r\n",
    }
    for name, lines in floods.items():
        for _ in range(5):
            outcome.tried += 1
            begun = time.monotonic()
            said = await raw(server.port, start + lines + b"\r\n", 5)
            statuses = [int(status) for status in STATUS.findall(said)]
            outcome.expect(all(status in (200, 400, 431) for status in statuses), f"{name}: status {statuses}")
            outcome.expect(time.monotonic() - begun < 10, f"{name}: more than 10 s")
            outcome.expect(b"\x1b" not in said, f"{name}: a control character came back")
    return outcome


def pipelines(traffic: Traffic) -> object:
    """Thousands of requests over one connection before the first is answered. Each must get its own answer, in order."""

    async def one(server: Server, count: int) -> list[str]:
        connection = await Connection.open(server.port)
        pictures = traffic.readable(count)
        data = b"".join(
            request("POST", traffic.score, picture.data)
            if number % 2
            else request("GET", f"/v1/models/{number}/drift")
            for number, picture in enumerate(pictures)
        )
        sending = asyncio.create_task(connection.send(data))
        wrong = []
        for number, picture in enumerate(pictures):
            answer = await connection.answer()
            if number % 2:
                wrong += filter(None, [_verdict(answer, traffic.expected[picture.name])])
            elif answer.status != 404 or f"'{number}'" not in answer.json["detail"]:
                wrong.append(f"status {answer.status} to a model that is not there, in place {number}")
        await sending
        await connection.close()
        return wrong

    async def attack(server: Server) -> Outcome:
        count = 100
        wrong = await asyncio.gather(*(one(server, count) for _ in range(5)))
        return Outcome(tried=5 * count, wrong=[line for lines in wrong for line in lines][:5])

    return attack


def _verdict(answer: Answer, expected: dict) -> str | None:
    if answer.status != 200:
        return f"status {answer.status} in a pipeline"
    return differs(answer.json, expected)


def floods(target: str) -> object:
    """A hundred connections with fifty requests each, whose answers are not read."""

    async def attack(server: Server) -> Outcome:
        connections = []
        for _ in range(100):
            connection = await Connection.open(server.port)
            connection.writer.write(request("GET", target) * 50)
            connections.append(connection)
        await asyncio.sleep(8)
        for connection in connections:
            connection.reset()
        return Outcome(tried=5000, patience=BURST)

    return attack


#: Each path is sent unchanged. None may return a file, and none may be treated as the model.
PATHS = [
    "/../../../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2f..%2fetc%2fpasswd",
    "/live.css/../../etc/passwd",
    "/v1/models/..%2f..%2fetc/score",
    "/v1/models/%00/score",
    "/v1/models/{model}%00/score",
    "/v1/models/{model}%2f/score",
    "/v1/models/%2f{model}/score",
    "/v1/models/{model}.onnx/score",
    "/v1/models/./{model}/../nobody/score",
    "/v1/models/%ff%fe/score",
    "/v1/models/%/score",
    "/v1/models/%zz/score",
    "/v1/models/%C0%AE%C0%AE/score",
    "/v1/models/{{name}}/score",
    "/v1/models/*/score",
    "/v1/models//score",
    "/v1/models/{model}/score/extra",
    "/v1/models/{model}/drift/..%2f..",
    "/v1/models/{model}/drift/%00",
    "/v1/models/{model}/drift/%3Cscript%3E",
    "/v2/models/{model}/versions/..%2f1/infer",
    "/v1/models/" + "a" * 8000 + "/score",
    "/" + "a/" * 4000,
    "/?" + "a=b&" * 3000,
    "/v1/models/{model}/score?source=%00",
    "/v1/models/{model}/score?source=" + "a" * 5000,
    "/v1/models/{model}/score?source=%3Cscript%3E",
    "/v1/models/{model}/score?source=a&source=%00",
    "/metrics/..",
    "/.git/config",
    "/openapi.json%00.html",
    "//v2/models",
    "http://elsewhere.example/etc/passwd",
    "http://elsewhere.example:99999/v1/models/nobody/score",
    "ftp://x/",
    "*",
    "\\..\\..\\windows\\win.ini",
    "/\xff\xfe",
]


def paths(model: str) -> object:
    """Paths that try to leave the server's paths, or that name things that do not exist."""

    async def attack(server: Server) -> Outcome:
        outcome = Outcome()
        for method in ("GET", "POST", "DELETE", "PUT", "OPTIONS", "CONNECT", "TRACE"):
            for template in PATHS:
                outcome.tried += 1
                target = template.replace("{model}", model)
                said = await raw(server.port, _close(method, target), 5)
                statuses = [int(status) for status in STATUS.findall(said)]
                name = f"{method} {target[:50]!r}"
                fine = statuses in ([200], []) or len(statuses) == 1 and 400 <= statuses[0] < 500
                outcome.expect(fine, f"{name}: status {statuses}")
                outcome.expect(b"root:" not in said and b"[core]" not in said, f"{name}: a file was shown")
                found = re.search(rb"/(home|root|tmp|work|usr|var)/|\.swift", said)
                outcome.expect(not found, f"{name}: the answer names a path of the machine")
                if statuses == [200] and method == "POST":
                    outcome.expect(False, f"{name}: an image was scored there")
        return outcome

    return attack


def _close(method: str, target: str) -> bytes:
    head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    return head.encode("latin-1")
