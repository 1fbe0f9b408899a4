"""The tricks, the correct result for each, and its reason."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tricks import files
from tricks.files import HIDDEN, SHOWN, as_pillow, chunk, encode, exif, png


@dataclass(frozen=True)
class Trick:
    #: The first column of the table in docs/image-formats.md.
    what: str
    #: The file's name and content.
    name: str
    data: bytes
    #: The pixels that Oddity must score; None if it must refuse the file.
    expected: np.ndarray | None
    does: str
    why: str
    #: Whether Pillow, with `ImageOps.exif_transpose` and `convert("RGB")`, gives the same pixels; None if this is not checked.
    like_pillow: bool | None = True


TURNED = np.rot90(SHOWN, -1)
TRANSPARENT = np.dstack([HIDDEN, np.zeros((files.SIDE, files.SIDE), np.uint8)])
JPEG, OTHER_JPEG = encode(SHOWN, "JPEG", quality=95), encode(HIDDEN, "JPEG", quality=95)
PNG, OTHER_PNG = encode(SHOWN, "PNG"), encode(HIDDEN, "PNG")
SEEN = as_pillow(JPEG)
SAME = "Pillow and torchvision do the same, so the classifier sees the same pixels."


def colours() -> list[Trick]:
    grey = SHOWN[..., 0]
    indexed = Image.fromarray(SHOWN).quantize(64)
    palette = encode(indexed, "PNG", transparency=bytes(64))
    wide = (SHOWN[..., 0].astype(np.uint16) << 8) | 0x7F
    wide_rgb = (SHOWN.astype(np.uint16) << 8) | 0x7F
    cmyk = encode(Image.fromarray(SHOWN).convert("CMYK"), "JPEG", quality=95)
    cmyk_tiff = encode(Image.fromarray(SHOWN).convert("CMYK"), "TIFF")
    plain = chunk(b"gAMA", struct.pack(">I", 1_000_000))
    drop = "drops the transparency and scores the colours below it"
    below = 'Pillow\'s `convert("RGB")` does the same. A viewer shows its background there: if your pipeline does so too, pass `alpha` as `white` or `black`.'
    return [
        Trick("PNG, all transparent", "alpha.png", encode(TRANSPARENT, "PNG"), HIDDEN, drop, below),
        Trick("WebP, all transparent", "alpha.webp", encode(TRANSPARENT, "WEBP", lossless=True, exact=True), HIDDEN, drop, below),
        Trick("PNG with a palette and tRNS", "palette.png", palette, as_pillow(palette), drop, below),
        Trick("PNG, grey, one grey level transparent", "grey.png", encode(grey, "PNG", transparency=int(grey[0, 0])), np.dstack([grey] * 3), drop, below),
        Trick("PNG with gAMA", "gamma.png", png(SHOWN, plain), SHOWN, "ignores the gamma", SAME + " A browser may show it lighter or darker."),
        Trick("PNG with a colour profile", "profile.png", encode(SHOWN, "PNG", icc_profile=files.swapped_profile()), SHOWN, "ignores the profile", SAME + " A browser may show other colours."),
        Trick("JPEG with a colour profile", "profile.jpg", encode(SHOWN, "JPEG", quality=95, icc_profile=files.swapped_profile()), SEEN, "ignores the profile", SAME + " A browser may show other colours."),
        Trick("JPEG in CMYK", "cmyk.jpg", cmyk, as_pillow(cmyk), "converts to RGB by Pillow's formula, without a profile", SAME + " Print software shows other colours."),
        Trick("TIFF in CMYK", "cmyk.tif", cmyk_tiff, as_pillow(cmyk_tiff), "converts to RGB by Pillow's formula, without a profile", SAME),
        Trick("JPEG stored as RGB", "rgb.jpg", (stored := encode(SHOWN, "JPEG", quality=95, keep_rgb=True)), as_pillow(stored), "reads it as RGB, as its Adobe marker says", SAME),
        Trick("PNG, 16 bits, colour", "wide-colour.png", png(wide_rgb, bits=16), SHOWN, "keeps the upper 8 bits", SAME),
        Trick("PNG, 16 bits, grey", "wide-grey.png", png(wide[..., None], colour=0, bits=16), np.dstack([grey] * 3), "keeps the upper 8 bits", "Pillow clips what is above 255 to white: if your classifier gets its images from Pillow, convert such images to 8 bits first.", False),
    ]  # fmt: skip


def orientations() -> list[Trick]:
    turned = "turns the picture as EXIF says"
    why = "Viewers and Pillow's `exif_transpose` do so. torchvision's `ImageFolder` does not: pass `exif_orientation` as `false` if your pipeline does not turn."
    both = encode(SHOWN, "JPEG", quality=95, exif=exif(6), xmp=files.xmp(3))
    return [
        Trick("JPEG turned by EXIF", "turned.jpg", encode(SHOWN, "JPEG", quality=95, exif=exif(6)), np.rot90(SEEN, -1), turned, why),
        Trick("PNG turned by EXIF", "turned.png", encode(SHOWN, "PNG", exif=exif(6)), TURNED, turned, why),
        Trick("WebP turned by EXIF", "turned.webp", encode(SHOWN, "WEBP", lossless=True, exif=exif(6)), TURNED, turned, why),
        Trick("TIFF turned by its tag", "turned.tif", encode(SHOWN, "TIFF", tiffinfo={files.ORIENTATION: 6}), TURNED, turned, why),
        Trick("JPEG whose EXIF and XMP turn it differently", "both.jpg", both, np.rot90(SEEN, -1), "follows EXIF", "Pillow does the same."),
        Trick("JPEG turned by XMP alone", "xmp.jpg", encode(SHOWN, "JPEG", quality=95, xmp=files.xmp(6)), np.rot90(SEEN, -1), "turns the picture as XMP says", "Pillow does the same. Some viewers do not."),
        Trick("JPEG with an orientation of 9", "nine.jpg", encode(SHOWN, "JPEG", quality=95, exif=exif(9)), SEEN, "leaves the picture as it is", "Pillow does the same."),
    ]  # fmt: skip


def several() -> list[Trick]:
    first = "scores the first picture"
    more = "Pillow and torchvision do the same. Oddity says nothing about the other pictures: if they are shown, score them one by one."
    other = Image.fromarray(HIDDEN)
    frames = {"save_all": True, "append_images": [other], "duration": 10}
    return [
        Trick("GIF with frames", "frames.gif", (gif := encode(Image.fromarray(SHOWN).quantize(64), "GIF", save_all=True, append_images=[other.quantize(64)])), as_pillow(gif), first, more),
        Trick("WebP with frames", "frames.webp", encode(SHOWN, "WEBP", lossless=True, **frames), SHOWN, first, more),
        Trick("APNG with frames", "frames.png", encode(SHOWN, "PNG", **frames), SHOWN, first, more),
        Trick("APNG whose default image is not a frame", "default.png", files.animated_png(SHOWN, [HIDDEN, HIDDEN]), SHOWN, "scores the default image", "Pillow does the same. A browser never shows that image. It shows the frames: convert animations before they are shown."),
        Trick("TIFF with pages", "pages.tif", encode(SHOWN, "TIFF", save_all=True, append_images=[other]), SHOWN, first, more),
        Trick("TIFF whose first page is a reduced image", "reduced.tif", files.reduced_first(SHOWN, HIDDEN), SHOWN, first, more),
        Trick("JPEG with two pictures (MPO)", "two.jpg", (mpo := encode(SHOWN, "MPO", quality=95, save_all=True, append_images=[other])), as_pillow(mpo), first, more),
        Trick("JPEG with a thumbnail of another picture", "thumbnail.jpg", files.with_thumbnail(JPEG, OTHER_JPEG), SEEN, "ignores the thumbnail", SAME + " A file manager may show the thumbnail."),
        Trick("JPEG followed by another JPEG", "behind.jpg", JPEG + OTHER_JPEG, SEEN, "ignores what follows", SAME),
    ]  # fmt: skip


def envelopes() -> list[Trick]:
    content = "goes by the content, not by the name"
    content_why = (
        "Pillow does the same. A program that goes by the name may refuse the file, or read something else."
    )
    broken = bytearray(PNG)
    broken[broken.index(b"IDAT") + 8] ^= 0x55
    half = len(JPEG) // 2
    palettes = chunk(b"PLTE", bytes(range(192))) + chunk(b"PLTE", bytes(range(192))[::-1])
    indices = (SHOWN[..., :1] >> 2).astype(np.uint8)
    refuses = "refuses the file"
    return [
        Trick("PNG named .jpg", "called.jpg", PNG, SHOWN, content, content_why),
        Trick("JPEG named .png", "called.png", JPEG, SEEN, content, content_why),
        Trick("PNG with bytes after its end", "trailing.png", PNG + b"\0" * 100 + OTHER_PNG, SHOWN, "ignores what follows", SAME),
        Trick("PNG that is also a zip archive", "polyglot.png", PNG + files.zipped(OTHER_PNG), SHOWN, "reads the image", SAME + " Oddity reads the image even if the file is named `.zip`. Only a program that unpacks the file sees the archive."),
        Trick("PDF in front of a JPEG", "polyglot.jpg", b"%PDF-1.4\n" + JPEG, None, refuses, "Oddity takes a file for an image only if it begins like one.", None),
        Trick("bytes in front of a JPEG", "junk.jpg", b"junk" + JPEG, None, refuses, "Oddity takes a file for an image only if it begins like one.", None),
        Trick("SVG drawing named .png", "drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", None, refuses, "Drawings can show different things to different programs.", None),
        Trick("PNG with a damaged chunk", "damaged.png", bytes(broken), None, refuses, "What a damaged file shows depends on the program.", None),
        Trick("PNG with two palettes", "palettes.png", (two := png(indices, palettes, colour=3)), as_pillow(two), "takes the last palette", SAME + " Other decoders may take the first, or refuse."),
        Trick("PNG with two headers", "headers.png", png(SHOWN, files.header(0)), None, refuses, "Which of the two counts depends on the program.", None),
        Trick("JPEG that ends early", "early.jpg", JPEG[:half], None, refuses, "What is missing could be anything.", None),
        Trick("JPEG that ends early but has an end marker", "ended.jpg", (ended := JPEG[:half] + b"\xff\xd9"), as_pillow(ended), "scores what is there, with grey in place of the rest", SAME + " Whoever makes such a file could just as well have drawn the grey."),
    ]  # fmt: skip


def all_tricks() -> list[Trick]:
    return [*colours(), *orientations(), *several(), *envelopes()]
