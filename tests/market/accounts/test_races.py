"""What remains true when several do it at the same moment? Real commits, real locks."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from kernel import clock
from kernel.db import transaction
from kernel.errors import DomainError
from market.accounts import actions, reads
from market.accounts.models import Membership
from market.accounts.roles import Role
from market.accounts.schemas import FoundingDraft, MemberInvitationDraft
from market.organizations.models import Organization
from market.verifications import actions as verifications
from market.verifications.models import Verification
from market.verifications.schemas import DecisionDraft, VerificationDraft
from tests.factories.market import (
    actor_of,
    make_credit_code,
    make_membership,
    make_organization,
    make_user,
    stored,
)
from tests.market.verifications.test_verifications import papers

pytestmark = pytest.mark.usefixtures("own_database")


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do all acts at the same moment; "done", or the code of the refusal, of each."""
    start = threading.Barrier(len(acts))
    ends: list[str] = []

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
            ends.append("done")
        except DomainError as error:
            ends.append(error.code)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(ends)


def newcomer(**changes):
    with transaction() as session:
        return reads.actor_for(make_user(session, **changes), None, clock.today())


def test_one_of_eight_founds_the_organisation():
    people = [newcomer() for _ in range(8)]
    draft = FoundingDraft(name="某公司", kind="enterprise", credit_code=make_credit_code(21))

    def found(person):
        with transaction() as session:
            actions.found_organization(session, person, draft)

    ends = at_once(*[lambda person=person: found(person) for person in people])

    assert ends == ["credit-code-taken"] * 7 + ["done"]
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Organization)) == 1
        assert session.scalar(select(func.count()).select_from(Membership)) == 1


def test_two_administrators_who_remove_each_other_leave_one():
    with transaction() as session:
        organization = make_organization(session)
        users = [make_user(session), make_user(session)]
        memberships = [
            make_membership(session, user, organization, [Role.ADMINISTRATOR]) for user in users
        ]
        pairs = list(zip(users, memberships, strict=True))
        actors = [
            reads.actor_for(user, reads.Standing(membership, organization), clock.today())
            for user, membership in pairs
        ]
        ids = [membership.id for membership in memberships]

    def remove(actor, membership_id):
        with transaction() as session:
            actions.end_membership(session, actor, membership_id)

    ends = at_once(lambda: remove(actors[0], ids[1]), lambda: remove(actors[1], ids[0]))

    assert ends == ["done", "last-administrator"]


def test_an_invitation_accepted_twice_at_once_makes_one_member():
    person = newcomer(email="ana@demo.invalid")
    with transaction() as session:
        administrator = stored(session, actor_of("administrator"))
        draft = MemberInvitationDraft(email="ana@demo.invalid", roles=[Role.ANALYST])
        offer = actions.invite(session, administrator, draft).id

    def accept():
        with transaction() as session:
            actions.accept_invitation(session, person, offer)

    assert at_once(accept, accept, accept) == ["done", "invitation-over", "invitation-over"]


def test_two_reviewers_at_once_decide_once():
    with transaction() as session:
        applicant = stored(session, actor_of("administrator", verified=False))
        reviewers = [
            stored(session, actor_of("bureau_officer", id=f"usr_officer_{number}"))
            for number in range(2)
        ]
        submitted = verifications.submit(session, applicant, VerificationDraft(), papers()).id
    refusal = DecisionDraft(verdict="refuse", reason="委托书没有盖章")

    def decide(reviewer):
        with transaction() as session:
            verifications.decide(session, reviewer, submitted, refusal)

    ends = at_once(lambda: decide(reviewers[0]), lambda: decide(reviewers[1]))

    assert ends == ["done", "verification-decided"]


def test_papers_handed_in_twice_at_once_wait_once():
    with transaction() as session:
        applicant = stored(session, actor_of("administrator", verified=False))

    def submit():
        with transaction() as session:
            verifications.submit(session, applicant, VerificationDraft(), papers())

    assert at_once(submit, submit, submit) == ["done"] + ["verification-waiting"] * 2
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Verification)) == 1
