"""Parts of `contradictions.py`."""
