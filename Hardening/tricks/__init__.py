"""What `tricks.py` is made of."""
