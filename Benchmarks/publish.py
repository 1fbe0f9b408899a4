"""Writes docs/benchmarks.md from the results of the suites and the paper's numbers. No number in it is typed by hand.

usage: publish.py CIFAR10_RESULTS IMAGENET_RESULTS FASHION_RESULTS ODIN_RESULTS OUTPUT.md
needs: pip install jinja2 scipy

The first four are folders that `oddity benchmark --output` has written. Without the fourth, there is no section on ODIN. Beside
the first folder are the files cost-SHARE.json that Benchmarks/run has written. The text is in benchmarks.md.jinja, and the
paper's numbers are in paper.json.
"""

import json
import pathlib
import re
import sys
import textwrap

import claims
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from scipy.stats import spearmanr

HERE = pathlib.Path(__file__).parent


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def percent(share, digits=2):
    return "–" if share is None else f"{100 * share:.{digits}f}"


def interval(bounds):
    return "to".join(f" {percent(bound)} " for bound in bounds).strip() if bounds else "–"


def wrapped(markdown):
    """Wraps paragraphs (not tables or headings) at 120 characters."""
    blocks = markdown.split("\n\n")
    lines = [
        block if block.lstrip().startswith(("|", "#"))
        else textwrap.fill(" ".join(block.split()), 120, break_long_words=False, break_on_hyphens=False)
        for block in blocks
    ]  # fmt: skip
    return "\n\n".join(lines).rstrip() + "\n"


def demoted(markdown):
    """Lowers headings by two levels, so that they fit below a heading of the page."""
    return re.sub(r"^(#+) ", r"\1# ", markdown, flags=re.MULTILINE)


def without_hindsight(markdown):
    """Removes the tables of auto and hindsight, because the page has them for all networks together."""
    return re.sub(r"^## auto and hindsight on .*?(?=^## |\Z)", "", markdown, flags=re.MULTILINE | re.DOTALL)


def with_short_intervals(markdown):
    """The table of 95 % intervals, with the rows of a few methods. results.md contains all rows."""
    before, heading, rest = markdown.partition("95 % intervals\n")
    lines, shown, network = [], INTERVALS_SHOWN, ""
    for line in rest.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if line.startswith("|") and len(cells) > 3 and " / " in line:
            network = cells[1] or network
            if cells[2] not in shown:
                continue
            # The first remaining row of a network gets its name.
            cells[1] = "" if any(f"| {network} |" in known for known in lines) else network
            line = "|".join([" " + cell + " " if cell else "  " for cell in cells]).strip()
        lines.append(line)
    return before + heading + "\n".join(lines) + "\n"


INTERVALS_SHOWN = {"auto", "msp", "energy", "energy+norm", "knn+norm", "featurenorm"}


