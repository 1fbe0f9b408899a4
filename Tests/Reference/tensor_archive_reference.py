"""The content of an archive of arrays, read by the library of the format.

Usage: tensor_archive_reference.py PATH
"""

import hashlib
import json
import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file


def numbers(array):
    return [value if np.isfinite(value) else str(value) for value in array.ravel().astype(float).tolist()]


path = sys.argv[1]
arrays = load_file(path)
print(
    json.dumps(
        {
            "types": {name: str(array.dtype) for name, array in arrays.items()},
            "shapes": {name: list(array.shape) for name, array in arrays.items()},
            "bytes": arrays["bytes"].tolist(),
            "integers": arrays["integers"].tolist(),
            "words": [str(word) for word in arrays["words"].tolist()],
            "doubles": numbers(arrays["doubles"]),
            "rows": numbers(arrays["rows"]),
            "checksum": arrays["checksum"].tobytes().hex(),
            "expected": hashlib.sha256(pathlib.Path(path).read_bytes()[:-32]).hexdigest(),
        }
    )
)
