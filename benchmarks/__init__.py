"""Measured claims: our figure beside its limit or a peer in the same run, as a ratio."""
