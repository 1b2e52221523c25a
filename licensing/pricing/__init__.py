"""Price law: permitted revenue, then a cap, then a price; caps are pushed to the catalogue."""
