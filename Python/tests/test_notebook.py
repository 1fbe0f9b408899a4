"""The example notebook runs from its first cell to its last cell."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from core_data import ROOT

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")
pytest.importorskip("pandas")


def test_the_tour_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The notebook looks for the networks in the folders above its own. It draws images if the demo has not
    # made any.
    (tmp_path / "Demo").mkdir()
    (tmp_path / "Demo" / "networks").symlink_to(ROOT / "Demo" / "networks")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.read(ROOT / "Examples" / "python" / "tour.ipynb", as_version=4)
    client = nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    frames = [output for output in shown if "<iframe" in output.get("data", {}).get("text/html", "")]
    assert len(frames) == 2, "the reports of fit and of evaluate are shown"
    assert os.path.getsize(tmp_path / "guarded.onnx") > 100_000
