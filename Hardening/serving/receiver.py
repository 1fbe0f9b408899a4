"""The receiver of the webhook. It usually accepts events, and sometimes refuses, closes the connection or is slow."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Self

from .client import HOST


class Receiver:
    """`async with Receiver(seed) as receiver:` accepts events at `receiver.url`."""

    def __init__(self, seed: int):
        self._dice = random.Random(seed)
        self.taken = self.refused = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, HOST, 0)
        self.url = f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}/events"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, ValueError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            fate = self._dice.random()
            if fate < 0.01:
                self.refused += 1
                writer.close()
                return
            if fate < 0.02:
                await asyncio.sleep(1)
            status = b"404 Not Found" if fate > 0.98 else b"204 No Content"
            writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            if fate > 0.98:
                self.refused += 1
            else:
                self.taken += 1
        writer.close()
