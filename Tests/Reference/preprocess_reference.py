"""Complete preprocessing pipelines in Pillow and NumPy, like those of torchvision, Hugging Face's processors,
timm and Keras.

Usage: preprocess_reference.py FOLDER
Writes images, the specifications as JSON files, and for each pair the tensor as float32 in CASE.f32. Prints
[{"name", "image", "specification", "input_shape", "shape"}] as JSON, with null for a dynamic dimension.
"""

import json
import pathlib
import sys

import numpy as np
from PIL import Image, ImageOps

FOLDER = pathlib.Path(sys.argv[1])
RNG = np.random.default_rng(22)
FILTERS = {name: Image.Resampling[name.upper()] for name in ("nearest", "bilinear", "bicubic", "box", "hamming", "lanczos")}
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
CIFAR = ([0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616])
cases = []


def resize(picture, target, interpolation):
    """An integer is the shorter side, as in torchvision.transforms.Resize. A function returns height and
    width from both."""
    if target is None:
        return picture
    width, height = picture.size
    if callable(target):
        target = target(height, width)
    if isinstance(target, int):
        short, long = min(width, height), max(width, height)
        longer = int(target * long / short)
        size = (target, longer) if width <= height else (longer, target)
    else:
        size = (target[1], target[0])
    return picture if size == picture.size else picture.resize(size, FILTERS[interpolation])


def half_to_even(surplus):
    return int(round(surplus / 2.0))


def half_down(surplus):
    return surplus // 2


def center_crop(samples, crop, start=half_to_even, frame=0):
    """torchvision.transforms.CenterCrop on [H, W, C], with its padding. Hugging Face's crop starts at
    `half_down`."""
    height, width, channels = samples.shape
    pad_y, pad_x = max(crop[0] - height, 0), max(crop[1] - width, 0)
    framed = np.full((height + pad_y, width + pad_x, channels), frame, np.uint8)
    framed[pad_y // 2 : pad_y // 2 + height, pad_x // 2 : pad_x // 2 + width] = samples
    top, left = start(framed.shape[0] - crop[0]), start(framed.shape[1] - crop[1])
    return framed[top : top + crop[0], left : left + crop[1]]


def without_alpha(picture, handling):
    if picture.mode != "RGBA" or handling == "drop":
        return picture
    ground = Image.new("RGB", picture.size, handling)
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def run(picture, resize_to=None, crop=None, interpolation="bilinear", channels="RGB", mean=(0.0,), std=(1.0,),
        layout="NCHW", alpha="drop", exif=True, rescale=1 / 255, start=half_to_even, frame=0, share=None):
    if exif:
        picture = ImageOps.exif_transpose(picture)
    picture = without_alpha(picture, alpha).convert("L" if channels == "L" else "RGB")
    if share is not None:
        shorter = min(picture.size)
        picture = Image.fromarray(center_crop(np.asarray(picture), [int(part * shorter) for part in share], half_down))
    samples = np.asarray(resize(picture, resize_to, interpolation))
    samples = samples.reshape(samples.shape[0], samples.shape[1], -1)
    if channels == "BGR":
        samples = samples[..., ::-1]
    if crop is not None:
        samples = center_crop(samples, crop, start, frame)
    values = samples.astype(np.float32) / np.float32(255) if rescale == 1 / 255 else (samples * rescale).astype(np.float32)
    values = (values - np.asarray(mean, np.float32)) / np.asarray(std, np.float32)
    assert values.dtype == np.float32
    return values.transpose(2, 0, 1) if layout == "NCHW" else values


def case(name, image, specification, input_shape, **options):
    """`specification` is the name of a preset, or a dictionary that becomes a JSON file."""
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


def terms_of_its_own():
    """Keys that describe the behaviour of other programs."""
    free = [None, 3, None, None]
    case("rounded-down", "tiny.png", {"resize": 7, "crop": 4, "crop_rounding": "down"}, free,
         resize_to=7, crop=(4, 4), start=half_down)
    case("framed", "tiny.png", {"crop": 16, "frame": [1, 20, 255]}, free, crop=(16, 16), frame=[1, 20, 255])
    case("share", "wide.jpg", {"resize": [40, 30], "central_share": [0.7, 1.2], "crop_rounding": "down"}, free,
         resize_to=[40, 30], share=(0.7, 1.2))
    case("cover", "tall.png", {"resize": {"cover": [50, 40]}, "crop": [50, 40]}, free,
         resize_to=lambda h, w: timm_size(h, w, (50, 40), min), crop=(50, 40))
    case("preset-and-filter", "wide.jpg", {"preset": "caffe", "interpolation": "hamming"}, [1, 32, 32, 3],
         resize_to=(32, 32), channels="BGR", mean=KERAS_MEAN, rescale=1, interpolation="hamming", layout="NHWC")


KERAS_MEAN = [103.939, 116.779, 123.68]


def keras():
    """preprocess_input(mode) of keras.applications.imagenet_utils, after load_img(target_size=...)."""
    shape, options = [None, 40, 30, 3], {"resize_to": (40, 30), "interpolation": "nearest", "layout": "NHWC"}
    case("keras-tf", "wide.jpg", "tf", shape, **options, mean=[1], rescale=1 / 127.5)
    case("keras-torch", "wide.jpg", "torch", shape, **options, mean=IMAGENET[0], std=IMAGENET[1])
    case("keras-caffe", "wide.jpg", "caffe", shape, **options, channels="BGR", mean=KERAS_MEAN, rescale=1)


def timm_size(height, width, target, choose):
    ratio = choose(height / target[0], width / target[1])
    return round(height / ratio), round(width / ratio)


def timm():
    """timm.data.create_transform(**resolve_data_config(cfg), is_training=False)."""
    mean, std = [0.5, 0.4, 0.3], [0.2, 0.3, 0.4]
    cfg = {"input_size": [3, 64, 64], "interpolation": "bicubic", "crop_pct": 0.9, "mean": mean, "std": std,
           "num_classes": 10, "first_conv": "stem", "classifier": "fc", "license": "mit", "label_names": ["a"]}
    common = {"interpolation": "bicubic", "mean": mean, "std": std}
    case("timm-center", "wide.jpg", {"architecture": "resnet18", "num_features": 512, "pretrained_cfg": cfg},
         [None, 3, 64, 64], resize_to=71, crop=(64, 64), **common)
    case("timm-defaults", "tall.png", {"input_size": [3, 56, 56], "crop_mode": "center"}, [None, 3, 56, 56],
         resize_to=64, crop=(56, 56), interpolation="bicubic", mean=IMAGENET[0], std=IMAGENET[1])
    case("timm-rectangle", "wide.jpg", cfg | {"input_size": [3, 64, 80]}, [None, 3, 64, 80],
         resize_to=lambda h, w: timm_size(h, w, (71, 88), min), crop=(64, 80), **common)
    case("timm-squash", "wide.jpg", {"data_config": cfg | {"crop_mode": "squash"}}, [None, 3, 64, 64],
         resize_to=(71, 71), crop=(64, 64), **common)
    case("timm-border", "wide.jpg", cfg | {"crop_mode": "border"}, [None, 3, 64, 64],
         resize_to=lambda h, w: timm_size(h, w, (71, 71), max), crop=(64, 64), frame=[128, 102, 76], **common)
    tested = cfg | {"test_input_size": [3, 80, 80], "test_crop_pct": 1.0}
    case("timm-test-size", "wide.jpg", tested, [None, 3, 80, 80], resize_to=80, crop=(80, 80), **common)
    case("timm-train-size", "wide.jpg", tested, [None, 3, 64, 64], resize_to=71, crop=(64, 64), **common)


HALF = [0.5, 0.5, 0.5]
CLIP = ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])


