"""A buyer asks: who, for which scenario and purpose; two persons decide against a clock."""
