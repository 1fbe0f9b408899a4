"""Parts of Hardening/supply.py."""
