"""What Hardening/supply.py is made of."""
