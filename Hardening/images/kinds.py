"""The kinds of differences from Pillow that are meant, each with its reason. What fits none of them is a failure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import tiff_faults

#: The outcomes, as a user reads them.
STRICTER, LOOSER, OTHER = "Oddity refuses, Pillow reads", "Oddity reads, Pillow refuses", "other pixels"
_OUTCOMES = {"Pillow alone": STRICTER, "Oddity alone": LOOSER, "other size": OTHER, "other pixels": OTHER}


@dataclass(frozen=True)
class Kind:
    outcome: str
    formats: tuple[str, ...]
    what: str
    why: str
    #: What the message of whichever refused holds, as a regular expression.
    message: str = ""
    #: What has to be true of the file itself.
    file: Callable[[bytes], bool] | None = None

    def fits(self, answer: dict[str, Any], data: bytes) -> bool:
        if _OUTCOMES[answer["outcome"]] != self.outcome or _format(data, answer) not in self.formats:
            return False
        said = answer["oddity"] or answer["pillow"]
        return re.search(self.message, said) is not None and (self.file is None or self.file(data))


def _format(data: bytes, answer: dict[str, Any]) -> str:
    """What the file is by now: a splice begins with its first part."""
    starts = {b"\xff\xd8": "jpeg", b"\x89PNG": "png", b"RIFF": "webp", b"GIF": "gif", b"II": "tiff", b"MM": "tiff"}
    for start, name in starts.items():
        if data.startswith(start):
            return name
    return "pnm" if re.match(rb"P[0-9A-Za-z]", data) else str(answer["format"])


_STRICTER = (
    Kind(
        STRICTER, ("jpeg",), "JPEG that ends before its end marker",
        "Pillow needs no end once the last row has come. Oddity wants the whole file.",
        r"is a truncated JPEG",
    ),
    Kind(
        STRICTER, ("jpeg",), "progressive JPEG without its last scans",
        "Each version of libjpeg guesses the missing detail in another way. Oddity refuses the file by name.",
        r"progressive JPEG without its last scans",
    ),
    Kind(
        STRICTER, ("jpeg",), "JPEG of arithmetic coding or with a damaged header",
        "Pillow carries its own libjpeg-turbo 3, Debian 12 has 2.1, and the older one refuses these headers.",
        r"is a damaged JPEG.*(Unsupported|Bogus|Improper|Invalid|Not implemented|Empty|too many|DNL)",
    ),
    Kind(
        STRICTER, ("png",), "PNG without all of its rows",
        "Pillow leaves rows black where the compressed stream ends early. Oddity wants every row.",
        r"IDAT stream too short|is a truncated PNG",
    ),
    Kind(
        STRICTER, ("png",), "PNG whose chunks stand in an impossible order, or with an unknown critical chunk",
        "The standard wants the header first, and no image where a critical chunk is unknown. "
        "Pillow looks at neither.",
        r"invalid IHDR chunk size|unknown critical chunk|chunk out of order|duplicate|invalid PLTE|no IDAT|no PLTE",
    ),
    Kind(
        STRICTER, ("png",), "PNG with an undefined number for its interlacing or filters",
        "The standard has two kinds of interlacing and one of filters. Pillow takes any other number for one of them.",
        r"invalid (interlace|filter) method|invalid filter",
    ),
    Kind(
        STRICTER, ("png",), "PNG with a checksum that is wrong",
        "Pillow does not look at the checksums of the pixels; libspng does.",
        r"invalid scanline filter|zlib (stream|init) error|checksum|CRC|crc|adler",
    ),
    Kind(
        STRICTER, ("gif",), "GIF whose codes go on behind the empty block",
        "The empty block ends an image's codes. Pillow reads on behind it.",
        r"is a (truncated|damaged) GIF",
    ),
    Kind(
        STRICTER, ("bmp",), "BMP of run lengths with another number of bits, or of a header that says no such thing",
        "Run lengths are defined for 4 and for 8 bits. Pillow unpacks them whatever the number of bits is.",
        r"is a BMP of \d+ bits with coding",
    ),
    Kind(
        STRICTER, ("bmp",), "bitmap without a file header whose own header is wrong",
        "Oddity takes a header alone for a bitmap where planes, bits and coding fit. Pillow looks at its size alone.",
        r"is not an image",
    ),
    Kind(
        STRICTER, ("pnm",), "PNM with signs or other letters in its numbers",
        "Pillow reads numbers as Python does, with a plus sign or underscores. The format has digits alone.",
        r"other characters than digits",
    ),
    Kind(
        STRICTER, ("pnm",), "PNM in floating-point numbers, or of Pillow's own kind",
        "Oddity does not read these formats and names them.",
        r"floating-point image|PAM image|in CMYK|Pillow's own kind",
    ),
    Kind(
        STRICTER, ("webp",), "WebP whose header promises another size than its frame has",
        "libvips wants the canvas and the frames to fit, and images of at most 16383 pixels a side.",
        r"bad image dimensions|webp: ",
    ),
    Kind(
        STRICTER, ("tiff",), "TIFF in signed, 32-bit or floating-point samples, or of more channels than colours",
        "Oddity does not read these, as its documentation says, and names the reason.",
        r"not unsigned integers of at most 16 bits|neither grey, nor RGB, nor CMYK|bits a sample|YCbCr",
    ),
    Kind(
        STRICTER, ("tiff",), "TIFF whose palette is not of 2^bits colours",
        "libtiff and Pillow complete such palettes in different ways. Oddity names the reason.",
        r"whose palette is not",
    ),
    Kind(
        STRICTER, ("tiff",), "TIFF with a directory that libtiff refuses, or whose strips have impossible lengths",
        "libvips gives every TIFF to libtiff, which wants tags of the right type and length for every strip. "
        "Pillow reads plain rows by itself and needs little more than where they begin.",
        r"no decoder recognises|not in a known format|required field|TIFF(Fill|Fetch|Read|Set|Init|Append)|"
        r"_TIFF|ReadDirectory|Decode|tile size out of range|read error|EstimateStrip|not support|does not say",
    ),
    Kind(
        STRICTER, ("tiff",), "TIFF of more tiles or pixels than the file can hold",
        "The declared size is beyond the limit for one of the readers alone.",
        r"declares",
    ),
)  # fmt: skip

_LOOSER = (
    Kind(
        LOOSER, ("jpeg", "png", "webp", "tiff"), "damaged EXIF or XMP data beside whole pixels",
        "Oddity leaves an image as it is where its orientation cannot be read. Pillow's own reader of EXIF or XMP fails.",
        r"not a TIFF file|required argument is not|unpack_from|unpack requires|expected string or bytes|"
        r"non-hexadecimal|invalid literal|not supported between|division by zero|cannot mix|MAX_TEXT",
    ),
    Kind(
        LOOSER, ("jpeg",), "JPEG with damaged segments beside the picture",
        "Pillow reads application data and comments; Oddity reads those alone that the pixels need.",
        r"no marker found|JPEG: |index out of range|SyntaxError",
    ),
    Kind(
        LOOSER, ("png",), "PNG with damaged chunks beside the pixels",
        "Pillow refuses a wrong checksum, length, name or animation in any chunk. Oddity passes over what the pixels do not need.",
        r"bad header checksum|broken PNG file|Truncated|APNG|Unknown compression method|unknown filter|"
        r"incomplete checksum|Decompressed data|IndexError|EOF|ValueError|UnicodeDecodeError",
    ),
    Kind(
        LOOSER, ("png",), "PNG with its end, or another chunk, before its header or its pixels",
        "Oddity puts the chunks that the pixels need in order. Pillow stops at the first end.",
        r"cannot load this image|not identified by this driver",
    ),
    Kind(
        LOOSER, ("gif",), "GIF of a version that does not exist",
        "Oddity reads whatever begins with GIF8. Pillow wants 87a or 89a behind it.",
        r"no format",
    ),
    Kind(
        LOOSER, ("gif",), "GIF with an extension that is empty or too short",
        "An empty block ends an extension. Pillow reads on and takes the picture for more of it.",
        r"image not found in GIF frame|index out of range|DecompressionBomb|no more images|unpack_from",
    ),
    Kind(
        LOOSER, ("gif",), "GIF that is cut within its last block, behind the last pixel's code",
        "Pillow wants a block whole before it reads the codes in it.",
        r"image file is truncated",
    ),
    Kind(
        LOOSER, ("bmp",), "BMP whose colours lie in bits of an unusual order",
        "Pillow knows a list of such orders. Oddity reads any.",
        r"bitfields layout",
    ),
    Kind(
        LOOSER, ("bmp",), "BMP with more colours than can be, or a header of an unusual length",
        "Oddity reads the 256 colours that pixels can name, and of a longer header what it understands.",
        r"Palette size|invalid palette size|header type|Truncated File Read",
    ),
    Kind(
        LOOSER, ("pnm",), "PNM with other text behind its last pixel, or with a comment behind its first two letters",
        "Pillow looks into text that follows the pixels, and wants white space behind the letters.",
        r"Invalid token|Token too long|not a PPM file|Non-decimal|Reached EOF|Channel value",
    ),
    Kind(
        LOOSER, ("webp",), "WebP whose header has flags or lengths that libwebp 1.6 refuses",
        "Pillow carries libwebp 1.6 and reads every file as an animation. Debian 12 has libwebp 1.2.",
        r"could not create decoder|failed to (read|decode)|WEBP: ",
    ),
    Kind(
        LOOSER, ("tiff",), "TIFF whose combination of colours, bits and extra channels is not in Pillow's table",
        "Pillow's table lists what it reads, by byte order, bits and kinds of channels. libtiff reads more.",
        r"unknown pixel mode|unknown raw mode|unknown data organization|string index out of range|"
        r"TIFF: SyntaxError|Invalid dimensions|KeyError|tuple index|cannot handle",
    ),
    Kind(
        LOOSER, ("tiff",), "TIFF that Pillow's own reader or its libtiff gives up on",
        "Debian's libtiff 4.5 and Pillow's 4.7 differ in what they take for an error, and Pillow reads plain rows by itself, "
        "by other rules on how many bytes there have to be.",
        r"decoder error|image file is truncated|Not exactly one tile|Couldn't set|tile cannot extend|negative|"
        r"unrecognized|buffer is not large enough|TypeError|ValueError|OSError|broken data",
    ),
)  # fmt: skip

_OTHER = (
    Kind(
        OTHER, ("bmp",), "BMP of 8 bits whose one or two colours are black and white",
        "Pillow takes each bit for a pixel. Oddity takes each byte, as the header says.",
        file=lambda data: True,
    ),
    Kind(
        OTHER, ("gif",), "GIF whose first frame has a ramp of grey of its own",
        "Pillow colours it by the palette of the screen.",
    ),
    Kind(
        OTHER, ("tiff",), "TIFF of separate colour planes, or of 16 bits whose 0 is white",
        "Pillow takes black for white, one byte for two, or mixes the channels, as Oddity's documentation says.",
        file=tiff_faults.is_misread_by_pillow,
    ),
    Kind(
        OTHER, ("tiff",), "TIFF whose palette holds values below 256",
        "Pillow keeps the upper byte of each and makes them black.",
        file=tiff_faults.has_dim_palette,
    ),
    Kind(
        OTHER, ("tiff",), "TIFF whose directory contradicts itself",
        "Where a tag is there twice, or has a wrong type or number of values, libtiff and Pillow each choose another one.",
        file=tiff_faults.contradicts_itself,
    ),
)  # fmt: skip

KINDS = _STRICTER + _LOOSER + _OTHER


def kind(answer: dict[str, Any], data: bytes) -> Kind | None:
    return next((kind for kind in KINDS if kind.fits(answer, data)), None)
