"""The components of a build of Oddity: Swift packages, Swift's runtime, C libraries, and the engine."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from licences import ALLOWED, LIBRARIES, has_words, recognise, refused

ROOT = Path(__file__).resolve().parents[2]
UNKNOWN = "NOASSERTION"


class Unfit(Exception):
    """A component that must not ship, or a file of unknown origin."""


@dataclass(frozen=True)
class Component:
    """A component of Oddity."""

    name: str
    version: str
    #: An SPDX expression.
    licence: str
    #: The origin of its source or file, as SPDX writes it.
    download: str
    #: A package URL.
    purl: str
    #: Whether it is linked into the program. Otherwise it is a separate library.
    static: bool = False
    #: Whether it ships. Otherwise it belongs to the system.
    inside: bool = True
    #: Its files in the tree.
    files: tuple[str, ...] = ()
    #: The files of its licences, relative to the folder of licences.
    licence_files: tuple[str, ...] = ()
    note: str = ""


def purl(kind: str, name: str, version: str, **qualifiers: str) -> str:
    text = f"pkg:{kind}/{name}@{quote(version, safe='.-_~')}"
    return text + ("?" + "&".join(f"{key}={value}" for key, value in sorted(qualifiers.items())) if qualifiers else "")


# Swift packages

def linked_sources(build: Path) -> set[str]:
    """The sources below the build's checkouts that are linked into its program, such as Yams/Sources/CYaml/src/api.c."""
    found: set[str] = set()
    for module in linked_modules(build):
        folder = build / f"{module}.build"
        listed = folder / "sources"
        texts = [listed.read_text(encoding="utf-8")] if listed.exists() else [
            file.read_text(encoding="utf-8") for file in folder.rglob("*.d")]
        for text in texts:
            found |= set(re.findall(r"/checkouts/((?:\\ |[^\s'\"])+)", text))
    return found


def linked_modules(build: Path) -> list[str]:
    objects = (build / "oddity.product/Objects.LinkFileList").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"/([^/\n]+)\.build/", objects)))


def swift_packages(build: Path, licences: Path) -> Iterator[Component]:
    """The packages of which at least one file is linked. Others are resolved, but not included."""
    sources = linked_sources(build)
    state = json.loads((build.parent / "workspace-state.json").read_text(encoding="utf-8"))
    for entry in sorted(state["object"]["dependencies"], key=lambda entry: entry["subpath"]):
        folder = entry["subpath"]
        own = {source.removeprefix(f"{folder}/") for source in sources if source.startswith(f"{folder}/")}
        if own:
            yield swift_package(entry, own, build, licences)


def swift_package(entry: dict, sources: set[str], build: Path, licences: Path) -> Component:
    location = entry["packageRef"]["location"]
    checkout = entry["state"]["checkoutState"]
    revision = checkout["revision"]
    version = checkout.get("version") or revision
    files = licence_files(build.parent / "checkouts", entry["subpath"], sources)
    repository = location.removeprefix("https://").removesuffix(".git")
    return Component(
        entry["subpath"], version, joined(licences, files, entry["subpath"]), f"git+{location}@{revision}",
        purl("swift", repository, version), static=True, licence_files=tuple(files))


def licence_files(checkouts: Path, package: str, sources: set[str]) -> list[str]:
    """The names that Scripts/take-licences gives the licences of linked code. swift-protobuf also has the licence of a
    compiler that is not linked."""
    found = [file.relative_to(checkouts) for file in (checkouts / package).rglob("LICENSE*") if file.is_file()]
    concerning = [file for file in found if any(f"{package}/{source}".startswith(f"{file.parent}/") for source in sources)]
    return sorted(f"swift/{str(file).removesuffix('.txt').replace('/', '-')}.txt" for file in concerning)


def joined(licences: Path, files: Iterable[str], package: str) -> str:
    names = []
    for file in files:
        if not (licences / file).is_file():
            raise Unfit(f"{package}: its licence {file} does not ship")
        name = recognise((licences / file).read_text(encoding="utf-8"))
        if name is None:
            raise Unfit(f"{package}: {file} is no licence that is known; Scripts/supply/licences.py lists those that are")
        names.append(name)
    return " AND ".join(sorted(set(names)))


