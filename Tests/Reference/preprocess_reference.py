"""Whole preprocessing pipelines, in Pillow and NumPy, as torchvision would run them.

Usage: preprocess_reference.py FOLDER
Writes images, the specifications as JSON files, and for each pair the tensor as float32 in CASE.f32; prints
[{"name", "image", "specification", "input_shape", "shape"}] as JSON, with null for a free dimension.
"""

import json
import pathlib
import sys

import numpy as np
from PIL import Image, ImageOps

FOLDER = pathlib.Path(sys.argv[1])
RNG = np.random.default_rng(22)
FILTERS = {"nearest": Image.Resampling.NEAREST, "bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
CIFAR = ([0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616])
cases = []


def resize(picture, target, interpolation):
    """An integer is the shorter side, as torchvision.transforms.Resize takes it."""
    if target is None:
        return picture
    if isinstance(target, int):
        width, height = picture.size
        short, long = min(width, height), max(width, height)
        longer = int(target * long / short)
        size = (target, longer) if width <= height else (longer, target)
    else:
        size = (target[1], target[0])
    return picture if size == picture.size else picture.resize(size, FILTERS[interpolation])


def center_crop(samples, crop):
    """torchvision.transforms.CenterCrop on [H, W, C], with its frame of zeros."""
    height, width = samples.shape[:2]
    pad_y, pad_x = max(crop[0] - height, 0), max(crop[1] - width, 0)
    padding = ((pad_y // 2, (pad_y + 1) // 2), (pad_x // 2, (pad_x + 1) // 2), (0, 0))
    samples = np.pad(samples, padding)
    top = int(round((samples.shape[0] - crop[0]) / 2.0))
    left = int(round((samples.shape[1] - crop[1]) / 2.0))
    return samples[top : top + crop[0], left : left + crop[1]]


def without_alpha(picture, handling):
    if picture.mode != "RGBA" or handling == "drop":
        return picture
    ground = Image.new("RGB", picture.size, handling)
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def run(picture, resize_to=None, crop=None, interpolation="bilinear", channels="RGB", mean=(0.0,), std=(1.0,),
        layout="NCHW", alpha="drop", exif=True, rescale=1 / 255):
    if exif:
        picture = ImageOps.exif_transpose(picture)
    picture = without_alpha(picture, alpha).convert("L" if channels == "L" else "RGB")
    samples = np.asarray(resize(picture, resize_to, interpolation))
    samples = samples.reshape(samples.shape[0], samples.shape[1], -1)
    if channels == "BGR":
        samples = samples[..., ::-1]
    if crop is not None:
        samples = center_crop(samples, crop)
    values = samples.astype(np.float32) / np.float32(255) if rescale == 1 / 255 else (samples * rescale).astype(np.float32)
    values = (values - np.asarray(mean, np.float32)) / np.asarray(std, np.float32)
    assert values.dtype == np.float32
    return values.transpose(2, 0, 1) if layout == "NCHW" else values


def case(name, image, specification, input_shape, **options):
    """`specification`: a preset's name, or a dictionary that becomes a JSON file."""
    if isinstance(specification, dict):
        (FOLDER / f"{name}.json").write_text(json.dumps(specification))
        specification = f"{name}.json"
    with Image.open(FOLDER / image) as picture:
        tensor = run(picture, **options)
    (FOLDER / f"{name}.f32").write_bytes(np.ascontiguousarray(tensor).tobytes())
    cases.append({
        "name": name, "image": image, "specification": specification, "input_shape": input_shape,
        "shape": list(tensor.shape),
    })


def images():
    def save(name, height, width, channels, mode, **options):
        samples = RNG.integers(0, 256, (height, width, channels), dtype=np.uint8)
        Image.fromarray(samples[..., 0] if channels == 1 else samples, mode).save(FOLDER / name, **options)

    exif = Image.Exif()
    exif[0x0112] = 6
    save("wide.jpg", 150, 233, 3, "RGB")
    save("tall.png", 301, 170, 3, "RGB")
    save("tiny.png", 9, 14, 3, "RGB")
    save("digit.png", 28, 28, 1, "L")
    save("clear.png", 40, 41, 4, "RGBA")
    save("turned.jpg", 60, 90, 3, "RGB", exif=exif)


def own_specifications():
    nchw, mean, std = [None, 3, 224, 224], *IMAGENET
    standard = {"resize_to": 256, "crop": (224, 224), "mean": mean, "std": std}
    for image in ("wide.jpg", "tall.png", "tiny.png", "digit.png", "turned.jpg"):
        case(f"imagenet-{image}", image, "imagenet", nchw, **standard)
    case("imagenet-free", "wide.jpg", "imagenet", [None, 3, None, None], **standard)
    case("imagenet-nhwc", "wide.jpg", "imagenet", [1, 224, 224, 3], **standard, layout="NHWC")
    for image in ("wide.jpg", "digit.png"):
        case(f"cifar-{image}", image, "cifar", [None, 3, 32, 32], resize_to=(32, 32), mean=CIFAR[0], std=CIFAR[1])
    case("empty", "wide.jpg", {}, [None, 3, 20, 30], resize_to=(20, 30))
    case("grey", "wide.jpg", {"mean": 0.5, "std": [0.25]}, [None, 1, 28, 28],
         resize_to=(28, 28), channels="L", mean=[0.5], std=[0.25])
    case("bgr", "tall.png", {"channels": "BGR", "mean": mean, "std": std, "interpolation": "bicubic"}, [None, 3, 32, 48],
         resize_to=(32, 48), channels="BGR", mean=mean, std=std, interpolation="bicubic")
    case("nearest", "tall.png", {"resize": 50, "crop": [31, 44], "interpolation": "nearest"}, [None, 3, None, None],
         resize_to=50, crop=(31, 44), interpolation="nearest")
    case("exact", "wide.jpg", {"resize": [60, 50], "crop": 33, "layout": "NHWC"}, [None, None, None, None],
         resize_to=[60, 50], crop=(33, 33), layout="NHWC")
    case("shorter-side-alone", "wide.jpg", {"resize": 40}, [None, 3, 35, 40], resize_to=40, crop=(35, 40))
    case("crop-alone", "tiny.png", {"crop": 12}, [None, 3, 12, 12], crop=(12, 12))
    case("unturned", "turned.jpg", {"exif_orientation": False}, [None, 3, 30, 20], resize_to=(30, 20), exif=False)
    for alpha in ("drop", "black", "white"):
        case(f"alpha-{alpha}", "clear.png", {"alpha": alpha}, [None, 3, 32, 32], resize_to=(32, 32), alpha=alpha)
    case("rescaled", "tiny.png", {"rescale_factor": 1, "mean": [103.94, 116.78, 123.68]}, [None, 3, 9, 14],
         resize_to=(9, 14), mean=[103.94, 116.78, 123.68], rescale=1)


def hugging_face():
    nchw, mean, std = [None, 3, 224, 224], *IMAGENET
    half = [0.5, 0.5, 0.5]
    case("vit", "wide.jpg", {
        "do_resize": True, "size": {"height": 224, "width": 224}, "resample": 2, "do_rescale": True,
        "rescale_factor": 0.00392156862745098, "do_normalize": True, "image_mean": half, "image_std": half,
        "image_processor_type": "ViTImageProcessor"}, nchw, resize_to=(224, 224), mean=half, std=half)
    case("vit-older", "wide.jpg", {
        "do_resize": True, "size": 224, "resample": 3, "do_normalize": False,
        "feature_extractor_type": "ViTFeatureExtractor"}, nchw, resize_to=(224, 224), interpolation="bicubic")
    case("clip", "tall.png", {
        "do_resize": True, "size": {"shortest_edge": 224}, "resample": 3, "do_center_crop": True,
        "crop_size": {"height": 224, "width": 224}, "do_normalize": True, "image_mean": mean, "image_std": std,
        "do_convert_rgb": True}, nchw, resize_to=224, crop=(224, 224), interpolation="bicubic", mean=mean, std=std)
    convnext = {"do_resize": True, "resample": 3, "do_normalize": True, "image_mean": mean, "image_std": std,
                "image_processor_type": "ConvNextImageProcessor"}
    case("convnext", "wide.jpg", convnext | {"size": {"shortest_edge": 224}, "crop_pct": 0.875}, nchw,
         resize_to=256, crop=(224, 224), interpolation="bicubic", mean=mean, std=std)
    case("convnext-384", "wide.jpg", convnext | {"size": 384}, [None, 3, 384, 384],
         resize_to=(384, 384), interpolation="bicubic", mean=mean, std=std)
    case("mobilevit", "tall.png", {
        "do_resize": True, "size": {"shortest_edge": 60}, "resample": 2, "do_center_crop": True,
        "crop_size": {"height": 51, "width": 51}, "do_flip_channel_order": True, "do_rescale": True,
        "image_processor_type": "MobileViTImageProcessor"}, [None, 3, 51, 51],
        resize_to=60, crop=(51, 51), channels="BGR")
    case("not-rescaled", "tiny.png", {"do_resize": False, "do_rescale": False, "do_normalize": True, "image_mean": half,
                                      "image_std": half, "do_center_crop": True, "crop_size": 8}, [None, 3, 8, 8],
         crop=(8, 8), mean=half, std=half, rescale=1)


images()
own_specifications()
hugging_face()
print(json.dumps(cases))
