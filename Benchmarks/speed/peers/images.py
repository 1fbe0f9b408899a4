"""Images for the peers, with Pillow's decoder and resampler, as in torchvision's usual transforms."""

from pathlib import Path

import numpy as np
from PIL import Image

RESAMPLING = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}


class Preprocessing:
    """The content of Oddity's --preprocess: shorter side, crop, mean and standard deviation."""

    def __init__(self, settings):
        self.resize, self.crop = settings.get("resize"), settings.get("crop")
        self.resampling = RESAMPLING[settings.get("interpolation", "bilinear")]
        self.mean = np.array(settings["mean"], np.float32)[:, None, None]
        self.std = np.array(settings["std"], np.float32)[:, None, None]
        self.mode = "L" if len(settings["mean"]) == 1 else "RGB"

    def __call__(self, path):
        """float32 [C, H, W]"""
        with Image.open(path) as file:
            image = file.convert(self.mode)
        if self.resize:
            image = image.resize(self.size(image), self.resampling)
        if self.crop:
            left, top = (round((side - self.crop) / 2) for side in image.size)
            image = image.crop((left, top, left + self.crop, top + self.crop))
        pixels = np.asarray(image, np.float32) / 255
        pixels = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
        return (pixels - self.mean) / self.std

    def size(self, image):
        shorter = min(image.size)
        return [self.resize if side == shorter else int(side * self.resize / shorter) for side in image.size]


def files_in(folder):
    return sorted(path for path in Path(folder).rglob("*") if path.is_file())
