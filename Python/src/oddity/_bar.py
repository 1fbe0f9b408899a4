"""A progress bar, if tqdm is installed."""

from __future__ import annotations

from importlib import util
from typing import Any

if util.find_spec("ipywidgets") is not None:
    from tqdm.auto import tqdm
else:
    # In a notebook, tqdm.auto would warn if ipywidgets is missing.
    from tqdm import tqdm


class Bar:
    """Shows a bar for each task that lasts longer than `delay` seconds."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._task = ""
        self._bar: Any = None

    def __call__(self, task: str, done: int, total: int) -> None:
        if task != self._task or self._bar is None or done < self._bar.n:
            self.close()
            self._task = task
            self._bar = tqdm(total=total, desc=task, leave=False, delay=self._delay)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
