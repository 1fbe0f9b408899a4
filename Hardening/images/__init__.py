"""The parts of Hardening/images.py: seeds, what is done to them, both decoders, and why they may differ."""
