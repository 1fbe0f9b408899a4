"""Careless changes of a model's file while a server uses it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .arena import Outcome
from .process import Server
from .traffic import Traffic


def replaced(guarded: Path, traffic: Traffic) -> object:
    """The file is replaced, truncated, overwritten in place and removed. The server continues with the loaded model."""

    async def attack(server: Server) -> Outcome:
        outcome = Outcome()
        kept = guarded.with_suffix(".kept")
        shutil.copy(guarded, kept)

        def swapped() -> None:
            other = guarded.with_suffix(".other")
            other.write_bytes(b"no model")
            os.replace(other, guarded)

        def overwritten() -> None:
            with guarded.open("r+b") as file:
                file.write(os.urandom(guarded.stat().st_size))

        def emptied() -> None:
            os.truncate(guarded, 0)

        for fault in (overwritten, emptied, swapped, guarded.unlink):
            fault()
            for _ in range(20):
                outcome.tried += 1
                if what := await traffic.single() or await traffic.inference_binary():
                    outcome.wrong.append(f"after the file was changed ({fault.__name__}): {what}")
            shutil.copy(kept, guarded)
        kept.unlink()
        return outcome

    return attack
