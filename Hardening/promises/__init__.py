"""What `promises.py` is made of."""