# Other compiled code

def swift_runtime(build: Path, licences: Path) -> Iterator[Component]:
    compiler = "".join(file.read_text(encoding="utf-8") for file in sorted(build.glob("swift-version*.txt"))[-1:])
    version = found_version(compiler, r"Swift version (\S+)", "Swift")
    tag = found_version(compiler, r"\((swift-[^)\s]+)\)", "Swift")
    file = "swift/swift-runtime-LICENSE.txt"
    yield Component(
        "swift-runtime", version, joined(licences, [file], "Swift's runtime"), f"git+https://github.com/swiftlang/swift.git@{tag}",
        purl("github", "swiftlang/swift", tag), static=True, licence_files=(file,),
        note="The standard library, Concurrency, Dispatch and Foundation")
    file = "swift/icu-LICENSE.txt"
    yield Component(
        "icu", icu_version(build), joined(licences, [file], "ICU"),
        f"git+https://github.com/swiftlang/swift-foundation-icu.git@{tag}",
        purl("github", "swiftlang/swift-foundation-icu", tag), static=True, licence_files=(file,), note="As Swift's Foundation holds it")


def icu_version(build: Path) -> str:
    header = (swift_resources(build) / "_foundation_unicode/uvernum.h").read_text(encoding="utf-8")
    return found_version(header, r'#define U_ICU_VERSION "([^"]+)"', "ICU")


def swift_resources(build: Path) -> Path:
    return Path(subprocess.run([ROOT / "Scripts/swift-resources", build], capture_output=True, text=True, check=True).stdout.strip())


def onnx(licences: Path) -> Component:
    """ONNX's schema, from which Sources/ONNXProto is generated."""
    version = found_version((ROOT / "Scripts/requirements-onnx.txt").read_text(encoding="utf-8"), r"onnx==(\S+)", "ONNX")
    file = "onnx.txt"
    return Component("onnx", version, joined(licences, [file], "ONNX"), f"git+https://github.com/onnx/onnx.git@v{version}",
                     purl("github", "onnx/onnx", f"v{version}"), static=True, licence_files=(file,),
                     note="onnx.proto, of which Sources/ONNXProto is generated")


