"""Writes docs/benchmarks.md from the results of the suites and the paper's numbers: no number in it is typed by hand.

usage: publish.py CIFAR10_RESULTS IMAGENET_RESULTS OUTPUT.md
needs: pip install jinja2 scipy

The first two are folders that `oddity benchmark --output` wrote. The text is benchmarks.md.jinja, the paper's numbers
are paper.json.
"""

import json
import pathlib
import re
import sys
import textwrap

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from scipy.stats import spearmanr

HERE = pathlib.Path(__file__).parent


def percent(share, digits=2):
    return f"{100 * share:.{digits}f}"


def wrapped(markdown):
    """Paragraphs (not tables nor headings) in lines of 120 characters at most."""
    blocks = markdown.split("\n\n")
    lines = [
        block if block.lstrip().startswith(("|", "#"))
        else textwrap.fill(" ".join(block.split()), 120, break_long_words=False, break_on_hyphens=False)
        for block in blocks
    ]  # fmt: skip
    return "\n\n".join(lines).rstrip() + "\n"


def demoted(markdown):
    """Headings two levels deeper, to stand below a heading of the page."""
    return re.sub(r"^(#+) ", r"\1# ", markdown, flags=re.MULTILINE)


class Suite:
    """A suite's results."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        with open(folder / "results.json") as file:
            self.report = json.load(file)
        self.tables = demoted((folder / "results.md").read_text())
        self.networks = [Network(network) for network in self.report["networks"]]

    def network(self, name):
        return next(network for network in self.networks if network.name == name)


class Network:
    """One network's results, as the text asks for them."""

    def __init__(self, report):
        self.report = report
        self.name = report["name"]
        self.blocks = report["fit"]["blocks"]
        self.selected = report["fit"]["selected"]["index"]

    @property
    def accuracy(self):
        return percent(self.report["id_accuracy"])

    @property
    def best_block(self):
        """The block whose norm has the largest mean AUROC."""
        rows = self.report["blocks"]["blocks"]
        return max(rows, key=lambda row: row["mean_auroc"])

    @property
    def selected_block(self):
        return self.report["blocks"]["blocks"][self.selected]

    def mean(self, method):
        return next(row for row in self.report["table"]["methods"] if row["name"] == method)["mean"]

    def against(self, method, ood):
        row = next(row for row in self.report["table"]["methods"] if row["name"] == method)
        return next(cell for cell in row["ood"] if cell["name"] == ood)

    def pair(self, method, ood=None):
        """FPR95/AUROC in per cent, of one set or the mean."""
        cell = self.against(method, ood) if ood else self.mean(method)
        return f"{percent(cell['fpr95'])}/{percent(cell['auroc'])}"

    @property
    def norm_ratios(self):
        return [block["norm_ratio"] for block in self.blocks]

    @property
    def aurocs(self):
        return [row["mean_auroc"] for row in self.report["blocks"]["blocks"]]

    @property
    def best_method(self):
        return max(self.report["table"]["methods"], key=lambda row: row["mean"]["auroc"])["name"]

    def kind(self, name):
        return next(kind for kind in self.report["blocks"]["predictions"] if kind["kind"].startswith(name))


def published(paper, network):
    """The paper's table of one network, as Markdown."""
    sets = paper["cifar10"]["sets"]
    lines = [f"| method | {' | '.join(sets)} |", f"| :--- |{' ---: |' * len(sets)}"]
    for row in paper["cifar10"]["tables"][network]:
        cells = [f"{cell['fpr95']:.2f}/{cell['auroc']:.2f}" for cell in row["cells"]]
        lines.append(f"| {row['method']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def published_cell(paper, network, method, column):
    row = next(row for row in paper["cifar10"]["tables"][network] if row["method"] == method)
    cell = row["cells"][paper["cifar10"]["sets"].index(column)]
    return f"{cell['fpr95']:.2f}/{cell['auroc']:.2f}"


def rank_correlation(first, second):
    return f"{spearmanr(first, second).statistic:.2f}"


def training_runs():
    """What the logs of Training/networks say of each run, by file name."""
    logs = (HERE.parent / "Training" / "networks").glob("*.jsonl")
    return {log.stem: json.loads(log.read_text().splitlines()[0]) for log in logs}


def main():
    cifar10, imagenet, output = sys.argv[1:]
    with open(HERE / "paper.json") as file:
        paper = json.load(file)
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters["percent"] = percent
    text = environment.get_template("benchmarks.md.jinja").render(
        cifar10=Suite(cifar10), imagenet=Suite(imagenet), paper=paper, training=training_runs(),
        published=lambda network: published(paper, network),
        published_cell=lambda *cell: published_cell(paper, *cell),
        published_mean=lambda network, method: published_cell(paper, network, method, "average"),
        rank_correlation=rank_correlation,
    )  # fmt: skip
    pathlib.Path(output).write_text(wrapped(text))


if __name__ == "__main__":
    main()
