"""Writes docs/claims.md: the verdicts of the CIFAR-10 suite on the paper's claims, one by one.

usage: publish_claims.py CIFAR10_RESULTS OUTPUT.md
needs: pip install jinja2 scipy

Beside the results are grids.json and transformers.json, which Benchmarks/run has written. The text is in claims.md.jinja.
"""

import json
import pathlib
import re
import statistics
import sys

import claims
from publish import HERE, Suite, environment, mean, training_runs, wrapped

# Trainings of one network that differ only in their seed.
SEEDS = r"ResNet-18 quarter width( seed \d)?"


def read(path):
    if not path.exists():
        sys.exit(f"{path} is missing: run Benchmarks/{path.stem}")
    return json.loads(path.read_text())


def grids(folder, suite):
    """The blocks that other grids of the jigsaw select, for each network of a suite."""
    measured = read(folder.parent / "grids.json")
    missing = [network.name for network in suite.networks if network.name not in measured]
    if missing:
        sys.exit(f"grids.json lacks {', '.join(missing)}: run Benchmarks/grids")
    return [claims.Grids(network, measured[network.name]) for network in suite.networks]


def spread(networks):
    """The mean and the standard deviation over several trainings of one network, in per cent."""
    if len(networks) < 2:
        sys.exit(f"{len(networks)} seed of the smallest network has results, and a spread needs two: Training/train_small trains them")
    numbers = {
        "accuracy": lambda network: network.report["id_accuracy"],
        "norm_fpr95": lambda network: network.mean("featurenorm")["fpr95"],
        "norm_auroc": lambda network: network.mean("featurenorm")["auroc"],
        "energy_auroc": lambda network: network.mean("energy")["auroc"],
        "energy_norm_auroc": lambda network: network.mean("energy+norm")["auroc"],
        "auto_auroc": lambda network: network.mean("auto")["auroc"],
    }
    values = {name: [100 * number(network) for network in networks] for name, number in numbers.items()}
    return {name: f"{mean(row):.2f} ± {statistics.stdev(row):.2f}" for name, row in values.items()}


def selections(blocks):
    """For each interpretation of FeatureNorm, the mean AUROC of the block that its NormRatio selects."""
    selected = {}
    for position, reading in enumerate(blocks[0]["readings"]):
        best = max(blocks, key=lambda block: block["readings"][position]["norm_ratio"])
        selected[reading["reading"]] = best["readings"][position]["mean_auroc"]
    return selected


def main():
    folder, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    suite = Suite(folder)
    tried = grids(folder, suite)
    seeds = [network for network in suite.networks if re.fullmatch(SEEDS, network.name)]
    transformers = read(folder.parent / "transformers.json")
    text = environment().get_template("claims.md.jinja").render(
        cifar10=suite, paper=read(HERE / "paper.json"), training=training_runs(), families=read(HERE / "families.json"), claims=claims,
        claim=claims.Claim.of, grids=tried, three_is_best={grid.network.name: grid.three_is_best() for grid in tried}, seeds=seeds,
        seed_spread=spread(seeds), transformers=transformers, selected_of={name: selections(blocks) for name, blocks in transformers.items()},
    )  # fmt: skip
    output.write_text(wrapped(text))


if __name__ == "__main__":
    main()
