#!/usr/bin/env python3
"""`oddity serve` under attack. It must stay alive, answer other clients correctly, and release the resources of each attack.

Usage: Hardening/run server [--seed 1] [--only PATTERN] [--idle 10000] [--guesses 10000] [--lies 3000]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import resource
import tempfile
from pathlib import Path
from urllib.parse import quote

import numpy as np
from record import Record
from serving import bombs, deployment, hooks, keys, page, slow, tensors, wire
from serving.arena import Arena, Report
from serving.client import ask
from serving.guard import fit, verdicts
from serving.pictures import broken, encoded, pictures, strange
from serving.prober import Prober
from serving.process import Server
from serving.traffic import Traffic

#: Short limits, so that slow attacks end soon.
LIMITS = ["--max-body-time", str(slow.SECONDS), "--max-idle-time", str(slow.SECONDS)]
#: The shape of the model's own input, which takes preprocessed images.
SHAPE = [3, 32, 32]


class Attacks:
    def __init__(self, options: argparse.Namespace, record: Record, folder: Path):
        self.options, self.record, self.folder = options, record, folder
        self.files = _raise_limit()
        self.guarded = fit(folder, options.seed)
        self.pictures = {
            "ordinary": pictures(options.seed + 1, 60),
            "strange": pictures(options.seed + 2, 20, "strange"),
        }
        self.pictures["broken"] = broken(options.seed, self.pictures["ordinary"], 20)
        self.everything = [picture for kind in self.pictures.values() for picture in kind]
        self.expected = verdicts(self.guarded, folder / "expected", self.everything)
        self.template = next(one for one in self.pictures["ordinary"] if one.name.endswith(".jpg"))

    def _is_wanted(self, name: str) -> bool:
        return re.search(self.options.only, name) is not None

    def traffic(self, port: int, model: str = "guarded") -> Traffic:
        return Traffic(port, model, random.Random(self.options.seed), self.pictures, self.expected)

    async def run(self) -> None:
        with Server([self.guarded], *LIMITS, files=self.files) as server, Prober(server) as prober:
            traffic = self.traffic(server.port)
            arena = Arena(server, traffic, prober)
            own = await self._warm(traffic)
            for name, attack in self._attacks(traffic, own):
                if self._is_wanted(name) and server.is_alive:
                    self._tell(await arena.attack(name, attack))
            if server.is_alive and server.stop() != 0:
                self.record.failures.append("after all attacks the server did not end with status 0")
        await self._few_files()
        await self._keys()
        await self._page()
        await self._hooks()

    async def _warm(self, traffic: Traffic) -> str:
        """Warms the server up, because its memory is compared with that of a warm server. Returns the name of the model's own
        input."""
        for _ in range(60):
            await asyncio.gather(traffic.tar(), traffic.inference_binary(), traffic.listed(), traffic.single())
        facts = (await ask(traffic.port, "GET", f"/v2/models/{traffic.model}")).json
        return next(one["name"] for one in facts["inputs"] if one["shape"][1:] == SHAPE)

    def _attacks(self, traffic: Traffic, own: str) -> list[tuple[str, object]]:
        model, template, options = traffic.model, self.template, self.options
        return [
            ("endless heads", slow.heads),
            ("single bytes without a line end", slow.lone_bytes),
            ("200 endless bodies", slow.bodies(model, 200, "Content-Length: 1000")),
            ("20 slow bodies in chunks", slow.bodies(model, 20, "Transfer-Encoding: chunked")),
            ("20 slow bodies that announce 32 MiB", slow.bodies(model, 20, "Content-Length: 33554432")),
            ("clients that read no answer", slow.readers),
            ("short connections", slow.come_and_go),
            (f"{options.idle:,} idle connections", slow.idle(options.idle)),
            ("pipelines of 100 requests", wire.pipelines(traffic)),
            ("5,000 requests at once for the page", wire.floods("/")),
            ("5,000 requests at once for openapi.json", wire.floods("/openapi.json")),
            ("5,000 requests at once for a model's facts", wire.floods(f"/v2/models/{model}")),
            ("header floods", wire.headers),
            ("request smuggling", wire.smuggling(model)),
            ("unusual paths", wire.paths(model)),
            ("media types and policies of answers", page.types),
            ("image bombs", bombs.attack_images(traffic, template)),
            ("archive bombs", bombs.attack_archives(traffic, template)),
            ("contradictory tensors", tensors.lies(traffic, own, options.lies)),
            ("NaN and infinite tensors", tensors.special_numbers(traffic, own, SHAPE)),
            ("odd JSON", tensors.attack_json(traffic, tensors.odd_json(), 2)),
            ("large JSON, 4 bodies at once", tensors.attack_json(traffic, tensors.large_json(), 4)),
            ("the model's file replaced", deployment.replaced(self.guarded, traffic)),
        ]

    async def _few_files(self) -> None:
        """Opens more connections than the process may have files."""
        name = "1,500 idle connections where 512 files are allowed"
        if not self._is_wanted(name):
            return
        with Server([self.guarded], *LIMITS, files=512) as server, Prober(server) as prober:
            traffic = self.traffic(server.port)
            await self._warm(traffic)
            self._tell(await Arena(server, traffic, prober).attack(name, slow.idle(1500, may_wait=True)))

    async def _keys(self) -> None:
        if not self._is_wanted("guessed keys, the time of a refusal"):
            return
        path, secret = keys.write(self.folder)
        with Server([self.guarded], *LIMITS, "--api-key-file", str(path)) as server, Prober(server) as prober:
            traffic, told = self.traffic(server.port), []
            traffic.headers = {"Authorization": f"Bearer {secret[1]}"}
            arena = Arena(server, traffic, prober)
            self._tell(await arena.attack("guessed keys", keys.guesses(secret, self.options.guesses)))
            self._tell(await arena.attack("the time of a refusal", keys.timing(secret, self.options.guesses // 4, told)))
            for line in told:
                name, _, numbers = line.partition(": ")
                self.record.count(f"time to refuse {name}, against one that is wrong from the start", numbers)
            logged = server.said()
            if any(key in logged for key in secret):
                self.record.failures.append("a key is in the log")

    async def _page(self) -> None:
        if not self._is_wanted("the page in Chromium"):
            return
        guarded = fit(self.folder, self.options.seed, page.LABELS, f"{page.MODEL}.onnx")
        image = self.folder / "strange.png"
        image.write_bytes(encoded(strange(np.random.default_rng(9), 64), "png"))
        with Server([guarded]) as server, Prober(server) as prober:
            traffic = self.traffic(server.port, quote(page.MODEL, safe=""))
            # This model has other labels.
            traffic.expected = verdicts(guarded, self.folder / "labelled", self.everything)
            self._tell(await Arena(server, traffic, prober).attack("the page in Chromium", page.in_browser(image)))

    async def _hooks(self) -> None:
        if not self._is_wanted("webhooks"):
            return
        image, told = next(one for one in self.pictures["strange"] if self.expected[one.name]["outlier"]), []
        wrong = await hooks.addresses(self.guarded) + await hooks.receivers(self.guarded, image, told)
        self.record.failures += [f"webhooks: {line}" for line in wrong]
        self.record.count("webhook addresses that the server must refuse", len(hooks.REFUSED))
        self.record.count("webhook receivers with unusual answers", len(hooks.REPLIES))
        for line in told:
            print(line)

    def _tell(self, report: Report) -> None:
        print(report.row, report.outcome.note, flush=True)
        for line in report.failures[:8]:
            print("   ", line[:300], flush=True)
        self.record.rows.append(report.row)
        self.record.failures += [line[:300] for line in report.failures[:10]]
        if report.outcome.note:
            self.record.count(report.name, report.outcome.note)


def _raise_limit() -> int:
    """Raises the limit of open files to the machine's maximum, because connections count as files."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="attacks whose name this pattern finds")
    parser.add_argument("--idle", type=int, default=10_000, help="idle connections")
    parser.add_argument("--guesses", type=int, default=10_000, help="guessed keys")
    parser.add_argument("--lies", type=int, default=3_000, help="contradictory tensors")
    options = parser.parse_args()
    record = Record(
        "server",
        "The server under attack",
        "Attackers and normal clients use `oddity serve` at the same time, while a prober in a separate process checks whether it is "
        "alive. The server has to answer `/v2/health/live` within 50 ms. If thousands of connections or requests come at the same "
        "moment, it has to answer within a second, as Kubernetes allows a probe. It has to give normal clients the verdicts of "
        "`oddity score`, and to release memory, threads and file descriptors afterwards. An allocator keeps some memory for later use. "
        "So if more than 96 MiB are left, the same attack runs again, and may add at most 24 MiB.",
        "Hardening/run server",
        columns=list(Report.COLUMNS),
        left_out=[
            "The attacks came from the same machine, and shared its cores with the server.",
            "The machine is blamed for a probe above 50 ms if two conditions hold. The server used at most half of the "
            + "cores meanwhile. And at most 50 ms are left after subtracting the longest of three waits: the wait of the server's "
            + "and the prober's threads for a core, the wait of the prober for its timer, and the wait for an answer of a server "
            + "that does nothing else. On a busy machine this excuses too much: a record from a calm one says more.",
            "A second is allowed for bursts. Even then at most three probes, or a tenth of them, may take more than 50 ms.",
            "Where the system allows a process few files, connections take them all, and a probe waits until one closes. The server "
            + "only has to live on and to come back.",
            "No attack used TLS, which a proxy in front of the server handles.",
        ],
    )
    if options.only:
        record.left_out.append(f"This run made only the attacks that the pattern {options.only!r} finds.")
    with tempfile.TemporaryDirectory() as folder:
        attacks = Attacks(options, record, Path(folder))
        record.count("files that the machine allows a process", attacks.files)
        record.count("cores", os.cpu_count() or 1)
        asyncio.run(attacks.run())
    record.count("attacks", len(record.rows))
    record.count("tries", sum(row[1] for row in record.rows))
    record.count("load average of the machine at the end, which others used too", f"{os.getloadavg()[0]:.1f}")
    return record.save()


if __name__ == "__main__":
    raise SystemExit(main())
