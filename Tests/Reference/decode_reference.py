"""Image files of every kind that Oddity reads, and their pixels as Pillow decodes them.

Usage: decode_reference.py FOLDER
Writes the files, and beside each file its pixels after ImageOps.exif_transpose (see pillow_pixels.py), and
prints [{"file", "width", "height"}] as JSON.
"""

import io
import json
import pathlib
import struct
import sys
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageOps
from pillow_pixels import write_pixels
from png_file import chunk, png
from unusual import gif, tiff

FOLDER = pathlib.Path(sys.argv[1])
RNG = np.random.default_rng(21)
ORIENTATION = 0x0112
cases = []


def smooth(height, width, channels):
    """A picture-like image: low-frequency waves with some noise."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [
        127 + 90 * np.sin((y * RNG.uniform(0.02, 0.3)) + RNG.uniform(0, 6)) * np.cos(x * RNG.uniform(0.02, 0.3))
        for _ in range(channels)
    ]
    noisy = np.stack(waves, -1) + RNG.normal(0, 12, (height, width, channels))
    return np.clip(noisy, 0, 255).astype(np.uint8)


def expect(name, picture, alpha=None):
    cases.append(write_pixels(FOLDER, name, picture, alpha))


def case(name, data=None, alpha=None):
    """The pixels of a file according to Pillow."""
    if data is not None:
        (FOLDER / name).write_bytes(data)
    with Image.open(FOLDER / name) as picture:
        expect(name, ImageOps.exif_transpose(picture), alpha)


def encode(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def rgb(height=43, width=57):
    return Image.fromarray(smooth(height, width, 3), "RGB")


def grey(height=43, width=57):
    return Image.fromarray(smooth(height, width, 1)[..., 0], "L")


def cmyk():
    return Image.fromarray(smooth(43, 57, 4), "CMYK")


def unusual_sampling():
    """An RGB JPEG whose first channel has three blocks for each block of the others. TurboJPEG has no name
    for this subsampling."""
    data = bytearray(encode(rgb(16, 48), "JPEG", quality=90, keep_rgb=True))
    frame = data.index(b"\xff\xc0")
    data[frame + 11] = 0x31
    return bytes(data)


def jpegs():
    for height, width in [(1, 1), (5, 7), (32, 32), (43, 57), (133, 200)]:
        for subsampling in (0, 1, 2):
            case(f"{width}x{height}-{subsampling}.jpg", encode(rgb(height, width), "JPEG", subsampling=subsampling))
    case("progressive.jpg", encode(rgb(), "JPEG", progressive=True, quality=60))
    case("grey.jpg", encode(grey(), "JPEG"))
    case("cmyk.jpg", encode(cmyk(), "JPEG", quality=95))
    case("adobe-rgb.jpg", encode(rgb(), "JPEG", keep_rgb=True))
    case("unusual-sampling.jpg", unusual_sampling())
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    case("profile.jpg", encode(rgb(), "JPEG", icc_profile=profile))
    whole = encode(rgb(), "JPEG")
    case("trailing-bytes.jpg", whole + b"\0" * 100)
    damaged = bytearray(whole)
    damaged[len(whole) - 300 : len(whole) - 290] = b"\xff\x00\x13\x99\x31\x41\x59\x26\x53\x58"
    case("damaged-within.jpg", bytes(damaged))
    case("called-png.png", encode(rgb(), "JPEG"))


def big_endian_exif(orientation):
    """EXIF data with only the orientation, in the byte order that Pillow does not write."""
    return b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, ORIENTATION, 3, 1, orientation, 0, 0)


def orientations():
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        for kind in ("JPEG", "PNG", "WEBP"):
            options = {"lossless": True} if kind == "WEBP" else {}
            case(f"turned-{orientation}.{kind.lower()}", encode(rgb(8, 13), kind, exif=exif, **options))
        case(f"turned-{orientation}.tif", encode(rgb(8, 13), "TIFF", tiffinfo={ORIENTATION: orientation}))
        exif = b"Exif\0\0" + big_endian_exif(orientation)
        case(f"turned-{orientation}-big-endian.jpg", encode(grey(8, 13), "JPEG", exif=exif))


def alpha():
    samples = smooth(43, 57, 4)
    samples[:10, :, 3] = 0
    return Image.fromarray(samples, "RGBA")


def pngs():
    for name, picture in {
        "rgb": rgb(),
        "grey": grey(),
        "rgba": alpha(),
        "grey-alpha": Image.fromarray(smooth(43, 57, 2), "LA"),
        "palette": rgb().quantize(200),
        "palette-4-bits": rgb().quantize(13),
        "one-bit": grey().convert("1"),
    }.items():
        case(f"{name}.png", encode(picture, "PNG"))
    case("palette-transparent.png", encode(rgb().quantize(20), "PNG", transparency=3))
    picture = rgb()
    case("rgb-transparent.png", encode(picture, "PNG", transparency=picture.getpixel((3, 4))))
    hand_made_pngs()
    transparent_pngs()
    sixteen_bits()


#: Colour type: channels and depths. Pillow clips 16-bit grey above 255: see sixteen_bits.
PNG_KINDS = {0: (1, (1, 2, 4, 8)), 2: (3, (8, 16)), 3: (1, (1, 2, 4, 8)), 4: (2, (8, 16)), 6: (4, (8, 16))}


def noise(bits, width, height=5, filters=(0,)):
    """Rows of random samples, each after the number of its filter."""
    return b"".join(bytes([filters[y % len(filters)]]) + RNG.bytes((bits * width + 7) // 8) for y in range(height))


def small_png(bits, colour, rows, **chunks):
    return png(6, 5, bits, colour, zlib.compress(rows), **chunks)


def hand_made_pngs():
    """Files that Pillow reads but does not write: every depth, also interlaced, and chunks around the
    pixels."""
    passes = [(1, 1), (1, 1), (2, 1), (1, 2), (3, 1), (3, 3), (6, 2)]  # of Adam7: width and height for 6×5 pixels
    for colour, (channels, depths) in PNG_KINDS.items():
        for bits in depths:
            size = bits * channels
            palette = chunk(b"PLTE", RNG.bytes(3 << bits)) if colour == 3 else b""
            case(f"colour-{colour}-{bits}.png", small_png(bits, colour, noise(size, 6, 5, range(5)), before=palette))
            rows = b"".join(noise(size, *of_pass, (1, 4)) for of_pass in passes)
            case(f"interlaced-{colour}-{bits}.png", small_png(bits, colour, rows, before=palette, interlaced=True))
    case("palette-in-part.png", small_png(2, 3, noise(2, 6), before=chunk(b"PLTE", b"CH")))
    gamma = chunk(b"gAMA", struct.pack(">I", 100_000)) + chunk(b"sBIT", b"\5\6\5")
    case("gamma.png", small_png(8, 2, noise(24, 6), before=gamma))
    turned = chunk(b"eXIf", big_endian_exif(6))
    case("turned-behind.png", small_png(8, 2, noise(24, 6), after=turned))
    case("turned-no-end.png", small_png(8, 2, noise(24, 6), before=turned)[:-12])


def transparent_pngs():
    """One transparent colour, or transparent colours of the palette. The alpha is computed here, because
    Pillow compares grey of few bits, and colours of 16 bits, with a key in another scale."""
    for colour, (channels, depths) in PNG_KINDS.items():
        for bits in depths if colour in (0, 2, 3) else ():
            rows = noise(bits * channels, 6)
            raw = np.unpackbits(np.frombuffer(rows, np.uint8).reshape(5, -1)[:, 1:], axis=1)[:, : 6 * channels * bits]
            samples = raw.reshape(5, 6, channels, bits) @ (1 << np.arange(bits)[::-1])
            if colour == 3:
                palette = chunk(b"PLTE", RNG.bytes(3 << bits))
                transparency = np.array([255] * samples[0, 0, 0] + [90])
                alpha = np.append(transparency, [255] * 256)[samples[..., 0]]
                data = transparency.astype(np.uint8).tobytes()
            else:
                palette, alpha = b"", np.where((samples == samples[0, 0]).all(-1), 0, 255)
                data = samples[0, 0].astype(">u2").tobytes()
            chunks = palette + chunk(b"tRNS", data)
            case(f"transparent-{colour}-{bits}.png", small_png(bits, colour, rows, before=chunks), alpha)


def sixteen_bits():
    """The upper byte. Pillow would clip grey above 255 to white. The colours of a PPM are rounded, as in
    Pillow."""
    for kind, ending in (("PNG", "png"), ("TIFF", "tif"), ("PPM", "pgm")):
        wide = RNG.integers(0, 65536, (43, 57), dtype=np.uint16)
        name = f"sixteen-bits.{ending}"
        (FOLDER / name).write_bytes(encode(Image.fromarray(wide), kind))
        expect(name, Image.fromarray((wide >> 8).astype(np.uint8)))
    wide = RNG.integers(0, 65536, (5, 6, 3), dtype=np.uint16)
    case("sixteen-bits.ppm", b"P6\n6 5\n65535\n" + wide.astype(">u2").tobytes())


def others():
    case("lossy.webp", encode(rgb(), "WEBP", quality=70))
    case("lossless.webp", encode(rgb(), "WEBP", lossless=True))
    case("alpha.webp", encode(alpha(), "WEBP", lossless=True, exact=True))
    for compression in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        case(f"rgb-{compression}.tif", encode(rgb(), "TIFF", compression=compression))
    for name, picture in {
        "grey": grey(),
        "rgba": alpha(),
        "grey-alpha": Image.fromarray(smooth(43, 57, 2), "LA"),
        "palette": rgb().quantize(200),
        "one-bit": grey().convert("1"),
        "cmyk": cmyk(),
    }.items():
        case(f"{name}.tif", encode(picture, "TIFF"))
    case("white-is-zero.tif", encode(grey(), "TIFF", tiffinfo={262: 0}))
    case("fax.tif", encode(grey().convert("1"), "TIFF", compression="group4"))
    case("pages.tif", encode(rgb(), "TIFF", save_all=True, append_images=[rgb()]))
    case("palette.gif", encode(rgb().quantize(200), "GIF"))
    case("grey.gif", encode(grey(), "GIF"))
    case("frames.gif", encode(rgb().quantize(50), "GIF", save_all=True, append_images=[rgb().quantize(50)]))
    for name, picture in {"rgb": rgb(), "grey": grey(), "palette": rgb().quantize(200), "one-bit": grey().convert("1")}.items():
        case(f"{name}.bmp", encode(picture, "BMP"))
    case("rgba.bmp", encode(alpha(), "BMP"))
    bitmaps()
    case("rgb.ppm", encode(rgb(), "PPM"))
    case("grey.pgm", encode(grey(), "PPM"))
    case("one-bit.pbm", encode(grey().convert("1"), "PPM"))
    case("text.ppm", b"P3\n# made by hand\n2 2\n255\n255 0 0 0 255 0 0 0 255 9 8 7\n")


def bitmap(width, height, bits, compression, rows, extra=b"", header=40):
    """A Windows bitmap. `extra` is the data between the header and the rows."""
    offset = 14 + header + len(extra)
    information = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(rows), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", offset + len(rows), 0, 0, offset) + information + extra + rows


def bitmaps():
    """Files that Pillow reads but does not write."""
    rows = RNG.integers(0, 256, 12 * 5, dtype=np.uint8).tobytes()
    case("top-down.bmp", bitmap(4, -5, 24, 0, rows))
    case("bits-4.bmp", bitmap(8, 5, 4, 0, rows[:20], RNG.integers(0, 256, 64, dtype=np.uint8).tobytes()))
    wide = RNG.integers(0, 256, 4 * 4 * 5, dtype=np.uint8).tobytes()
    case("bits-555.bmp", bitmap(6, 5, 16, 0, wide[:60]))
    case("bits-565.bmp", bitmap(6, 5, 16, 3, wide[:60], struct.pack("<III", 0xF800, 0x07E0, 0x001F)))
    case("bits-32.bmp", bitmap(4, 5, 32, 0, wide))
    # 24 bits have no space for the alpha of the last mask.
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    case("bits-24-masks.bmp", bitmap(4, 5, 24, 3, bytes(16) + rows, masks, header=56))
    core = struct.pack("<IHHHH", 12, 4, 5, 1, 24)
    case("os2.bmp", b"BM" + struct.pack("<IHHI", 26 + 60, 0, 0, 26) + core + rows)


def misread_by_pillow():
    """Files for which Pillow uses other colours than the file's own: black and white from a palette of two in
    8 bits, a GIF's own grey ramp and colours for its screen, and a TIFF's palette of 8-bit values."""
    indices = RNG.integers(0, 2, (5, 8), dtype=np.uint8)
    name, palette = "two-colours.bmp", bytes(4) + b"\xff\xff\xff\0"
    data = bytearray(bitmap(8, 5, 8, 0, indices[::-1].tobytes(), palette))
    data[46] = 2
    (FOLDER / name).write_bytes(data)
    expect(name, Image.fromarray(indices * 255))
    indices = RNG.integers(0, 256, (9, 11), dtype=np.uint8)
    name = "own-ramp.gif"
    (FOLDER / name).write_bytes(gif.gif((11, 9), (0, 0, 11, 9), indices.ravel(), RNG.bytes(768), own=gif.RAMP))
    expect(name, Image.fromarray(indices))
    name, colours = "old-palette.tif", RNG.integers(0, 256, (3, 256))
    entries = [(320, 3, colours.ravel().tolist())]
    (FOLDER / name).write_bytes(tiff.tiff("<", 8, 1, 3, [indices.tobytes()], size=(11, 9), entries=entries))
    expect(name, Image.fromarray(colours.T.astype(np.uint8)[indices]))


def packed(data):
    """PackBits, in runs of a hundred bytes."""
    parts = [data[place : place + 100] for place in range(0, len(data), 100)]
    alike = [len(part) > 1 and len(set(part)) == 1 for part in parts]
    return b"".join(bytes([257 - len(part), part[0]]) if same else bytes([len(part) - 1]) + part for part, same in zip(parts, alike))


def packed_across_rows():
    """PackBits over all rows of a strip together, with runs that cross rows."""
    for samples, colours in ((1, 1), (3, 2), (4, 5)):
        pixels = RNG.integers(0, 256, (200, 37, samples), dtype=np.uint8)
        pixels[50:90] = 7
        for rows in (200, 150, 40):
            strips = [packed(pixels[y : y + rows].tobytes()) for y in range(0, 200, rows)]
            data = tiff.tiff("<", 8, samples, colours, strips, size=(37, 200), coding=32773, entries=[(278, 3, [rows])])
            case(f"packed-{samples}-{rows}.tif", data)
        # A single strip for any number of rows.
        whole = packed(pixels[:40].tobytes())
        data = tiff.tiff("<", 8, samples, colours, [whole], size=(37, 40), coding=32773, entries=[(278, 4, [2**32 - 1])])
        case(f"packed-{samples}-whole.tif", data)


jpegs()
orientations()
pngs()
others()
misread_by_pillow()
packed_across_rows()
print(json.dumps(cases))
