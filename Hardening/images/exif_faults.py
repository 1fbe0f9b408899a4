"""Faults of the EXIF data and the colour profile of a PNG."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from . import png_parts

_RAW_PROFILE = b"Raw profile type exif\0"


def _raw_profiles(data: bytes) -> Iterator[bytes]:
    """The texts of hexadecimal digits, decompressed."""
    for name, content in png_parts.chunks(data):
        if name not in (b"tEXt", b"zTXt", b"iTXt") or not content.startswith(_RAW_PROFILE):
            continue
        text, is_packed = content[len(_RAW_PROFILE) :], name == b"zTXt"
        if is_packed:
            text = text[1:]
        elif name == b"iTXt":
            is_packed, text = text[:1] != b"\0", text[2:].split(b"\0", 2)[-1]
        try:
            yield zlib.decompressobj().decompress(text) if is_packed else text
        except zlib.error:
            continue


def _digits(text: bytes) -> str:
    return "".join(text.decode("latin-1").split("\n")[3:])


def png_text_is_no_hexadecimal(data: bytes) -> bool:
    for text in _raw_profiles(data):
        try:
            bytes.fromhex(_digits(text))
        except ValueError:
            return True
    return False


def png_exif_is_cut(data: bytes) -> bool:
    """Whether the EXIF data ends before its directory does."""
    found = [content for name, content in png_parts.chunks(data) if name == b"eXIf"]
    if not png_text_is_no_hexadecimal(data):
        found += [bytes.fromhex(_digits(text)) for text in _raw_profiles(data)]
    return any(_is_cut(exif.removeprefix(b"Exif\0\0")) for exif in found)


def _is_cut(exif: bytes) -> bool:
    if exif[:2] not in (b"II", b"MM"):
        return False
    order, is_big = ("<" if exif[:2] == b"II" else ">"), 43 in exif[2:4]
    start, place_kind, count_kind, entry = (8, "Q", "Q", 20) if is_big else (4, "I", "H", 12)
    if len(exif) < 2 * start:
        return True
    place = struct.unpack_from(order + place_kind, exif, start)[0]
    behind = place + struct.calcsize(order + count_kind)
    return behind > len(exif) or behind + entry * struct.unpack_from(order + count_kind, exif, place)[0] > len(exif)


def png_profile_is_short(data: bytes) -> bool:
    """Whether nothing follows the name of a colour profile."""
    return any(name == b"iCCP" and not content.partition(b"\0")[2] for name, content in png_parts.chunks(data))


def png_text_has_an_odd_language(data: bytes) -> bool:
    """Whether a text of EXIF has a language or a keyword that is not UTF-8."""
    for name, content in png_parts.chunks(data):
        if name == b"iTXt" and content.startswith(_RAW_PROFILE):
            parts = content[len(_RAW_PROFILE) + 2 :].split(b"\0", 2)
            try:
                b"".join(parts[:2]).decode()
            except UnicodeError:
                return len(parts) == 3
    return False
