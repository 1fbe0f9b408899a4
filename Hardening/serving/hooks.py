"""Webhooks with unusual URLs, and receivers with unusual answers."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gzip
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from .client import HOST, ask
from .pictures import Picture
from .process import Server

#: None of these is an http or https URL with a host, so the server must not start with it.
REFUSED = ["", "x", "file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "dict://127.0.0.1/", "http://",
           "http:///events", "javascript:alert(1)", "//127.0.0.1/", "http:/one", "data:,a", "ldap://127.0.0.1/",
           "smtp://127.0.0.1", "unix:/tmp/socket", "http://a b/"]  # fmt: skip


async def addresses(guarded: Path) -> list[str]:
    """The problems of starting the server with unusual URLs."""
    wrong = []
    for address in REFUSED:
        try:
            with await asyncio.to_thread(Server, [guarded], "--webhook", address):
                wrong.append(f"the server starts with --webhook {address!r}")
        except RuntimeError as refusal:
            if "webhook" not in str(refusal):
                wrong.append(f"--webhook {address!r}: {str(refusal)[-150:]}")
    return wrong


Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(bytes(1 << 20))
        await writer.drain()


async def _endless_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: " + b"a" * 60_000 + b"\r\n")
        await writer.drain()


async def _silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def _no_http(writer: asyncio.StreamWriter) -> None:
    writer.write(os.urandom(5000))


async def _file(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n")


async def _itself(writer: asyncio.StreamWriter) -> None:
    port = writer.get_extra_info("sockname")[1]
    writer.write(f"HTTP/1.1 307 Again\r\nLocation: http://{HOST}:{port}/\r\nContent-Length: 0\r\n\r\n".encode())


@functools.cache
def _inflated() -> bytes:
    return gzip.compress(bytes(300_000_000))


async def _inflating(writer: asyncio.StreamWriter) -> None:
    body = _inflated()
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)


REPLIES: dict[str, Reply] = {
    "a body without end": _endless,
    "a head without end": _endless_head,
    "nothing": _silent,
    "bytes that are no HTTP": _no_http,
    "a redirection to a file": _file,
    "a redirection to itself": _itself,
    "a body that inflates to 300 MB": _inflating,
}


async def receivers(guarded: Path, picture: Picture, tell: list[str]) -> list[str]:
    """The problems of servers whose receivers answer unusually. Each server must continue, and end in time."""
    # It takes long to make and would block all receivers, so it is made first.
    _inflated()
    wrong = await asyncio.gather(*(_receiver(guarded, picture, name, reply, tell) for name, reply in REPLIES.items()))
    return [line for lines in wrong for line in lines]


async def _receiver(guarded: Path, picture: Picture, name: str, reply: Reply, tell: list[str]) -> list[str]:
    calls = 0

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            await reply(writer)
            await writer.drain()
        writer.close()

    wrong = []
    listener = await asyncio.start_server(take, HOST, 0)
    url = f"http://{HOST}:{listener.sockets[0].getsockname()[1]}/"
    with await asyncio.to_thread(Server, [guarded], "--webhook", url) as server:
        target = f"/v1/models/{guarded.stem}/score"
        memory = None
        for _ in range(5):
            if (await ask(server.port, "POST", target, picture.data)).status != 200:
                wrong.append(f"a receiver that answers {name}: an image was refused")
            memory = memory or server.resident
        await asyncio.sleep(12)
        grown = (server.peak - memory) / 2**20
        if grown > 64:
            wrong.append(f"a receiver that answers {name} cost {grown:.0f} MiB")
        if name.startswith("a redirection") and calls > 5:
            wrong.append(f"{name} was followed")
        begun = time.monotonic()
        status = await asyncio.to_thread(server.stop)
        took = time.monotonic() - begun
        # Five seconds for waiting events, and the ten seconds of a request that has begun.
        if status != 0 or took > 20:
            wrong.append(f"a receiver that answers {name}: status {status} after {took:.0f} s")
        tell.append(f"{name}: {calls} calls, {grown:.0f} MiB, ended after {took:.1f} s")
    listener.close()
    return wrong
