"""What NumPy says an array file holds: its type and shape."""

import sys

import numpy as np

array = np.load(sys.argv[1])
print(array.dtype, array.shape)
