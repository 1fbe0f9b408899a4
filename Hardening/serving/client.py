"""A client on raw sockets. It sends exactly the given bytes, even if they are not HTTP."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from dataclasses import dataclass, field

HOST = "127.0.0.1"


@dataclass
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> dict:
        return json.loads(self.body)


class Connection:
    """One connection, which may carry several requests."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> Connection:
        return cls(*await asyncio.open_connection(HOST, port, limit=1 << 20))

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, *, has_body: bool = True) -> Answer:
        """The next answer. 100 Continue is skipped.

        :raises asyncio.IncompleteReadError: if the connection ends before.
        """
        while True:
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            answer = Answer(int(head[0].split(" ")[1]))
            for line in filter(None, head[1:]):
                name, _, value = line.partition(":")
                answer.headers[name.strip().lower()] = value.strip()
            if answer.status == 100:
                continue
            if has_body:
                answer.body = await self._body(answer.headers)
            return answer

    async def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while size := int((await self.reader.readuntil(b"\r\n")).split(b";")[0], 16):
                body += await self.reader.readexactly(size)
                await self.reader.readexactly(2)
            await self.reader.readexactly(2)
            return body
        return await self.reader.readexactly(int(headers.get("content-length", "0")))

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            pass

    def reset(self) -> None:
        """Ends the connection with RST, as after a machine was switched off and on."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def request(
    method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> bytes:
    """The bytes of a request from a normal client."""
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


async def ask(
    port: int,
    method: str,
    target: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    seconds: float = 60,
) -> Answer:
    """Sends one request over a separate connection.

    :raises OSError, asyncio.IncompleteReadError, TimeoutError: if there is no answer.
    """
    async with asyncio.timeout(seconds):
        connection = await Connection.open(port)
        try:
            await connection.send(request(method, target, body, headers))
            return await connection.answer(has_body=method != "HEAD")
        finally:
            await connection.close()
