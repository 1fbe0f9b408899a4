"""FPR95 and AUROC of every block and every score, from observations. The formulas are those of
Tests/Reference, in float64.

usage: cifar_tables.py OBSERVATIONS.npz TABLE.json
"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Tests" / "Reference"))

import metrics as reference_metrics  # noqa: E402
from scores import catalogue, logits  # noqa: E402
from scores.data import Data, Rows, energy  # noqa: E402

# tempscale needs labelled images that are new to the network, and the test set leaves none. odin needs the
# images.
ON_ROWS = [name for name in catalogue.PLAIN if name not in {"featurenorm", "tempscale", "odin", "kpca-rff"}]
COMPOSED = [f"{name}+norm" for name in ON_ROWS if name in catalogue.ON_LOGITS | catalogue.DISTANCES | {"vim"}]
RANDOM_FEATURES = {"M": 2048, "gamma": 2.0, "seed": 0}


def norm_ratios(images: np.ndarray, jigsaws: np.ndarray) -> dict[str, list[float]]:
    """FeatureNorm of each block, in both interpretations of the paper. The arguments are [N, blocks]."""
    return {
        "mean_of_ratios": (images / jigsaws).mean(0).tolist(),
        "ratio_of_means": (images.mean(0) / jigsaws.mean(0)).tolist(),
    }


def rows(arrays: dict, name: str, block: int) -> Rows:
    features, class_scores, norms = (arrays[f"{name}/{kind}"].astype(np.float64) for kind in ("features", "logits", "norms"))
    return Rows(features, class_scores, norms[:, block], arrays[f"{name}/labels"])


def scores_of(arrays: dict, sets: list[str], block: int) -> dict[str, dict[str, np.ndarray]]:
    """For each score, the scores of each set's images."""
    fit = rows(arrays, "fit", block)
    data = Data(arrays["weight"].astype(np.float64), arrays["bias"].astype(np.float64), fit, fit)
    draws, width = np.random.default_rng(RANDOM_FEATURES["seed"]), data.w.shape[1]
    data.omega = draws.normal(0, np.sqrt(2 * RANDOM_FEATURES["gamma"]), (width, RANDOM_FEATURES["M"]))
    data.phases = draws.uniform(0, 2 * np.pi, RANDOM_FEATURES["M"])
    each = {name: rows(arrays, name, block) for name in sets}
    # All sets are joined, so that each score is fitted only once.
    joined = Rows(*(np.concatenate([getattr(part, field) for part in each.values()]) for field in ("z", "l", "norm", "truth")))
    cuts = np.cumsum([len(part.l) for part in each.values()])[:-1]
    result = {name: catalogue.compute(name, data, joined)[0] for name in [*ON_ROWS, "kpca-rff", *COMPOSED]}
    perturbed = np.concatenate([arrays[f"{name}/perturbed"] for name in sets]).astype(np.float64)
    result["odin"] = logits.odds_above_uniform(perturbed / 1000)
    result["nap"] = np.concatenate([arrays[f"{name}/nap"] for name in sets])
    reduced = np.concatenate([arrays[f"{name}/reduced"] for name in sets]).astype(np.float64)
    if reduced.shape[1] == width:
        result["rankfeat"] = energy(reduced @ data.w.T + data.b)
    return {name: dict(zip(sets, np.split(score, cuts))) for name, score in result.items()}


def measured(scores: dict[str, np.ndarray], ood: list[str]) -> dict[str, dict[str, float]]:
    """The metrics of each OOD set in per cent, by the paper's definitions."""
    result = {}
    for name in ood:
        values = reference_metrics.metrics(scores["test"], scores[name])
        result[name] = {key: round(100 * values[key], 2) for key in ("fpr95", "auroc")}
    return result


def table(arrays: dict) -> dict:
    """All results of one network."""
    sets = [str(name) for name in arrays["sets"]]
    ood = [name for name in sets if name != "test"]
    ratios = norm_ratios(arrays["fit/norms"].astype(np.float64), arrays["jigsaws/norms"].astype(np.float64))
    selected = int(np.argmax(ratios["mean_of_ratios"]))
    blocks = {name: arrays[f"{name}/norms"] for name in sets}
    return {
        "norm_ratios": ratios,
        "selected_block": selected,
        "accuracy": {
            name: float((arrays[f"{name}/logits"].argmax(1) == arrays[f"{name}/labels"]).mean()) for name in ("fit", "test")
        },
        "images": {name: len(arrays[f"{name}/labels"]) for name in ["fit", *sets]},
        "blocks": [
            measured({name: norms[:, block] for name, norms in blocks.items()}, ood)
            for block in range(len(ratios["mean_of_ratios"]))
        ],
        "scores": {name: measured(score, ood) for name, score in scores_of(arrays, sets, selected).items()},
    }


def markdown(name: str, facts: dict) -> str:
    """The table in the form of a page."""
    ood = list(facts["blocks"][0])

    def line(label: str, row: dict) -> str:
        cells = [f"{row[key]['fpr95']:.2f}/{row[key]['auroc']:.2f}" for key in ood]
        average = "/".join(f"{np.mean([row[key][kind] for key in ood]):.2f}" for kind in ("fpr95", "auroc"))
        return f"| {label} | {' | '.join(cells)} | {average} |"

    ratios, selected = facts["norm_ratios"]["mean_of_ratios"], facts["selected_block"]
    head = f"| | {' | '.join(ood)} | average |\n|{'---|' * (len(ood) + 2)}"
    blocks = [
        line(f"block {index}, NormRatio {ratio:.3f}{', selected' if index == selected else ''}", facts["blocks"][index])
        for index, ratio in enumerate(ratios)
    ]
    best = sorted(facts["scores"], key=lambda key: -np.mean([facts["scores"][key][name]["auroc"] for name in ood]))
    rows_ = [line(f"`{score}`", facts["scores"][score]) for score in best]
    accuracy = facts["accuracy"]
    return "\n".join(
        [
            f"## {name}",
            "",
            f"Test accuracy {100 * accuracy['test']:.2f} %, training accuracy {100 * accuracy['fit']:.2f} %. FPR95/AUROC in per cent.",
            "",
            head,
            *blocks,
            *rows_,
            "",
        ]
    )


def main() -> None:
    observations, path = Path(sys.argv[1]), Path(sys.argv[2])
    with np.load(observations) as file:
        arrays = dict(file)
    facts = table(arrays)
    path.write_text(json.dumps(facts, indent=1))
    path.with_suffix(".md").write_text(markdown(path.stem, facts))


if __name__ == "__main__":
    main()
