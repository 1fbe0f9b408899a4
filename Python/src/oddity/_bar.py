"""A progress bar, where tqdm is installed."""

from __future__ import annotations

from typing import Any

from tqdm.auto import tqdm


class Bar:
    """Shows one task after another."""

    def __init__(self) -> None:
        self._task = ""
        self._bar: Any = None

    def __call__(self, task: str, done: int, total: int) -> None:
        if task != self._task or self._bar is None or done < self._bar.n:
            self.close()
            self._task = task
            self._bar = tqdm(total=total, desc=task, leave=False)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
