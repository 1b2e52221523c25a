"""The only place where money moves: double entry, append-only."""
