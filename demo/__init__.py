"""The demo city: real public data, invented people, and the story that loads them."""
