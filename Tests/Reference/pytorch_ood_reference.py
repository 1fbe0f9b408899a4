"""Checks whether pytorch-ood ranks images like Oddity, with a table of rank correlations. Run it by hand,
because it needs PyTorch.

usage: pytorch_ood_reference.py ODDITY

ODDITY is the built command. Run it in the repository's root after Demo/prepare, in a Python with pytorch-ood,
torchvision, onnx, onnxruntime, pillow and scikit-learn. Oddity fits the demo's VGG-11 with every plain score
and scores 1,000 test images and 1,000 digits (RankFeat with the demo's ResNet-18). pytorch-ood gets z, l, W
and b of the same fit and select parts from ONNX Runtime, the same parameters if it has them, and the same
2,000 images. The last column compares Oddity's reference with pytorch-ood, without the one difference between
their definitions that docs/scores.md names.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytorch_ood.detector as peers
import torch
from scipy.stats import exponweib, spearmanr
from torch.nn.functional import normalize

from engine import Model
from image_sets import open_set, part_of, preprocessed, sampled
from network_score_reference import Head, without_truth
from scores import gaussians, logits, openmax, subspaces
from scores.data import Data, Rows, energy

ROOT = Path(__file__).parents[2]
NETWORK = ROOT / "Demo/networks/vgg11.onnx"
# For scores that need a map that is averaged before the head. The first network has none.
NETWORK_OF_MAPS = ROOT / "Demo/networks/resnet18.onnx"
OF_MAPS = {"nap", "rankfeat", "cores"}
TRAIN = str(ROOT / ".demo/train/train-images-idx3-ubyte.gz")
LIMIT, SEED = 5_000, 0
MEAN, STD = 0.286, 0.353
# pytorch-ood uses all images as a bank.
SETTINGS = {"nnguide": "nnguide.share=1"}


class Images:
    """Images with the network's results for them."""

    def __init__(self, images, head, labels=None):
        self.x = preprocessed(images, MEAN, STD)
        found = Model(str(NETWORK), [head.features, head.logits]).run(self.x, [head.features, head.logits])
        self.z, self.l = (torch.from_numpy(found[name].astype(np.float64)) for name in (head.features, head.logits))
        self.y = None if labels is None else torch.from_numpy(labels)


def evaluation_images():
    """1,000 in-distribution images and 1,000 digits, uint8 [2000, 28, 28]."""
    sets = [open_set(str(ROOT / ".demo" / name)) for name in ("test.tar", "mnist.npy")]
    return np.concatenate([images.read(list(range(1_000))) for images in sets])


def plain_scores(command):
    listed = json.loads(subprocess.run([command, "scores", "--json"], check=True, capture_output=True).stdout)
    return [score["name"] for score in listed["scores"]]


def oddity_scores(command, network, names, images):
    """{name: scores}"""
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/images.npy", images[..., None])
        preprocessing = ["--preprocess", str(ROOT / "Demo/networks/preprocess.json")]
        settings = [word for name, setting in SETTINGS.items() if name in names for word in ("--set", setting)]
        subprocess.run(
            [command, "fit", str(network), "--id", TRAIN, "--limit", str(LIMIT), "--seed", str(SEED), *preprocessing,
             "--score", ",".join(["featurenorm", *names]), *settings, "-o", f"{folder}/guarded.onnx"],
            check=True, capture_output=True)  # fmt: skip
        lines = subprocess.run(
            [command, "score", f"{folder}/guarded.onnx", f"{folder}/images.npy", "--format", "jsonl"],
            check=True, capture_output=True, text=True).stdout.splitlines()  # fmt: skip
    rows = [json.loads(line)["scores"] for line in lines]
    return {name: np.array([row[name] for row in rows], float) for name in names}


def torch_network(path):
    """A network of the demo, built by its training script, with the weights of the ONNX file."""
    sys.path.insert(0, str(ROOT / "Training"))
    import demo_networks
    import onnx_weights

    return onnx_weights.load(getattr(demo_networks, path.stem)(), path).double()


def linear(head):
    layer = torch.nn.Linear(head.w.shape[1], len(head.w)).double()
    layer.weight.data, layer.bias.data = torch.from_numpy(head.w), torch.from_numpy(head.b)
    return layer


