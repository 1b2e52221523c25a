"""Offered once, signed by both over the same bytes, active when billing says so."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, MissingPermission
from kernel.money import Money
from licensing.applications.models import Application
from licensing.licences import actions, reads
from licensing.licences.actions import (
    AlreadyOffered,
    ApplicationNotApproved,
    LicenceStateForbids,
    NotASide,
)
from licensing.licences.reads import LicenceNotFound
from licensing.licences.rules import LicenceState, PaymentTerms
from licensing.licences.schemas import LicenceOffer
from market.accounts.roles import Role
from market.catalogue import actions as catalogue
from market.catalogue.rules import Purpose
from tests.factories.catalogue import price_draft
from tests.factories.events import names_of_events
from tests.factories.licences import make_application, make_authorised_product, make_licence
from tests.factories.market import actor_of, stored

HOUSE = Actor.system("tests")


def test_both_sides_sign_the_same_bytes_and_then_it_is_signed(session: Session) -> None:
    licence = make_licence(session, state=LicenceState.SIGNED)

    signatures = reads.list_signatures(session, licence.id)

    assert licence.phase is LicenceState.SIGNED
    assert {row.content_sha256 for row in signatures} == {licence.content_sha256}
    assert sorted(row.party for row in signatures) == ["buyer", "supplier"]
    assert names_of_events(session)[-1] == "licensing.licence_signed"


def test_signing_twice_for_one_side_changes_nothing(session: Session) -> None:
    licence = make_licence(session, state=LicenceState.OFFERED)
    operator = actor_of(Role.OPERATOR)

    actions.sign(session, operator, licence.id)
    actions.sign(session, operator, licence.id)

    assert len(reads.list_signatures(session, licence.id)) == 1
    assert licence.phase is LicenceState.OFFERED


def test_a_signature_cannot_be_changed(session: Session) -> None:
    make_licence(session, state=LicenceState.SIGNED)

    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text("UPDATE licence_signatures SET content_sha256 = 'x'"))


def test_a_stranger_cannot_sign(session: Session) -> None:
    licence = make_licence(session, state=LicenceState.OFFERED)

    with pytest.raises(NotASide):
        actions.sign(session, actor_of(Role.PURCHASER, organization_id="org_other"), licence.id)


def test_an_analyst_of_the_buyer_cannot_sign(session: Session) -> None:
    licence = make_licence(session, state=LicenceState.OFFERED)

    with pytest.raises(MissingPermission):
        actions.sign(session, actor_of(Role.ANALYST), licence.id)


def test_nothing_is_offered_before_two_persons_approved(session: Session) -> None:
    application = make_application(session, decisions=1)
    operator = stored(session, actor_of(Role.OPERATOR))

    with pytest.raises(ApplicationNotApproved):
        actions.offer(session, operator, application.id, LicenceOffer(starts_on=clock.today()))


def test_one_application_leads_to_one_licence(session: Session) -> None:
    licence = make_licence(session, state=LicenceState.OFFERED)

    with pytest.raises(AlreadyOffered):
        actions.offer(
            session,
            actor_of(Role.OPERATOR),
            licence.application_id,
            LicenceOffer(starts_on=clock.today()),
        )


def test_a_later_price_does_not_reach_a_licence(session: Session) -> None:
    product = make_authorised_product(session, unit_price="0.80")
    licence = make_licence(session, product, state=LicenceState.OFFERED, units=100)

    catalogue.set_price(session, actor_of(Role.OPERATOR), product.id, price_draft("0.70"))

    assert (licence.unit_price, licence.amount) == (Decimal("0.80"), Money.of_yuan(80))


def test_public_interest_is_free_whatever_the_price(session: Session) -> None:
    licence = make_licence(
        session,
        state=LicenceState.OFFERED,
        purpose=Purpose.PUBLIC_INTEREST,
        proof="批文〔2026〕5号",
    )

    assert licence.amount == Money(0)
    assert PaymentTerms(licence.payment) is PaymentTerms.FREE


def test_an_offered_licence_cannot_become_active(session: Session) -> None:
    licence = make_licence(session, state=LicenceState.OFFERED)

    with pytest.raises(LicenceStateForbids):
        actions.activate(session, HOUSE, licence.id)


def test_a_licence_ends_on_its_end_day_and_not_before(session: Session) -> None:
    licence = make_licence(session)
    end = clock.day_start(licence.ends_on)

    with clock.frozen_at(end - timedelta(seconds=1)):
        before = actions.end_expired(session, HOUSE)
    with clock.frozen_at(end):
        then = actions.end_expired(session, HOUSE)

    assert (before, then) == (0, 1)
    session.flush()
    assert licence.phase is LicenceState.ENDED


def test_other_organisations_do_not_see_a_licence(session: Session) -> None:
    licence = make_licence(session)

    with pytest.raises(LicenceNotFound):
        reads.get_licence(session, actor_of(Role.ANALYST, organization_id="org_other"), licence.id)


def test_the_bureau_sees_the_licences_that_it_let_through_and_no_others(session: Session) -> None:
    licence = make_licence(session)
    application = session.get_one(Application, licence.application_id)
    ours = actor_of(Role.BUREAU_OFFICER, organization_id=application.bureau_id)
    others = actor_of(Role.BUREAU_OFFICER, organization_id="org_other")

    assert reads.get_licence(session, ours, licence.id) is licence
    with pytest.raises(LicenceNotFound):
        reads.get_licence(session, others, licence.id)
