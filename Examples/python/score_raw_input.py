"""Scores images with a guarded model that takes pixels, of `oddity fit … --raw-input`: Pillow and ONNX Runtime are all it needs.

usage: score_raw_input.py GUARDED.onnx IMAGE…
needs: pip install numpy pillow onnxruntime

Prints a line of JSON for every image. Resize, crop and normalisation are nodes of the model; what is left is to decode the image and
to turn it as its EXIF says. Transparency is dropped here, and 16-bit grey images would have to be brought to 8 bits first:
score_guarded.py takes both as `oddity score` does, and images that cannot be read.
"""

import json
import sys

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

if len(sys.argv) < 3:
    sys.exit(__doc__)
model = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
facts = json.loads(model.get_modelmeta().custom_metadata_map["oddity"])
classes = facts.get("logits_output") or facts["probabilities_output"]
for path in sys.argv[2:]:
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    rows, p_values, outliers = model.run([classes, "ood_p_value", "ood_is_outlier"], {"image": np.asarray(image)[np.newaxis]})
    winner = int(rows[0].argmax())
    label = facts["labels"][winner] if facts.get("labels") else None
    print(json.dumps({"input": path, "class": winner, "label": label, "p_value": float(p_values[0]), "outlier": bool(outliers[0])}))
