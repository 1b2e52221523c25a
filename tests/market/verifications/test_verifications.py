"""Does a verification need papers, another organisation's person, a reason and an expiry?"""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from kernel import clock
from kernel.actor import MissingPermission, SecondPersonNeeded
from kernel.errors import InvalidFields
from market.accounts import reads as accounts
from market.organizations.events import OrganizationVerified
from market.organizations.models import Organization
from market.verifications import actions, rules
from market.verifications.actions import (
    OwnOrganizationReview,
    VerificationDecided,
    VerificationWaiting,
)
from market.verifications.events import VerificationRefused, VerificationSubmitted
from market.verifications.rules import (
    LARGEST_DOCUMENT_BYTES,
    DocumentKind,
    DocumentProblem,
    VerificationState,
)
from market.verifications.schemas import VerificationDraft
from tests.factories.market import (
    actor_of,
    make_membership,
    make_organization,
    stored,
)
from tests.factories.verifications import approval, facts_of, papers, refusal, submit

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
PDF = b"%PDF-1.7 test"


# --- rules ---


@given(st.binary(max_size=32), st.integers(0, LARGEST_DOCUMENT_BYTES * 2))
def test_only_papers_of_a_fair_size_are_accepted(beginning, size):
    problem = rules.document_problem(beginning, size)

    is_paper = rules.media_type(beginning) is not None
    assert (problem is None) == (is_paper and 0 < size <= LARGEST_DOCUMENT_BYTES)


def test_the_size_limit_from_both_sides():
    assert rules.document_problem(PDF, LARGEST_DOCUMENT_BYTES) is None
    too_large = rules.document_problem(PDF, LARGEST_DOCUMENT_BYTES + 1)
    assert too_large is DocumentProblem.TOO_LARGE


def test_a_validity_ends_between_tomorrow_and_three_years_from_now():
    assert not rules.is_validity_allowed(TODAY, TODAY)
    assert rules.is_validity_allowed(TODAY + timedelta(days=1), TODAY)
    assert rules.is_validity_allowed(TODAY + timedelta(days=1095), TODAY)
    assert not rules.is_validity_allowed(TODAY + timedelta(days=1096), TODAY)


# --- actions ---


def test_an_approved_organisation_is_verified_until_its_day(session, applicant, bureau_officer):
    submitted = submit(session, applicant)
    until_on = clock.today() + timedelta(days=100)

    actions.decide(session, bureau_officer, submitted.id, approval(until_on))

    organization = session.get_one(Organization, applicant.organization_id)
    assert organization.verified_until_on == until_on
    assert submitted.state is VerificationState.APPROVED
    assert facts_of(session) == [
        VerificationSubmitted(submitted.id, organization.id, organization.name, 2),
        OrganizationVerified(organization.id, organization.name, submitted.id, until_on),
    ]


def test_a_refusal_leaves_the_organisation_unverified_and_lets_it_try_again(
    session, applicant, bureau_officer
):
    submitted = submit(session, applicant)

    actions.decide(session, bureau_officer, submitted.id, refusal())

    organization = session.get_one(Organization, applicant.organization_id)
    assert organization.verified_until_on is None
    assert facts_of(session)[-1] == VerificationRefused(
        submitted.id, organization.id, organization.name
    )
    assert submit(session, applicant).id != submitted.id


@pytest.mark.parametrize("kinds", [(), (DocumentKind.CERTIFICATE,), (DocumentKind.OTHER,)])
def test_the_required_papers_are_required(session, applicant, kinds):
    with pytest.raises(InvalidFields) as refused:
        actions.submit(session, applicant, VerificationDraft(), papers(*kinds) if kinds else [])

    assert {problem.field for problem in refused.value.problems} >= {"authorization"}


def test_one_request_waits_at_a_time(session, applicant):
    submit(session, applicant)

    with pytest.raises(VerificationWaiting):
        submit(session, applicant)


def test_only_an_administrator_hands_in_papers(session):
    analyst = stored(session, actor_of("analyst", verified=False))

    with pytest.raises(MissingPermission):
        submit(session, analyst)


@pytest.mark.parametrize("role", ["administrator", "bureau_approver", "regulator", "analyst"])
def test_only_a_bureau_officer_decides(session, applicant, role):
    submitted = submit(session, applicant)
    other = make_organization(session)
    reviewer = actor_of(role, organization_id=other.id, id="usr_reviewer")

    with pytest.raises(MissingPermission):
        actions.decide(session, reviewer, submitted.id, approval())


def test_an_officer_of_an_unverified_bureau_decides_nothing(session, applicant):
    submitted = submit(session, applicant)
    officer = actor_of("bureau_officer", verified=False)

    with pytest.raises(MissingPermission):
        actions.decide(session, officer, submitted.id, approval())


def test_a_bureau_does_not_verify_itself(session, bureau_officer):
    administrator = stored(
        session, actor_of("administrator", organization_id="org_bureau", id="usr_admin")
    )
    submitted = submit(session, administrator)

    with pytest.raises(OwnOrganizationReview):
        actions.decide(session, bureau_officer, submitted.id, approval())


def test_an_officer_does_not_verify_a_company_that_they_also_belong_to(
    session, applicant, bureau_officer
):
    submitted = submit(session, applicant)
    company = session.get_one(Organization, applicant.organization_id)
    user = accounts.get_user(session, bureau_officer.id)
    make_membership(session, user, company, ["analyst"])

    with pytest.raises(OwnOrganizationReview):
        actions.decide(session, bureau_officer, submitted.id, approval())


def test_whoever_handed_in_does_not_decide(session, applicant):
    submitted = submit(session, applicant)
    same_person = actor_of("bureau_officer", id=applicant.id)

    with pytest.raises(SecondPersonNeeded):
        actions.decide(session, same_person, submitted.id, approval())


def test_a_request_is_decided_once(session, applicant, bureau_officer):
    submitted = submit(session, applicant)
    actions.decide(session, bureau_officer, submitted.id, refusal())

    with pytest.raises(VerificationDecided):
        actions.decide(session, bureau_officer, submitted.id, approval())


@pytest.mark.parametrize("days", [0, -1, 1096])
def test_an_expiry_outside_the_three_years_is_refused(session, applicant, bureau_officer, days):
    submitted = submit(session, applicant)
    until_on = clock.today() + timedelta(days=days)

    with pytest.raises(InvalidFields):
        actions.decide(session, bureau_officer, submitted.id, approval(until_on))


def test_the_review_is_due_on_the_fifth_working_day(session, applicant):
    with clock.frozen_at(NOW):  # a Monday
        submitted = submit(session, applicant)

    assert submitted.review_due_on == date(2026, 3, 9)


@pytest.mark.parametrize(
    "change",
    [
        {"state": VerificationState.APPROVED},
        {"decided_at": NOW},
        {"valid_until_on": TODAY},
    ],
)
def test_the_database_refuses_half_a_decision(session, applicant, change):
    submitted = submit(session, applicant)
    for name, value in change.items():
        setattr(submitted, name, value)

    with pytest.raises(IntegrityError):
        session.flush()


def test_the_database_refuses_the_same_person_twice(session, applicant):
    submitted = submit(session, applicant)
    submitted.refuse(applicant.id, NOW, "不行")

    with pytest.raises(IntegrityError):
        session.flush()


def test_a_loaded_state_is_a_member_again(session, applicant):
    submitted = submit(session, applicant)
    session.flush()
    session.expire_all()

    assert submitted.state is VerificationState.SUBMITTED
    kind = session.get_one(Organization, applicant.organization_id).kind
    assert kind.label == "企业"
