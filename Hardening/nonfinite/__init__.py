"""Parts of `nonfinite.py`."""
