"""The parts of Hardening/images.py: seeds, mutations, both decoders, and the intended differences."""
