"""The demo city: real public data, its people, and the programs that show the market here."""
