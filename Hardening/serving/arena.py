"""Attacks on a server, one after another, with the observations of other clients and a prober, and the resources left in use."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from .client import ask
from .prober import LIMIT, Prober, Round, milliseconds
from .process import Server
from .traffic import Traffic

#: Bytes that an attack may leave behind in memory: what an allocator keeps of all that it once had. Where more is
#: left, the attack is repeated, and a quarter of this may be added.
KEPT = 96 << 20
#: The longest time that a client may wait for others, which is not a failure. Longer times are reported.
PATIENCE = 30.0
#: Where thousands of requests come in the same moment: what an orchestrator allows a probe if nobody says otherwise.
BURST = 1.0
#: How long what an attack left open may take to be closed: the server's own limits are shorter.
SETTLING = 25.0


@dataclass
class Outcome:
    """The findings of an attack itself."""

    #: The number of attempts.
    tried: int = 0
    #: What must not be.
    wrong: list[str] = field(default_factory=list)
    #: Whether clients may meanwhile be refused with 503, because the attack fills a limited queue.
    may_refuse: bool = False
    #: Whether probes may meanwhile wait for a connection, because the attack uses all connections of the process.
    may_wait: bool = False
    #: Seconds that a probe may take. It is more if thousands of requests come at the same moment, because the probe waits behind them.
    patience: float = LIMIT
    note: str = ""

    def expect(self, holds: bool, failure: str) -> None:
        if not holds:
            self.wrong.append(failure)


Attack = Callable[[Server], Awaitable[Outcome]]


@dataclass
class Honest:
    """Clients that continuously send single images."""

    answered: int = 0
    refused: int = 0
    longest: float = 0
    wrong: list[str] = field(default_factory=list)

    async def run(self, traffic: Traffic) -> None:
        while True:
            await self.once(traffic)
            await asyncio.sleep(0.15)

    async def once(self, traffic: Traffic) -> None:
        begun = time.monotonic()
        (picture,) = traffic.readable(1)
        try:
            answer = await ask(
                traffic.port, "POST", traffic.score, picture.data, traffic.headers, seconds=PATIENCE
            )
        except (OSError, EOFError, TimeoutError) as error:
            self.wrong.append(f"an honest client got no answer: {type(error).__name__} {error}".strip())
            return
        if answer.status == 503:
            self.refused += 1
            return
        self.answered += 1
        self.longest = max(self.longest, time.monotonic() - begun)
        if what := traffic.check(answer, [picture]):
            self.wrong.append(f"an honest client: {what}")


@dataclass
class Report:
    """The effects of one attack on the server."""

    name: str
    outcome: Outcome
    honest: Honest
    rounds: list[Round]
    #: Bytes before the attack, the peak, and after the attack.
    memory: tuple[int, int, int]
    failures: list[str]

    COLUMNS = (
        "attack",
        "tries",
        "wrong",
        "longest /v2/health/live",
        "above 50 ms",
        "honest answers",
        "refused (503)",
        "memory before, most, after (MiB)",
    )

    @property
    def row(self) -> list:
        late = sum(one.is_late and not one.is_the_machines for one in self.rounds)
        longest = max((one.live for one in self.rounds), default=0.0)
        memory = ", ".join(f"{size / 2**20:.0f}" for size in self.memory)
        honest = self.honest
        health = f"{late} of {len(self.rounds)}"
        return [
            self.name,
            self.outcome.tried,
            len(self.failures),
            milliseconds(longest),
            health,
            honest.answered,
            honest.refused,
            memory,
        ]


class Arena:
    """One server, and attacks on it."""

    def __init__(self, server: Server, traffic: Traffic, prober: Prober):
        self.server, self.traffic, self.prober = server, traffic, prober

    async def attack(self, name: str, attack: Attack) -> Report:
        server = self.server
        before = (server.resident, server.files, server.threads)
        server.forget_peak()
        begun, honest = time.monotonic(), Honest()
        clients = asyncio.create_task(honest.run(self.traffic))
        try:
            outcome = await attack(server)
        except (OSError, EOFError, TimeoutError, RuntimeError) as error:
            outcome = Outcome(wrong=[f"the attacker got no answer: {type(error).__name__} {error}"])
        finally:
            clients.cancel()
            await asyncio.gather(clients, return_exceptions=True)
        rounds = await self._rounds(begun)
        failures = [*outcome.wrong, *honest.wrong, *([] if outcome.may_wait else _health(rounds, outcome.patience))]
        if honest.refused and not outcome.may_refuse:
            failures.append(f"{honest.refused} honest requests were refused with 503")
        if server.is_alive:
            failures += await self._aftermath(before)
            memory = (before[0], server.peak, server.resident)
            if server.resident > before[0] + KEPT:
                failures += await self._repeated(attack, memory)
        else:
            failures.append(f"the server ended: {server.said()[-400:]}")
            memory = (before[0], 0, 0)
        return Report(name, outcome, honest, rounds, memory, [f"{name}: {line}" for line in failures])

    async def _rounds(self, begun: float) -> list[Round]:
        """The prober's rounds, including the one that may still wait for its answer."""
        ended = time.monotonic()
        while self.server.is_alive and time.monotonic() < ended + PATIENCE and not self.prober.since(ended):
            await asyncio.sleep(0.05)
        return self.prober.since(begun)

    async def _aftermath(self, before: tuple[int, int, int]) -> list[str]:
        """Checks that no resources remain in use, and that clients are served as before."""
        resident, files, threads = before
        honest = Honest()
        for _ in range(8):
            await honest.once(self.traffic)
        end = time.monotonic() + SETTLING
        while time.monotonic() < end and not self._is_settled(resident, files, threads):
            await asyncio.sleep(0.5)
        failures = [f"afterwards {line}" for line in honest.wrong]
        if honest.refused:
            failures.append(f"{honest.refused} honest requests were refused afterwards")
        server = self.server
        if server.files > files + 4:
            failures.append(f"{server.files} file descriptors are left, {files} were open before")
        if server.threads > threads + 4:
            failures.append(f"{server.threads} threads are left, {threads} were there before")
        return failures

    async def _repeated(self, attack: Attack, memory: tuple[int, int, int]) -> list[str]:
        """Memory that an allocator keeps for later does not grow with a second attack, and a leak does."""
        before, _, resident = memory
        if resident > before + 3 * KEPT:
            return [f"{(resident - before) / 2**20:.0f} MiB of memory did not go back"]
        try:
            outcome = await attack(self.server)
        except (OSError, EOFError, TimeoutError, RuntimeError) as error:
            return [f"the second attack got no answer: {type(error).__name__} {error}"]
        end = time.monotonic() + SETTLING
        while self.server.is_alive and time.monotonic() < end and self.server.resident > resident + KEPT // 4:
            await asyncio.sleep(0.5)
        if not self.server.is_alive:
            return ["the server ended in the second attack"]
        grown = self.server.resident - resident
        leak = [f"a second attack left {grown / 2**20:.0f} MiB more of memory"] if grown > KEPT / 4 else []
        return [*outcome.wrong, *leak]

    def _is_settled(self, resident: int, files: int, threads: int) -> bool:
        server = self.server
        return (
            server.files <= files + 4 and server.threads <= threads + 4 and server.resident <= resident + KEPT
        )


def _health(rounds: list[Round], patience: float) -> list[str]:
    slow = [one for one in rounds if one.is_late and not one.is_the_machines]
    late = [one for one in slow if one.is_later_than(patience)]
    # A burst may delay only a few probes. The longer limit does not apply to the time after the burst.
    if not late and patience > LIMIT and len(slow) > max(3, len(rounds) / 10):
        late, patience = slow, LIMIT
    if not late:
        return []
    worst = max(late, key=lambda one: one.live)
    answered = f"took {milliseconds(worst.live)}" if worst.status == 200 else "did not answer"
    longest = milliseconds(patience)
    return [f"{len(late)} of {len(rounds)} probes of /v2/health/live took more than {longest}: one {answered}"]
