"""Shared parts of the checks of `oddity serve`: a guarded model, a server, a client, and a prober."""
