"""What may be given to a program, and until when does it count?"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NewType

from kernel.actor import Permission

ApiTokenId = NewType("ApiTokenId", str)
ClientId = NewType("ClientId", str)

API_TOKEN_PREFIX = "mkt_"  # noqa: S105 - lets scanners and people see what it is
ACCESS_TOKEN_PREFIX = "mka_"  # noqa: S105 - the same
DEFAULT_LIFE_DAYS = 90
LONGEST_LIFE_DAYS = 365
ACCESS_TOKEN_LIFE = timedelta(hours=1)
USE_NOTED_EVERY = timedelta(minutes=1)

# What only a person does, signed in: a token that leaks must not make more of itself.
ONLY_FOR_PERSONS = frozenset(
    {
        Permission.MANAGE_MEMBERS,
        Permission.ISSUE_TOKEN,
        Permission.SUBMIT_VERIFICATION,
        Permission.VERIFY_ORGANIZATION,
        Permission.ADMINISTER,
    }
)


def scopes_open_to(permissions: frozenset[Permission]) -> frozenset[Permission]:
    """What a member may let a program do: nothing that the member may not do."""
    return permissions - ONLY_FOR_PERSONS


def still_granted(
    scopes: Iterable[str], permissions: frozenset[Permission]
) -> frozenset[Permission]:
    """What a token may do today: its scopes, as far as its member still has the permission."""
    return frozenset(p for p in scopes_open_to(permissions) if p.value in set(scopes))


def is_alive(expires_at: datetime, revoked_at: datetime | None, now: datetime) -> bool:
    return revoked_at is None and now < expires_at


def read_scopes(text: str) -> frozenset[Permission] | None:
    """The scopes of an OAuth request, blank-separated; None when one is unknown."""
    known = {permission.value: permission for permission in Permission}
    names = text.split()
    return frozenset(known[name] for name in names) if set(names) <= set(known) else None
