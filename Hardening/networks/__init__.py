"""Helpers of Hardening/networks.py."""
