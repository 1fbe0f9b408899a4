"""Random images and the results of Pillow's Image.resize.

Usage: resample_reference.py FOLDER COUNT
Writes FOLDER/input.bin and FOLDER/output.bin, with the samples of all cases in sequence, and prints the cases
as JSON. There are COUNT random pairs of sizes, each with every filter, and the modes L, RGB and CMYK. Pillow
resizes the four channels of CMYK one by one, unlike those of RGBA, which it first multiplies by alpha.
"""

import json
import pathlib
import sys

import numpy as np
from PIL import Image

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "box": Image.Resampling.BOX,
    "hamming": Image.Resampling.HAMMING,
    "lanczos": Image.Resampling.LANCZOS,
}
MODES = {1: "L", 3: "RGB", 4: "CMYK"}


def side(rng):
    """A length: mostly small, sometimes 1, sometimes long."""
    return int(rng.choice([1, 2, rng.integers(3, 40), rng.integers(3, 40), rng.integers(40, 160)]))


def image(rng, height, width, channels):
    """Noise, or only extreme values, for which bicubic overshoots."""
    if rng.random() < 0.3:
        return rng.choice(np.array([0, 255], np.uint8), (height, width, channels))
    return rng.integers(0, 256, (height, width, channels), dtype=np.uint8)


def main():
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    rng = np.random.default_rng(20)
    cases, inputs, outputs = [], [], []
    for _ in range(count):
        channels = int(rng.choice([1, 3, 3, 4]))
        height, width, new_height, new_width = (side(rng) for _ in range(4))
        samples = image(rng, height, width, channels)
        picture = Image.fromarray(samples[..., 0] if channels == 1 else samples, MODES[channels])
        inputs.append(samples.tobytes())
        for name, resampling in FILTERS.items():
            outputs.append(np.asarray(picture.resize((new_width, new_height), resampling)).tobytes())
        cases.append(
            {"width": width, "height": height, "channels": channels, "new_width": new_width, "new_height": new_height}
        )
    (folder / "input.bin").write_bytes(b"".join(inputs))
    (folder / "output.bin").write_bytes(b"".join(outputs))
    print(json.dumps({"filters": list(FILTERS), "cases": cases}))


main()
