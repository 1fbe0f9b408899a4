"""A report as one HTML file. A notebook shows it if it is the value of a cell."""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import Any

from .errors import OutputError


class Report:
    """Charts, tables and thumbnails.

    Attributes:
        html: the whole page.
    """

    def __init__(self, page: str) -> None:
        self.html = page

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the page to a file.

        Raises:
            OutputError: if the file cannot be written.
        """
        try:
            Path(path).write_text(self.html, encoding="utf-8")
        except OSError as error:
            raise OutputError(f"cannot write {os.fspath(path)}: {error.strerror}", 74, "output") from error

    def _repr_html_(self) -> str:
        # A frame separates the page's style sheet from the notebook's.
        page = html.escape(self.html, quote=True)
        return f'<iframe srcdoc="{page}" style="width:100%;height:40em;border:0" title="Oddity"></iframe>'

    def __repr__(self) -> str:
        return f"<oddity report of {len(self.html)} characters: report.save(path), or let a notebook show it>"


class Reported:
    """The result of a command, with its report.

    Attributes:
        json: what the command prints with `--json`.
    """

    def __init__(self, json: dict[str, Any], page: str) -> None:
        self.json = json
        self._page = page

    @property
    def warnings(self) -> list[str]:
        """Warnings that limit what the results mean."""
        return [warning["text"] for warning in self.json["warnings"]]

    def report(self) -> Report:
        """Charts, tables and thumbnails. A notebook shows them."""
        return Report(self._page)

    def _repr_html_(self) -> str:
        return self.report()._repr_html_()
