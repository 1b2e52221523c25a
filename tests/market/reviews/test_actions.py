"""Do only real buyers rate, once, and does a bad rating go the whole way?"""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kernel import clock
from kernel.actor import Actor, MissingPermission, OrganizationUnverified, Permission
from licensing.licences import actions as licences
from licensing.licences.rules import LicenceState
from market.accounts.roles import PERMISSIONS, Role
from market.reviews import actions, reads, tasks
from market.reviews.actions import RatedAlready
from market.reviews.events import (
    RectificationOpened,
    RectificationOverdue,
    RectificationRechecked,
    ReviewAppended,
    ReviewReplied,
    ReviewSubmitted,
    ReviewVerified,
)
from market.reviews.models import RectificationStepWrong, ReviewRight
from market.reviews.reads import ReviewNotFound
from market.reviews.rules import RectificationState
from tests.factories.events import last_event, names_of_events
from tests.factories.licences import make_licence
from tests.factories.market import actor_of, make_organization, stored
from tests.factories.reviews import (
    FAILED,
    FOUNDED,
    PASSED,
    UNFOUNDED,
    WORDS,
    bring_to,
    make_review,
    review_draft,
)

S = RectificationState
MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HOUSE = Actor.system("tests")
BUYERS = {role for role in Role if Permission.RATE_PRODUCT in PERMISSIONS[role]}


def test_an_activated_licence_is_rated_once(session, analyst):
    licence = make_licence(session)
    assert [right.licence_id for right in reads.list_rights(session, analyst)] == [licence.id]

    case = actions.submit_review(session, analyst, licence.id, review_draft(4))

    assert case.work is None
    assert last_event(session) == ReviewSubmitted(case.review.id, licence.product_id, case.title, 4)
    assert reads.list_rights(session, analyst) == []
    with pytest.raises(RatedAlready):
        actions.submit_review(session, analyst, licence.id, review_draft(5))


@pytest.mark.parametrize("state", [LicenceState.OFFERED, LicenceState.SIGNED])
def test_who_did_not_get_an_active_licence_does_not_rate(session, analyst, state):
    licence = make_licence(session, state=state)

    with pytest.raises(ReviewNotFound):
        actions.submit_review(session, analyst, licence.id, review_draft())


def test_a_licence_that_ended_is_still_rated_and_its_right_counts_once(session, analyst, operator):
    licence = make_licence(session, state=LicenceState.ENDED)
    actions.allow_review(
        session,
        licence_id=licence.id,
        product_id=licence.product_id,
        buyer_id=licence.buyer_id,
        supplier_id=licence.supplier_id,
    )

    assert len(session.scalars(select(ReviewRight)).all()) == 1
    assert make_review(session, 3, licence.id).review.level == 3


def test_nobody_rates_anothers_licence_or_ones_own_product(session):
    licence = make_licence(session)
    stranger = make_organization(session)
    other = stored(session, actor_of("analyst", organization_id=stranger.id, id="usr_b"))

    with pytest.raises(ReviewNotFound):
        actions.submit_review(session, other, licence.id, review_draft())
    actions.allow_review(
        session,
        licence_id="lic_own",
        product_id=licence.product_id,
        buyer_id=licence.supplier_id,
        supplier_id=licence.supplier_id,
    )
    assert session.get(ReviewRight, "lic_own") is None


@pytest.mark.parametrize("role", sorted(set(Role) - BUYERS))
def test_no_other_role_rates(session, role):
    licence = make_licence(session)

    with pytest.raises(MissingPermission):
        actions.submit_review(session, stored(session, actor_of(role)), licence.id, review_draft())


def test_an_unverified_buyer_does_not_rate(session):
    licence = make_licence(session)

    with pytest.raises(OrganizationUnverified):
        actions.submit_review(
            session, actor_of("analyst", verified=False), licence.id, review_draft()
        )


def test_a_bad_rating_opens_the_work_with_both_deadlines(session):
    with clock.frozen_at(MONDAY):
        licence_id = make_licence(session).id
        case = make_review(session, 2, licence_id)

    assert case.work.state is S.CONTACT
    assert (case.work.contact_due_on, case.work.rectify_due_on) == (
        date(2026, 3, 3),
        date(2026, 3, 23),
    )
    assert last_event(session) == RectificationOpened(
        case.review.id, case.title, case.work.contact_due_on, case.work.rectify_due_on
    )


def test_a_bad_rating_goes_from_contact_to_a_passed_re_check(session):
    case = bring_to(session, make_review(session, 1), S.CLOSED)

    assert case.work.closed_at is not None
    assert case.work.due_on is None
    assert names_of_events(session)[-7:] == [
        "market.review_submitted",
        "market.rectification_opened",
        "market.rectification_contacted",
        "market.rectification_verified",
        "market.rectification_reported",
        "market.review_replied",
        "market.rectification_rechecked",
    ]


def test_an_unfounded_rating_is_answered_without_mending_and_still_re_checked(session, operator):
    case = bring_to(session, make_review(session, 2), S.VERIFY)

    actions.verify_review(session, operator, case.review.id, UNFOUNDED)

    assert last_event(session) == ReviewVerified(case.review.id, case.title, False)
    case = actions.reply_review(session, operator, case.review.id, WORDS)
    assert case.work.state is S.RECHECK


