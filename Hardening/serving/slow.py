"""Slow clients, and idle connections."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time

from .arena import BURST, Outcome
from .client import HOST, Connection
from .process import Server

#: The value of the attacked server's `--max-body-time` and `--max-idle-time`.
SECONDS = 4
#: How much later a connection may be closed.
GRACE = 6


async def _dribble(port: int, start: bytes, piece: bytes) -> tuple[float, bytes]:
    """Sends a piece every 0.3 s until the server closes the connection. Returns the time and the answer."""
    begun = time.monotonic()
    connection = await Connection.open(port)
    said = b""
    with contextlib.suppress(OSError, EOFError):
        await connection.send(start)
        while time.monotonic() - begun < SECONDS + GRACE + 2:
            await connection.send(piece)
            try:
                received = await asyncio.wait_for(connection.reader.read(4096), 0.3)
            except TimeoutError:
                continue
            if not received:
                break
            said += received
    await connection.close()
    return time.monotonic() - begun, said


async def _many(port: int, count: int, start: bytes, piece: bytes) -> tuple[Outcome, list[bytes]]:
    ended = await asyncio.gather(*(_dribble(port, start, piece) for _ in range(count)))
    outcome = Outcome(tried=count)
    latest = max(seconds for seconds, _ in ended)
    outcome.expect(
        latest < SECONDS + GRACE, f"a slow client was still there after {latest:.1f} s, where {SECONDS} s are the limit"
    )  # fmt: skip
    return outcome, [said for _, said in ended]


async def heads(server: Server) -> Outcome:
    """Heads that never end (slowloris)."""
    outcome, _ = await _many(server.port, 200, b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-A: b\r\n")
    return outcome


async def lone_bytes(server: Server) -> Outcome:
    """A head without line breaks, byte by byte."""
    outcome, _ = await _many(server.port, 200, b"G", b"E")
    return outcome


def bodies(model: str, count: int, length: str) -> object:
    """Bodies that never end. `length` is the header that announces them."""

    async def attack(server: Server) -> Outcome:
        head = f"POST /v1/models/{model}/score HTTP/1.1\r\nHost: x\r\n{length}\r\n\r\n".encode()
        piece = b"1\r\nx\r\n" if "chunked" in length else b"x"
        outcome, said = await _many(server.port, count, head, piece)
        statuses = {one.split(b" ")[1].decode() for one in said if one.startswith(b"HTTP/1.1 ")}
        outcome.expect(statuses <= {"408", "503", "400"}, f"slow bodies were answered with {sorted(statuses)}")
        return outcome

    return attack


async def readers(server: Server) -> Outcome:
    """Clients that request the page thousands of times and read nothing."""

    async def one() -> float:
        begun = time.monotonic()
        raw = socket.socket()
        # With a small window, the server soon has to wait.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(raw, (HOST, server.port))
        try:
            async with asyncio.timeout(SECONDS * 2 + GRACE + 2):
                while True:
                    await loop.sock_sendall(raw, b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
                    await asyncio.sleep(0.05)
        except (OSError, TimeoutError):
            return time.monotonic() - begun
        finally:
            raw.close()

    times = await asyncio.gather(*(one() for _ in range(100)))
    outcome = Outcome(tried=len(times), patience=BURST)
    # The answer's time begins when it is written, which may be behind one that was read.
    outcome.expect(
        max(times) < 2 * SECONDS + GRACE, f"a client that reads nothing was still there after {max(times):.1f} s"
    )  # fmt: skip
    return outcome


def idle(count: int, *, may_wait: bool = False) -> object:
    """Idle connections."""

    async def attack(server: Server) -> Outcome:
        outcome, opened = Outcome(may_wait=may_wait, patience=BURST), []
        for _ in range(count):
            raw = socket.socket()
            raw.setblocking(False)
            try:
                raw.connect((HOST, server.port))
            except BlockingIOError:
                pass
            except OSError as error:
                outcome.note = f"{error.strerror} after {len(opened)} connections"
                raw.close()
                break
            opened.append(raw)
            if len(opened) % 200 == 0:
                await asyncio.sleep(0.02)
        outcome.tried = len(opened)
        await asyncio.sleep(SECONDS + 2)
        most = server.files
        outcome.note = outcome.note or f"the server had up to {most} files open"
        for raw in opened:
            raw.close()
        return outcome

    return attack


async def come_and_go(server: Server) -> Outcome:
    """Connections that are opened and reset at once, as by a scanner."""
    for _ in range(3000):
        connection = await Connection.open(server.port)
        connection.reset()
    return Outcome(tried=3000, patience=BURST)
