"""The one decision on use: each ground refuses alone, and only a clean case is permitted."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.periods import Period
from licensing.applications.rules import Act
from licensing.entitlements.kinds import AllowanceKind
from licensing.entitlements.rules import Ground, UseFacts, UseRequest, decide
from licensing.licences.rules import LicenceState
from market.catalogue.rules import Purpose

REQUEST = UseRequest(
    organization_id="org_buyer",
    act=Act.QUERY,
    purpose=Purpose.INDUSTRY,
    at=datetime(2026, 6, 1, tzinfo=UTC),
    draws=((AllowanceKind.CALLS, Decimal(1)), (AllowanceKind.EPSILON, Decimal("0.1"))),
)
FACTS = UseFacts(
    licence_id="lic_1",
    buyer_id="org_buyer",
    buyer_is_verified=True,
    state=LicenceState.ACTIVE,
    period=Period(date(2026, 1, 1), date(2027, 1, 1)),
    acts=frozenset({Act.QUERY}),
    purposes=frozenset({Purpose.INDUSTRY}),
    is_authorised=True,
    is_ordered_off=False,
    is_on_sale=True,
    left={AllowanceKind.CALLS: Decimal(1), AllowanceKind.EPSILON: Decimal("0.1")},
)


def test_a_clean_use_is_permitted() -> None:
    assert decide(REQUEST, FACTS).permitted


@pytest.mark.parametrize(
    ("ground", "changes"),
    [
        (Ground.NOT_YOURS, {"buyer_id": "org_other"}),
        (Ground.UNVERIFIED, {"buyer_is_verified": False}),
        (Ground.NOT_ACTIVE, {"state": LicenceState.SIGNED}),
        (Ground.NOT_ACTIVE, {"state": LicenceState.SUSPENDED}),
        (Ground.NOT_ACTIVE, {"state": LicenceState.ENDED}),
        (Ground.OUTSIDE_TERM, {"period": Period(date(2026, 6, 2), date(2026, 7, 1))}),
        (Ground.ACT_NOT_LICENSED, {"acts": frozenset({Act.DOWNLOAD})}),
        (Ground.PURPOSE_NOT_LICENSED, {"purposes": frozenset({Purpose.GOVERNANCE})}),
        (Ground.NOT_AUTHORISED, {"is_authorised": False}),
        (Ground.ORDERED_OFF, {"is_ordered_off": True}),
        (Ground.PRODUCT_SUSPENDED, {"is_on_sale": False}),
        (Ground.ALLOWANCE_USED_UP, {"left": {AllowanceKind.CALLS: Decimal(0)}}),
    ],
)
def test_each_ground_refuses_by_itself(ground: Ground, changes: dict[str, object]) -> None:
    decision = decide(REQUEST, replace(FACTS, **changes))  # type: ignore[arg-type]

    assert (decision.permitted, decision.ground) == (False, ground)
    assert decision.clause != ""


@pytest.mark.parametrize(
    ("at", "permitted"),
    [
        (datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC), False),
        (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), True),
        (datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), False),
    ],
)
def test_the_term_is_half_open_in_civil_days_of_shanghai(at: datetime, permitted: bool) -> None:
    assert decide(replace(REQUEST, at=at), FACTS).permitted is permitted


def test_epsilon_that_was_never_granted_is_not_unlimited() -> None:
    facts = replace(FACTS, left={AllowanceKind.CALLS: Decimal(9)})

    decision = decide(REQUEST, facts)

    assert decision.ground is Ground.ALLOWANCE_USED_UP
    assert decision.lacking is AllowanceKind.EPSILON


@given(st.decimals(0, 10, places=6), st.decimals(0, 10, places=6))
def test_a_draw_is_permitted_exactly_up_to_what_is_left(drawn: Decimal, left: Decimal) -> None:
    request = replace(REQUEST, draws=((AllowanceKind.EPSILON, drawn),))

    decision = decide(request, replace(FACTS, left={AllowanceKind.EPSILON: left}))

    assert decision.permitted is (drawn <= left)
