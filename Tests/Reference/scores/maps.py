"""Scores of a last feature map F [N, C, H, W]."""

import numpy as np


def nap(f):
    f = np.maximum(f, 0)
    return ((f.max((2, 3)) / (f.mean((2, 3)) + 1)) ** 2).mean(1)