class Suite:
    """A suite's results."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        with open(folder / "results.json") as file:
            self.report = json.load(file)
        results = (folder / "results.md").read_text()
        self.tables = demoted(without_hindsight(with_short_intervals(results)))
        # The first table with its notes, without its heading.
        self.methods = results.partition("### 95 % intervals")[0].partition("\n")[2].strip()
        self.networks = [Network(network) for network in self.report["networks"]]

    def network(self, name):
        return next(network for network in self.networks if network.name == name)

    def by_name(self, opinion, *arguments):
        """The result of a function for each network."""
        return {network.name: opinion(network, *arguments) for network in self.networks}


class Network:
    """The results of one network, for the text."""

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

    def row(self, method):
        return next(row for row in self.report["table"]["methods"] if row["name"] == method)

    def mean(self, method):
        return self.row(method)["mean"]

    def against(self, method, ood):
        return next(cell for cell in self.row(method)["ood"] if cell["name"] == ood)

    def group(self, method, name):
        """FPR95/AUROC in per cent, the mean of the near sets or of the far sets."""
        cell = next(cell for cell in self.row(method)["groups"] if cell["name"] == name)
        return f"{percent(cell['fpr95'])}/{percent(cell['auroc'])}"

    def pair(self, method, ood=None):
        """FPR95/AUROC in per cent, of one set or the mean of all."""
        cell = self.against(method, ood) if ood else self.mean(method)
        return f"{percent(cell['fpr95'])}/{percent(cell['auroc'])}"

    @property
    def norm_ratios(self):
        return [block["norm_ratio"] for block in self.blocks]

    @property
    def aurocs(self):
        return [row["mean_auroc"] for row in self.report["blocks"]["blocks"]]

    @property
    def lost(self):
        """The mean AUROC of the best block minus that of the selected block."""
        return self.best_block["mean_auroc"] - self.selected_block["mean_auroc"]

    def gain(self, method, metric):
        """A difference of means in percentage points, with its paired interval."""
        row = claims.gain(self, method)
        return f"{percent(row[metric])} ({interval(row[f'{metric}_ci95'])})"

    def kind(self, name):
        return next(kind for kind in self.report["blocks"]["predictions"] if kind["kind"].startswith(name))


class AutoStudy:
    """The cost of choosing without OOD images, compared with the best score in hindsight, for each network."""

    def __init__(self, network, images):
        self.name, self.images, self.report, self.network = network.name, images, network.report, network
        self.auto = network.report["fit"]["auto"]
        self.rows = network.report["hindsight"]["rows"]
        self.singles = network.report["hindsight"]["candidates"]
        self.sets = [row["name"] for row in network.report["table"]["sets"]]
        self.methods = {row["name"]: row["mean"]["auroc"] for row in network.report["table"]["methods"]}
        self.blocks = {row["index"]: row["mean"]["auroc"] for row in network.report["block_metrics"]}

    @property
    def chosen(self):
        return self.title(self.auto["chosen"])

    @staticmethod
    def title(choice):
        return f"featurenorm@{choice['block']['index']}" if choice["block"] else choice["name"]

    @property
    def average(self):
        """The row over all sets."""
        return HindsightRow(self.rows[0])

    @property
    def each(self):
        """One row for each set."""
        return [HindsightRow(row) for row in self.rows if len(row["sets"]) == 1]

    @property
    def reduced(self):
        """The rows without one set, with its name. With two sets, that is the other set, which `each` contains."""
        rows = [row for row in self.rows[1:] if len(row["sets"]) > 1]
        return [(next(name for name in self.sets if name not in row["sets"]), HindsightRow(row)) for row in rows]

    def auroc(self, choice):
        return self.blocks[choice["block"]["index"]] if choice["block"] else self.methods[choice["name"]]

    def lost(self, criterion):
        """The mean AUROC of the best single score minus that of a criterion's choice, negative if the choice is better; None if
        the criterion chooses nothing."""
        choice = self.choice(criterion)
        return self.average.best - self.auroc(choice) if choice else None

    def lost_fixed(self, name):
        """The same difference for always using one score."""
        return self.average.best - self.methods[name]

    def choice(self, criterion):
        return next((row for row in self.auto["choices"] if row["criterion"] == criterion), None)

    def check(self):
        """Ends the program if hindsight does not include all candidates of `auto`."""
        rows = {*self.methods, *(f"featurenorm@{index}" for index in self.blocks), "featurenorm"}
        missing = [row["name"] for row in self.auto["ranking"] if row["name"] not in rows | NO_ROWS]
        if missing:
            sys.exit(f"{self.name}: the suite has no rows of candidates of auto: {', '.join(missing)}")


# Candidates of some networks that are missing in a suite of all networks. VGG-11 has no map for nap.
NO_ROWS = {"nap"}


class HindsightRow:
    """`auto` compared with the best single score, on some sets. AUROC is in [0, 1]."""

    def __init__(self, row):
        self.sets, self.name, self.best, self.auto = row["sets"], row["best"], row["best_auroc"], row["auto_auroc"]
        self.steady_name, self.steady = row["best_on_average"], row["best_on_average_auroc"]
        self.interval = row.get("difference_ci95")

    @property
    def gain(self):
        return self.auto - self.best

    @property
    def steady_gain(self):
        """The difference to the score that is best on average over all sets."""
        return self.auto - self.steady


def costs(folder):
    """The largest share of the classifier's cost that a fusion may have, and the result for each network."""
    rows = []
    for path in sorted(folder.parent.glob("cost-*.json"), key=lambda path: float(path.stem.removeprefix("cost-"))):
        with open(path) as file:
            rows.append((float(path.stem.removeprefix("cost-")), [CostPoint(n) for n in json.load(file)["networks"]]))
    if not rows or len({tuple(point.name for point in points) for _, points in rows}) > 1:
        sys.exit(f"the cost-*.json in {folder.parent} are missing or not of the same networks: run Benchmarks/run anew")
    return rows


