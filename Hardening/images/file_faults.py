"""Faults of a file that explain a difference. Each function checks the bytes of a file."""

from __future__ import annotations

import re
import struct
import zlib

from . import png_parts


def jpeg_has_no_end(data: bytes) -> bool:
    scan = data.find(b"\xff\xda")
    return scan >= 0 and b"\xff\xd9" not in data[scan:]


def png_begins_otherwise(data: bytes) -> bool:
    """Whether the first chunk is not a header of 13 bytes."""
    parts = png_parts.chunks(data)
    return not parts or parts[0][0] != b"IHDR" or len(parts[0][1]) != 13


_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
#: The passes of interlacing: start and step, across and down.
_PASSES = ((0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2))


def png_lacks_rows(data: bytes) -> bool:
    """Whether the compressed stream contains less data than the header says."""
    parts = png_parts.chunks(data)
    header = next((content for name, content in parts if name == b"IHDR" and len(content) >= 13), None)
    if header is None or header[9] not in _CHANNELS:
        return False
    width, height, bits, colour = struct.unpack_from(">IIBB", header)
    size = bits * _CHANNELS[colour]
    needed = 0
    for left, across, top, down in _PASSES if header[12] else ((0, 1, 0, 1),):
        columns, rows = (max(0, -(-(side - start) // step)) for side, start, step in
                         ((width, left, across), (height, top, down)))  # fmt: skip
        needed += rows * (1 + (columns * size + 7) // 8) if columns else 0
    packed = b"".join(content for name, content in parts if name == b"IDAT")
    try:
        return len(zlib.decompressobj().decompress(packed, needed + 1)) < needed
    except (zlib.error, OverflowError):
        return False


def png_has_two_headers(data: bytes) -> bool:
    return sum(name == b"IHDR" for name, _ in png_parts.chunks(data)) > 1


def png_palette_comes_first(data: bytes) -> bool:
    names = [name for name, _ in png_parts.chunks(data)]
    return b"PLTE" in names and b"IHDR" in names and names.index(b"PLTE") < names.index(b"IHDR")


def png_has_frames(data: bytes) -> bool:
    return any(name in (b"fcTL", b"acTL", b"fdAT") for name, _ in png_parts.chunks(data))


def webp_canvas_is_too_large(data: bytes) -> bool:
    if data[12:16] != b"VP8X" or len(data) < 30:
        return False
    width, height = (1 + int.from_bytes(data[place : place + 3], "little") for place in (24, 27))
    return max(width, height) > 16383


def webp_header_is_longer(data: bytes) -> bool:
    return data[12:16] == b"VP8X" and len(data) >= 20 and struct.unpack_from("<I", data, 16)[0] != 10


def pnm_has_other_letters(data: bytes) -> bool:
    return re.search(rb"[0-9]_[0-9]|[+-][0-9]", data) is not None


def bitmap_is_black_and_white(data: bytes) -> bool:
    """Whether it has 8 bits per pixel, with one or two colours."""
    start = 0 if data.startswith(b"BM") else -14
    if len(data) < 54 + start:
        return False
    bits = struct.unpack_from("<H", data, 28 + start)[0]
    colours = struct.unpack_from("<I", data, 46 + start)[0]
    return bits in (4, 8) and colours in (1, 2)


def bitmap_header_is_unusual(data: bytes) -> bool:
    """Whether the header's length is not that of any version, or exceeds the file."""
    start = 14 if data.startswith(b"BM") else 0
    if len(data) < start + 4:
        return False
    length = struct.unpack_from("<I", data, start)[0]
    return length not in (12, 40, 52, 56, 64, 108, 124) or start + length > len(data)


def _gif_blocks(data: bytes, place: int) -> tuple[list[int], bool]:
    """The lengths of the blocks from a position, and whether the file ends within the last block."""
    lengths: list[int] = []
    while place < len(data):
        length = data[place]
        lengths.append(length)
        place += 1 + length
        if length == 0:
            return lengths, False
    return lengths, True


def _gif_codes(data: bytes) -> tuple[list[int], bool] | None:
    """The code blocks of the first frame."""
    if len(data) < 13:
        return None
    place = 13 + (3 << (data[10] & 7) + 1 if data[10] & 128 else 0)
    while place < len(data) and data[place] != ord(","):
        if data[place] == ord("!"):
            lengths, _ = _gif_blocks(data, place + 2)
            place += 1 + sum(lengths) + len(lengths)
        place += 1
    if place + 10 >= len(data):
        return None
    flags = data[place + 9]
    return _gif_blocks(data, place + 11 + (3 << (flags & 7) + 1 if flags & 128 else 0))


def gif_codes_end_early(data: bytes) -> bool:
    """Whether there is an empty block before the file's end."""
    codes = _gif_codes(data)
    return codes is not None and not codes[1]


def gif_is_cut_within_a_block(data: bytes) -> bool:
    codes = _gif_codes(data)
    return codes is not None and codes[1]


def gif_version_is_unknown(data: bytes) -> bool:
    return data.startswith(b"GIF8") and data[:6] not in (b"GIF87a", b"GIF89a")


def gif_extension_is_short(data: bytes) -> bool:
    return re.search(rb"!\xf9[\0-\3]|![\0-\xff]\0|NETSCAPE2\.0\0", data) is not None


def gif_has_own_ramp(data: bytes) -> bool:
    return re.search(rb",[\0-\xff]{8}[\x80-\xff]\x00{3}\x01{3}", data) is not None


def png_has_a_large_palette(data: bytes) -> bool:
    return any(name == b"PLTE" and len(content) > 768 for name, content in png_parts.chunks(data))


def png_palettes_differ_in_length(data: bytes) -> bool:
    """Whether there are two palettes, and the last one is the shorter one."""
    lengths = [len(content) for name, content in png_parts.chunks(data) if name == b"PLTE"]
    return len(lengths) > 1 and lengths[-1] < max(lengths)


def _bitmap_ramp(data: bytes) -> tuple[int, int] | None:
    """The bits per pixel and the number of colours, if every colour is the grey level of its own number."""
    start = 0 if data.startswith(b"BM") else -14
    if len(data) < 54 + start:
        return None
    length, bits = struct.unpack_from("<I", data, 14 + start)[0], struct.unpack_from("<H", data, 28 + start)[0]
    if length < 40 or bits > 8:
        return None
    count = struct.unpack_from("<I", data, 46 + start)[0] or 1 << bits
    place = 14 + start + length
    ramp = b"".join(bytes((level, level, level)) for level in range(min(count, 256)))
    stored = b"".join(data[place + 4 * entry : place + 4 * entry + 3] for entry in range(min(count, 256)))
    return (bits, count) if 2 < count <= 256 and stored == ramp else None


def bitmap_ramp_is_short(data: bytes) -> bool:
    ramp = _bitmap_ramp(data)
    return ramp is not None and ramp[0] == 8 and ramp[1] < 256


def bitmap_ramp_is_of_four_bits(data: bytes) -> bool:
    ramp = _bitmap_ramp(data)
    return ramp is not None and ramp[0] == 4
