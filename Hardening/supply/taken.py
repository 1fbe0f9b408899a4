"""C libraries in the format of Scripts/take-libraries, including libraries that must not ship."""

from __future__ import annotations

import shutil
from pathlib import Path

from supply.tree import Tree

#: NAME PACKAGE of each library in the packages. Their copyright files are Debian's.
LIBRARIES = [
    ("libbz2.so.1.0", "libbz2-1.0"),
    ("liblzma.so.5", "liblzma5"),
    ("libnettle.so.8", "libnettle8"),
    ("libspng.so.0", "libspng0"),
    ("libsqlite3.so.0", "libsqlite3-0"),
    ("libturbojpeg.so.0", "libturbojpeg0"),
    ("libz.so.1", "zlib1g"),
    ("libzstd.so.1", "libzstd1"),
]
DOCUMENTS = Path("/usr/share/doc")
#: A library whose licence was not reviewed.
STRANGER = ("libxml2.so.2", "libxml2")


def take(tree: Tree, folder: Path, libraries: list[tuple[str, str]]) -> tuple[Tree, Path]:
    """A copy of a tree with these libraries and their licences, and the list of them."""
    copy = tree.copy(folder)
    lines = []
    for name, package in libraries:
        own = f"liboddity-{name.removeprefix('lib')}"
        (copy.folder / "lib/oddity" / own).write_bytes(b"\x7fELF of " + name.encode())
        target = copy.licences / "libraries" / f"{name.partition('.so')[0]}.txt"
        target.parent.mkdir(exist_ok=True)
        shutil.copy(DOCUMENTS / package / "copyright", target)
        lines.append(f"{own} {name} {package} 1.0-1")
    listed = folder / "taken"
    listed.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return copy, listed


def available() -> list[tuple[str, str]]:
    return [(name, package) for name, package in LIBRARIES if (DOCUMENTS / package / "copyright").exists()]
