"""The pixels of a file, from Pillow or from an explicit conversion, in the form that the tests read."""

import numpy as np


def write_pixels(folder, name, picture, alpha=None):
    """Writes FILE.rgb, FILE.grey and FILE.alpha (Pillow's convert("RGB"), convert("L") and convert("RGBA")).
    Returns the file's line of the manifest."""
    alpha = np.asarray(picture.convert("RGBA"))[..., 3] if alpha is None else alpha.astype(np.uint8)
    (folder / f"{name}.alpha").write_bytes(alpha.tobytes())
    (folder / f"{name}.rgb").write_bytes(np.asarray(picture.convert("RGB")).tobytes())
    (folder / f"{name}.grey").write_bytes(np.asarray(picture.convert("L")).tobytes())
    return {"file": name, "width": picture.width, "height": picture.height}
