"""What `nonfinite.py` is made of."""
