"""Scores by name, their compositions with the selected norm, and ensembles."""

from dataclasses import replace
from functools import partial

import numpy as np

from . import coverage, gaussians, logits, openmax, prototypes, shaping, subspaces
from .data import replaced

PLAIN = {
    "featurenorm": lambda data, x: (x.norm, {}),
    "msp": logits.msp, "maxlogit": logits.maxlogit, "energy": logits.energy_score, "tempscale": logits.tempscale,
    "entropy": logits.entropy, "gen": logits.gen, "klm": logits.klm, "odin": logits.odin,
    "gradnorm": logits.gradnorm, "react": shaping.react, "dice": shaping.dice,
    "ash-p": partial(shaping.ash, variant="p"), "ash-b": partial(shaping.ash, variant="b"),
    "ash-s": partial(shaping.ash, variant="s"), "scale": shaping.scale, "lts": shaping.lts, "vra": shaping.vra, "nan": shaping.nan,
    "nac": coverage.nac, "himplos": shaping.himplos, "ctm": prototypes.ctm, "she": prototypes.she, "fdbd": prototypes.fdbd, "nci": prototypes.nci,
    "knn": prototypes.knn, "nnguide": prototypes.nnguide, "caref": prototypes.caref, "cadref": prototypes.cadref,
    "mahalanobis": gaussians.mahalanobis, "rmds": gaussians.rmds,
    "mahalanobis++": partial(gaussians.mahalanobis, normalise=True),
    "rmds++": partial(gaussians.rmds, normalise=True), "vim": subspaces.vim, "residual": subspaces.residual,
    "neco": subspaces.neco, "kpca": subspaces.kpca, "kpca-rff": subspaces.kpca_rff, "openmax": openmax.openmax,
    "pca-fused": subspaces.pca_fused, "actsub": subspaces.actsub,
}  # fmt: skip
ON_LOGITS = {
    "msp", "maxlogit", "energy", "tempscale", "entropy", "gen", "odin", "react", "dice", "ash-p", "ash-b", "ash-s",
    "scale", "lts", "vra", "himplos", "pca-fused",
}  # fmt: skip
DISTANCES = {"knn", "caref", "cadref", "mahalanobis", "mahalanobis++", "rmds", "rmds++", "residual"}


def compute(name, data, x, parameters=None):
    """The score of rows, and the fitted values."""
    parameters = parameters or {}
    if name.startswith("ensemble("):
        return ensemble(name[len("ensemble(") : -1].split("/"), data, x, parameters), {}
    if not name.endswith("+norm"):
        return PLAIN[name](data, x, **parameters.get(name, {}))
    plain = name[: -len("+norm")]
    mine = parameters.get(plain, {})
    if plain == "vim":
        return subspaces.vim(data, x, with_norm=True, **mine)
    if plain in DISTANCES:
        score, state = PLAIN[plain](data, x, **mine)
        return score / (x.norm + 1e-12), state
    assert plain in ON_LOGITS, f"{plain} has no composition"
    shifted = replace(data, fit=replaced(data, data.fit), select=replaced(data, data.select))
    return PLAIN[plain](shifted, replaced(data, x), **mine)


def distribution(known, scores):
    """The interpolated distribution function of known scores, extended on both sides."""
    known = np.sort(known)
    n = len(known)
    knots = np.unique(known)
    ranks = (np.searchsorted(known, knots, "left") + np.searchsorted(known, knots, "right")) / 2
    values = ranks / n
    median = np.median(known)
    below = (median - knots[0]) or 1.0
    above = (knots[-1] - median) or 1.0
    f = np.interp(scores, knots, values)
    f = np.where(scores < knots[0], values[0] - 0.5 * (knots[0] - scores) / below, f)
    return np.where(scores > knots[-1], values[-1] + 0.5 / n * (scores - knots[-1]) / above, f)


def ensemble(names, data, x, parameters):
    return np.mean(
        [
            distribution(compute(name, data, data.select, parameters)[0], compute(name, data, x, parameters)[0])
            for name in names
        ],
        axis=0,
    )
