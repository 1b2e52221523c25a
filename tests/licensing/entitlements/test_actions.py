"""Granted once per source, drawn never beyond; the decision rests on the facts of now."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from kernel.db import transaction
from licensing.applications.rules import Act
from licensing.authorizations import actions as authorizations
from licensing.authorizations.reads import authorizations_covering
from licensing.entitlements import actions, reads
from licensing.entitlements.actions import AllowanceTooSmall, UseRefused
from licensing.entitlements.kinds import AllowanceKind
from licensing.entitlements.rules import Ground
from licensing.licences.models import Licence
from market.accounts.roles import Role
from market.catalogue import actions as catalogue
from market.catalogue.reads import get_product
from market.catalogue.rules import Purpose
from tests.factories.licences import make_licence
from tests.factories.market import actor_of, stored

HOUSE = Actor.system("tests")
CALLS = AllowanceKind.CALLS


def grant(session: Session, licence: Licence, calls: str = "3", source: str = "ord_1") -> None:
    actions.grant_allowance(session, HOUSE, licence.id, CALLS, Decimal(calls), source)


def left(session: Session, licence: Licence) -> Decimal:
    return {row.kind: row.left for row in reads.allowances_of(session, licence.id)}[CALLS]


def draw(session: Session, licence: Licence, calls: str = "1") -> None:
    actions.draw(session, HOUSE, licence.id, CALLS, Decimal(calls), Purpose.INDUSTRY)


def test_one_source_grants_a_kind_once(session: Session) -> None:
    licence = make_licence(session)

    grant(session, licence)
    grant(session, licence)
    grant(session, licence, source="ord_2")

    assert left(session, licence) == 6


def test_an_allowance_is_drawn_to_nothing_and_not_below(session: Session) -> None:
    licence = make_licence(session)
    grant(session, licence)
    draw(session, licence, "3")

    with pytest.raises(AllowanceTooSmall):
        draw(session, licence, "0.000001")
    assert left(session, licence) == 0


def test_what_read_no_data_is_given_back(session: Session) -> None:
    licence = make_licence(session)
    grant(session, licence)
    draw(session, licence)

    actions.give_back(session, HOUSE, licence.id, CALLS, Decimal(1), Purpose.INDUSTRY)

    session.expire_all()
    assert left(session, licence) == 3


def test_parallel_draws_never_exceed_the_grant(own_database: Engine) -> None:
    with transaction() as session:
        licence = make_licence(session)
        grant(session, licence, "10")

    def once(_: int) -> bool:
        try:
            with transaction() as session:
                draw(session, licence)
            return True
        except AllowanceTooSmall:
            return False

    with ThreadPoolExecutor(16) as pool:
        drawn = sum(pool.map(once, range(50)))

    with transaction() as session:
        assert (drawn, left(session, licence)) == (10, Decimal(0))


def test_an_active_licence_permits_its_use(session: Session) -> None:
    licence = make_licence(session)

    decision = reads.decide(
        session, stored(session, actor_of(Role.ANALYST)), licence_id=licence.id, act=Act.QUERY
    )

    assert decision.permitted


def test_suspending_the_authorisation_refuses_the_next_use(session: Session) -> None:
    licence = make_licence(session)
    analyst = actor_of(Role.ANALYST)
    product = get_product(session, licence.product_id)
    covering = authorizations_covering(session, product.dataset_ids, Purpose.INDUSTRY, clock.now())
    authorizations.suspend(
        session, actor_of(Role.BUREAU_APPROVER), covering[0].agreement_id, "安全事件核查"
    )

    with pytest.raises(UseRefused) as refused:
        actions.require_use(session, analyst, licence_id=licence.id, act=Act.QUERY)

    assert refused.value.clause == "AO-07"


def test_a_suspended_product_refuses_the_next_use(session: Session) -> None:
    licence = make_licence(session)
    catalogue.suspend_product(
        session, actor_of(Role.BUREAU_APPROVER), licence.product_id, "质量复核"
    )

    decision = reads.decide(session, actor_of(Role.ANALYST), licence_id=licence.id, act=Act.QUERY)

    assert decision.ground is Ground.PRODUCT_SUSPENDED
