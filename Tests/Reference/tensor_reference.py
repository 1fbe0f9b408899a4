"""Pictures, and the tensors of correct and incorrect pipelines, with Pillow and NumPy.

usage: tensor_reference.py FOLDER

Writes FOLDER/photos/*.png, one of them with an EXIF orientation, and FOLDER/NAME.npy for each pipeline.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

SIDE, RESIZE = 32, 40
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])

folder = Path(sys.argv[1])
(folder / "photos").mkdir(exist_ok=True)
random = np.random.default_rng(3)
for number in range(6):
    coarse = Image.fromarray(random.integers(0, 256, (9, 12, 3), dtype=np.uint8))
    picture = np.asarray(coarse.resize((96, 72), Image.Resampling.BICUBIC)).astype(int)
    noisy = np.clip(picture + random.integers(-20, 21, picture.shape), 0, 255).astype(np.uint8)
    exif = Image.Exif()
    if number == 2:
        exif[0x0112] = 6
    Image.fromarray(noisy).save(folder / "photos" / f"{number}.png", exif=exif)


def photos(oriented=True):
    images = [Image.open(file) for file in sorted((folder / "photos").iterdir())]
    return [ImageOps.exif_transpose(image) if oriented else image for image in images]


def cut(image, method=Image.Resampling.BILINEAR, rows=0, columns=0, resize=RESIZE):
    width, height = image.size
    size = (resize, int(resize * height / width)) if width < height else (int(resize * width / height), resize)
    image = image.resize(size, method) if method is not None else sampled(image, size)
    left, top = round((image.width - SIDE) / 2) + columns, round((image.height - SIDE) / 2) + rows
    return np.asarray(image.crop((left, top, left + SIDE, top + SIDE))).astype(float)


def sampled(image, size):
    """Bilinear resize without antialiasing."""
    pixels = np.asarray(image).astype(float)

    def places(count, side):
        place = np.clip((np.arange(count) + 0.5) * side / count - 0.5, 0, side - 1)
        first = place.astype(int)
        return first, np.minimum(first + 1, side - 1), place - first

    top, bottom, down = places(size[1], pixels.shape[0])
    left, right, across = places(size[0], pixels.shape[1])
    down, across = down[:, None, None], across[None, :, None]
    upper = pixels[top][:, left] * (1 - across) + pixels[top][:, right] * across
    lower = pixels[bottom][:, left] * (1 - across) + pixels[bottom][:, right] * across
    return Image.fromarray(np.floor(upper * (1 - down) + lower * down + 0.5).astype(np.uint8))


def tensor(pixels, scale=255.0, mean=MEAN, std=STD):
    return ((np.stack(pixels) / scale - mean) / std).transpose(0, 3, 1, 2)


right = [cut(image) for image in photos()]
hwc = ((np.stack(right) / 255 - MEAN) / STD).astype(np.float32)
made = {
    "right": tensor(right),
    "unnormalised": tensor(right, mean=0, std=1),
    "bytes": tensor(right, 1, 0, 1),
    "unscaled": tensor(right, 1),
    "twice": tensor(right, 255 * 255),
    "half": tensor(right, mean=0.5, std=0.5),
    "odd": tensor(right, mean=0.3, std=0.6),
    "bgr": tensor([pixels[..., ::-1] for pixels in right]),
    "hwc": hwc,
    "reshaped": hwc.reshape(len(hwc), 3, SIDE, SIDE),
    "moved": tensor([cut(image, rows=1, columns=-2) for image in photos()]),
    "nearest": tensor([cut(image, Image.Resampling.NEAREST) for image in photos()]),
    "bicubic": tensor([cut(image, Image.Resampling.BICUBIC) for image in photos()]),
    "aliased": tensor([cut(image, None) for image in photos()]),
    "squashed": tensor([np.asarray(i.resize((SIDE, SIDE), Image.Resampling.BILINEAR)).astype(float) for i in photos()]),
    "closer": tensor([cut(image, resize=RESIZE * 5 // 4) for image in photos()]),
    "unoriented": tensor([cut(image) for image in photos(oriented=False)]),
    "turned": tensor([np.rot90(pixels) for pixels in right]),
    "bgr-bytes-moved": tensor([cut(image, rows=1)[..., ::-1] for image in photos()], 1, 0, 1),
    "noise": random.normal(size=(6, 3, SIDE, SIDE)),
}
for name, values in made.items():
    np.save(folder / f"{name}.npy", values.astype(np.float32))
print("{}")
