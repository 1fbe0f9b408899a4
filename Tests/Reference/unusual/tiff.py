"""TIFF files: byte orders, strips and tiles, colour planes, extra samples, BigTIFF and orientations of any
type."""

import struct
import zlib

import numpy as np

from PIL import Image

from .pictures import RNG, encoded, waves

SIZES = {1: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 11: "f", 13: "I", 16: "Q"}
WIDTH, HEIGHT = 37, 40


def tiff(order, bits, samples, colours, parts, size=(WIDTH, HEIGHT), coding=1, big=False, magic=None, entries=()):
    """`parts` are strips, or tiles if the entries say so. Entries are tag, type and values."""
    tiled = any(tag == 322 for tag, _, _ in entries)
    lengths = [len(part) for part in parts]
    made = [] if colours is None else [(262, 3, [colours])]
    made += [
        (256, 3, [size[0]]), (257, 3, [size[1]]), (258, 3, [bits] * samples), (259, 3, [coding]),
        (277, 3, [samples]), (324 if tiled else 273, 4, lengths), (325 if tiled else 279, 4, lengths), *entries,
    ]
    if not tiled and all(tag != 278 for tag, _, _ in entries):
        made.append((278, 3, [size[1]]))
    made.sort(key=lambda entry: entry[0])
    inline, header, entry_size, wide = (8, 16, 20, "Q") if big else (4, 8, 12, "I")
    behind = header + (8 if big else 2) + entry_size * len(made) + inline
    values = [struct.pack(f"{order}{len(v)}{SIZES[kind]}", *v) for _, kind, v in made]
    far = sum(len(value) + len(value) % 2 for value in values if len(value) > inline)
    directory, data, place = b"", b"", behind
    for (tag, kind, numbers), value in zip(made, values):
        if tag in (273, 324):
            starts = np.cumsum([behind + far] + lengths[:-1]).tolist()
            value = struct.pack(f"{order}{len(starts)}I", *starts)
        if len(value) > inline:
            padded = value + bytes(len(value) % 2)
            value, data, place = struct.pack(order + wide, place), data + padded, place + len(padded)
        directory += struct.pack(order + "HH" + wide, tag, kind, len(numbers)) + value.ljust(inline, b"\0")
    head = magic or (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    head += struct.pack(order + "HHQ", 8, 0, 16) if big else struct.pack(order + "I", 8)
    count = struct.pack(order + ("Q" if big else "H"), len(made))
    return head + count + directory + bytes(inline) + data + b"".join(parts)


def tiles(pixels, code):
    padded = np.zeros((48, 48, *pixels.shape[2:]), pixels.dtype)
    padded[:HEIGHT, :WIDTH] = pixels
    return [code(padded[y : y + 16, x : x + 16].tobytes()) for y in range(0, 48, 16) for x in range(0, 48, 16)]


def separate_planes():
    """Separate colour planes, each file with an interleaved twin. Pillow misreads or refuses many of the
    planar files."""
    for bits in (1, 2, 4, 8, 16):
        for colours in (0, 1, 3):
            # Pillow reads 16-bit white as black.
            if bits < 16 or colours == 1:
                yield from apart(bits, 1, colours, [(320, 3, RNG.integers(0, 65536, 3 << bits).tolist())] if colours == 3 else [])
    palette = (320, 3, RNG.integers(0, 65536, 3 << 8).tolist())
    for samples, colours, extra in (
        (2, 1, 0), (2, 1, 2), (2, 3, 0), (2, 3, 2), (3, 2, None), (4, 2, None), (4, 2, 0), (4, 2, 1), (4, 2, 2), (4, 5, None)
    ):
        entries = [] if extra is None else [(338, 3, [extra])]
        yield from apart(8, samples, colours, entries + ([palette] if colours == 3 else []), f"-{extra}")


def apart(bits, samples, colours, entries, suffix=""):
    row = (bits * WIDTH + 7) // 8
    planes = RNG.integers(0, 256, (samples, HEIGHT, row), dtype=np.uint8)
    twin = tiff("<", bits, samples, colours, [np.moveaxis(planes, 0, -1).tobytes()], entries=entries)
    for coding, code in (1, bytes), (8, zlib.compress):
        for rows in (HEIGHT, 7):
            parts = [code(plane[y : y + rows].tobytes()) for plane in planes for y in range(0, HEIGHT, rows)]
            cut = [*entries, (284, 3, [2]), (278, 3, [rows])]
            name = f"apart-{bits}-{samples}-{colours}{suffix}-{coding}-{rows}.tif"
            yield name, tiff("<", bits, samples, colours, parts, coding=coding, entries=cut), twin
        if bits == 8:
            parts = [tile for plane in planes for tile in tiles(plane, code)]
            cut = [*entries, (284, 3, [2]), (322, 3, [16]), (323, 3, [16])]
            name = f"apart-tiles-{samples}-{colours}{suffix}-{coding}.tif"
            yield name, tiff("<", bits, samples, colours, parts, coding=coding, entries=cut), twin


def jpeg_planes():
    """A grey JPEG for each of red, green and blue."""
    parts = [encoded(Image.fromarray(channel), "JPEG") for channel in np.moveaxis(waves(WIDTH, HEIGHT), -1, 0)]
    return tiff("<", 8, 3, 2, parts, coding=7, entries=[(284, 3, [2])])


def padded_parts():
    """Strips and tiles that contain more than their part of the image."""
    pixels = waves(WIDTH, HEIGHT)
    pixels[32:] = RNG.integers(0, 256, pixels[32:].shape)
    for coding, code in (1, bytes), (8, zlib.compress), (32946, zlib.compress):
        for name, rows, longer in (("last", 16, 8), ("one", 48, 8), ("all", 8, 3), ("byte", HEIGHT, 0)):
            parts = []
            for y in range(0, HEIGHT, rows):
                part = pixels[y : y + rows].tobytes()
                parts.append(code(part + part[: longer * WIDTH * 3 or 1]))
            if coding != 1 or name != "all":
                yield f"{name}-{coding}", tiff("<", 8, 3, 2, parts, coding=coding, entries=[(278, 3, [rows])])
        entries = [(322, 3, [16]), (323, 3, [16])]
        longer = tiles(pixels, lambda tile: code(tile + tile[:99]))
        yield f"tiles-{coding}", tiff(">", 8, 3, 2, longer, coding=coding, entries=entries)
    backwards = zlib.compress(pixels[..., 0].tobytes() + bytes(99)).translate(bytes(int(f"{b:08b}"[::-1], 2) for b in range(256)))
    yield "backwards", tiff("<", 8, 1, 1, [backwards], coding=8, entries=[(266, 3, [2])])
    last = [zlib.compress(pixels[y : y + 16].tobytes().ljust(16 * WIDTH * 3, b"\1")) for y in range(0, HEIGHT, 16)]
    yield "big", tiff("<", 8, 3, 2, last, coding=8, big=True, entries=[(278, 3, [16])])
    alpha = RNG.integers(1, 256, (HEIGHT, WIDTH, 1))
    multiplied = np.concatenate([pixels * alpha // 255, alpha], axis=2).astype(np.uint8)
    whole = [zlib.compress(multiplied[y : y + 16].tobytes().ljust(16 * WIDTH * 4, b"\1")) for y in range(0, HEIGHT, 16)]
    yield "multiplied", tiff("<", 8, 4, 2, whole, coding=8, entries=[(278, 3, [16]), (338, 3, [1])])


def files():
    yield from separate_planes()
    yield "apart-jpeg.tif", jpeg_planes()
    for name, data in padded_parts():
        yield f"padded-{name}.tif", data
    for bits in (1, 2, 4, 8):
        yield f"no-colours-{bits}.tif", tiff("<", bits, 1, None, [RNG.bytes((bits * WIDTH + 7) // 8 * HEIGHT)])
    pixels = waves(WIDTH, HEIGHT)
    for order, name in ("<", "le"), (">", "be"):
        for coding, code in (1, bytes), (8, zlib.compress), (32946, zlib.compress):
            cut = [(322, 3, [16]), (323, 3, [16])]
            wide = RNG.integers(0, 65536, pixels.shape).astype(order + "u2")
            yield f"tiles-{coding}-{name}.tif", tiff(order, 8, 3, 2, tiles(pixels, code), coding=coding, entries=cut)
            yield f"tiles-16-{coding}-{name}.tif", tiff(order, 16, 3, 2, tiles(wide, code), coding=coding, entries=cut)
            strips = [code(pixels[y : y + 7].tobytes()) for y in range(0, HEIGHT, 7)]
            yield f"strips-{coding}-{name}.tif", tiff(order, 8, 3, 2, strips, coding=coding, entries=[(278, 3, [7])])
            planes = [code(pixels[..., channel].tobytes()) for channel in range(3)]
            yield f"planes-{coding}-{name}.tif", tiff(order, 8, 3, 2, planes, coding=coding, entries=[(284, 3, [2])])
        whole = [pixels.tobytes()]
        for kind in (3, 4, 6, 8, 9, 11, 13, 1):
            yield f"turned-{kind}-{name}.tif", tiff(order, 8, 3, 2, whole, entries=[(274, kind, [6])])
        packet = list(b'<r tiff:Orientation="6"/>')
        for kind in (1, 7):
            yield f"xmp-{kind}-{name}.tif", tiff(order, 8, 3, 2, whole, entries=[(700, kind, packet)])
        yield f"turned-by-both-{name}.tif", tiff(order, 8, 3, 2, whole, entries=[(274, 3, [1]), (700, 1, packet)])
        swapped = b"II\0*" if order == "<" else b"MM*\0"
        yield f"swapped-{name}.tif", tiff(order, 8, 3, 2, whole, magic=swapped)
        yield f"private-{name}.tif", tiff(order, 8, 3, 2, whole, entries=[(65000, 3, [1, 2, 3, 4, 5])])
        for samples, colours, extra in ((2, 1, 0), (2, 1, 2), (4, 2, 0), (4, 2, 1), (4, 2, 2), (4, 5, None)):
            entries = [] if extra is None else [(338, 3, [extra])]
            parts = [RNG.bytes(WIDTH * HEIGHT * samples)]
            yield f"samples-{samples}-{colours}-{extra}-{name}.tif", tiff(order, 8, samples, colours, parts, entries=entries)
        wide = [RNG.bytes(WIDTH * HEIGHT * 8)]
        yield f"multiplied-16-{name}.tif", tiff(order, 16, 4, 2, wide, entries=[(338, 3, [1])])
        for bits in (1, 2, 4, 8):
            rows = [RNG.bytes((bits * WIDTH + 7) // 8 * HEIGHT)]
            palette = [(320, 3, RNG.integers(0, 65536, 3 << bits).tolist())]
            yield f"palette-{bits}-{name}.tif", tiff(order, bits, 1, 3, rows, entries=palette)
            for colours in (0, 1):
                yield f"grey-{bits}-{colours}-{name}.tif", tiff(order, bits, 1, colours, rows)
                if (bits, colours) != (8, 0):
                    yield f"backwards-{bits}-{colours}-{name}.tif", tiff(order, bits, 1, colours, rows, entries=[(266, 3, [2])])
    for turned in (1, 3, 6, 9):
        yield f"big-{turned}.tif", tiff("<", 8, 3, 2, whole, big=True, entries=[(274, 3, [turned])])
