"""Archives, lists and folders with unusual names, links, packings and damage, and their content.

Usage: archive_reference.py FOLDER
Prints {"sources": {NAME: [[path, id, content hash or null], ...]}, "broken": {NAME: code}} as JSON: the
images of each source in byte order of their paths, as Python's modules and the file system see them (null: an
image that fails), and the sources that cannot be opened. Ids and hashes are FNV-1a in hexadecimal.
"""

import bz2
import gzip
import io
import json
import lzma
import os
import pathlib
import re
import struct
import subprocess
import sys
import tarfile
import zipfile

import numpy as np
from PIL import Image

FOLDER = os.fsencode(sys.argv[1])
RNG = np.random.default_rng(31)
SOURCES, BROKEN = {}, {}


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def shown(name):
    text = re.sub(rb"\\(?=x[0-9a-f]{2})", rb"\\x5c", name).decode(errors="backslashreplace")
    # 128 scalars of a private-use plane are shown as bytes.
    return re.sub("[\U0010fe80-\U0010feff]", lambda scalar: "".join(f"\\x{byte:02x}" for byte in scalar[0].encode()), text)


def picture():
    buffer = io.BytesIO()
    Image.fromarray(RNG.integers(0, 256, (4, 4, 3), dtype=np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def place(name):
    return os.path.join(FOLDER, os.fsencode(name))


def write(name, data):
    os.makedirs(os.path.dirname(place(name)), exist_ok=True)
    with open(place(name), "wb") as file:
        file.write(data)


def expect(name, images):
    """images: {raw path: content, or None where it fails}"""
    rows = sorted(images.items())
    SOURCES[name] = [[shown(path), fnv(path), None if content is None else fnv(content)] for path, content in rows]


def walk(root, prefix=b"", ancestors=()):
    """The content of a folder, following links: the content of images by path."""
    identity = os.path.realpath(root)
    images = {}
    for entry in () if identity in ancestors else os.listdir(root):
        path = os.path.join(root, entry)
        if entry.startswith(b"."):
            continue
        if os.path.isdir(path):
            images |= walk(path, prefix + entry + b"/", (*ancestors, identity))
        elif entry.endswith(b".png"):
            images[prefix + entry] = open(path, "rb").read() if os.path.exists(path) else None
    return images


# Names

NAMES = [b"caf\xe9.png", "caf\u00e9.png".encode(), b"a\\x41.png", b"aA.png", b"\\xe9.png", b"\xff\xfe/x.png", b"cut\xe2\x82.png",
         "\U0010fe90.png".encode(), b"\xed\xa0\x80.png", b"new\nline.png", b"n" * 180 + b"/" + b"\xe9" * 90 + b".png"]


def tar(members, mode="w", **options):
    """members: [(raw name, content | ("hard" | "soft", target))]"""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, **options) as archive:
        for name, content in members:
            entry = tarfile.TarInfo(os.fsdecode(name))
            if isinstance(content, tuple):
                entry.type = tarfile.LNKTYPE if content[0] == "hard" else tarfile.SYMTYPE
                entry.linkname = os.fsdecode(content[1])
                archive.addfile(entry)
            else:
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def raw_zip(members, **changes):
    """A zip with these raw names, stored, without the UTF-8 flag."""
    body, directory = b"", b""
    for name, content in members:
        sizes = struct.pack("<III", zipfile.crc32(content), len(content), len(content))
        common = struct.pack("<HHHHH", 20, changes.get("flags", 0), changes.get("method", 0), 0, 0) + sizes
        directory += b"PK\1\2\x14" + bytes([changes.get("host", 0)]) + common + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, len(body)) + name
        body += b"PK\3\4" + common + struct.pack("<HH", len(name), 0) + name + content
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return body + directory + b"PK\5\6" + end


def lines_of(lines, part):
    return b"\n".join([path for index, path in enumerate(lines) if index % 2 == part])


