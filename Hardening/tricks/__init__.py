"""Parts of `tricks.py`."""
