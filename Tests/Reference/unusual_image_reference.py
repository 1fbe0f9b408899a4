"""Image files as cameras and tools write them, and their pixels as Pillow decodes them.

Usage: unusual_image_reference.py FOLDER
Writes the files of each module of `unusual`, as MODULE-NAME, and their pixels (see pillow_pixels.py) after
ImageOps.exif_transpose, and prints the manifest as JSON. Some files have a twin that Pillow reads instead.
Grey of more than 8 bits is reduced to its upper 8 bits.
"""

import io
import json
import pathlib
import sys
import warnings

import numpy as np
from PIL import Image, ImageOps
from pillow_pixels import write_pixels
from unusual import bmp, gif, jpeg, metadata, png, pnm, tiff, webp

FOLDER = pathlib.Path(sys.argv[1])


def case(name, data, twin=None):
    (FOLDER / name).write_bytes(data)
    with Image.open(io.BytesIO(twin or data)) as picture:
        turned = ImageOps.exif_transpose(picture)
    if turned.mode == "I" or turned.mode.startswith("I;16"):
        turned = Image.fromarray((np.asarray(turned) >> 8).astype(np.uint8))
    return write_pixels(FOLDER, name, turned)


warnings.simplefilter("ignore")
modules = {"metadata": metadata, "jpeg": jpeg, "png": png, "bmp": bmp, "gif": gif, "pnm": pnm, "tiff": tiff,
           "webp": webp}
print(json.dumps([case(f"{kind}-{name}", *data) for kind, module in modules.items() for name, *data in module.files()]))
