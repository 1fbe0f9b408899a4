"""Formats a bill of materials as an SPDX 2.3 document."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterable
from pathlib import Path

from components import UNKNOWN, Component
from licences import PUBLIC_DOMAIN

DOCUMENT = "SPDXRef-DOCUMENT"
AUTHORS = "Organization: The Oddity authors"


def identifier(kind: str, name: str) -> str:
    return f"SPDXRef-{kind}-" + re.sub(r"[^A-Za-z0-9.-]+", "-", name.lstrip("./"))


def file_entry(tree: Path, path: str) -> dict:
    content = (tree / path).read_bytes()
    # SPDX requires SHA-1. Use SHA-256 for comparisons.
    sums = [{"algorithm": name.upper(), "checksumValue": hashlib.new(name, content).hexdigest()} for name in ("sha1", "sha256")]
    return {"SPDXID": identifier("File", path), "fileName": f"./{path}", "checksums": sums,
            "fileTypes": ["BINARY" if content[:4] == b"\x7fELF" else "SOURCE"],
            "licenseConcluded": UNKNOWN, "licenseInfoInFiles": [UNKNOWN], "copyrightText": UNKNOWN}


def verification_code(files: Iterable[dict]) -> dict:
    sums = sorted(entry["checksums"][0]["checksumValue"] for entry in files)
    return {"packageVerificationCodeValue": hashlib.sha1("".join(sums).encode()).hexdigest()}


def package_entry(component: Component, files: list[dict]) -> dict:
    entry = {
        "SPDXID": identifier("Package", component.name), "name": component.name, "versionInfo": component.version,
        "downloadLocation": component.download, "filesAnalyzed": bool(files), "licenseConcluded": component.licence,
        "licenseDeclared": component.licence, "copyrightText": UNKNOWN,
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": component.purl}],
    }
    if files:
        entry["packageVerificationCode"] = verification_code(files)
        entry["licenseInfoFromFiles"] = [UNKNOWN]
    if component.licence_files:
        entry["licenseComments"] = "In the folder of licences: " + ", ".join(component.licence_files)
    if component.note:
        entry["comment"] = component.note
    return entry


def relation(one: str, kind: str, other: str) -> dict:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def relations(root: Component, components: list[Component]) -> list[dict]:
    own = identifier("Package", root.name)
    found = [relation(DOCUMENT, "DESCRIBES", own)]
    for one in [root, *components]:
        found += [relation(identifier("Package", one.name), "CONTAINS", identifier("File", path)) for path in one.files]
    for one in components:
        other = identifier("Package", one.name)
        found.append(relation(own, "CONTAINS" if one.inside else "DEPENDS_ON", other))
        found.append(relation(own, "STATIC_LINK" if one.static else "DYNAMIC_LINK", other))
    return found


def document(root: Component, components: list[Component], tree: Path, created: str) -> dict:
    """Equal content gives an equal document, including its namespace."""
    everything = [root, *components]
    files = {path: file_entry(tree, path) for one in everything for path in one.files}
    text = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": DOCUMENT, "name": f"{root.name}-{root.version}",
        "creationInfo": {"created": created, "creators": [AUTHORS, f"Tool: oddity-bill-of-materials-{root.version}"]},
        "packages": [package_entry(one, [files[path] for path in one.files]) for one in everything],
        "files": list(files.values()),
        "relationships": relations(root, components),
        "documentDescribes": [identifier("Package", root.name)],
    }
    text["packages"][0] |= {"primaryPackagePurpose": "APPLICATION", "supplier": AUTHORS}
    if any(PUBLIC_DOMAIN[0] in one.licence for one in everything):
        text["hasExtractedLicensingInfos"] = [
            {"licenseId": PUBLIC_DOMAIN[0], "name": "The public domain", "extractedText": PUBLIC_DOMAIN[1]}]
    return {"documentNamespace": namespace(root, text)} | text


def namespace(root: Component, text: dict) -> str:
    content = hashlib.sha256(json.dumps(text, sort_keys=True).encode()).digest()
    return f"https://spdx.org/spdxdocs/{root.name}-{root.version}-{uuid.UUID(bytes=content[:16], version=5)}"
