"""What is missing is named once, and what others object to is heard (RG-06, RG-07)."""

import pytest

from kernel import clock
from kernel.actor import MissingPermission, PersonNeeded
from market.accounts.roles import Role
from market.registrations import actions, registrar
from market.registrations.actions import (
    NoticeOver,
    OwnRegistration,
)
from market.registrations.models import RegistrationStateForbids
from market.registrations.registrar import (
    ItemsMissing,
    ItemsNamedLate,
)
from market.registrations.rules import (
    FormField,
    Material,
    RegistrationState,
)
from market.registrations.schemas import (
    NewRegistration,
    ObjectionDecision,
    RegistrationDraft,
    Return,
)
from tests.factories.market import actor_of, stored
from tests.factories.registrations import (
    AFTER_NOTICE,
    MONDAY,
    WRITTEN,
    code_draft,
    holder,
    kept_paper,
    later,
    make_on_notice,
    make_submitted,
    objection_draft,
    registrar_of,
    verdict_of,
)

pytestmark = pytest.mark.usefixtures("on_a_monday")
S = RegistrationState


# --- RG-06 ---


def give_back(session, registration, *items):
    draft = Return(items=list(items), reason="请补正后重新提交")
    return registrar.give_back(session, registrar_of(session), registration.id, draft)


def test_what_was_not_named_at_first_is_not_asked_for_later(session):
    registration = make_submitted(session)
    with pytest.raises(ItemsMissing):
        give_back(session, registration)
    give_back(session, registration, Material.RISK)
    assert registration.returned_items == ["risk"]
    actions.submit(session, holder(session), registration.id)

    with pytest.raises(ItemsNamedLate) as refused:
        give_back(session, registration, Material.RISK, Material.SCENARIO)
    assert refused.value.items == [Material.SCENARIO]

    give_back(session, registration, Material.RISK)
    assert registration.state is S.RETURNED


def test_what_the_applicant_changed_since_may_be_named(session):
    registration = make_submitted(session)
    give_back(session, registration, Material.RISK)
    changed = WRITTEN | {FormField.SCENARIO: "另一个场景"}
    with later(1):
        draft = RegistrationDraft(fields=changed)
        actions.revise(session, holder(session), registration.id, draft)
        actions.add_papers(session, holder(session), registration.id, [kept_paper("commitment")])
        actions.submit(session, holder(session), registration.id)

        give_back(session, registration, Material.SCENARIO, Material.COMMITMENT)

    assert registration.returned_items == ["scenario", "commitment"]


def test_a_return_in_review_starts_the_clock_anew(session):
    registration = make_submitted(session)
    registrar.accept(session, registrar_of(session), registration.id)
    registrar.begin_review(session, registrar_of(session), registration.id)

    give_back(session, registration, Material.SOURCE)

    assert (registration.state, registration.review_due_on) == (S.RETURNED, None)
    with pytest.raises(RegistrationStateForbids):
        registrar.accept(session, registrar_of(session), registration.id)


# --- RG-07 ---


def objector(session):
    return stored(session, actor_of(Role.ANALYST))


def objected(session, registration, actor=None):
    return actions.raise_objection(
        session,
        actor or objector(session),
        registration.id,
        objection_draft(),
        kept_paper("evidence"),
    )


@pytest.mark.parametrize(("days", "is_taken"), [(14, True), (15, False)])
def test_objections_are_taken_to_the_last_day(session, days, is_taken):
    registration = make_on_notice(session)

    with later(days):
        if is_taken:
            objected(session, registration)
            assert registration.state is S.OBJECTION
        else:
            with pytest.raises(NoticeOver):
                objected(session, registration)


def test_an_objection_is_a_persons_own_and_never_the_applicants(session):
    registration = make_on_notice(session)
    unverified = actor_of(Role.ANALYST, verified=False)
    machine = actor_of(Role.ANALYST)
    object.__setattr__(machine, "kind", "machine")

    with pytest.raises(OwnRegistration):
        objected(session, registration, holder(session))
    with pytest.raises(MissingPermission):
        objected(session, registration, unverified)
    with pytest.raises(PersonNeeded):
        objected(session, registration, machine)


def test_nothing_is_coded_while_an_objection_waits_and_the_notice_goes_on_after_it(session):
    registration = make_on_notice(session)
    first, second = objected(session, registration), objected(session, registration)
    dismissal = ObjectionDecision(outcome="dismiss", reason="证据与本登记无关")
    decider = registrar_of(session)

    registrar.decide_objection(session, decider, registration.id, first.id, dismissal)
    assert registration.state is S.OBJECTION
    with clock.frozen_at(MONDAY + AFTER_NOTICE), pytest.raises(RegistrationStateForbids):
        registrar.take_official_code(
            session, registrar_of(session, 2), registration.id, code_draft()
        )
    registrar.decide_objection(session, decider, registration.id, second.id, dismissal)

    assert registration.state is S.NOTICE


def test_an_upheld_objection_ends_the_application(session):
    registration = make_on_notice(session)
    objection = objected(session, registration)
    uphold = ObjectionDecision(outcome="uphold", reason="来源单位不是申请人")

    registrar.decide_objection(
        session, registrar_of(session), registration.id, objection.id, uphold
    )

    assert (registration.state, registration.end_reason) == (S.REJECTED, uphold.reason)
    assert verdict_of(session, registration) is None
    assert make_draft_again(session, registration).state is S.DRAFT


def make_draft_again(session, registration):
    wanted = NewRegistration(object_kind=registration.object_kind, object_id=registration.object_id)
    return actions.draft_registration(session, holder(session), wanted)
