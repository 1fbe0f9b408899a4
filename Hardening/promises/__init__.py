"""Parts of `promises.py`."""
