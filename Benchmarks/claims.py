"""Evaluates each claim of the paper on each network. The rules are the same for all networks.

A claim about a difference of means is confirmed if its paired 95 % interval is entirely on the claim's side, contradicted if it
is entirely on the other side, and open otherwise. The intervals are over images, and they apply to one training. A claim about
the selected block compares numbers without intervals, and is never open.
"""

import dataclasses

# The largest loss of mean AUROC against the best block that still counts as a good selection, in [0, 1].
SLIGHT = 0.01


@dataclasses.dataclass(frozen=True)
class Claim:
    """The verdicts on one claim: the names of networks that confirm it, contradict it, and leave it open."""

    confirm: list
    contradict: list
    undecided: list

    @classmethod
    def of(cls, opinions):
        """`opinions` contains True, False or None for each network's name."""
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
        """The networks that do not confirm it, in words; empty if all do."""
        parts = [f"contradicted by {', '.join(self.contradict)}"] if self.contradict else []
        parts += [f"open on {', '.join(self.undecided)}"] if self.undecided else []
        return "; ".join(parts)


def is_above_zero(bounds):
    """True if an interval is above zero, False if it is below, and None if it contains zero or there is no interval."""
    if not bounds or bounds[0] <= 0 <= bounds[1]:
        return None
    return bounds[0] > 0


def selects_well(network):
    """Whether the selected block's norm is the best one, or nearly so."""
    return network.lost <= SLIGHT


def gain(network, method):
    return next(row for row in network.report["table"]["gains"] if row["method"] == method)


def lower_fpr95(network, method):
    below = is_above_zero(gain(network, method)["fpr95_ci95"])
    return None if below is None else not below


def higher_auroc(network, method):
    return is_above_zero(gain(network, method)["auroc_ci95"])


def effects_of_norm(network):
    """The number of scores whose AUROC gain from the norm is significant, the number with a significant loss, and the total."""
    gains = [row["auroc_ci95"] for row in network.report["table"]["gains"] if row["method"] != "featurenorm"]
    effects = [is_above_zero(bounds) for bounds in gains]
    return effects.count(True), effects.count(False), len(effects)


def jigsaw_selects_best(network):
    """Whether no other kind of pseudo-OOD images selects a block with a larger mean AUROC; None if jigsaws select no block."""
    lost = {row["kind"]: row["auroc_lost"] for row in network.report["blocks"]["predictions"]}
    if lost["jigsaw:3"] is None:
        return None
    return lost["jigsaw:3"] <= min(loss for loss in lost.values() if loss is not None)


class Grids:
    """The blocks that NormRatio selects with jigsaws of other grids on one network. AUROC is that of the suite."""

    def __init__(self, network, measured):
        self.network, self.images, self.selected = network, measured["images"], measured["selected"]

    def lost(self, grid):
        """The mean AUROC of the best block minus that of the grid's block; None if the grid selects no block."""
        if self.selected[grid] is None:
            return None
        return self.network.best_block["mean_auroc"] - self.network.aurocs[self.selected[grid]]

    def three_is_best(self):
        losses = [loss for loss in map(self.lost, self.selected) if loss is not None]
        return None if self.lost("3") is None else self.lost("3") <= min(losses)
