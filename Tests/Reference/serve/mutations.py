"""Invalid bodies of many kinds, and clients that are too slow. All are refused, and the server continues.

Usage: mutations.py COMMAND GUARDED COUNT IMAGE…

Prints {"statuses": {status: count}, "wrong": [answers that are neither 2xx nor 4xx, or without problem
details], "alive": …, "slow": …}.
"""

import base64
import collections
import io
import json
import pathlib
import random
import re
import socket
import struct
import sys
import tarfile
import time
import zlib

from server import Server

RANDOM = random.Random(7)


def flipped(body):
    body = bytearray(body)
    for _ in range(RANDOM.choice([1, 3, 20])):
        body[RANDOM.randrange(len(body))] ^= 1 << RANDOM.randrange(8)
    return bytes(body)


def cut(body):
    return body[: RANDOM.randrange(len(body))]


def spliced(body):
    start, length = RANDOM.randrange(len(body)), RANDOM.randrange(64)
    return body[:start] + RANDOM.randbytes(length) + body[start + RANDOM.randrange(64) :]


def bomb():
    """A PNG whose header declares 60,000 by 60,000 pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10_000_000))) + chunk(b"IEND", b"")


def tar(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def deep_json():
    depth = RANDOM.choice([10, 100, 1_000, 100_000])
    opening, closing = RANDOM.choice([("[", "]"), ('{"images":', "}"), ('{"inputs":[', "]}")])
    return (opening * depth + closing * RANDOM.choice([0, depth])).encode()


def wrong_types():
    values = [None, True, 3, -1, 1e300, "text", [], {}, [[]], "\ud800", 2**70]
    inputs = [{key: RANDOM.choice(values) for key in ("name", "shape", "datatype", "data", "parameters")}]
    return json.dumps(RANDOM.choice([{"inputs": inputs}, {"images": RANDOM.choice(values)}, {"images": [RANDOM.choice(values)]}, RANDOM.choice(values)])).encode()


def inference(image):
    given = {"name": "encoded_images", "shape": [1], "datatype": "BYTES", "data": [base64.b64encode(image).decode()]}
    return json.dumps({"inputs": [given]}).encode()


def binary_inference(image):
    given = {"name": "encoded_images", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": len(image) + 4}}
    header = json.dumps({"inputs": [given]}).encode()
    return header + struct.pack("<I", len(image)) + image, {"Inference-Header-Content-Length": str(len(header))}


def pixel_inference():
    shape = [RANDOM.choice([-1, 0, 1, 2, 3, 4, 30, 2**31, 2**62]) for _ in range(RANDOM.choice([0, 3, 4, 4, 4, 5]))]
    size = RANDOM.choice([0, 1, 3, 27, 2_700, -1])
    given = {"name": "image", "shape": shape, "datatype": "UINT8", "parameters": {"binary_data_size": size}}
    header = json.dumps({"inputs": [given]}).encode()
    return header + RANDOM.randbytes(max(size, 0)), {"Inference-Header-Content-Length": str(len(header))}


def cases(name, images):
    score, infer = f"/v1/models/{name}/score", f"/v2/models/{name}/infer"
    json_type, tar_type = {"Content-Type": "application/json"}, {"Content-Type": "application/x-tar"}
    mutate = lambda body: RANDOM.choice([flipped, cut, spliced])(body)
    image = lambda: RANDOM.choice(images)
    listed = lambda: json.dumps({"images": [{"data": base64.b64encode(image()).decode()}]}).encode()

    def mutated_binary():
        body, headers = binary_inference(image())
        if RANDOM.random() < 0.3:
            headers = {"Inference-Header-Content-Length": RANDOM.choice(["0", "-1", "9" * 30, "x", "17"])}
        return infer, mutate(body), headers

    return [
        lambda: (score, mutate(image()), {}),
        lambda: (score, mutate(listed()), json_type),
        lambda: (score, mutate(tar([("a.jpg", image()), ("b/c.png", image())])), tar_type),
        lambda: (score, deep_json(), json_type),
        lambda: (score, wrong_types(), json_type),
        lambda: (infer, mutate(inference(image())), json_type),
        mutated_binary,
        lambda: (infer, *pixel_inference()),
        lambda: (infer, deep_json(), json_type),
        lambda: (infer, wrong_types(), json_type),
        lambda: (score, RANDOM.randbytes(RANDOM.randrange(2_000)), {}),
        lambda: (f"/v1/models/{RANDOM.choice(['..%2f..%2fetc', '%00', 'x' * 3_000, '<b>'])}/score", image(), {}),
        lambda: (score + "?source=" + RANDOM.choice(["%3Cb%3E", "a" * 65, "", "%ff"]), image(), {}),
    ]


def slow_clients(server, name):
    """A head that never ends, a body that never arrives, and answers that are not read. All are closed, and
    others are served meanwhile."""
    head = socket.create_connection(("127.0.0.1", server.port))
    head.sendall(f"POST /v1/models/{name}/score HTTP/1.1\r\nHost: x\r\n".encode())
    body = socket.create_connection(("127.0.0.1", server.port))
    body.sendall(f"POST /v1/models/{name}/score HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n".encode())
    reader = socket.create_connection(("127.0.0.1", server.port))
    reader.settimeout(0.1)
    try:
        while True:
            reader.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
    except OSError:
        pass  # The buffers are full.
    begun, ended, closed = time.monotonic(), {}, set()
    while len(closed) < 3 and time.monotonic() - begun < 30:
        for kind, connection, dribble in (("head", head, b"X-A: b\r\n"), ("body", body, b"x")):
            if kind in closed:
                continue
            try:
                connection.sendall(dribble)
                connection.settimeout(0.1)
                answer = connection.recv(4096)
                ended[kind] = ended.get(kind, "") + answer.decode(errors="replace").split("\r\n")[0]
                if not answer:
                    closed.add(kind)
            except TimeoutError:
                pass
            except OSError:
                ended.setdefault(kind, "")
                closed.add(kind)
        try:
            reader.send(b"GET / HTTP/1.1\r\n")
        except TimeoutError:
            pass
        except OSError:
            closed.add("reader")
        time.sleep(0.2)
    return ended | {"closed": " ".join(sorted(closed))}


def main(command, guarded, count, *files):
    name = pathlib.Path(guarded).stem
    images = [pathlib.Path(file).read_bytes() for file in files]
    statuses, wrong = collections.Counter(), []
    limits = ["--max-body", "3000000", "--max-body-time", "2", "--max-idle-time", "2"]
    with Server(command, guarded, *limits) as server:
        makers = cases(name, images)
        fixed = [
            (f"/v1/models/{name}/score", bomb(), {}),
            (f"/v1/models/{name}/score", bytes(3_000_001), {}),
            (f"/v1/models/{name}/score", tar([("x.png", bomb())] * 3), {"Content-Type": "application/x-tar"}),
            (f"/v1/models/{name}/score", images[0], {"X-Long": "y" * 40_000}),
        ]
        for number in range(int(count)):
            path, body, headers = fixed[number] if number < len(fixed) else makers[number % len(makers)]()
            try:
                status, answered, content = server.request("POST", path, body, headers)
            except OSError as error:
                # A request that is refused because of its head may be answered before the body is sent.
                status, answered, content = f"{type(error).__name__}", {}, b""
            statuses[str(status)] += 1
            is_problem = answered.get("Content-Type") == "application/problem+json" or answered.get("content-type") == "application/problem+json"
            told = re.search(rb"/(home|root|tmp|work|usr|var)/|\.swift", content)
            fine = isinstance(status, int) and (status < 300 or (400 <= status < 500 and (is_problem or not content)))
            if not fine or told:
                wrong.append([str(status), path[:80], repr(body[:120]), repr(content[:300])])
        slow = slow_clients(server, name)
        alive = server.score(name, images[0])[0]
        said = server.said()
    print(json.dumps({"statuses": statuses, "wrong": wrong[:20], "slow": slow, "alive": alive, "said": said[-2000:]}))


main(*sys.argv[1:])
