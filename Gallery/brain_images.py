"""Writes images of 240x240 pixels without colour as PNG files: slices of a head scan, or photographs.

usage: brain_images.py SCAN.nii.gz|PHOTOGRAPHS FOLDER COUNT

Slices are random ones of the middle three fifths of the three axes. Each is turned, moved and changed in contrast a little, as scans differ.
Photographs are the first COUNT of a folder.
"""

import random
import sys
from pathlib import Path

try:
    import nibabel
    import numpy as np
    from PIL import Image, ImageOps
except ImportError as missing:
    sys.exit(f"brain_images.py: {missing}: pip install nibabel==5.4.2 numpy==2.4.6 pillow==13.0.0")

SIZE = (240, 240)


def slices(scan, count):
    voxels = np.asarray(nibabel.as_closest_canonical(nibabel.load(scan)).dataobj, dtype=np.float32)
    voxels = np.clip(voxels / np.percentile(voxels[voxels > 0], 99.5), 0, 1)
    draw = random.Random(1)
    for number in range(count):
        axis = number % 3
        place = int(voxels.shape[axis] * draw.uniform(0.2, 0.8))
        pixels = np.flipud(np.take(voxels, place, axis).T) ** draw.uniform(0.8, 1.25)
        image = ImageOps.pad(Image.fromarray((255 * pixels).astype(np.uint8)), SIZE)
        shift = (draw.uniform(-8, 8), draw.uniform(-8, 8))
        yield image.rotate(draw.uniform(-8, 8), Image.Resampling.BILINEAR, translate=shift)


def photographs(folder, count):
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
    for file in files[:count]:
        with Image.open(file) as image:
            yield ImageOps.fit(image.convert("L"), SIZE)


def main(source, folder, count):
    make = slices if source.is_file() else photographs
    folder.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(make(source, count)):
        image.convert("RGB").save(folder / f"{number:04}.png")


if len(sys.argv) != 4:
    sys.exit(__doc__)
main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