def hugging_face():
    nchw, mean, std = [None, 3, 224, 224], *IMAGENET
    case("vit", "wide.jpg", {
        "do_resize": True, "size": {"height": 224, "width": 224}, "resample": 2, "do_rescale": True,
        "rescale_factor": 0.00392156862745098, "do_normalize": True, "image_mean": HALF, "image_std": HALF,
        "image_processor_type": "ViTImageProcessor"}, nchw, resize_to=(224, 224), mean=HALF, std=HALF)
    case("vit-older", "wide.jpg", {
        "do_resize": True, "size": 224, "resample": 3, "do_normalize": False,
        "feature_extractor_type": "ViTFeatureExtractor"}, nchw, resize_to=(224, 224), interpolation="bicubic")
    case("unnamed", "tall.png", {
        "do_resize": True, "size": {"shortest_edge": 224}, "resample": 3, "do_center_crop": True,
        "crop_size": {"height": 224, "width": 224}, "do_normalize": True, "image_mean": mean, "image_std": std,
        "do_convert_rgb": True}, nchw, resize_to=224, crop=(224, 224), interpolation="bicubic", mean=mean, std=std,
        start=half_down)
    case("not-rescaled", "tiny.png", {"do_resize": False, "do_rescale": False, "do_normalize": True, "image_mean": HALF,
                                      "image_std": HALF, "do_center_crop": True, "crop_size": 8}, [None, 3, 8, 8],
         crop=(8, 8), mean=HALF, std=HALF, rescale=1, start=half_down)
    by_class("ViT", {"do_normalize": None, "do_resize": None, "do_center_crop": True, "crop_size": 15}, (15, 15),
             suffix="-null", crop=(15, 15))
    by_class("CLIP", {"size": {"shortest_edge": 20}, "crop_size": 25, "resample": 1}, (25, 25), suffix="-lanczos",
             image="clear.png", alpha="white", resize_to=20, crop=(25, 25), interpolation="lanczos", mean=CLIP[0],
             std=CLIP[1])
    by_class("ConvNext", {"size": {"shortest_edge": 64}, "crop_pct": 0.9}, (64, 64), resize_to=71, crop=(64, 64),
             interpolation="bicubic", mean=HALF, std=HALF)
    by_class("EfficientNet", {"size": 64, "rescale_offset": True, "rescale_factor": 1 / 127.5, "include_top": False,
                              "do_normalize": False}, (64, 64), suffix="-offset",
             resize_to=(64, 64), interpolation="bicubic", mean=[1], rescale=1 / 127.5)
    by_class("PPLCNet", {"resize_short": 71, "size_divisor": 8, "crop_size": 64}, (64, 64), suffix="-multiple",
             resize_to=lambda h, w: tuple(-(-round(side * (71 / min(h, w))) // 8) * 8 for side in (h, w)),
             crop=(64, 64), channels="BGR", mean=mean, std=std)
    by_class("TextNet", {"size": {"shortest_edge": 71}, "do_center_crop": True, "crop_size": 64}, (64, 64),
             resize_to=lambda h, w: tuple(-(-int(71 * side / min(h, w)) // 32) * 32 for side in (h, w)),
             crop=(64, 64), mean=mean, std=std)
    by_class("PoolFormer", {"size": 64, "crop_pct": None, "crop_size": 60}, (60, 60), suffix="-null", resize_to=64, crop=(60, 60),
             interpolation="bicubic", mean=mean, std=std)
    by_class("PoolFormer", {"size": {"height": 64, "width": 72}, "crop_size": 60}, (60, 60), suffix="-rectangle",
             resize_to=(71, 80), crop=(60, 60), interpolation="bicubic", mean=mean, std=std)


def defaults():
    """A file that contains only the name of a class, so that all values are the class's own defaults
    (transformers 5.24)."""
    mean, std = IMAGENET
    half = {"mean": HALF, "std": HALF}
    bicubic, imagenet = {"interpolation": "bicubic"}, {"mean": mean, "std": std}
    cropped = {"crop": (224, 224)}
    by_class("Beit", {}, (224, 224), resize_to=(224, 224), **bicubic, **half)
    for name in ("Bit", "CLIP"):
        by_class(name, {}, (224, 224), resize_to=224, **cropped, **bicubic, mean=CLIP[0], std=CLIP[1])
    by_class("ConvNext", {}, (384, 384), suffix="-plain", resize_to=(384, 384), **bicubic, **half)
    by_class("DeiT", {}, (224, 224), resize_to=(256, 256), **cropped, **bicubic, **half)
    # Divided by std twice, because `include_top` is true.
    by_class("EfficientNet", {}, (346, 346), resize_to=(346, 346), **bicubic, mean=HALF, std=[0.25, 0.25, 0.25])
    by_class("Levit", {}, (224, 224), resize_to=256, **cropped, **bicubic, **imagenet)
    for name in ("MobileNetV1", "MobileNetV2"):
        by_class(name, {}, (224, 224), resize_to=256, **cropped, **half)
    by_class("MobileViT", {}, (256, 256), resize_to=224, crop=(256, 256), channels="BGR", **bicubic)
    by_class("Perceiver", {}, (224, 224), share=(0.875, 0.875), resize_to=(224, 224), **bicubic, **imagenet)
    by_class("PoolFormer", {}, (224, 224), resize_to=248, **cropped, **bicubic, **imagenet)
    by_class("PPLCNet", {}, (224, 224), resize_to=lambda h, w: tuple(round(side * (256 / min(h, w))) for side in (h, w)),
             **cropped, channels="BGR", **imagenet)
    by_class("Pvt", {}, (224, 224), resize_to=(224, 224), **bicubic, **imagenet)
    by_class("Segformer", {"do_center_crop": True}, (512, 512), resize_to=(512, 512), **imagenet)
    by_class("Siglip", {}, (224, 224), resize_to=(224, 224), **bicubic, **half)
    by_class("ViT", {}, (224, 224), resize_to=(224, 224), **half)


def by_class(name, keys, size, suffix="", image="wide.jpg", **options):
    kind = {"image_processor_type": f"{name}ImageProcessor{'Fast' if name in FAST else ''}"}
    specification = {"processor_class": "CLIPProcessor", "image_processor": kind | keys} if name == "CLIP" else kind | keys
    case(name + suffix, image, specification, [None, 3, *size], start=half_down, **options)


# Older releases appended this to the names of classes that use torchvision.
FAST = {"Bit", "Levit", "ViT"}

images()
own_specifications()
terms_of_its_own()
keras()
timm()
hugging_face()
defaults()
print(json.dumps(cases))
