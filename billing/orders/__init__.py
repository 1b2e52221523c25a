"""The wish to buy: placed, paid, fulfilled or cancelled."""
