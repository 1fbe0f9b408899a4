"""Guessed keys: how the server refuses them, whether its time reveals anything, and whether the refusals are logged."""

from __future__ import annotations

import re
import secrets
import time
from pathlib import Path

import numpy as np
from scipy import stats

from .arena import Outcome
from .client import Connection, ask, request
from .process import Server
from .wire import raw

#: The largest allowed difference between the times of two kinds of wrong keys: the area under the curve of one against the other.
AREA = 0.05
#: The probability that chance is reported as a difference.
CHANCE = 1e-5


def write(folder: Path) -> tuple[Path, list[str]]:
    """A file of three keys."""
    keys = [secrets.token_hex(32) for _ in range(3)]
    path = folder / "keys"
    path.write_text("\n".join(keys) + "\n")
    return path, keys


def _near(key: str) -> str:
    """A wrong key that differs only in its last character."""
    return key[:-1] + ("0" if key[-1] != "0" else "1")


def _far(key: str) -> str:
    """A wrong key that differs only in its first character."""
    return ("0" if key[0] != "0" else "1") + key[1:]


async def _times(port: int, keys: list[str], rounds: int, dice: np.random.Generator) -> np.ndarray:
    """The seconds of each key's refusal: one row for each round, whose order is random."""
    connection = await Connection.open(port)
    times = np.zeros((rounds, len(keys)))
    for row in times:
        for place in dice.permutation(len(keys)):
            data = request("GET", "/v1/models", headers={"Authorization": f"Bearer {keys[place]}"})
            begun = time.perf_counter()
            await connection.send(data)
            answer = await connection.answer()
            row[place] = time.perf_counter() - begun
            if answer.status != 401:
                raise RuntimeError(f"a wrong key was answered with {answer.status}")
    await connection.close()
    return times


def guesses(keys: list[str], count: int) -> object:
    """Sends wrong keys as fast as possible, and malformed ones."""
    odd = ["", " ", "Bearer", "Bearer ", "Basic", "Basic !", "Basic Og==", "Digest a", f"bearer {keys[0]}x",
           "Bearer " + "a" * 10_000, f"Bearer {keys[0]}, Bearer a", f"Bearer {keys[0]} b", "Bearer \xff",
           f"Bearer {keys[0][:-1]}", f"Bearer {keys[0].upper()}", "Bearer #", "Bearer None"]  # fmt: skip

    async def attack(server: Server) -> Outcome:
        outcome = Outcome()
        before = await _refused(server.port, keys[0])
        connection = await Connection.open(server.port)
        for number in range(count):
            outcome.tried += 1
            wrong = request("GET", "/v1/models", headers={"Authorization": f"Bearer {number:064x}"})
            await connection.send(wrong)
            status = (await connection.answer()).status
            outcome.expect(status == 401, f"a guess was answered with {status}")
        await connection.close()
        for header in odd:
            outcome.tried += 1
            answer = await ask(server.port, "GET", "/v1/models", headers={"Authorization": header})
            outcome.expect(answer.status == 401, f"'Authorization: {header[:30]}' was answered with {answer.status}")
        told = await _refused(server.port, keys[0]) - before
        outcome.expect(told == outcome.tried, f"/metrics tells of {told} refusals, there were {outcome.tried}")
        outcome.wrong += await _doors(server.port, keys)
        return outcome

    return attack


async def _doors(port: int, keys: list[str]) -> list[str]:
    """Without a key, only the two health paths work, in any spelling. Each valid key works."""
    wrong = []
    for target in ("/", "/metrics", "/openapi.json", "/v1/models", "/v2", "/live.css", "/nothing", "//v2/health/live",
                   "/v2/health/live/../../models", "/v2/health/live%2f..", "/v2/health/live/", "/V2/health/live"):  # fmt: skip
        status = (await ask(port, "GET", target)).status
        if status == 200 and target != "/v2/health/live/":
            wrong.append(f"GET {target} was answered without a key")
    for key in keys:
        status = (await ask(port, "GET", "/v1/models", headers={"Authorization": f"Bearer {key}"})).status
        if status != 200:
            wrong.append(f"a right key was answered with {status}")
    twice = f"GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer {keys[0]}\r\n\r\n"
    if b"200 OK" in await raw(port, twice.encode()):
        wrong.append("a wrong key and a right one beside it were let in")
    return wrong


async def _refused(port: int, key: str) -> int:
    text = (await ask(port, "GET", "/metrics", headers={"Authorization": f"Bearer {key}"})).body.decode()
    lines = [line for line in text.splitlines() if line.startswith("oddity_requests_total{")]
    return sum(int(float(line.rpartition(" ")[2])) for line in lines if re.search(r'status="401"', line))


def timing(keys: list[str], rounds: int, tell: list[str]) -> object:
    """Whether an almost correct key takes longer than a key that is wrong from its first character."""

    async def attack(server: Server) -> Outcome:
        kinds = [_near(keys[0]), _far(keys[0]), _near(keys[2]), secrets.token_hex(32)]
        times = await _times(server.port, kinds, rounds, np.random.default_rng(5))
        outcome = Outcome(tried=times.size)
        for place, name in ((0, "the first key with a wrong last character"), (2, "the last key with a wrong last character")):
            # Compared with the key that is wrong from its first character.
            value, chance = stats.mannwhitneyu(times[:, place], times[:, 1])
            area = value / rounds**2
            difference = 1e6 * (np.median(times[:, place]) - np.median(times[:, 1]))
            tell.append(f"{name}: {difference:+.1f} µs in the median, area {area:.3f}, p {chance:.2f}")
            outcome.expect(
                chance > CHANCE or abs(area - 0.5) < AREA, f"{name} takes another time: area {area:.3f}"
            )
        return outcome

    return attack
