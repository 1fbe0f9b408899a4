"""The data that scores are fitted to, and shared algebra."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logsumexp


@dataclass
class Rows:
    z: np.ndarray  # [n, D]
    l: np.ndarray  # [n, C]
    norm: np.ndarray  # [n], FeatureNorm of the selected block
    truth: np.ndarray  # [n], -1 where unknown

    @property
    def predicted(self):
        return self.l.argmax(1)

    @property
    def labelled(self):
        return len(self.truth) > 0 and bool((self.truth >= 0).all())


@dataclass
class Data:
    w: np.ndarray  # [C, D]
    b: np.ndarray  # [C]
    fit: Rows
    select: Rows
    omega: np.ndarray = None  # [D, M]
    phases: np.ndarray = None  # [M]
    form: str = "softmax"  # or "multi-label", "one logit"

    def energy(self, l):
        """For multi-label classifiers, the joint energy (Wang et al., 2021)."""
        return softplus(l).sum(1) if self.form == "multi-label" else energy(l)

    def positive_energy(self, l):
        """The factor of a product. The joint energy is already positive."""
        return self.energy(l) if self.form == "multi-label" else softplus(np.maximum(energy(l), -40))


def energy(l):
    return logsumexp(l, axis=1)


def softplus(x):
    return np.logaddexp(0, x)


def log_softmax(l):
    return l - logsumexp(l, axis=1, keepdims=True)


def unit(z):
    return z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-12)


def non_negative(data):
    return (lambda z: np.maximum(z, 0)) if data.fit.z.min() < 0 else (lambda z: z)


def class_means(z, labels, classes, fallback):
    """[C, D]. fallback(c) is used for a class without rows."""
    return np.stack([z[labels == c].mean(0) if (labels == c).any() else fallback(c) for c in range(classes)])


def replaced(data, rows):
    """z with FeatureNorm instead of its own norm, and its logits."""
    k = np.linalg.norm(data.fit.z, axis=1).mean() / data.fit.norm.mean()
    z = unit(rows.z) * rows.norm[:, None] * k
    return replace(rows, z=z, l=z @ data.w.T + data.b)
