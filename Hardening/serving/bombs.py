"""Small bodies that claim a large size, or become large when they are decompressed."""

from __future__ import annotations

import asyncio
import base64
import gzip
import io
import json
import struct
import tarfile
import zipfile
import zlib

from .arena import Outcome
from .client import ask
from .pictures import Picture
from .process import Server
from .traffic import JSON, TAR, Traffic

SIDE = 60_000


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, data: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(data or bytes(10_000_000), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")
    )


def png_profile() -> bytes:
    """A colour profile that decompresses to 200 MB."""
    bomb = zlib.compress(bytes(200_000_000), 9)
    plain = png(8, 8, bytes(8 * 25))
    place = plain.index(b"IDAT") - 4
    texts = _chunk(b"iCCP", b"a\0\0" + bomb) + _chunk(b"zTXt", b"b\0\0" + bomb)
    return plain[:place] + texts + plain[place:]


def jpeg(width: int, height: int, template: bytes) -> bytes:
    """A JPEG whose frame declares another size."""
    place = template.index(b"\xff\xc0") + 5
    return template[:place] + struct.pack(">HH", height, width) + template[place + 4 :]


def gif(width: int, height: int) -> bytes:
    size = struct.pack("<HH", width, height)
    return b"GIF89a" + size + b"\x80\0\0\0\0\0\xff\xff\xff," + bytes(4) + size + b"\0\x02\x02\x44\x01\0;"


def webp(width: int, height: int) -> bytes:
    """A canvas of the given size without content."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    extended = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + size
    lossless = struct.pack("<I", (min(width, 16384) - 1) | (min(height, 16384) - 1) << 14)
    bits = b"VP8L" + struct.pack("<I", 10) + b"\x2f" + lossless + bytes(5)
    return b"RIFF" + struct.pack("<I", 4 + len(extended) + len(bits)) + b"WEBP" + extended + bits


def tiff(width: int, height: int, offset: int = 8) -> bytes:
    """A TIFF that declares a large size. If its own offset is the next directory, it is endless."""
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
               (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, min(width * height, 2**32 - 1))]  # fmt: skip
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<I", 8) + directory + struct.pack("<I", offset)


def bmp(width: int, height: int) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + 64, 0, 0, 54) + header + bytes(64)


def pnm(width: int, height: int) -> bytes:
    return f"P6 {width} {height} 255\n".encode() + bytes(64)


def tar(files: list[tuple[str, bytes]], mode: str = "w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _lying_tar() -> bytes:
    """An entry that declares a size of 8 GB."""
    entry = tarfile.TarInfo("a.png")
    entry.size = 8 << 30
    return entry.tobuf(tarfile.GNU_FORMAT) + bytes(1024)


def _linked_tar() -> bytes:
    """Links that point out of the archive, to themselves and to devices."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        kinds = [("a.png", tarfile.SYMTYPE, "/etc/passwd"), ("b.png", tarfile.LNKTYPE, "b.png"),
                 ("c.png", tarfile.SYMTYPE, "d.png"), ("d.png", tarfile.SYMTYPE, "c.png"),
                 ("../../e.png", tarfile.SYMTYPE, "../../../etc/passwd"), ("f.png", tarfile.CHRTYPE, "")]  # fmt: skip
        for name, kind, target in kinds:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, target
            archive.addfile(entry)
    return buffer.getvalue()


