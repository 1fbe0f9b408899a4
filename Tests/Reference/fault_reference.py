"""Faulty copies of one RGB image, with Pillow and NumPy.

Reads {"pixels": [h·w·3], "height": h, "width": w} and prints the copies' pixels by name.
"""

import io
import json
import sys

import numpy as np
from PIL import Image
from scipy import ndimage

task = json.load(sys.stdin)
height, width = task["height"], task["width"]
pixels = np.array(task["pixels"], np.uint8).reshape(height, width, 3)
image = Image.fromarray(pixels)


def jpeg(quality):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality, subsampling="4:2:0")
    return np.asarray(Image.open(io.BytesIO(file.getvalue())))


def gamma(exponent):
    return np.floor(255 * (pixels / 255.0) ** exponent + 0.5).astype(np.uint8)


def enlarged(factor, method):
    small = image.resize((round(width / factor), round(height / factor)), method)
    return np.asarray(small.resize((width, height), method))


def stretched(columns, rows):
    left, top = (width - columns) // 2, (height - rows) // 2
    part = image.crop((left, top, left + columns, top + rows))
    return np.asarray(part.resize((width, height), Image.Resampling.BILINEAR))


def blurred(sigma):
    planes = [ndimage.gaussian_filter(pixels[..., c].astype(float), sigma, mode="nearest") for c in range(3)]
    return np.clip(np.floor(np.stack(planes, -1) + 0.5), 0, 255).astype(np.uint8)


def shifted(down, right):
    moved = np.zeros_like(pixels)
    rows, columns = np.arange(height) + down, np.arange(width) + right
    inside = np.ix_((rows >= 0) & (rows < height), (columns >= 0) & (columns < width))
    source = pixels[np.clip(rows, 0, height - 1)][:, np.clip(columns, 0, width - 1)]
    moved[inside] = source[inside]
    return moved


found = {
    "quarter": np.rot90(pixels),
    "half": np.rot90(pixels, 2),
    "three": np.rot90(pixels, 3),
    "jpeg": jpeg(10),
    "grey": np.asarray(image.convert("L").convert("RGB")),
    "gamma": gamma(2.2),
    "gaussian": blurred(1.5),
    "enlarged": enlarged(2, Image.Resampling.BILINEAR),
    "nearest": enlarged(2, Image.Resampling.NEAREST),
    "negative": 255 - pixels,
    "shifted": shifted(height // 4, -(width // 8)),
    "mirrored": np.pad(pixels, ((0, height // 4), (0, width // 4), (0, 0)), mode="reflect")[height // 4 :, width // 4 :],
    "stretched": stretched(width // 2, height),
    "zoomed": stretched(width // 2, height // 2),
}
print(json.dumps({name: np.ascontiguousarray(copy).ravel().tolist() for name, copy in found.items()}))
