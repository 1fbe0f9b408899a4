"""Batches for `/assess`. Its answer is compared with that of `oddity assess`."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

from .client import ask
from .guard import command
from .pictures import Picture


class Assessing:
    """One batch of at least sixteen pictures, and the answer of `oddity assess`."""

    def __init__(self, guarded: Path, folder: Path, batch: list[Picture]):
        folder.mkdir()
        # The images have the same names in both, because groups of strange images are identified by names.
        paths = [folder / f"{number:03}-{picture.name}" for number, picture in enumerate(batch)]
        for path, picture in zip(paths, batch, strict=True):
            path.write_bytes(picture.data)
        told = subprocess.check_output(
            [command(), "assess", str(guarded), str(folder), "--json", "--quiet"], text=True
        )
        self.expected = json.loads(told)
        images = [
            {"name": str(path), "data": base64.b64encode(path.read_bytes()).decode()} for path in paths
        ]
        self.body = json.dumps({"images": images}).encode()
        self.target = f"/v1/models/{guarded.stem}/assess"

    async def check(self, port: int) -> str | None:
        answer = await ask(port, "POST", self.target, self.body, {"Content-Type": "application/json"})
        if answer.status != 200:
            return f"status {answer.status} {answer.body[:200]!r} to a batch"
        told = answer.json
        wrong = [key for key, value in told.items() if self.expected.get(key, value) != value]
        return f"{', '.join(wrong)} of a batch are not those of oddity assess" if wrong else None