def found_version(text: str, pattern: str, what: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise Unfit(f"the version of {what} is not known")
    return found.group(1)


# C libraries

def taken_libraries(listed: Path, folder: str) -> Iterator[Component]:
    """The libraries that Scripts/take-libraries has copied. Each line of its list contains FILE, NAME, PACKAGE and
    VERSION."""
    for line in sorted(listed.read_text(encoding="utf-8").splitlines()):
        file, name, package, version = line.split()
        licence = LIBRARIES.get(name.removeprefix("lib").partition(".so")[0], ("", ()))[0]
        yield Component(
            name.partition(".so")[0], version, licence, UNKNOWN, debian_purl(package, version), files=(f"{folder}/{file}",),
            licence_files=(f"libraries/{name.partition('.so')[0]}.txt",),
            note="Built from Debian's source" if package == "libarchive" else f"Debian's package {package}")


def debian_purl(package: str, version: str) -> str:
    return purl("deb", f"debian/{package}", version, arch="source" if package == "libarchive" else "amd64")


def system_libraries(binary: Path) -> Iterator[Component]:
    """The system's libraries that a program is linked to. They do not ship with it."""
    output = printed("ldd", str(binary))
    paths = dict(re.findall(r"^\s*(\S+) => (/\S+)", output, re.MULTILINE))
    packages = packages_of(paths.values())
    names = sorted(set(packages.values()))
    versions = dict(zip(names, debian_versions(names), strict=True))
    for name, path in sorted(paths.items()):
        if path in packages:
            package = packages[path]
            yield Component(name.partition(".so")[0], versions[package], UNKNOWN, UNKNOWN, debian_purl(package, versions[package]),
                            inside=False, note=f"Debian's package {package}, which this system had")


def packages_of(paths: Iterable[str]) -> dict[str, str]:
    """dpkg knows a file under the path in its package: /lib may be a link to /usr/lib."""
    known = {path: {str(Path(path).resolve()), path, path.removeprefix("/usr")} for path in paths}
    lines = printed("dpkg", "-S", *sorted(set().union(*known.values()))).splitlines()
    owners = {line.rpartition(": ")[2]: line.partition(":")[0] for line in lines}
    return {path: owners[name] for path, names in known.items() for name in names if name in owners}


def debian_versions(packages: list[str]) -> list[str]:
    # A package that is installed for two architectures has two lines.
    lines = printed("dpkg-query", "-W", "-f", "${Package} ${Version}\n", *packages).splitlines()
    found = dict(line.split() for line in lines)
    return [found[package] for package in packages]


def printed(*command: str) -> str:
    """The output of a program, even if it failed for some arguments, as dpkg does for each file of no package. Empty if the
    program is missing."""
    try:
        return subprocess.run(command, check=False, capture_output=True, text=True).stdout
    except FileNotFoundError:
        return ""


# The engine

def engine(folder: str, tree: Path) -> Iterator[Component]:
    """OpenVINO and the other libraries of its wheel, if they are in the tree."""
    names = sorted(file.name for file in (tree / folder).glob("*") if not file.name.startswith("liboddity"))
    if not names:
        return
    version = (ROOT / ".build-engine/version").read_text(encoding="utf-8").strip()
    licences = ("openvino/LICENSE", "openvino/licensing/runtime-third-party-programs.txt")
    tbb = ("openvino/LICENSE", "openvino/licensing/onetbb_third-party-programs.txt")
    parts = [
        ("openvino", "libopenvino", version, "Apache-2.0", licences),
        ("onetbb", "libtbb", library_version(tree / folder, "libtbb.so*", rb"oneTBB: VERSION\s+([0-9.]+)"), "Apache-2.0", tbb),
        ("hwloc", "libhwloc", library_version(tree / folder, "libhwloc.so*", rb"\0([0-9]+\.[0-9]+\.[0-9]+[a-z0-9.-]*)\0"),
         "BSD-3-Clause", tbb[1:]),
    ]
    for name, prefix, part_version, licence, texts in parts:
        files = tuple(f"{folder}/{file}" for file in names if file.startswith(prefix))
        note = "" if name == "openvino" else f"Out of the wheel of OpenVINO {version}"
        yield Component(name, part_version, licence, UNKNOWN, purl("pypi", "openvino", version) if name == "openvino"
                        else purl("generic", name, part_version), files=files, licence_files=texts, note=note)


def library_version(folder: Path, pattern: str, words: bytes) -> str:
    found = re.search(words, next(folder.glob(pattern)).read_bytes())
    if found is None:
        raise Unfit(f"the version of {pattern} is not known")
    return found.group(1).decode()


# Licence and file checks

def check(components: Iterable[Component], licences: Path) -> list[str]:
    """Why components must not ship, one line each."""
    return [f"{one.name}: {line}" for one in components if one.inside for line in complaints(one, licences)]


def complaints(one: Component, licences: Path) -> Iterator[str]:
    if not one.licence:
        yield "its licence is not known; Scripts/supply/licences.py lists what is"
        return
    for name in refused(one.licence, replaceable=not one.static):
        yield f"{name} is not among the licences that may ship: {', '.join(ALLOWED)}"
    if not one.licence_files:
        yield "no licence ships with it"
    for file in one.licence_files:
        if not (licences / file).is_file() or not (licences / file).stat().st_size:
            yield f"its licence {file} does not ship"
        elif one.name.removeprefix("lib") in LIBRARIES and file.startswith("libraries/"):
            words = LIBRARIES[one.name.removeprefix("lib")][1]
            if not has_words((licences / file).read_text(encoding="utf-8"), words):
                yield f"{file} does not say that it is {one.licence}"
