"""The kinds of intended differences from Pillow, each with its reason. Any other difference is a failure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import exif_faults, file_faults, library_versions, tiff_extent, tiff_faults

#: The outcomes, in the words of the record.
STRICTER, LOOSER, OTHER = "Oddity refuses, Pillow reads", "Oddity reads, Pillow refuses", "other pixels"
_OUTCOMES = {"Pillow alone": STRICTER, "Oddity alone": LOOSER, "other size": OTHER, "other pixels": OTHER}


@dataclass(frozen=True)
class Kind:
    outcome: str
    formats: tuple[str, ...]
    what: str
    why: str
    #: A regular expression for the message of the decoder that refused.
    message: str = ""
    #: A condition on the file itself.
    file: Callable[[bytes], bool] | None = None

    def fits(self, answer: dict[str, Any], data: bytes) -> bool:
        if _OUTCOMES[answer["outcome"]] != self.outcome or _format(data, answer) not in self.formats:
            return False
        said = answer["oddity"] or answer["pillow"]
        return re.search(self.message, said) is not None and (self.file is None or self.file(data))


def _format(data: bytes, answer: dict[str, Any]) -> str:
    """The current format of the file. A splice begins with its first part."""
    starts = {
        b"\xff\xd8": "jpeg",
        b"\x89PNG": "png",
        b"RIFF": "webp",
        b"GIF": "gif",
        b"II": "tiff",
        b"MM": "tiff",
    }
    for start, name in starts.items():
        if data.startswith(start):
            return name
    return "pnm" if re.match(rb"P[0-9A-Za-z]", data) else str(answer["format"])


#: The messages of libtiff or libvips for a TIFF that they refuse.
_LIBTIFF = (
    r"no decoder recognises|not in a known format|required field|TIFFFill|DumpModeDecode|tile size out of range|"
    r"tiff2vips: (read error|tiled separate planes not supported)|does not say what its samples mean"
)

_STRICTER = (
    Kind(
        STRICTER, ("jpeg",), "JPEG that ends before its end marker",
        "Pillow needs no end once the last row has come. Oddity wants the whole file.",
        r"is a truncated JPEG", file_faults.jpeg_has_no_end,
    ),
    Kind(
        STRICTER, ("jpeg",), "progressive JPEG without its last scans",
        "Each version of libjpeg guesses the missing detail in another way. Oddity refuses the file by name.",
        r"progressive JPEG without its last scans",
    ),
    Kind(
        STRICTER, ("png",), "PNG without all of its rows",
        "Pillow leaves rows black where the compressed stream ends early. Oddity wants every row.",
        r"is a (damaged|truncated) PNG|reached chunk/cache limits", file_faults.png_lacks_rows,
    ),
    Kind(
        STRICTER, ("png",), "PNG that does not begin with its header",
        "Pillow takes chunks in any order. The standard wants the header first, of 13 bytes.",
        r"invalid IHDR chunk size", file_faults.png_begins_otherwise,
    ),
    Kind(
        STRICTER, ("png",), "PNG with an undefined number for its interlacing",
        "The standard has two kinds. Pillow takes every other number for the second.",
        r"invalid interlace method",
    ),
    Kind(
        STRICTER, ("gif",), "GIF whose codes go on behind the empty block",
        "The empty block ends an image's codes. Pillow reads on behind it.",
        r"is a (truncated|damaged) GIF", file_faults.gif_codes_end_early,
    ),
    Kind(
        STRICTER, ("bmp",), "BMP of run lengths with 1, 16, 24 or 32 bits",
        "Run lengths are defined for 4 and for 8 bits. Pillow unpacks them whatever the number of bits is.",
        r"is a BMP of \d+ bits with coding [12];",
    ),
    Kind(
        STRICTER, ("bmp",), "bitmap without a file header whose own header is wrong",
        "Oddity accepts a bare header only if its planes, bits and coding are valid. Pillow looks only at its length.",
        r"is not an image",
    ),
    Kind(
        STRICTER, ("pnm",), "PNM with signs or underscores in its numbers",
        "Pillow reads numbers as Python does. The format has digits alone.",
        r"other characters than digits", file_faults.pnm_has_other_letters,
    ),
    Kind(
        STRICTER, ("pnm",), "PNM in floating-point numbers, or of Pillow's own kind",
        "Oddity does not read these formats, and names them.",
        r"floating-point image|PNM image in CMYK|Pillow's own kind",
    ),
    Kind(
        STRICTER, ("webp",), "WebP whose canvas has a side above 16383 pixels",
        "A WebP frame cannot be as large, and libvips refuses the canvas. Pillow shows it mostly empty.",
        r"bad image dimensions", file_faults.webp_canvas_is_too_large,
    ),
    Kind(
        STRICTER, ("tiff",), "TIFF in signed, 32-bit or floating-point samples, of 12 bits, in YCbCr or in CIELab",
        "Oddity does not read these, as its documentation says, and names the reason.",
        r"not unsigned integers of at most 16 bits|neither grey, nor RGB, nor CMYK|bits a sample|YCbCr",
    ),
    Kind(
        STRICTER, ("tiff",), "TIFF whose palette is not of 2^bits colours",
        "libtiff refuses such a palette or completes it otherwise than Pillow. Oddity names the reason.",
        r"whose palette is not",
    ),
    Kind(
        STRICTER, ("tiff",), "uncompressed TIFF whose directory or strips libtiff refuses",
        "libvips gives every TIFF to libtiff, which wants lengths of all strips and tags of the right type. "
        "Pillow reads uncompressed rows by itself and needs little more than the place where they begin.",
        _LIBTIFF, tiff_faults.is_plain,
    ),
    Kind(
        STRICTER, ("tiff",), "compressed TIFF with an entry of a wrong type or number of values",
        "libtiff drops the entry, and libvips needs it. Pillow has a reader of its own, and takes the entry's first value.",
        _LIBTIFF, tiff_faults.contradicts_itself,
    ),
    Kind(
        STRICTER, ("tiff",), "compressed TIFF with an error in a strip that libtiff survives",
        "Oddity has libvips stop at the first error. Pillow goes on with what the strip has.",
        r"tiff2vips: read error|Decode",
    ),
    Kind(
        STRICTER, ("png",), "PNG with two headers, of which one is wrong",
        "The standard wants one header. Oddity looks at the size in the first, and needs the last to be right too. "
        "Pillow mixes both.",
        r"declares|invalid chunk position", file_faults.png_has_two_headers,
    ),
    Kind(
        STRICTER, ("gif",), "GIF with an extension that is empty or too short before a picture of an impossible size",
        "An empty block ends an extension, so the picture begins behind it. Pillow reads on and passes over that picture.",
        r"declares", file_faults.gif_extension_is_short,
    ),
    Kind(
        STRICTER, ("tiff",), "TIFF of separate colour planes that ends within its last tile, outside the image",
        "Tiles are stored whole, also beyond the edges of the image. Oddity wants the whole file. Pillow needs the image's pixels.",
        r"is a truncated TIFF", tiff_extent.ends_within_a_tile_of_a_plane,
    ),
    Kind(
        STRICTER, ("tiff",), "TIFF that does not say where its pixels end, or ends before them",
        "Oddity gives such a file a new directory behind its end. Those bytes could pass for pixels that the file lacks, so "
        "Oddity wants the lengths of all strips, and the whole file. Pillow reads what is there.",
        r"is a truncated TIFF", tiff_extent.leaves_its_end_open,
    ),
    Kind(
        STRICTER, ("tiff",), "TIFF of other inks than CMYK",
        "Pillow takes any four inks for cyan, magenta, yellow and black. Oddity refuses what it would show in wrong colours.",
        r"other inks than CMYK",
    ),
    Kind(
        STRICTER, ("tiff",), "TIFF of more small tiles than libvips can read in seconds",
        "libvips goes through all tiles of a row for each of them. Oddity names the reason, as its documentation says. "
        "Pillow needs milliseconds where the file lacks most of the tiles, and leaves them black.",
        r"too many small tiles", tiff_extent.has_too_many_tiles,
    ),
)  # fmt: skip

_LOOSER = (
    Kind(
        LOOSER, ("jpeg", "png", "webp", "tiff"), "EXIF data that is no TIFF structure, or has an impossible number",
        "Oddity leaves an image as it is where its orientation cannot be read. Pillow's reader of EXIF fails.",
        r"not a TIFF file \(header|required argument is not an integer",
    ),
    Kind(
        LOOSER, ("tiff",), "TIFF whose XMP is a number",
        "Pillow looks for text in it and fails. Oddity finds no orientation there.",
        r"expected string or bytes-like object, got 'int'",
    ),
    Kind(
        LOOSER, ("jpeg",), "JPEG with a JFIF, Adobe or other segment that is too short, or bytes before the scan",
        "Pillow reads what such segments say. Oddity reads what the pixels need.",
        r"JPEG: SyntaxError: (unpack_from requires|no marker found|index out of range)",
    ),
    Kind(
        LOOSER, ("png",), "PNG with a chunk beside the pixels that is damaged, too short, too large or misnamed",
        "Pillow refuses the whole file. Oddity passes over what the pixels do not need.",
        r"bad header checksum in b'[a-z]|incomplete checksum|broken PNG file \(chunk|Truncated \w+ chunk|"
        r"Unknown compression method|unknown filter category|MAX_TEXT|Truncated File Read|Truncated IHDR",
    ),
    Kind(
        LOOSER, ("png",), "PNG with an animation that is out of order",
        "Oddity reads the first picture and no animation. Pillow refuses both.",
        r"APNG contains|unrecognized data stream contents", file_faults.png_has_frames,
    ),
    Kind(
        LOOSER, ("png",), "PNG with its end before its header or its pixels",
        "Oddity sorts the chunks that the pixels need. Pillow stops at the first end.",
        r"cannot load this image|not identified by this driver",
    ),
    Kind(
        LOOSER, ("png",), "PNG with two headers, of which the first is wrong",
        "Oddity takes the last header before the pixels. Pillow mixes both.",
        r"unrecognized data stream contents", file_faults.png_has_two_headers,
    ),
    Kind(
        LOOSER, ("gif",), "GIF of a version that does not exist",
        "Oddity reads whatever begins with GIF8. Pillow wants 87a or 89a behind it.",
        r"no format", file_faults.gif_version_is_unknown,
    ),
    Kind(
        LOOSER, ("gif",), "GIF with an extension that is empty or too short",
        "An empty block ends an extension. Pillow reads on, and takes the picture for a part of the extension.",
        r"image not found in GIF frame|index out of range|DecompressionBomb|unpack_from", file_faults.gif_extension_is_short,
    ),
    Kind(
        LOOSER, ("gif",), "GIF that is cut within its last block, behind the last pixel's code",
        "Pillow wants a block whole before it reads the codes in it.",
        r"image file is truncated", file_faults.gif_is_cut_within_a_block,
    ),
    Kind(
        LOOSER, ("bmp",), "BMP whose colours lie in bits of an unusual order",
        "Pillow knows a list of such orders. Oddity reads any.",
        r"bitfields layout",
    ),
    Kind(
        LOOSER, ("bmp",), "BMP that declares more colours than can be",
        "Oddity reads the 256 that a pixel can name.",
        r"Palette size|invalid palette size",
    ),
    Kind(
        LOOSER, ("bmp",), "BMP whose header has another length than any version of the format, or goes beyond the file",
        "Oddity reads what it needs from a longer header.",
        r"header type|Truncated File Read", file_faults.bitmap_header_is_unusual,
    ),
    Kind(
        LOOSER, ("pnm",), "PNM with other text behind its last pixel, or with a comment right behind its first two letters",
        "Pillow looks into text that follows the pixels, and wants white space behind the letters.",
        r"Invalid token|Token too long|not a PPM file",
    ),
    Kind(
        LOOSER, ("webp",), "WebP whose extended header has another length than ten bytes",
        "Pillow opens every WebP by libwebp's decoder of animations, which refuses this. libvips takes libwebp's demultiplexer, "
        "which does not.",
        r"could not create decoder", file_faults.webp_header_is_longer,
    ),
    Kind(
        LOOSER, ("tiff",), "TIFF of a combination of colours, bits and extra channels that is not in Pillow's table",
        "Pillow's table lists what it reads. libtiff reads more.",
        r"unknown pixel mode|unknown raw mode|unknown data organization|string index out of range",
    ),
    Kind(
        LOOSER, ("tiff",), "TIFF that gives its size or coding as values of type BYTE, or lacks an entry behind a damaged one",
        "Pillow takes such a value for text and fails. libtiff takes it for a number, and passes over an entry that is damaged.",
        r"Invalid dimensions|TIFF: SyntaxError: (b'|\d+$|'>' not|unsupported operand)", tiff_faults.contradicts_itself,
    ),
    Kind(
        LOOSER, ("tiff",), "TIFF of separate colour planes that Pillow cannot unpack",
        "Pillow opens few uncompressed ones, as Oddity's documentation says.",
        r"image file is truncated", tiff_extent.has_whole_planes,
    ),
    Kind(
        LOOSER, ("tiff",), "compressed TIFF whose version number stands in the wrong byte order",
        "Oddity turns the number round, as Pillow does for itself. The libtiff in Pillow then refuses the file.",
        r"decoder error -2", tiff_faults.has_swapped_version,
    ),
    Kind(
        LOOSER, ("tiff",), "compressed TIFF with an entry of a type that its tag cannot have",
        "Oddity leaves such an entry out where it rewrites the directory. The libtiff in Pillow refuses the file.",
        r"decoder error -2", tiff_faults.contradicts_itself,
    ),
    Kind(
        LOOSER, ("png",), "PNG whose EXIF data are a text of other characters than hexadecimal digits",
        "Oddity leaves an image as it is where its orientation cannot be read. Pillow's reader of EXIF fails.",
        r"non-hexadecimal number", exif_faults.png_text_is_no_hexadecimal,
    ),
    Kind(
        LOOSER, ("png",), "PNG whose EXIF data end before their directory does",
        "Oddity leaves an image as it is where its orientation cannot be read. Pillow's reader of EXIF fails.",
        r"unpack requires a buffer", exif_faults.png_exif_is_cut,
    ),
    Kind(
        LOOSER, ("png",), "PNG whose colour profile ends with its name",
        "Pillow looks for the kind of compression behind the name and fails. Oddity does not use the profile.",
        r"index out of range", exif_faults.png_profile_is_short,
    ),
    Kind(
        LOOSER, ("png",), "PNG with a palette of more than 256 colours",
        "Oddity reads the 256 that a pixel can name. Pillow refuses the file.",
        r"invalid palette size", file_faults.png_has_a_large_palette,
    ),
    Kind(
        LOOSER, ("bmp",), "BMP of 4 bits whose palette is a ramp of grey",
        "Pillow takes such a picture for one without a palette, and cannot unpack it.",
        r"codec configuration error", file_faults.bitmap_ramp_is_of_four_bits,
    ),
    Kind(
        LOOSER, ("tiff",), "uncompressed TIFF that lists more strips or tiles than its size needs",
        "Oddity takes the first ones, which hold all pixels. If one strip holds the whole image, Pillow takes the last strip.",
        r"image file is truncated", tiff_extent.has_parts_to_spare,
    ),
    Kind(
        LOOSER, ("tiff",), "compressed TIFF whose directory goes on beyond the end of the file",
        "Oddity rewrites the directory with the entries that are there. The libtiff in Pillow refuses the file.",
        r"decoder error -2", tiff_extent.directory_is_cut,
    ),
    Kind(
        LOOSER, ("tiff",), "TIFF packed by LZMA whose last bytes are damaged",
        "The system's liblzma gives out the last pixels before it finds the damage. Pillow's newer one finds it before.",
        r"decoder error -2", library_versions.lzma_ends_early,
    ),
)  # fmt: skip

_OTHER = (
    Kind(
        OTHER, ("bmp",), "BMP of one or two colours, black and white, in more than one bit",
        "Pillow takes each bit for a pixel. Oddity takes as many as the header says.",
        file=file_faults.bitmap_is_black_and_white,
    ),
    Kind(
        OTHER, ("png",), "PNG whose palette stands before its header",
        "Pillow passes over such a palette and shows black. Oddity takes it.",
        file=file_faults.png_palette_comes_first,
    ),
    Kind(
        OTHER, ("gif",), "GIF whose first frame has a ramp of grey of its own",
        "Pillow colours it by the palette of the screen.",
        file=file_faults.gif_has_own_ramp,
    ),
    Kind(
        OTHER, ("tiff",), "TIFF of separate colour planes, or of 16 bits whose 0 is white",
        "Pillow takes black for white, one byte for a pixel of more or fewer bits, or mixes the channels, as Oddity's documentation says.",
        file=tiff_faults.is_misread_by_pillow,
    ),
    Kind(
        OTHER, ("tiff",), "TIFF whose palette holds values below 256",
        "Pillow keeps the upper byte of each and makes them black.",
        file=tiff_faults.has_dim_palette,
    ),
    Kind(
        OTHER, ("tiff",), "TIFF whose directory contradicts itself",
        "If a tag is there twice, or has a wrong type or number of values, libtiff and Pillow choose different values.",
        file=tiff_faults.chooses_unlike_libtiff,
    ),
    Kind(
        OTHER, ("tiff",), "uncompressed TIFF that lists more strips or tiles than its size needs",
        "Oddity takes the first ones. Pillow begins at the top again and draws the rest over them.",
        file=tiff_extent.has_parts_to_spare,
    ),
    Kind(
        OTHER, ("tiff",), "TIFF packed by Zstandard that is damaged",
        "The stream has no checksum. The system's version of the library decodes it to other bytes than Pillow's version does.",
        file=library_versions.zstd_differs,
    ),
    Kind(
        OTHER, ("bmp",), "BMP whose palette is the beginning of a ramp of grey",
        "Pillow throws the palette away, and takes each pixel's number for its grey level. In Oddity, colours beyond the "
        "end of the palette are black.",
        file=file_faults.bitmap_ramp_is_short,
    ),
    Kind(
        OTHER, ("png",), "PNG with two palettes, of which the last is shorter",
        "The standard allows one. In Pillow, colours beyond the end of the last palette are black. Oddity takes them from "
        "the first palette.",
        file=file_faults.png_palettes_differ_in_length,
    ),
    Kind(
        OTHER, ("png",), "PNG whose text of EXIF names its language in other characters than UTF-8",
        "Pillow drops the text. Oddity needs the orientation alone, and turns the image as the text says.",
        file=exif_faults.png_text_has_an_odd_language,
    ),
)  # fmt: skip

KINDS = _STRICTER + _LOOSER + _OTHER


def kind(answer: dict[str, Any], data: bytes) -> Kind | None:
    return next((kind for kind in KINDS if kind.fits(answer, data)), None)
