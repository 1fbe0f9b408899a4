"""Imports torchvision's classifiers, even if torchvision's compiled operators do not match this build of
torch. Classifiers do not need these operators, but torchvision looks up two of their names when it is
imported."""

import sys

import torch

_names = torch.library.Library("torchvision", "FRAGMENT")
try:
    import torchvision
except RuntimeError:
    for name in ("nms", "qnms"):
        _names.define(f"{name}() -> ()")
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    import torchvision

models = torchvision.models
