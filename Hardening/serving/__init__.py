"""What the checks of `oddity serve` have in common: a guarded model, a server, a client, and a prober beside them."""