class CostPoint:
    """A network's fusion under a cost limit."""

    def __init__(self, report):
        fusion = next(f for f in report["fit"]["fusions"] if f["name"] == "fusion")
        self.name, self.columns = report["name"], len(fusion["columns"])
        self.arithmetic, self.bytes = fusion["cost"]["arithmetic"], fusion["cost"]["bytes"]
        self.auroc = next(row for row in report["table"]["methods"] if row["name"] == "fusion")["mean"]["auroc"]


# Why `auto` is more than three percentage points behind the score that is best on average, by network and set.
UNSEEN = (
    "pseudo-OOD images do not show it, because `mahalanobis+++norm` recognises eleven of the twelve kinds less well than the "
    "fusion. A larger cost limit for the fusion helps little"
)
UNSEEN_ON_MOBILENET = (
    "pseudo-OOD images hardly show it, because `pca-fused` recognises eight of the twelve kinds less well than the fusion. "
    "On Textures, `pca-fused` is far behind"
)
EXPLANATIONS = {
    ("ResNet-18 quarter width", "GTSRB"): UNSEEN,
    ("ResNet-18 quarter width", "MNIST"): UNSEEN,
    ("MobileNetV3", "GTSRB"): UNSEEN_ON_MOBILENET,
}


def explained(studies):
    """A sentence for each set on which `auto` loses more than three percentage points."""
    for study in studies:
        for row in study.each:
            if row.steady_gain < -0.03:
                loss = f"On {row.sets[0]}, {study.name} loses {percent(-row.steady_gain)} points against {row.steady_name}"
                if (study.name, row.sets[0]) not in EXPLANATIONS:
                    sys.exit(f"{loss}: explain it in EXPLANATIONS of {__file__}")
                yield f"{loss}: {EXPLANATIONS[study.name, row.sets[0]]}."


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
    """The logs of Training/full/results for each run, by file name."""
    logs = (HERE.parent / "Training" / "full" / "results").glob("*.jsonl")
    return {log.stem: json.loads(log.read_text().splitlines()[0]) for log in logs}


def environment():
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters |= {"percent": percent, "interval": interval}
    return environment


def main():
    cifar10, imagenet, fashion, odin, output = sys.argv[1:]
    with open(HERE / "paper.json") as file:
        paper = json.load(file)
    suites = {"cifar10": Suite(cifar10), "imagenet": Suite(imagenet), "fashion": Suite(fashion)}
    images = {"cifar10": "CIFAR-10", "imagenet": "ImageNet sample", "fashion": "Fashion-MNIST"}
    studies = [AutoStudy(network, images[name]) for name, suite in suites.items() for network in suite.networks]
    for study in studies:
        study.check()
    criteria = list(dict.fromkeys(row["criterion"] for study in studies for row in study.auto["choices"]))
    text = environment().get_template("benchmarks.md.jinja").render(
        **suites, odin=Suite(odin) if pathlib.Path(odin).exists() else None, studies=studies, average=mean, paper=paper,
        criteria=criteria, standard=next(study.auto["criterion"] for study in studies),
        losses=lambda criterion: [loss for study in studies if (loss := study.lost(criterion)) is not None], costs=costs(pathlib.Path(cifar10)),
        losses_above_three=list(explained(studies)),
        fixed_losses=lambda name: [study.lost_fixed(name) for study in studies], training=training_runs(),
        published=lambda network: published(paper, network),
        published_cell=lambda *cell: published_cell(paper, *cell),
        published_mean=lambda network, method: published_cell(paper, network, method, "average"),
        rank_correlation=rank_correlation,
    )  # fmt: skip
    pathlib.Path(output).write_text(wrapped(text))


if __name__ == "__main__":
    main()
