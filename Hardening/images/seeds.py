"""Small images of every format that Oddity reads, with many variants of each format. Mutations start from them."""

from __future__ import annotations

import io
import struct
import sys
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
from PIL import Image

# The tests' own files, which contain unusual but valid variants of each format.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tests" / "Reference"))

from png_file import chunk, png
from unusual import bmp, gif, jpeg, metadata, pnm, tiff, webp
from unusual import png as odd_png


@dataclass(frozen=True)
class Seed:
    name: str
    #: The format's name in Oddity: jpeg, png, webp, tiff, gif, bmp, pnm.
    format: str
    data: bytes


FORMATS = {
    ".jpg": "jpeg", ".png": "png", ".webp": "webp", ".tif": "tiff", ".gif": "gif", ".bmp": "bmp",
    ".dib": "bmp", ".ppm": "pnm", ".pgm": "pnm", ".pbm": "pnm",
}  # fmt: skip
#: Waves with some noise. Such a picture can be compressed, although no two of its pixels are equal.
_RANDOM = numpy.random.default_rng(7)
_ORIENTATION = 0x0112


def _samples(channels: int, width: int = 31, height: int = 23) -> numpy.ndarray:
    y, x = numpy.mgrid[0:height, 0:width]
    waves = [127 + 100 * numpy.sin(y / (3 + c) + x / (7 - c) + c) for c in range(channels)]
    noisy = numpy.stack(waves, -1) + _RANDOM.normal(0, 9, (height, width, channels))
    return numpy.clip(noisy, 0, 255).astype(numpy.uint8)


def _picture(mode: str) -> Image.Image:
    """A picture in one of Pillow's modes."""
    channels = {"RGB": 3, "L": 1, "CMYK": 4, "RGBA": 4, "LA": 2}
    if mode == "1":
        return _picture("L").convert("1")
    if mode == "P":
        return _picture("RGB").quantize(60)
    samples = _samples(channels[mode])
    return Image.fromarray(samples[..., 0] if mode == "L" else samples, mode)


def _encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def _turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    return exif


def _jpegs() -> Iterator[tuple[str, bytes]]:
    rgb = _picture("RGB")
    for subsampling in (0, 1, 2):
        for progressive in (False, True):
            options = {"subsampling": subsampling, "progressive": progressive, "quality": 85}
            yield f"rgb-{subsampling}-{progressive}.jpg", _encoded(rgb, "JPEG", **options)
    for mode in ("L", "CMYK"):
        for progressive in (False, True):
            yield f"{mode}-{progressive}.jpg", _encoded(_picture(mode), "JPEG", progressive=progressive)
    for blocks in (1, 3):
        yield f"restart-{blocks}.jpg", _encoded(rgb, "JPEG", restart_marker_blocks=blocks, subsampling=0)
    for orientation in (3, 6, 8):
        yield f"turned-{orientation}.jpg", _encoded(rgb, "JPEG", exif=_turned(orientation))
    yield "keep-rgb.jpg", _encoded(rgb, "JPEG", keep_rgb=True)
    yield "comment.jpg", _encoded(rgb, "JPEG", comment=b"a comment", icc_profile=bytes(200))


def _png_rows(bits: int, width: int, height: int) -> bytes:
    size = (bits * width + 7) // 8
    return b"".join(bytes([y % 5]) + _RANDOM.bytes(size) for y in range(height))


def _pngs() -> Iterator[tuple[str, bytes]]:
    """Every colour type, depth and transparency, plain and interlaced."""
    kinds = {
        0: (1, (1, 2, 4, 8, 16)),
        2: (3, (8, 16)),
        3: (1, (1, 2, 4, 8)),
        4: (2, (8, 16)),
        6: (4, (8, 16)),
    }
    passes = [(2, 1), (2, 1), (3, 1), (3, 2), (6, 2), (6, 4), (13, 3)]
    for colour, (channels, depths) in kinds.items():
        for bits in depths:
            size = bits * channels
            palette = chunk(b"PLTE", _RANDOM.bytes(3 << bits)) if colour == 3 else b""
            plain = zlib.compress(_png_rows(size, 13, 7))
            woven = zlib.compress(b"".join(_png_rows(size, *of_pass) for of_pass in passes))
            yield f"plain-{colour}-{bits}.png", png(13, 7, bits, colour, plain, palette)
            yield f"woven-{colour}-{bits}.png", png(13, 7, bits, colour, woven, palette, interlaced=True)
            key = {0: b"\0\1", 2: b"\0\1\0\2\0\3", 3: b"\0\x80\xff"}.get(colour)
            if key:
                before = palette + chunk(b"tRNS", key)
                yield f"key-{colour}-{bits}.png", png(13, 7, bits, colour, plain, before)
    for mode in ("RGB", "L", "RGBA", "LA", "P", "1"):
        yield f"pillow-{mode}.png", _encoded(_picture(mode), "PNG")
    frames = [_picture("RGB"), _picture("RGB")]
    yield "animated.png", _encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
    cover = {"save_all": True, "append_images": frames, "default_image": True}
    yield "animated-behind-cover.png", _encoded(_picture("RGB"), "PNG", **cover)
    yield "turned.png", _encoded(_picture("RGB"), "PNG", exif=_turned(6))