def _zip(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", content)
    return buffer.getvalue()


def images(template: Picture) -> dict[str, bytes]:
    """Image files by name. Each must be refused with 413 or 422 at low cost."""
    return {
        "a PNG of 3.6 gigapixels": png(SIDE, SIDE),
        "a PNG of 2^31 by 2^31": png(2**31 - 1, 2**31 - 1),
        "a PNG of no pixels": png(0, 0),
        "a PNG one pixel wide and 2^31 high": png(1, 2**31 - 1),
        "a PNG with texts that inflate to 400 MB": png_profile(),
        "a PNG that lacks its rows": png(7000, 7000, bytes(1000)),
        "a JPEG of 4.3 gigapixels": jpeg(65535, 65535, template.data),
        "a JPEG of no pixels": jpeg(0, 0, template.data),
        "a JPEG of 49 megapixels without data": jpeg(7000, 7000, template.data),
        "a GIF of 4.3 gigapixels": gif(65535, 65535),
        "a WebP of 281 terapixels": webp(1 << 24, 1 << 24),
        "a WebP of 268 megapixels": webp(16384, 16384),
        "a TIFF of 3.6 gigapixels": tiff(SIDE, SIDE),
        "a TIFF of 2^32 by 2^32": tiff(2**32 - 1, 2**32 - 1),
        "a TIFF of 49 megapixels without data": tiff(7000, 7000),
        "a BMP of 2^31 by 2^31": bmp(2**31 - 1, -(2**31)),
        "a PNM of 10^18 pixels": pnm(10**9, 10**9),
        "a PNM with a number of a thousand digits": pnm(10**1000, 1),
        "a gzip of 200 MB": gzip.compress(bytes(200_000_000), 9),
        "a zip of 200 MB": _zip(bytes(200_000_000)),
        "nothing but zeros": bytes(1 << 20),
    }


def archives(template: Picture) -> dict[str, bytes]:
    """Archives by name, all sent as a tar."""
    bomb = png(SIDE, SIDE)
    return {
        "a tar of 20 bombs": tar([(f"{number}.png", bomb) for number in range(20)]),
        "a tar in gzip that inflates to 200 MB": tar([("a.png", bytes(200_000_000))], "w:gz"),
        "a tar in xz that inflates to 200 MB": tar([("a.png", bytes(200_000_000))], "w:xz"),
        "a tar of 20,000 entries": tar([(f"{number}.png", b"") for number in range(20_000)]),
        "a tar with names out of its folder": tar([("../../../tmp/oddity-was-here.png", template.data)]),
        "an entry that says that it has 8 GB": _lying_tar(),
        "links that lead out and in circles": _linked_tar(),
        "a zip sent as a tar": _zip(bytes(50_000_000)),
        "a tar of tars": tar([("a.tar", tar([("b.tar", tar([("c.png", bomb)]))]))]),
    }


def attack_images(traffic: Traffic, template: Picture) -> object:
    """Sends each image by the plain protocol, in JSON, in a tar and as a binary tensor."""

    async def attack(server: Server) -> Outcome:
        outcome = Outcome()
        for name, data in (await asyncio.to_thread(images, template)).items():
            text = base64.b64encode(data).decode()
            listed = json.dumps({"images": [{"data": text}]}).encode()
            files = {"name": "encoded_images", "shape": [1], "datatype": "BYTES"}
            inferred = json.dumps({"inputs": [files | {"data": [text]}]}).encode()
            for target, body, headers in (
                (traffic.score, data, {}),
                (traffic.score, listed, JSON),
                (traffic.score, tar([("a.png", data)]), TAR),
                (traffic.infer, inferred, JSON),
            ):
                outcome.tried += 1
                answer = await ask(server.port, "POST", target, body, headers)
                refused = answer.status in (413, 415, 422) or (
                    answer.status == 200 and b'"error"' in answer.body
                )
                # It is not a failure if a decoder makes a picture from an incomplete file.
                complete = answer.status == 200 and ("texts" in name or "without data" in name)
                outcome.expect(refused or complete, f"{name}: status {answer.status} {answer.body[:100]!r}")
        return outcome

    return attack


def attack_archives(traffic: Traffic, template: Picture) -> object:
    async def attack(server: Server) -> Outcome:
        outcome = Outcome()
        for name, data in (await asyncio.to_thread(archives, template)).items():
            for _ in range(3):
                outcome.tried += 1
                answer = await ask(server.port, "POST", traffic.score, data, TAR)
                outcome.expect(answer.status in (200, 413, 422), f"{name}: status {answer.status} {answer.body[:100]!r}")
                outcome.expect(b"root:" not in answer.body, f"{name}: a file was shown")
                fine = b'"error"' in answer.body or "out of its folder" in name
                outcome.expect(fine, f"{name}: {answer.body[:100]!r}")
        return outcome

    return attack
