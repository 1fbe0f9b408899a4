"""Changes one value of a guarded model's metadata.

Usage: edit_metadata.py IN.onnx OUT.onnx KEY[.KEY]=JSON [--without-calibration]

--without-calibration also removes the calibration scores, with which a reader compares thresholds.
"""

import json
import sys

import onnx

model = onnx.load(sys.argv[1])
(entry,) = (entry for entry in model.metadata_props if entry.key == "oddity")
facts = json.loads(entry.value)
path, value = sys.argv[3].split("=", 1)
*parents, key = path.split(".")
place = facts
for parent in parents:
    place = place[parent]
place[key] = json.loads(value)
entry.value = json.dumps(facts)
if "--without-calibration" in sys.argv:
    (scores,) = (entry for entry in model.metadata_props if entry.key == "oddity.calibration")
    model.metadata_props.remove(scores)
onnx.save(model, sys.argv[2])
print("[]")
