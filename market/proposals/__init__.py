"""Which rules would fit this data? Proposed from a profile, ticked and edited by a clerk."""
