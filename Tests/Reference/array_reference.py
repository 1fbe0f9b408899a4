"""Prints the type and shape of an array file according to NumPy."""

import sys

import numpy as np

array = np.load(sys.argv[1])
print(array.dtype, array.shape)
