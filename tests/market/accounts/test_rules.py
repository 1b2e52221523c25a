"""Does the table of permissions say what it should, and does a sign-in end in time?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.actor import Permission
from market.accounts.roles import (
    BEFORE_VERIFICATION,
    PERMISSIONS,
    ROLES_OPEN_TO,
    Role,
    permissions_of,
)
from market.accounts.rules import SESSION_IDLE, browser_name, has_session_ended
from market.organizations.rules import OrganizationKind

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_every_role_is_in_the_table_and_every_permission_is_held_by_somebody():
    held = {
        permission
        for kind in OrganizationKind
        for permission in permissions_of(ROLES_OPEN_TO[kind], kind, is_verified=True)
    }

    assert set(PERMISSIONS) == set(Role)
    assert held == set(Permission)


def test_every_role_is_open_to_some_kind_of_organisation():
    assert frozenset().union(*ROLES_OPEN_TO.values()) == set(Role)


def test_an_administrator_of_an_enterprise_does_not_look_after_the_installation():
    roles = {Role.ADMINISTRATOR}

    enterprise = permissions_of(roles, OrganizationKind.ENTERPRISE, is_verified=True)
    bureau = permissions_of(roles, OrganizationKind.BUREAU, is_verified=True)

    assert Permission.ADMINISTER not in enterprise
    assert Permission.ADMINISTER in bureau


def test_an_unverified_bureau_has_no_power_of_a_bureau():
    roles = ROLES_OPEN_TO[OrganizationKind.BUREAU]

    held = permissions_of(roles, OrganizationKind.BUREAU, is_verified=False)

    assert held <= BEFORE_VERIFICATION
    assert Permission.PUBLISH_PRODUCT not in held
    assert Permission.MANAGE_MEMBERS in held


@given(st.frozensets(st.sampled_from(Role)), st.sampled_from(OrganizationKind), st.booleans())
def test_a_role_that_is_not_open_to_the_kind_gives_nothing(roles, kind, is_verified):
    held = permissions_of(roles, kind, is_verified=is_verified)

    assert held == permissions_of(roles & ROLES_OPEN_TO[kind], kind, is_verified=is_verified)
    assert held <= permissions_of(roles, kind, is_verified=True)


def test_a_sign_in_ends_after_an_hour_without_a_sign_of_life():
    expires = NOW + timedelta(hours=12)

    assert not has_session_ended(NOW, expires, NOW + SESSION_IDLE - timedelta(seconds=1))
    assert has_session_ended(NOW, expires, NOW + SESSION_IDLE)


def test_a_sign_in_ends_at_its_end_however_busy():
    expires = NOW + timedelta(hours=12)
    before = expires - timedelta(seconds=1)

    assert not has_session_ended(before, expires, before)
    assert has_session_ended(expires, expires, expires)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Firefox/141.0", "Firefox · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140", "Edge · Windows"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/140 Safari/537", "Chrome · Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14) Safari/605", "Safari · macOS"),
        ("curl/8.5", "curl/8.5"),
        ("", "—"),
    ],
)
def test_a_browser_is_called_what_people_call_it(agent, name):
    assert browser_name(agent) == name


def test_a_clerk_of_an_enterprise_that_sells_nothing_sees_no_revenue():
    clerk = {Role.FINANCE_CLERK}

    buyer = permissions_of(clerk, OrganizationKind.ENTERPRISE, is_verified=True)
    seller = permissions_of(clerk, OrganizationKind.OPERATOR, is_verified=True)

    assert seller - buyer == {Permission.SEE_REVENUE}
