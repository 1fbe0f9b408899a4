"""Repeats a benchmark without Oddity, and compares the results: Pillow, ONNX Runtime, NumPy and scikit-learn
in float64.

usage: suite_reference.py SUITE.yaml RESULTS.json [--network NAME] [--images N]
needs, beside Scripts/requirements.txt: pip install pyyaml

Checks every block's NormRatio (with jigsaws from the documented seed rule), every block's AUROC and FPR95
against every OOD set, and AUROC and FPR95 of the methods msp, maxlogit and energy, of these with the selected
norm, and of featurenorm: for each set, for the means of near and far sets and of all, and for the full
spectrum. Other methods are listed and skipped. Only the names of the blocks' tensors and the selected block
come from RESULTS.json. The logits are the model's first output, and the features are the input of its last
Gemm. Sources must be tars of images. --images uses at most this many images of each set (for a quick test;
the numbers then differ). Exits with 1 if a difference is larger than 1e-4, or for FPR95 larger than one
image.
"""

import argparse
import io
import json
import pathlib
import re
import sys
import tarfile

import numpy as np
import onnx
import yaml
from onnx import numpy_helper
from PIL import Image

from engine import Model
from formulas import LOGIT_SCORES, feature_norm
from jigsaw import jigsaw
from metrics import metrics
from splitmix64 import fnv1a, image_randomness

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Examples" / "python"))
from score_guarded import preprocess  # noqa: E402

