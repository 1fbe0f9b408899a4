"""Writes numbered, different JPEG files of one size: jpeg_images.py FOLDER COUNT WIDTH HEIGHT"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

folder, (count, width, height) = Path(sys.argv[1]), map(int, sys.argv[2:])
folder.mkdir(parents=True, exist_ok=True)
random = np.random.default_rng(0)
for number in range(count):
    pixels = random.integers(0, 256, [height // 4, width // 4, 3], np.uint8)
    Image.fromarray(pixels).resize([width, height]).save(folder / f"{number:04}.jpg", quality=90)
print(json.dumps({}))
