"""The story of the demo city, one chapter a stretch."""
