"""Bills of materials, and finished packages that contain one."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

BILL = "oddity.spdx.json"


def find(folder: Path) -> list[Path]:
    return sorted(path for pattern in ("*.whl", "*.tar.gz", "*.deb") for path in folder.glob(pattern))


def rows(bill: dict) -> list[list[str]]:
    """Each component: name, version, licence, and how it is included."""
    kinds: dict[str, set[str]] = {}
    for one in bill["relationships"]:
        kinds.setdefault(one["relatedSpdxElement"], set()).add(one["relationshipType"])
    return [
        [entry["name"], entry["versionInfo"], shown(entry["licenseDeclared"]), how(kinds[entry["SPDXID"]])]
        for entry in bill["packages"]
    ]


def licence_files(bill: dict) -> list[str]:
    """The licence texts that the bill names, relative to the folder of licences."""
    texts = [entry.get("licenseComments", "").partition(": ")[2] for entry in bill["packages"]]
    return sorted({file for text in texts if text for file in text.split(", ")})


def shown(licence: str) -> str:
    return {"NOASSERTION": "", "LicenseRef-public-domain": "public domain"}.get(licence, licence)


def how(kinds: set[str]) -> str:
    if "DESCRIBES" in kinds:
        return "itself"
    if "DEPENDS_ON" in kinds:
        return "the system's"
    return "linked in" if "STATIC_LINK" in kinds else "a library of its own"


def wrong_files(bill: dict, read: Callable[[str], bytes]) -> list[str]:
    """Files that differ from the bill."""
    found = []
    for entry in bill["files"]:
        sums = {one["algorithm"]: one["checksumValue"] for one in entry["checksums"]}
        if hashlib.sha256(read(entry["fileName"].removeprefix("./"))).hexdigest() != sums["SHA256"]:
            found.append(f"{entry['fileName']} is not as its bill says")
    return found


def problems_of(path: Path) -> list[str]:
    """The problems of a finished package: no bill, a file that differs from the bill, or a library that the bill lacks."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        unpack(path, folder)
        bills = list(folder.rglob(BILL))
        if len(bills) != 1:
            return [f"{len(bills)} bills of materials"]
        bill = json.loads(bills[0].read_text(encoding="utf-8"))
        # The bill's paths are relative to the folder that contains bin or the Python package.
        root = folder if path.suffix == ".whl" else bills[0].parents[3]
        found = wrong_files(bill, lambda file: (root / file).read_bytes())
        known = {(root / entry["fileName"]).resolve() for entry in bill["files"]}
        programs = [
            file for file in folder.rglob("*") if file.is_file() and file.read_bytes()[:4] == b"\x7fELF"
        ]
        return found + [
            f"{file.relative_to(root)} is not in its bill" for file in programs if file.resolve() not in known
        ]


def unpack(path: Path, folder: Path) -> None:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
    elif path.suffix == ".deb":
        subprocess.run(["dpkg-deb", "--extract", str(path), str(folder)], check=True)
    else:
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")
