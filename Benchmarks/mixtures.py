"""What choosing by other mixtures of pseudo-OOD images than `auto`'s would have lost, from the AUROC against each kind."""

from scipy.stats import spearmanr


def mean(values):
    values = list(values)
    return sum(values) / len(values)


class Mixture:
    """Kinds of pseudo-OOD images, by name without strength, and how a candidate's AUROCs against them become one value."""

    def __init__(self, name, value, kinds=None):
        self.name, self.value, self.kinds = name, value, kinds

    def of(self, aurocs):
        return self.value([auroc for kind, auroc in aurocs.items() if self.kinds is None or kind in self.kinds])


def mixtures(study):
    """`auto`'s, all kinds together, the mixtures of the first trial's idea with one kind more or less, and each kind alone."""
    own = [kind.split(":")[0] for kind in study.auto["kinds"]]
    several = [
        Mixture(f"mean over {', '.join(own)} (auto)", mean, own),
        Mixture(f"worst over {', '.join(own)}", min, own),
        Mixture("mean over all kinds", mean),
        Mixture("worst over all kinds", min),
        Mixture(f"mean over {', '.join([*own, 'rotation'])}", mean, [*own, "rotation"]),
        Mixture("mean over jigsaw, cutmix", mean, ["jigsaw", "cutmix"]),
    ]
    return several + [Mixture(f"{kind} alone", mean, [kind]) for kind in MixtureStudy(study).kinds]


class MixtureStudy:
    """One network's candidates: AUROC against each kind of pseudo-OOD images, beside what hindsight knows."""

    def __init__(self, study):
        self.study = study
        reports = study.report["fit"]["pseudo_ood"]
        self.kinds = [report["kind"].split(":")[0] for report in reports]
        self.candidates = {}
        for row in study.auto["ranking"]:
            # A candidate that is no row of the suite cannot be judged in hindsight.
            if row["reversed"] or (not row["block"] and row["name"] not in study.methods):
                continue
            aurocs = {kind: self.pseudo(report, row) for kind, report in zip(self.kinds, reports)}
            self.candidates[study.candidate(row)] = aurocs

    @staticmethod
    def pseudo(report, row):
        if row["block"]:
            rows = [block for block in report["blocks"] if block["index"] == row["block"]["index"]]
        else:
            rows = [score for score in report["scores"] if score["name"] == row["name"]]
        return rows[0]["auroc_pseudo"]

    def chosen(self, mixture):
        return max(self.candidates, key=lambda candidate: mixture.of(self.candidates[candidate]))

    def lost(self, mixture):
        return self.study.best().auroc() - self.chosen(mixture).auroc()

    def rank_correlation(self, mixture):
        values = [mixture.of(aurocs) for aurocs in self.candidates.values()]
        return spearmanr(values, [candidate.auroc() for candidate in self.candidates]).statistic


class MixtureTable:
    """All mixtures on all networks."""

    def __init__(self, studies):
        self.networks = [MixtureStudy(study) for study in studies]
        self.mixtures = mixtures(studies[0])

    @property
    def rows(self):
        for mixture in self.mixtures:
            lost = [network.lost(mixture) for network in self.networks]
            yield mixture.name, lost, mean(network.rank_correlation(mixture) for network in self.networks)

    @property
    def held_out(self):
        """For each network: the mixture that loses least on the others, and what it loses here."""
        for network in self.networks:
            others = [other for other in self.networks if other is not network]
            frozen = min(self.mixtures, key=lambda mixture: mean(other.lost(mixture) for other in others))
            yield network.study.name, frozen.name, mean(o.lost(frozen) for o in others), network.lost(frozen)
