"""How is a thing named for ever? Prefixed, time-ordered, safe in addresses."""

import secrets

from kernel import clock

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
_RANDOM_BITS = 80
_LENGTH = 26


def new_id(prefix: str) -> str:
    """A new id such as "prd_01J9Z3…": 48 bits of milliseconds, then 80 random bits (a ULID)."""
    milliseconds = int(clock.now().timestamp() * 1000)
    number = (milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    letters = [_ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(_LENGTH))]
    return f"{prefix}_{''.join(letters)}"
