"""A buyer asks, two persons decide, the clock runs out on the next day."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import MissingPermission, OrganizationUnverified, SecondPersonNeeded
from licensing.applications import actions, reads
from licensing.applications.actions import (
    AlreadyDecided,
    ApplicationIncomplete,
    ProductNotOnSale,
    PurposeNotAuthorised,
    UnitNotOffered,
)
from licensing.applications.reads import ApplicationNotFound
from licensing.applications.rules import ApplicationState, Missing
from market.accounts.roles import Role
from market.catalogue.rules import ProductState, Purpose
from tests.factories.catalogue import make_product
from tests.factories.events import names_of_events
from tests.factories.licences import (
    NO,
    YES,
    application_draft,
    make_application,
    make_authorised_product,
)
from tests.factories.market import actor_of, stored


def test_two_persons_of_the_bureau_approve_an_application(session: Session) -> None:
    application = make_application(session, decisions=2)

    assert application.phase is ApplicationState.APPROVED
    assert names_of_events(session)[-3:] == [
        "licensing.application_submitted",
        "licensing.application_reviewed",
        "licensing.application_approved",
    ]


def test_the_same_person_cannot_decide_twice(session: Session) -> None:
    application = make_application(session, decisions=1)
    both = actor_of(Role.BUREAU_APPROVER, id=actor_of(Role.BUREAU_OFFICER).id)

    with pytest.raises(SecondPersonNeeded):
        actions.decide_application(session, both, application.id, YES)


def test_a_refusal_ends_it_with_its_reason(session: Session) -> None:
    application = make_application(session)
    officer = stored(session, actor_of(Role.BUREAU_OFFICER))

    actions.decide_application(session, officer, application.id, NO)

    assert application.phase is ApplicationState.REFUSED
    assert [row.reason for row in reads.list_decisions(session, application.id)] == [NO.reason]
    with pytest.raises(AlreadyDecided):
        actions.decide_application(session, officer, application.id, YES)


def test_an_unverified_enterprise_may_look_but_not_apply(session: Session) -> None:
    product = make_authorised_product(session)

    with pytest.raises(OrganizationUnverified):
        actions.submit_application(
            session, actor_of(Role.ANALYST, verified=False), application_draft(product)
        )


def test_a_bureau_officer_cannot_apply(session: Session) -> None:
    product = make_authorised_product(session)

    with pytest.raises(MissingPermission):
        actions.submit_application(
            session, actor_of(Role.BUREAU_OFFICER), application_draft(product)
        )


def test_free_use_needs_its_proof(session: Session) -> None:
    product = make_authorised_product(session)
    draft = application_draft(product, purpose=Purpose.PUBLIC_INTEREST)

    with pytest.raises(ApplicationIncomplete) as refused:
        actions.submit_application(session, actor_of(Role.ANALYST), draft)

    assert refused.value.missing == (Missing.PROOF,)


def test_a_purpose_outside_the_authorisation_is_refused(session: Session) -> None:
    product = make_authorised_product(session)
    draft = application_draft(product, purpose=Purpose.REDEVELOP)

    with pytest.raises(PurposeNotAuthorised):
        actions.submit_application(session, actor_of(Role.ANALYST), draft)


def test_a_product_without_an_agreement_in_force_cannot_be_applied_for(session: Session) -> None:
    product = make_product(session)

    with pytest.raises(PurposeNotAuthorised):
        actions.submit_application(session, actor_of(Role.ANALYST), application_draft(product))


def test_a_suspended_product_cannot_be_applied_for(session: Session) -> None:
    product = make_authorised_product(session, state=ProductState.SUSPENDED)

    with pytest.raises(ProductNotOnSale):
        actions.submit_application(session, actor_of(Role.ANALYST), application_draft(product))


def test_a_unit_without_a_price_is_refused(session: Session) -> None:
    product = make_authorised_product(session)

    with pytest.raises(UnitNotOffered):
        actions.submit_application(
            session, actor_of(Role.ANALYST), application_draft(product, unit="year")
        )


def test_other_organisations_do_not_see_an_application(session: Session) -> None:
    application = make_application(session)
    stranger = actor_of(Role.ANALYST, organization_id="org_other")

    with pytest.raises(ApplicationNotFound):
        reads.get_application(session, stranger, application.id)


def test_a_decision_after_the_last_day_is_refused_although_nobody_has_swept_yet(
    session: Session,
) -> None:
    application = make_application(session)
    reviewer = stored(session, actor_of(Role.BUREAU_OFFICER))
    last_day = clock.day_start(application.due_on)

    with clock.frozen_at(last_day + timedelta(days=1)), pytest.raises(AlreadyDecided) as caught:
        actions.decide_application(session, reviewer, application.id, YES)
    assert caught.value.state is ApplicationState.LAPSED

    with clock.frozen_at(last_day + timedelta(days=1) - timedelta(seconds=1)):
        actions.decide_application(session, reviewer, application.id, YES)
    assert application.phase is ApplicationState.REVIEWED


def test_what_nobody_decides_lapses_the_day_after_its_deadline(session: Session) -> None:
    application = make_application(session)
    house = actor_of(Role.ADMINISTRATOR).system("tests")
    last_day = clock.day_start(application.due_on)

    with clock.frozen_at(last_day):
        on_the_day = actions.lapse_overdue(session, house)
    with clock.frozen_at(last_day + timedelta(days=1)):
        after_it = actions.lapse_overdue(session, house)

    assert (on_the_day, after_it) == (0, 1)
    session.flush()
    assert application.phase is ApplicationState.LAPSED