class Peers:
    """pytorch-ood's scores, with higher values for in-distribution images. Single precision, if a detector
    supports nothing else."""

    def __init__(self, head, fit, select, x):
        self.layer, self.fit, self.select, self.x = linear(head), fit, select, x

    def of_logits(self, detector):
        return detector.predict_logits(self.x.l)

    def of_maps(self, detector):
        if detector.requires_fit:
            detector.fit_feature_maps(self.fit.z, self.fit.y)
        return detector.predict_feature_maps(self.x.z[..., None, None] if detector.requires_fit is False else self.x.z)

    def of_features(self, detector, change=lambda z: z, single=False):
        cast = (lambda z: change(z).float()) if single else change
        detector.fit_features(cast(self.fit.z), self.fit.y)
        return detector.predict_features(cast(self.x.z))

    def held_out(self, detector):
        detector.fit_logits(self.select.l.to(torch.float32), self.select.y)
        return detector.predict_logits(self.x.l.to(torch.float32)).detach()

    def flat_head(self, maps):
        return self.layer(maps.flatten(1))

    def odin(self):
        network = torch_network(NETWORK)
        detector = peers.ODIN(network, eps=0.0014, temperature=1000.0, norm_std=[STD])
        x = torch.from_numpy(self.x.x).double()
        return torch.cat([detector.predict(batch) for batch in x.split(250)])

    def rankfeat(self):
        layers = list(torch_network(NETWORK_OF_MAPS))
        pooling = next(i for i, layer in enumerate(layers) if isinstance(layer, torch.nn.AdaptiveAvgPool2d))
        detector = peers.RankFeat(torch.nn.Sequential(*layers[:pooling]), torch.nn.Sequential(*layers[pooling:]))
        with torch.no_grad():
            x = torch.from_numpy(self.x.x).double()
            return torch.cat([detector.predict(batch) for batch in x.split(250)])

    def openmax(self):
        correct = self.fit.l.argmax(1) == self.fit.y
        detector = peers.OpenMax(None, tailsize=20, alpha=3)
        detector.fit_logits(self.fit.l[correct], self.fit.y[correct])
        return detector.predict_logits(self.x.l)

    def gradnorm(self):
        return peers.GradNorm(self.layer, param_filter=lambda name: name == "weight").to("cpu").predict(self.x.z)

    def methods(self):
        """{Oddity's name: (pytorch-ood's name, how)}"""
        head, layer = self.flat_head, self.layer
        w, b = layer.weight.detach(), layer.bias.detach()
        k = max(5, -(-len(self.fit.z) // 1000))
        return {
            "msp": ("MaxSoftmax", lambda: self.of_logits(peers.MaxSoftmax(None))),
            "maxlogit": ("MaxLogit", lambda: self.of_logits(peers.MaxLogit(None))),
            "energy": ("EnergyBased", lambda: self.of_logits(peers.EnergyBased(None))),
            "tempscale": ("TemperatureScaling", lambda: self.held_out(peers.TemperatureScaling(None))),
            "entropy": ("Entropy", lambda: self.of_logits(peers.Entropy(None))),
            "gen": ("GEN", lambda: self.of_logits(peers.GEN(None))),
            "klm": ("KLMatching", lambda: self.held_out(peers.KLMatching(None))),
            "odin": ("ODIN", self.odin),
            "gradnorm": ("GradNorm", self.gradnorm),
            "react": ("ReAct", lambda: self.of_maps(peers.ReAct(None, layer))),
            "dice": ("DICE", lambda: self.of_features(peers.DICE(None, w, b, 0.9), single=True)),
            "ash-p": ("ASH", lambda: self.of_maps(peers.ASH(None, head, "ash-p", 0.9))),
            "ash-b": ("ASH", lambda: self.of_maps(peers.ASH(None, head, "ash-b", 0.9))),
            "ash-s": ("ASH", lambda: self.of_maps(peers.ASH(None, head, "ash-s", 0.9))),
            "scale": ("SCALE", lambda: self.of_maps(peers.SCALE(None, head, 0.85))),
            "vra": ("VRA", lambda: self.of_maps(peers.VRA(None, layer, 0.6, 0.9))),
            "she": ("SHE", lambda: self.of_features(peers.SHE(None, layer))),
            "fdbd": ("fDBD", lambda: self.of_features(peers.fDBD(None, linear_single(layer)), single=True)),
            "nci": ("NCI", lambda: self.of_features(peers.NCI(None, linear_single(layer), 1e-4), single=True)),
            "knn": ("KNN", lambda: self.of_features(peers.KNN(None, k))),
            "nnguide": ("NNGuide", lambda: self.of_features(peers.NNGuide(None, linear_single(layer), 100), single=True)),
            "mahalanobis": ("Mahalanobis", lambda: self.of_features(peers.Mahalanobis(None), single=True)),
            "rmds": ("RMD", lambda: self.of_features(peers.RMD(None), single=True)),
            "mahalanobis++": ("Mahalanobis of z/‖z‖", lambda: self.of_features(peers.Mahalanobis(None), normalize, True)),
            "rmds++": ("RMD of z/‖z‖", lambda: self.of_features(peers.RMD(None), normalize, True)),
            "vim": ("ViM", lambda: self.of_features(peers.ViM(None, w.shape[1] // 2, w, b), single=True)),
            "openmax": ("OpenMax", self.openmax),
            "rankfeat": ("RankFeat", self.rankfeat),
        }  # fmt: skip


class LibMR:
    """The Weibull distribution as libMR fits it, to values that are shifted so that the smallest is
    10,000."""

    TRANSLATION = 10_000

    def __init__(self, shape, smallest, scale):
        self.shape, self.moved, self.scale = shape, self.TRANSLATION - smallest, scale

    @staticmethod
    def fit(values, **_):
        _, shape, _, scale = exponweib.fit(values + LibMR.TRANSLATION - values.min(), floc=0, f0=1)
        return shape, values.min(), scale

    def cdf(self, x):
        return exponweib.cdf(x + self.moved, a=1, c=self.shape, loc=0, scale=self.scale)


class Definitions:
    """Oddity's reference, with pytorch-ood's definition in the one point in which they differ."""

    def __init__(self, head, fit, select, x):
        def rows(part):
            return Rows(part.z.numpy(), part.l.numpy(), None, part.y.numpy())

        self.data, self.fit = Data(head.w, head.b, rows(fit), rows(select)), fit.z.numpy()
        self.x = without_truth(x.z.numpy(), x.l.numpy(), None)

    def with_all_directions(self, score, **options):
        def inverse(covariance):
            return np.linalg.inv(covariance + 1e-6 / len(self.fit) * np.eye(len(covariance)))

        with patch.object(gaussians, "precision", inverse):
            return score(self.data, self.x, **options)[0]

    def vim(self):
        def in_single_precision(matrix):
            return tuple(part.double().numpy() for part in torch.linalg.eigh(torch.from_numpy(matrix).float()))

        with patch.object(np.linalg, "eigh", in_single_precision):
            return subspaces.vim(self.data, self.x)[0]

    def vra(self):
        clipped = np.clip(self.x.z, *np.percentile(self.fit, [60, 90], axis=0))
        return energy(clipped @ self.data.w.T + self.data.b)

    def gen(self):
        p = np.clip(np.exp(logits.log_softmax(self.x.l)), 1e-7, 1 - 1e-7)
        return -(p**0.1 * (1 - p) ** 0.1).sum(1)

    def openmax(self):
        with patch.object(openmax, "weibull_min", LibMR):
            return openmax.openmax(self.data, self.x)[0]

    def scores(self):
        return {
            "openmax": self.openmax,
            "gen": self.gen, "vra": self.vra, "vim": self.vim,
            "mahalanobis": lambda: self.with_all_directions(gaussians.mahalanobis),
            "rmds": lambda: self.with_all_directions(gaussians.rmds),
            "mahalanobis++": lambda: self.with_all_directions(gaussians.mahalanobis, normalise=True),
            "rmds++": lambda: self.with_all_directions(gaussians.rmds, normalise=True),
        }  # fmt: skip


def linear_single(layer):
    single = torch.nn.Linear(layer.in_features, layer.out_features)
    single.load_state_dict(layer.state_dict())
    return single


def parts(head):
    """The images of Oddity's fit and select parts."""
    images = open_set(TRAIN)
    positions, _ = sampled(images.ids, LIMIT, SEED)
    dealt = {name: [p for p in positions if part_of(SEED, images.ids[p]) == name] for name in ("fit", "select")}
    return [Images(images.read(dealt[name]), head, images.labels[dealt[name]]) for name in dealt]


def main():
    head = Head(str(NETWORK))
    images = evaluation_images()
    names = [name for name in plain_scores(sys.argv[1]) if name != "featurenorm"]
    own = oddity_scores(sys.argv[1], NETWORK, [name for name in names if name not in OF_MAPS], images)
    own |= oddity_scores(sys.argv[1], NETWORK_OF_MAPS, ["rankfeat"], images)
    measured = (head, *parts(head), Images(images, head))
    methods, definitions = Peers(*measured).methods(), Definitions(*measured).scores()
    print("| score | pytorch-ood | Spearman | its definition |\n|---|---|---|---|")
    for name, (peer, predict) in methods.items():
        theirs = -predict().detach().double().numpy()
        found = [own[name]] + ([definitions[name]()] if name in definitions else [])
        correlations = [f"{spearmanr(scores, theirs).statistic:.6f}" for scores in found]
        print(f"| `{name}` | {peer} |", " | ".join((correlations + [""])[:2]), "|", flush=True)
    print("\nNot in pytorch-ood:", ", ".join(name for name in names if name not in methods))


if __name__ == "__main__":
    main()