def test_what_does_not_pass_is_mended_again_in_a_new_time(session, bureau_officer):
    case = bring_to(session, make_review(session, 2), S.RECHECK)
    before = case.work.rectify_due_on

    with clock.frozen_at(clock.now() + timedelta(days=40)):
        actions.recheck_rectification(session, bureau_officer, case.review.id, FAILED)

    assert case.work.state is S.RECTIFY
    assert case.work.rectify_due_on > before
    assert last_event(session) == RectificationRechecked(case.review.id, case.title, False)
    assert bring_to_again(session, case).work.state is S.CLOSED


def bring_to_again(session, case):
    operator, officer = actor_of("operator"), actor_of("bureau_officer")
    actions.report_rectified(session, operator, case.review.id, WORDS)
    actions.reply_review(session, operator, case.review.id, WORDS)
    return actions.recheck_rectification(session, officer, case.review.id, PASSED)


@pytest.mark.parametrize("state", list(S))
def test_no_step_is_taken_before_its_time_or_twice(session, operator, bureau_officer, state):
    case = bring_to(session, make_review(session, 1), state)
    identifier = case.review.id
    steps = {
        S.CONTACT: lambda: actions.contact_buyer(session, operator, identifier, WORDS),
        S.VERIFY: lambda: actions.verify_review(session, operator, identifier, FOUNDED),
        S.RECTIFY: lambda: actions.report_rectified(session, operator, identifier, WORDS),
        S.REPLY: lambda: actions.reply_review(session, operator, identifier, WORDS),
        S.RECHECK: lambda: actions.recheck_rectification(
            session, bureau_officer, identifier, PASSED
        ),
    }
    for own, take in steps.items():
        if own is not state:
            with pytest.raises(RectificationStepWrong):
                take()

    assert case.work.state is state


def test_a_good_rating_is_answered_once_and_added_to_once(session, analyst, operator):
    case = make_review(session, 5)

    actions.reply_review(session, operator, case.review.id, WORDS)
    assert last_event(session) == ReviewReplied(case.review.id, case.review.product_id, case.title)
    actions.append_review(session, analyst, case.review.id, WORDS)
    assert last_event(session) == ReviewAppended(case.review.id, case.review.product_id, case.title)

    with pytest.raises(RatedAlready):
        actions.reply_review(session, operator, case.review.id, WORDS)
    with pytest.raises(RatedAlready):
        actions.append_review(session, analyst, case.review.id, WORDS)


def test_another_supplier_and_another_bureau_see_nothing(session):
    case = bring_to(session, make_review(session, 1), S.RECHECK)
    supplier = make_organization(session, "operator")
    bureau = make_organization(session, "bureau")
    other = stored(session, actor_of("operator", organization_id=supplier.id, id="usr_b"))
    officer = stored(session, actor_of("bureau_officer", organization_id=bureau.id, id="usr_c"))

    with pytest.raises(ReviewNotFound):
        actions.reply_review(session, other, case.review.id, WORDS)
    with pytest.raises(ReviewNotFound):
        actions.recheck_rectification(session, officer, case.review.id, PASSED)
    assert reads.list_at_the_bureau(session, officer) == []


def test_what_is_late_goes_to_the_bureau_once(session, operator, bureau_officer, connection):
    with clock.frozen_at(MONDAY):
        case = make_review(session, 1, make_licence(session).id)
    on_the_day, day_after = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    with clock.frozen_at(on_the_day):
        assert actions.escalate_overdue(session, HOUSE) == 0

    with clock.frozen_at(day_after):
        assert actions.escalate_overdue(session, HOUSE) == 1

    assert last_event(session) == RectificationOverdue(
        case.review.id, case.title, case.work.contact_due_on
    )
    assert [one.review.id for one in reads.list_at_the_bureau(session, bureau_officer)] == [
        case.review.id
    ]
    tasks.escalate_overdue()
    assert actions.escalate_overdue(session, HOUSE) == 0


def test_the_database_lets_a_licence_be_rated_once(session, analyst):
    case = make_review(session, 5)
    facts = {
        column.name: getattr(case.review, column.name)
        for column in type(case.review).__table__.columns
    }
    session.add(type(case.review)(**{**facts, "id": "rvw_again"}))

    with pytest.raises(IntegrityError, match="licence_id"):
        session.flush()


@pytest.mark.parametrize("change", [{"level": 6}, {"match": 0}, {"addition": "说过了"}])
def test_the_database_refuses_what_no_rating_says(session, change):
    case = make_review(session, 5)
    for name, value in change.items():
        setattr(case.review, name, value)

    with pytest.raises(IntegrityError):
        session.flush()


def test_a_suspended_licence_that_is_resumed_gives_no_second_rating(session, operator, analyst):
    licence = make_licence(session, state=LicenceState.SUSPENDED)
    make_review(session, 5, licence.id)

    licences.resume(session, operator, licence.id)

    assert reads.list_rights(session, analyst) == []
