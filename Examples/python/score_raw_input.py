"""Scores images with a guarded model that takes pixels (`oddity fit … --raw-input`). It needs only Pillow and
ONNX Runtime.

usage: score_raw_input.py GUARDED.onnx IMAGE…
needs: pip install numpy pillow onnxruntime

Prints a line of JSON for every image. Resize, crop and normalisation are nodes of the model. This script only
decodes the image and rotates it as its EXIF says, and drops transparency. score_guarded.py handles all images
like `oddity score`, and prints classes.
"""

import json
import sys

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

if len(sys.argv) < 3:
    sys.exit(__doc__)
model = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
for path in sys.argv[2:]:
    image = ImageOps.exif_transpose(Image.open(path))
    if image.mode.startswith(("I", "F")):
        sys.exit(f"{path} has more than 8 bits: convert it first")
    image = np.asarray(image.convert("RGB"))[np.newaxis]
    p_values, outliers = model.run(["ood_p_value", "ood_is_outlier"], {"image": image})
    print(json.dumps({"input": path, "p_value": float(p_values[0]), "outlier": bool(outliers[0])}))
