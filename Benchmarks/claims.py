"""The paper's claims, one by one: what each network says of them, by rules that are the same for all.

A claim on a difference of means is confirmed where its paired 95 % interval lies wholly on the claim's side, contradicted where it lies wholly
on the other side, and open otherwise. The intervals are over images. They belong to one training. A claim on which block is selected compares
numbers without intervals, and is never open.
"""

import dataclasses

# The largest loss of mean AUROC against the best block that still counts as having selected well, in [0, 1].
SLIGHT = 0.01


@dataclasses.dataclass(frozen=True)
class Claim:
    """What the networks say of one claim: names of those that confirm it, contradict it, and leave it open."""

    confirm: list
    contradict: list
    undecided: list

    @classmethod
    def of(cls, opinions):
        """`opinions` has True, False or None for each network's name."""
        named = {kind: [name for name, opinion in opinions.items() if opinion is kind] for kind in (True, False, None)}
        return cls(named[True], named[False], named[None])

    def on(self, name):
        """The verdict on one network."""
        return "confirmed" if name in self.confirm else "contradicted" if name in self.contradict else "open"

    @property
    def counts(self):
        total = len(self.confirm) + len(self.contradict) + len(self.undecided)
        return f"{len(self.confirm)} of {total}"

    @property
    def others(self):
        """Who does not confirm it, in words; nothing where all do."""
        parts = [f"contradicted by {', '.join(self.contradict)}"] if self.contradict else []
        parts += [f"open on {', '.join(self.undecided)}"] if self.undecided else []
        return "; ".join(parts)


def is_above_zero(bounds):
    """True where an interval lies above zero, False where it lies below, None where zero is inside or there is no interval."""
    if not bounds or bounds[0] <= 0 <= bounds[1]:
        return None
    return bounds[0] > 0


def selects_well(network):
    """Whether the selected block's norm is the best one's, or nearly."""
    return network.lost <= SLIGHT


def gain(network, method):
    return next(row for row in network.report["table"]["gains"] if row["method"] == method)


def lower_fpr95(network, method):
    below = is_above_zero(gain(network, method)["fpr95_ci95"])
    return None if below is None else not below


def higher_auroc(network, method):
    return is_above_zero(gain(network, method)["auroc_ci95"])


def effects_of_norm(network):
    """How many scores gain AUROC from the norm beyond chance, how many lose, of how many."""
    gains = [row["auroc_ci95"] for row in network.report["table"]["gains"] if row["method"] != "featurenorm"]
    effects = [is_above_zero(bounds) for bounds in gains]
    return effects.count(True), effects.count(False), len(effects)


def jigsaw_selects_best(network):
    """Whether no other kind of pseudo-OOD images selects a block with a larger mean AUROC; None where jigsaws select none."""
    lost = {row["kind"]: row["auroc_lost"] for row in network.report["blocks"]["predictions"]}
    if lost["jigsaw:3"] is None:
        return None
    return lost["jigsaw:3"] <= min(loss for loss in lost.values() if loss is not None)


class Grids:
    """What NormRatio selects with jigsaws of other grids on one network; AUROC is that of the suite."""

    def __init__(self, network, measured):
        self.network, self.images, self.selected = network, measured["images"], measured["selected"]

    def lost(self, grid):
        """Mean AUROC that the grid's block falls short of the best one; None where the grid selects none."""
        if self.selected[grid] is None:
            return None
        return self.network.best_block["mean_auroc"] - self.network.aurocs[self.selected[grid]]

    def three_is_best(self):
        losses = [loss for loss in map(self.lost, self.selected) if loss is not None]
        return None if self.lost("3") is None else self.lost("3") <= min(losses)
