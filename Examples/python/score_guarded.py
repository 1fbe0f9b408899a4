"""Scores images with a model guarded by Oddity, without Oddity: NumPy, Pillow and ONNX Runtime.

usage: score_guarded.py GUARDED.onnx IMAGE…
needs: pip install numpy pillow onnxruntime

Prints a line of JSON for every image, as `oddity score` does, and exits with 1 if an image could not be read.
The model contains everything that is needed: the preprocessing and the labels in metadata_props["oddity"],
the score and the verdict in the outputs ood_score, ood_p_value, ood_is_outlier. Copy `preprocess` into your
own service. It keeps only the upper 8 bits of 16-bit grey images.
"""

import argparse
import json
import sys


def arguments():
    usage, rest = __doc__.split("\n\nusage: ")
    parser = argparse.ArgumentParser(
        description=usage, epilog=rest.split("\n", 1)[1], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("guarded", metavar="GUARDED.onnx", help="a model that `oddity fit` wrote")
    parser.add_argument("images", metavar="IMAGE", nargs="+", help="an image file")
    return parser.parse_args()


try:
    import numpy as np
    import onnxruntime
    from PIL import Image, ImageOps
except ModuleNotFoundError as error:
    if __name__ != "__main__":
        raise
    arguments()  # --help needs no package.
    sys.exit(f"score_guarded.py: the Python package {error.name} is missing: pip install numpy pillow onnxruntime")

FILTERS = {name: Image.Resampling[name.upper()] for name in ("nearest", "bilinear", "bicubic", "box", "hamming", "lanczos")}
TYPES = {"tensor(uint8)": np.uint8, "tensor(int8)": np.int8, "tensor(int32)": np.int32, "tensor(int64)": np.int64,
         "tensor(float16)": np.float16, "tensor(double)": np.float64}
BATCH = 64


def opaque(image, alpha):
    """Removes transparency: drops it, or composes the image over black or white."""
    if alpha == "drop" or not image.has_transparency_data:
        return image if image.mode == "L" else image.convert("RGB")
    layered = image.convert("RGBA")
    ground = Image.new("RGB", image.size, alpha)
    ground.paste(layered, mask=layered.getchannel("A"))
    return ground


def scaled_size(size, target, choose):
    """The (width, height) with the aspect ratio of `size` that just covers, or fits within, [height,
    width]."""
    ratio = choose(size[1] / target[0], size[0] / target[1])
    return tuple(max(1, round(side / ratio)) for side in size)


def rounded_size(size, resize):
    """The (width, height) for a given shorter side, with a special rounding."""
    shorter = resize["shorter_side"]
    if resize["rounding"] == "nearest":
        sides = [round(side * (shorter / min(size))) for side in size]
    else:
        sides = resized_size(size, shorter)
    return tuple(-(-side // resize["multiple_of"]) * resize["multiple_of"] for side in sides)


def resized_size(size, resize):
    """The (width, height) after resizing. `resize` is the shorter side, [height, width] or an object."""
    if isinstance(resize, dict):
        if "cover" in resize:
            return scaled_size(size, resize["cover"], min)
        return scaled_size(size, resize["within"], max) if "within" in resize else rounded_size(size, resize)
    if isinstance(resize, list):
        return resize[1], resize[0]
    width, height = size
    longer = int(resize * max(size) / min(size))
    return (resize, longer) if width <= height else (longer, resize)


def center_crop(image, height, width, rounding="even", frame=0):
    """The centre crop. Offsets are rounded half to even (torchvision) or down (Hugging Face). A smaller image
    is padded."""

    def offset(side, crop):
        if side < crop:
            return -((crop - side) // 2)
        return (side - crop) // 2 if rounding == "down" else round((side - crop) / 2)

    left, top = offset(image.width, width), offset(image.height, height)
    ground = Image.new(image.mode, (width, height), frame)
    ground.paste(image, (-left, -top))
    return ground


def frame_colour(spec):
    """The padding value for Pillow: a number for grey images, otherwise red, green and blue."""
    frame = spec.get("frame", [0] * len(spec["mean"]))
    if len(frame) == 1:
        return frame[0]
    return tuple(reversed(frame)) if spec["channels"] == "BGR" else tuple(frame)


def of_bytes(image, kind):
    """Keeps the upper 8 bits of 16-bit grey images, which Pillow would clip at 255. `kind` is the file's
    format."""
    if image.mode == "F" or image.mode == "I" and kind == "TIFF":
        raise ValueError("samples that are not unsigned integers of at most 16 bits; convert the image to 8-bit RGB")
    if image.mode == "I" or image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return image


def upright(image, spec):
    """The image, rotated as its EXIF says, with 8 bits and without transparency."""
    kind = image.format
    if spec["exif_orientation"]:
        image = ImageOps.exif_transpose(image)
    return opaque(of_bytes(image, kind), spec["alpha"])


def preprocess(image, spec):
    """The model's input for one Pillow image. `spec` is the "preprocessing" in the model's metadata."""
    image = upright(image, spec).convert("L" if spec["channels"] == "L" else "RGB")
    rounding = spec.get("crop_rounding", "even")
    if spec.get("central_share") is not None:
        height, width = (max(1, int(share * min(image.size))) for share in spec["central_share"])
        image = center_crop(image, height, width, rounding)
    if spec.get("resize") is not None:
        image = image.resize(resized_size(image.size, spec["resize"]), FILTERS[spec["interpolation"]])
    if spec.get("crop") is not None:
        image = center_crop(image, *spec["crop"], rounding, frame_colour(spec))
    if [image.height, image.width] != spec["size"]:
        raise ValueError(f"the image is {image.width}×{image.height}, but the model takes {spec['size'][1]}×{spec['size'][0]}")
    pixels = np.asarray(image).reshape(image.height, image.width, -1)
    if spec["channels"] == "BGR":
        pixels = pixels[:, :, ::-1]
    x = (pixels * np.float64(spec["rescale_factor"])).astype(np.float32)
    x = (x - np.float32(spec["mean"])) / np.float32(spec["std"])
    return x if spec["layout"] == "NHWC" else x.transpose(2, 0, 1)


class GuardedModel:
    def __init__(self, path, threads=0):
        """`threads` is the number of threads; 0 means one per core."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        metadata = self.session.get_modelmeta().custom_metadata_map
        if "oddity" not in metadata:
            raise SystemExit(f"{path} is not a guarded model: make one with `oddity fit`")
        self.facts = json.loads(metadata["oddity"])
        name = self.facts.get("raw_input") or self.facts["input"]
        self.input = next(given for given in self.session.get_inputs() if given.name == name)
        batch = self.input.shape[0]
        self.fixed_batch = batch if isinstance(batch, int) else None
        self.takes_pixels = self.facts.get("raw_input") is not None

    def prepared(self, image):
        """The model's input for a Pillow image."""
        spec = self.facts["preprocessing"]
        return np.asarray(upright(image, spec).convert("RGB")) if self.takes_pixels else preprocess(image, spec)

    def run(self, images):
        """All outputs by name, for preprocessed images. Images of different sizes do not form a batch, so
        they run one by one."""
        if len({image.shape for image in images}) > 1:
            single = [self.run([image]) for image in images]
            return {name: np.concatenate([outputs[name] for outputs in single]) for name in single[0]}
        x = np.stack(images).astype(TYPES.get(self.input.type, np.float32))
        size = self.fixed_batch or len(x)
        pieces = []
        for start in range(0, len(x), size):
            rows = x[start : start + size]
            padding = np.zeros((size - len(rows), *x.shape[1:]), x.dtype)
            values = self.session.run(None, {self.input.name: np.concatenate([rows, padding])})
            pieces.append([value[: len(rows)] for value in values])
        names = [output.name for output in self.session.get_outputs()]
        return {name: np.concatenate(parts) for name, parts in zip(names, zip(*pieces))}


def activated(logits, head):
    """Softmax, or the sigmoid of each logit."""
    logits = logits.astype(np.float64)
    if head == "sigmoid":
        return 1 / (1 + np.exp(-logits))
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def are_probabilities(rows, head):
    return ((rows >= 0) & (rows <= 1)).all() and (head == "sigmoid" or np.allclose(rows.sum(1), 1, atol=1e-2))


def probabilities(outputs, facts):
    """One row for every image and one column for every class; None if no output certainly contains
    probabilities.

    Classifiers may also return labels, the best few classes or features, which must not be mistaken for
    probabilities.
    """
    head = facts.get("head", "softmax")
    logits = outputs.get(facts.get("logits_output") or facts["logits"])
    if logits is not None:
        return activated(logits.reshape(-1, facts["classes"]), head)
    name = facts.get("probabilities_output")
    answers = [name for name in outputs if not name.startswith("ood_")]
    if name is None and "fitted_on" not in facts and len(answers) == 1:
        name = answers[0]  # Earlier versions do not name it; it is the only such output.
    values = outputs.get(name)
    if values is None or values.dtype.kind != "f" or values.size != len(values) * facts["classes"]:
        return None
    rows = values.reshape(len(values), -1).astype(np.float64)
    if (rows <= 0).all() and np.allclose(np.exp(rows).sum(1), 1, atol=1e-2):
        rows = np.exp(rows)  # of a log-softmax
    return rows if are_probabilities(rows, head) else None


def finite(value):
    return float(value) if np.isfinite(value) else None


def describe(outputs, facts):
    """One dictionary for every image. The class and the confidence are None if the model's outputs do not
    certainly contain them."""
    first, *others = facts["scores"]
    scores = {first: outputs["ood_score"]} | {name: outputs[f"ood_score.{name}"] for name in others}
    labels = facts.get("labels")
    shares = probabilities(outputs, facts)
    for row in range(len(outputs["ood_score"])):
        winner = None if shares is None else int(shares[row].argmax())
        line = {
            "score": finite(outputs["ood_score"][row]),
            "p_value": float(outputs["ood_p_value"][row]),
            "outlier": bool(outputs["ood_is_outlier"][row]),
            "class": winner,
            "label": labels[winner] if labels and winner is not None else None,
            "confidence": None if winner is None else float(shares[row, winner]),
        }
        if others:
            line["scores"] = {name: finite(values[row]) for name, values in scores.items()}
        yield line


def main():
    options = arguments()
    try:
        model, paths = GuardedModel(options.guarded), options.images
    except Exception as error:  # ONNX Runtime's errors have no common class.
        sys.exit(f"score_guarded.py: cannot load {options.guarded}: {str(error).splitlines()[0]}")
    failed = False
    for start in range(0, len(paths), BATCH):
        lines, images = [], []
        for path in paths[start : start + BATCH]:
            line = {"input": path}
            try:
                with Image.open(path) as image:
                    images.append(model.prepared(image))
            except (OSError, ValueError, Image.DecompressionBombError) as error:
                line["error"] = str(error)
                failed = True
            lines.append(line)
        answers = describe(model.run(images), model.facts) if images else iter(())
        for line in lines:
            print(json.dumps(line if "error" in line else line | next(answers)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
