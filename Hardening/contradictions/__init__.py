"""What `contradictions.py` is made of."""
