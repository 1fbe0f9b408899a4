"""A folder in the form of `make install`, made from a finished build. Bills of materials are written for it."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / ".build-engine"


@dataclass
class Tree:
    """The folder, and its build."""

    folder: Path
    build: Path

    @property
    def licences(self) -> Path:
        return self.folder / "share/doc/oddity/licences"

    @property
    def bill(self) -> Path:
        return self.folder / "share/doc/oddity/oddity.spdx.json"

    @property
    def program(self) -> Path:
        return self.folder / "bin/oddity"

    def copy(self, folder: Path) -> Tree:
        # Hard links are sufficient, because files are removed or replaced, but never written to.
        shutil.copytree(self.folder, folder, copy_function=lambda source, to: Path(to).hardlink_to(source))
        return Tree(folder, self.build)

    def write_bill(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs the script as Scripts/install does."""
        self.bill.unlink(missing_ok=True)
        command = [
            ROOT / "Scripts/bill-of-materials",
            "--build",
            self.build,
            "--tree",
            self.folder,
            "--licences",
            self.licences,
            "--output",
            self.bill,
            *(arguments or ("--system", self.program)),
        ]
        return subprocess.run([str(part) for part in command], check=False, capture_output=True, text=True)

    def read_bill(self) -> dict:
        return json.loads(self.bill.read_text(encoding="utf-8"))


def make_tree(folder: Path, build: Path, program: Path) -> Tree:
    tree = Tree(folder, build)
    for path in (tree.program.parent, tree.folder / "lib/oddity", tree.licences):
        path.mkdir(parents=True)
    shutil.copy(program, tree.program)
    for library in (ENGINE / "lib").iterdir():
        shutil.copy(library, tree.folder / "lib/oddity")
    shutil.copytree(ENGINE / "licenses", tree.licences / "openvino")
    subprocess.run([ROOT / "Scripts/take-licences", build, tree.licences], check=True)
    return tree