def names():
    members = [(name, picture()) for name in NAMES]
    for name, content in members:
        write(b"names/" + name, content)
    images = dict(members)
    expect("names", images)
    for suffix, form in (("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)):
        write(f"names-{suffix}.tar", tar(members, format=form, encoding="utf-8", errors="surrogateescape"))
        expect(f"names-{suffix}.tar", images)
    write("names.zip", raw_zip(members, host=3))
    expect("names.zip", images)
    lines = {place(b"names/" + name): content for name, content in members}
    write("zeros.txt", b"\0".join(lines) + b"\0")
    expect("@zeros.txt", lines)
    lines = {path: content for path, content in lines.items() if b"\n" not in path}
    for name, end, mark in (("unix.txt", b"\n", b""), ("windows.txt", b"\r\n", b"\xef\xbb\xbf")):
        write(name, mark + end.join(lines) + end)
        expect("@" + name, lines)
    write("twice.txt", b"\xef\xbb\xbf" + lines_of(lines, 0) + b"\n\xef\xbb\xbf" + lines_of(lines, 1))
    expect("@twice.txt", lines)
    lines = {path: content for path, content in lines.items() if shown(path).encode() == path}
    for name, mark, code in (("little.txt", b"\xff\xfe", "utf-16-le"), ("big.txt", b"\xfe\xff", "utf-16-be")):
        text = "\r\n".join(path.decode() for path in lines)
        write(name, mark + text.encode(code))
        expect("@" + name, lines)
        write("bare-" + name, text.encode(code))
        BROKEN["@bare-" + name] = "badSource"
    write("cut.txt", b"\xff\xfea\0b")
    write("wide.txt", "\ufeffa.png".encode("utf-32-le"))
    BROKEN["@cut.txt"] = BROKEN["@wide.txt"] = "badSource"


# Tars

def links():
    members = [
        ("early.png", ("soft", "z/9.png")), ("a/1.png", picture()), ("a/2.png", ("hard", "a/1.png")), ("blobs/abc", picture()),
        ("b/3.png", ("soft", "../a/1.png")), ("chain.png", ("soft", "b/3.png")), ("blob.png", ("soft", "blobs/abc")),
        ("e", ("soft", "a")), ("through.png", ("soft", "e/2.png")), ("a/loop", ("soft", "..")), ("notes.txt", ("soft", "gone.txt")),
        ("gone.png", ("soft", "nowhere.png")), ("out.png", ("soft", "../../out.png")), ("far.png", ("soft", "/absent/x.png")),
        ("j.png", ("soft", "k.png")), ("k.png", ("soft", "j.png")), ("z/9.png", picture()), ("shown", ("soft", ".hidden")),
        (".hidden/h.png", picture()), ("p/q", ("soft", "../z/")), ("z/back", ("soft", "../p")),
    ]
    whole = tar([(os.fsencode(name), content) for name, content in members])
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        archive.extractall(os.fsdecode(place("links")), filter="fully_trusted")
    images = walk(place("links"))
    expect("links", images)
    for name, data in packings(whole).items():
        write(f"links{name}", data)
        expect(f"links{name}", images)
    with zipfile.ZipFile(os.fsdecode(place("links.zip")), "w") as archive:
        for name, content in members:
            # Zip does not support hard links.
            link = content if isinstance(content, tuple) and content[0] == "soft" else None
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o120777 if link else 0o100644) << 16
            archive.writestr(entry, link[1] if link else dict(members)["a/1.png"] if isinstance(content, tuple) else content)
    expect("links.zip", images)
    # Folders without an image, reached directly and through a link; and links that would multiply endlessly.
    bare = [(b"texts/a.txt", ONE), (b"to-texts", ("soft", b"texts")), (b"1.png", ONE)]
    write("bare.tar", tar(bare))
    expect("bare.tar", {b"1.png": ONE})
    deep = [(f"d{level}/{name}".encode(), ("soft", f"../d{level + 1}".encode())) for level in range(40) for name in "ab"]
    write("multiplying.tar", tar(deep + [(b"d40/1.png", ONE)]))
    BROKEN["multiplying.tar"] = "archiveLimit"
    steps = [(f"s{level}".encode(), ("soft", b"/".join([f"s{level + 1}".encode(), b".."] * 8))) for level in range(30)]
    write("steps.tar", tar(steps + [(b"s30/1.png", ONE), (b"2.png", ("soft", b"s0/1.png"))]))
    expect("steps.tar", {f"s{level}".encode(): None for level in range(29)} | {b"s30/1.png": ONE, b"2.png": None})
    # In a folder, nobody can tell that photos is a broken link. In a tar, it must be reported.
    write("lost.tar", tar([(b"photos", ("soft", b"/mnt/photos")), (b"hard.png", ("hard", b"absent.png")), (b"1.png", ONE)]))
    expect("lost.tar", {b"photos": None, b"hard.png": None, b"1.png": ONE})


def zstd(data):
    """A frame of stored blocks."""
    blocks = [data[at : at + 65536] for at in range(0, len(data), 65536)]
    heads = [struct.pack("<I", (len(block) << 3) | (block is blocks[-1]))[:3] for block in blocks]
    return b"\x28\xb5\x2f\xfd\x00\x38" + b"".join(head + block for head, block in zip(heads, blocks))


def packings(data):
    half = len(data) // 2
    return {
        ".tar": data, ".tar.gz": gzip.compress(data), ".tar.xz": lzma.compress(data), ".tar.bz2": bz2.compress(data),
        ".tar.zst": zstd(data), "-members.tgz": gzip.compress(data[:half]) + gzip.compress(data[half:]),
        "-rubbish.tar.gz": gzip.compress(data) + b"rubbish", "-zeros.tar.gz": gzip.compress(data) + bytes(1000),
        "-streams.tar.xz": lzma.compress(data[:half]) + lzma.compress(data[half:]),
        "-streams.tar.bz2": bz2.compress(data[:half]) + bz2.compress(data[half:]),
        "-frames.tar.zst": zstd(data[:half]) + zstd(data[half:]),
        # Recognised by its content, not by its name.
        "-xz": lzma.compress(data),
    }


def odd_paths():
    paths = [b"../up/1.png", b"/abs/2.png", b"./a/../b/3.png", b"a//b/4.png", b"./5.png", b"a/./6.png"]
    left_out = [b".hidden/1.png", b"a/.git/2.png", b"a/._3.png", b"__MACOSX/a/4.png", b"./.5.png", b"notes.txt", b"inner.tar"]
    members = [(path, picture()) for path in paths]
    whole = tar(members + [(path, ONE) for path in left_out])
    expected = {path.removeprefix(b"./"): content for path, content in members}
    write("odd.tar", whole)
    expect("odd.tar", expected)
    write("odd.zip", raw_zip(members + [(path, ONE) for path in left_out] + [(b"folder.png/", b"")]))
    expect("odd.zip", expected)
    # Later members replace earlier ones.
    twice = [(b"1.png", ONE), (b"2.png", ("hard", b"1.png")), (b"1.png", picture()), (b"./3.png", ONE)]
    write("twice.tar", tar(twice))
    expect("twice.tar", {b"1.png": twice[2][1], b"2.png": ONE, b"3.png": ONE})
    write("twice.zip", raw_zip([twice[0], twice[2]]))
    expect("twice.zip", {b"1.png": twice[2][1]})
    special = io.BytesIO()
    with tarfile.open(fileobj=special, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "global"}) as archive:
        for kind, name in ((tarfile.FIFOTYPE, "pipe.png"), (tarfile.CHRTYPE, "device.png"), (tarfile.DIRTYPE, "folder.png")):
            entry = tarfile.TarInfo(name)
            entry.type = kind
            archive.addfile(entry)
        archive.addfile(tarfile.TarInfo("empty.png"), io.BytesIO())
    write("special.tar", special.getvalue())
    expect("special.tar", {b"empty.png": b""})