def _webps() -> Iterator[tuple[str, bytes]]:
    rgb, rgba = _picture("RGB"), _picture("RGBA")
    for quality in (10, 80):
        yield f"lossy-{quality}.webp", _encoded(rgb, "WEBP", quality=quality)
        yield f"lossy-alpha-{quality}.webp", _encoded(rgba, "WEBP", quality=quality)
    yield "lossless.webp", _encoded(rgb, "WEBP", lossless=True)
    yield "lossless-alpha.webp", _encoded(rgba, "WEBP", lossless=True, exact=True)
    yield "palette.webp", _encoded(_picture("P").convert("RGB"), "WEBP", lossless=True)
    yield "turned.webp", _encoded(rgb, "WEBP", lossless=True, exif=_turned(6))
    for lossless in (False, True):
        options = {"save_all": True, "append_images": [_picture("RGBA")], "lossless": lossless}
        yield f"animated-{lossless}.webp", _encoded(rgba, "WEBP", **options)


def _tiffs() -> Iterator[tuple[str, bytes]]:
    for mode in ("RGB", "L", "RGBA", "LA", "P", "1", "CMYK"):
        picture = _picture(mode)
        for compression in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd", "lzma"):
            yield f"{mode}-{compression}.tif", _encoded(picture, "TIFF", compression=compression)
    for compression in ("group3", "group4", "tiff_ccitt"):
        yield f"1-{compression}.tif", _encoded(_picture("1"), "TIFF", compression=compression)
    for mode in ("RGB", "L"):
        yield f"{mode}-jpeg.tif", _encoded(_picture(mode), "TIFF", compression="jpeg")
        predicted = {"compression": "tiff_lzw", "tiffinfo": {317: 2}}
        yield f"{mode}-predicted.tif", _encoded(_picture(mode), "TIFF", **predicted)
    wide = Image.fromarray(_RANDOM.integers(0, 65536, (23, 31), dtype=numpy.uint16))
    for compression in (None, "tiff_lzw"):
        yield f"wide-{compression}.tif", _encoded(wide, "TIFF", compression=compression)
    yield "big.tif", _encoded(_picture("RGB"), "TIFF", big_tiff=True)
    yield "pages.tif", _encoded(_picture("RGB"), "TIFF", save_all=True, append_images=[_picture("L")])
    yield "turned.tif", _encoded(_picture("RGB"), "TIFF", tiffinfo={_ORIENTATION: 6})


def _gifs() -> Iterator[tuple[str, bytes]]:
    palette = _picture("P")
    yield "palette.gif", _encoded(palette, "GIF")
    yield "grey.gif", _encoded(_picture("L"), "GIF")
    yield "transparent.gif", _encoded(palette, "GIF", transparency=3)
    yield "woven.gif", _encoded(palette, "GIF", interlace=1)
    options = {"save_all": True, "append_images": [_picture("P")], "loop": 0, "duration": 40}
    yield "animated.gif", _encoded(palette, "GIF", **options)


def _bitmaps() -> Iterator[tuple[str, bytes]]:
    for mode in ("RGB", "L", "P", "1", "RGBA"):
        yield f"{mode}.bmp", _encoded(_picture(mode), "BMP")
        yield f"{mode}.dib", _encoded(_picture(mode), "DIB")


def _pnms() -> Iterator[tuple[str, bytes]]:
    for mode, ending in (("RGB", "ppm"), ("L", "pgm"), ("1", "pbm")):
        yield f"{mode}.{ending}", _encoded(_picture(mode), "PPM")
    wide = _RANDOM.integers(0, 65536, (7, 9, 3)).astype(">u2")
    yield "wide.ppm", b"P6\n9 7\n65535\n" + wide.tobytes()
    yield "wide.pgm", b"P5\n9 7\n65535\n" + wide[..., 0].tobytes()
    values = b" ".join(b"%d" % value for value in _samples(3, 5, 4).ravel())
    yield "text.ppm", b"P3\n# made by hand\n5 4\n255\n" + values + b"\n"
    yield "text.pbm", b"P1\n4 2\n0 1 1 0\n1 0 0 1\n"


def _unusual() -> Iterator[tuple[str, bytes]]:
    """Some kinds have hundreds of similar variants. Every fourth of these is enough."""
    for module in (metadata, jpeg, odd_png, bmp, gif, pnm, tiff, webp):
        files = list(module.files())
        step = 4 if len(files) > 120 else 1
        for name, data, *_ in files[::step]:
            yield f"{module.__name__.split('.')[-1]}-{name}", data


def _bare_codestreams() -> Iterator[tuple[str, bytes]]:
    """The first frame of an animation as a still image, with all chunks of a WebP that is not an animation."""
    lossy = _encoded(_picture("RGB"), "WEBP", quality=60)
    canvas = struct.pack("<I", 30)[:3] + struct.pack("<I", 22)[:3]
    parts = webp.chunk(b"VP8X", bytes(4) + canvas) + lossy[12:]
    yield "announced.webp", b"RIFF" + struct.pack("<I", 4 + len(parts)) + b"WEBP" + parts


def seeds() -> dict[str, list[Seed]]:
    """All seeds by format. They are always the same."""
    found: dict[str, list[Seed]] = {}
    makers = (_jpegs, _pngs, _webps, _tiffs, _gifs, _bitmaps, _pnms, _unusual, _bare_codestreams)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for maker in makers:
            for name, data in maker():
                kind = FORMATS[Path(name).suffix]
                found.setdefault(kind, []).append(Seed(name, kind, data))
    return found