TOLERANCE = 1e-4
BATCH = 64
CIFAR = {"mean": [0.4914, 0.4822, 0.4465], "std": [0.2470, 0.2435, 0.2616]}
IMAGENET = {"resize": 256, "crop": 224, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
NAMED = {"cifar": CIFAR, "imagenet": IMAGENET}
DEFAULTS = {
    "resize": None, "crop": None, "interpolation": "bilinear", "channels": "RGB", "layout": "NCHW", "alpha": "drop",
    "exif_orientation": True, "rescale_factor": 1 / 255, "mean": [0, 0, 0], "std": [1, 1, 1],
}  # fmt: skip


class Tar:
    """The images of a tar, in its order."""

    def __init__(self, path):
        self.archive = tarfile.open(path)
        images = re.compile(r"\.(jpe?g|png|bmp|webp|gif|tiff?)$", re.IGNORECASE)
        self.members = [m for m in self.archive if m.isfile() and images.search(m.name)]
        self.ids = [fnv1a(m.name) for m in self.members]

    def batches(self, positions, spec, size):
        """Preprocessed images [n, C, H, W] with their ids."""
        for start in range(0, len(positions), BATCH):
            part = positions[start : start + BATCH]
            images = [self.image(p, spec, size) for p in part]
            yield np.stack(images), [self.ids[p] for p in part]

    def image(self, position, spec, size):
        image = Image.open(io.BytesIO(self.archive.extractfile(self.members[position]).read()))
        if spec["resize"] is None and spec["crop"] is None and image.size != size:
            image = image.convert("RGB").resize(size, Image.Resampling.BILINEAR)
        return preprocess(image, spec | {"size": [size[1], size[0]]})


class Suite:
    """The sets and seeds in a suite's file."""

    def __init__(self, path):
        self.folder = pathlib.Path(path).parent
        with open(path) as file:
            self.tree = yaml.safe_load(file)
        self.seed = self.tree.get("seed", 0)
        self.roles = {role: self.listed(self.tree["id"].get(role)) for role in ("fit", "calibration", "evaluate")}

    @staticmethod
    def listed(value):
        return [] if value is None else value if isinstance(value, list) else [value]

    def stretches(self, role):
        """Tars with the positions that belong to a role. If k roles name a source, it is dealt by the first
        draw modulo k."""
        for source in self.roles[role]:
            claimants = [r for r, sources in self.roles.items() if source in sources]
            tar = Tar(self.folder / source)
            keys = [image_randomness(self.seed, i, 1)[0] for i in tar.ids]
            dealt = [p for p, key in enumerate(keys) if key % len(claimants) == claimants.index(role)]
            limit = self.tree.get("limit")
            if role == "fit" and limit is not None:
                dealt = sorted(sorted(dealt, key=lambda p: (keys[p], p))[:limit])
            yield tar, dealt

    def ood(self):
        for entry in self.tree["ood"]:
            tar = Tar(self.folder / entry["source"])
            yield entry["name"], [(tar, list(range(len(tar.members))))]

    def shifted(self):
        tars = [Tar(self.folder / entry["source"]) for entry in self.tree["id"].get("shifted", [])]
        return [(tar, list(range(len(tar.members)))) for tar in tars]

    def groups(self):
        """The positions of the near sets and of the far sets."""
        groups = [entry.get("group") for entry in self.tree["ood"]]
        members = {group: [i for i, g in enumerate(groups) if g == group] for group in ("near", "far")}
        return {f"{group}-OOD": sets for group, sets in members.items() if sets}

    def specification(self, network):
        preprocess = network.get("preprocess")
        if preprocess is None or preprocess in NAMED:
            return DEFAULTS | NAMED.get(preprocess, {})
        with open(self.folder / preprocess) as file:
            return DEFAULTS | json.load(file)


def square(spec):
    """The crop as [height, width]."""
    crop = spec["crop"]
    return spec | {"crop": [crop, crop] if isinstance(crop, int) else crop}


def last_layer(path, logits):
    """The input tensor of the last Gemm, and its bias."""
    graph = onnx.load(path).graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    node = next(node for node in graph.node if logits in node.output)
    while node.op_type != "Gemm":  # an Identity or a Cast, if weights are float16
        node = next(other for other in graph.node if node.input[0] in other.output)
    bias = node.input[2]
    if bias not in constants:
        bias = next(other for other in graph.node if bias in other.output).input[0]
    return node.input[0], numpy_helper.to_array(constants[bias]).astype(np.float64)


class Network:
    """A network of the suite with all its blocks and its logits."""

    def __init__(self, suite, entry, report, images):
        path = str(suite.folder / entry["model"])
        self.blocks = {b["tensor"]: 1 if b["layout"] == "channelsFirst" else -1 for b in report["fit"]["blocks"]}
        self.selected = report["fit"]["selected"]["tensor"]
        self.logits = Model(path).outputs[0]
        self.features, self.bias = last_layer(path, self.logits)
        self.model = Model(path, [*self.blocks, self.features])
        # The mean length of the features divided by the mean FeatureNorm of the selected block, over the fit
        # part.
        self.scale = None
        self.spec = square(suite.specification(entry))
        shape = self.model.input.shape
        self.size = (shape[3], shape[2])
        self.seed = suite.seed
        self.images = images

    def look(self, images):
        outputs = self.model.run(images, [*self.blocks, self.logits, self.features], batch=BATCH)
        rows = {tensor: feature_norm(outputs[tensor], axis) for tensor, axis in self.blocks.items()}
        logits = outputs[self.logits].astype(np.float64)
        rows |= {name: score(logits) for name, score in LOGIT_SCORES.items()}
        rows["length"] = np.linalg.norm(outputs[self.features].astype(np.float64).reshape(len(images), -1), axis=1)
        if self.scale is not None:
            factor = self.scale * rows[self.selected] / rows["length"]
            scaled = factor[:, None] * (logits - self.bias) + self.bias
            rows |= {f"{name}+norm": score(scaled) for name, score in LOGIT_SCORES.items()}
        return rows

    def scores(self, stretches):
        """Every block's norm and every logit score for each image."""
        seen = [
            self.look(images)
            for tar, positions in stretches
            for images, _ in tar.batches(positions[: self.images], self.spec, self.size)
        ]
        return {key: np.concatenate([rows[key] for rows in seen]) for key in seen[0]}

    def norm_ratios(self, suite):
        """The mean of the ratios of images over the fit part. Determines the scale of scores with the
        norm."""
        share = 0.75 if suite.roles["calibration"] else 0.6
        ratios = {tensor: [] for tensor in self.blocks}
        lengths, norms = [], []
        for tar, dealt in suite.stretches("fit"):
            fitted = [p for p in dealt if image_randomness(self.seed, tar.ids[p], 1)[1] < share]
            for images, ids in tar.batches(fitted[: self.images], self.spec, self.size):
                orders = [image_randomness(self.seed, i, 9)[2] for i in ids]
                shuffled = np.stack([jigsaw(x, 3, order) for x, order in zip(images, orders)])
                plain, pseudo = self.look(images), self.look(shuffled)
                lengths.append(plain["length"])
                norms.append(plain[self.selected])
                for tensor in self.blocks:
                    ratios[tensor].append(plain[tensor] / pseudo[tensor])
        self.scale = np.concatenate(lengths).mean() / np.concatenate(norms).mean()
        return {tensor: np.concatenate(values).mean() for tensor, values in ratios.items()}


class Comparison:
    """Compares our numbers with theirs, and keeps the largest difference of each kind."""

    def __init__(self):
        self.largest = {}
        self.failed = False

    def check(self, kind, what, theirs, ours, tolerance):
        difference = abs(theirs - ours)
        if difference > self.largest.get(kind, (-1,))[0]:
            self.largest[kind] = (difference, what, theirs, ours, tolerance)
        if not difference <= tolerance:
            self.failed = True
            print(f"DIFFERS {kind} {what}: Oddity {theirs:.6f}, here {ours:.6f}")

    def cell(self, what, cell, inside, outside):
        """AUROC and FPR95, and the allowed difference of the latter."""
        here = metrics(inside, outside)
        numbers = here["auroc"], here["fpr95"], 1 / len(outside) + 1e-9
        self.numbers(what, cell, numbers)
        return numbers

    def numbers(self, what, cell, numbers):
        auroc, fpr95, one_image = numbers
        self.check("AUROC", what, cell["auroc"], auroc, TOLERANCE)
        self.check("FPR95", what, cell["fpr95"], fpr95, one_image)

    def table(self, what, table, groups, inside, outside, key):
        """Every cell of a table, its groups and its means. `outside` contains the scores of each set."""
        for method in table["methods"]:
            name = key(method["name"])
            if name not in inside:
                continue
            cells = [
                self.cell(f"{what}{cell['name']} {method['name']}", cell, inside[name], scores[name])
                for cell, scores in zip(method["ood"], outside, strict=True)
            ]
            means = [*zip(method["groups"], groups.values(), strict=True), (method["mean"], range(len(cells)))]
            for cell, sets in means:
                mean = np.mean([cells[i] for i in sets], axis=0)
                self.numbers(f"{what}{cell['name']} {method['name']}", cell, mean)

    def summary(self):
        for kind, (difference, what, theirs, ours, tolerance) in self.largest.items():
            print(f"{kind}: largest difference {difference:.2e} ({what}: {theirs:.6f}, {ours:.6f}; allowed {tolerance:.1e})")


def compare(suite, entry, report, images):
    print(f"{entry['name']}:")
    network, comparison = Network(suite, entry, report, images), Comparison()
    ratios = network.norm_ratios(suite)
    for block in report["fit"]["blocks"]:
        comparison.check("NormRatio", block["tensor"], block["norm_ratio"], ratios[block["tensor"]], TOLERANCE)
    inside = network.scores(suite.stretches("evaluate"))
    selected = report["fit"]["selected"]["tensor"]
    sets = []
    for position, (name, stretches) in enumerate(suite.ood()):
        outside = network.scores(stretches)
        sets.append(outside)
        print(f"  {name}: {len(outside[selected])} images against {len(inside[selected])}")
        for block in report["block_metrics"] or []:
            tensor = block["tensor"]
            comparison.cell(f"{name} {tensor}", block["ood"][position], inside[tensor], outside[tensor])

    def key(method):
        return selected if method == "featurenorm" else method

    unknown = [m["name"] for m in report["table"]["methods"] if key(m["name"]) not in inside]
    if unknown:
        print(f"  not compared: {', '.join(unknown)}")
    comparison.table("", report["table"], suite.groups(), inside, sets, key)
    if suite.shifted():
        moved = network.scores(suite.shifted())
        whole = {name: np.concatenate([inside[name], moved[name]]) for name in inside}
        comparison.table("full spectrum, ", report["full_spectrum"]["table"], suite.groups(), whole, sets, key)
    comparison.summary()
    return not comparison.failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("suite")
    parser.add_argument("results")
    parser.add_argument("--network", help="only this one")
    parser.add_argument("--images", type=int)
    options = parser.parse_args()
    suite = Suite(options.suite)
    with open(options.results) as file:
        reports = {report["name"]: report for report in json.load(file)["networks"]}
    chosen = [n for n in suite.tree["networks"] if options.network in (None, n["name"])]
    agrees = [compare(suite, network, reports[network["name"]], options.images) for network in chosen]
    sys.exit(0 if all(agrees) else 1)


if __name__ == "__main__":
    main()