def sparse():
    samples = bytearray(b"P5 256 1024 255\n" + bytes(256 * 1024))
    samples[100_000:100_010] = b"0123456789"
    for name, data in ((b"sparse/1.png", bytes(samples)), (b"sparse/2.png", bytes(samples) + b"end")):
        os.makedirs(place("sparse"), exist_ok=True)
        with open(place(name), "wb") as file:
            for at in range(0, len(data), 4096):
                if any(data[at : at + 4096]):
                    file.seek(at)
                    file.write(data[at : at + 4096])
            file.truncate(len(data))
    for form in ("gnu", "posix"):
        subprocess.run(["tar", "-S", f"--format={form}", "-cf", place(f"sparse-{form}.tar"), "-C", place("sparse"), "."], check=True)
        expect(f"sparse-{form}.tar", walk(place("sparse")))


# Zips

class Unseekable(io.RawIOBase):
    def __init__(self, path):
        self.file = open(path, "wb")

    def write(self, data):
        return self.file.write(data)

    def writable(self):
        return True


def zips():
    members = {f"train/{name}/{index}.png": picture() for index, name in enumerate(("cat", "dog", "caf\u00e9"))}
    expected = {name.encode(): content for name, content in members.items()}
    def make(name, target=None, method=zipfile.ZIP_DEFLATED, large=False):
        with zipfile.ZipFile(target or os.fsdecode(place(name)), "w", method) as archive:
            archive.mkdir("train")
            for member, content in members.items():
                with archive.open(member, "w", force_zip64=large) as file:
                    file.write(content)
            archive.comment = b"PK\5\6 in the comment"
        expect(name, expected)
    make("deflated.zip")
    make("stored.zip", method=zipfile.ZIP_STORED)
    make("large.zip", large=True)
    target = Unseekable(place("descriptors.zip"))
    make("descriptors.zip", target)
    target.file.close()
    whole = open(place("deflated.zip"), "rb").read()
    write("named-otherwise", whole)
    expect("named-otherwise", expected)
    damaged = bytearray(whole)
    at = whole.index(b"dog/1.png") + 9
    damaged[at + 40] ^= 0x10
    write("damaged.zip", bytes(damaged))
    expect("damaged.zip", expected | {b"train/dog/1.png": None})
    stored = bytearray(open(place("stored.zip"), "rb").read())
    stored[stored.index(b"IDAT", stored.index(b"dog/1.png")) + 9] ^= 1
    write("checksum.zip", bytes(stored))
    expect("checksum.zip", expected | {b"train/dog/1.png": None})
    write("method.zip", raw_zip([(b"1.png", ONE)], method=9))
    expect("method.zip", {b"1.png": None})
    write("secret.zip", raw_zip([(b"1.png", ONE)], flags=1))
    BROKEN["secret.zip"] = "unsupported"
    write("cut.zip", whole[:-60])
    BROKEN["cut.zip"] = "truncated"
    write("headless.zip", b"PK\3\4" + bytes(10) + whole[-120:])
    BROKEN["headless.zip"] = "badSource"
    # raw_zip declares DOS as its origin. Old archivers for DOS wrote backslashes, which unzip interprets as
    # folders.
    write("backslash.zip", raw_zip([(b"train\\cat\\1.png", ONE), (b"a/b\\2.png", ONE)]))
    expect("backslash.zip", {b"train/cat/1.png": ONE, b"a/b\\2.png": ONE})
    write("none.zip", raw_zip([]))
    write("texts.zip", raw_zip([(b"a.txt", b"text")]))
    BROKEN["none.zip"] = BROKEN["texts.zip"] = "noImages"
    with zipfile.ZipFile(os.fsdecode(place("bomb.zip")), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.png", bytes(100 << 20))
    BROKEN["bomb.zip"] = "archiveLimit"


# Damage

def damage():
    whole = tar([(f"{index}.png".encode(), picture()) for index in range(3)] + [(b"n.bin", RNG.bytes(40_000))])
    packed = packings(whole)
    gz = packed[".tar.gz"]
    write("crc.tar.gz", gz[:-8] + bytes(4) + gz[-4:])
    write("length.tar.gz", gz[:-4] + struct.pack("<I", len(whole) + 1))
    first = gzip.compress(whole[:2048])
    write("member.tar.gz", first[:-8] + bytes(4) + first[-4:] + gzip.compress(whole[2048:]))
    for suffix in (".tar.gz", ".tar.xz", ".tar.bz2"):
        data = packed[suffix]
        flipped = bytearray(data)
        flipped[len(data) // 2] ^= 0x40
        write(f"flipped{suffix}", bytes(flipped))
        BROKEN[f"flipped{suffix}"] = "badSource"
    for suffix in (".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"):
        for name, size in (("half", len(packed[suffix]) // 2), ("end", len(packed[suffix]) - 3)):
            write(f"{name}{suffix}", packed[suffix][:size])
            BROKEN[f"{name}{suffix}"] = "truncated or badSource"
    for name in ("crc", "length", "member"):
        BROKEN[f"{name}.tar.gz"] = "badSource"
    for name, magic in (("a.7z", b"7z\xbc\xaf\x27\x1c"), ("a.rar", b"Rar!\x1a\x07\x01"), ("a.tar.lz4", b"\x04\x22\x4d\x18"), ("a.tar.Z", b"\x1f\x9d")):
        write(name, magic + bytes(100))
        BROKEN[name] = "unsupported"
    images = struct.pack(">IIII", 0x803, 2, 4, 5) + RNG.bytes(40)
    write("crc-images-idx3-ubyte.gz", gzip.compress(images)[:-8] + bytes(8))
    buffer = io.BytesIO()
    np.save(buffer, RNG.integers(0, 256, (2, 4, 4, 3), dtype=np.uint8))
    write("crc.npy.gz", gzip.compress(buffer.getvalue())[:-8] + bytes(8))
    BROKEN["crc-images-idx3-ubyte.gz"] = BROKEN["crc.npy.gz"] = "badSource"


ONE = picture()
names()
links()
odd_paths()
sparse()
zips()
damage()
print(json.dumps({"sources": SOURCES, "broken": BROKEN}))
