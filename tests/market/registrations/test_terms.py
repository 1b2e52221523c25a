"""How long a registration counts, what ends it and who sees what (RG-03, RG-09 to RG-12)."""

from datetime import date, timedelta

import pytest

from kernel import clock
from market.accounts.roles import Role
from market.catalogue.reads import find_verdict
from market.catalogue.rules import VerdictKind, VerdictState
from market.registrations import actions, reads, registrar, standing, terms
from market.registrations.actions import (
    RenewalNotOpen,
)
from market.registrations.events import (
    RegistrationEnded,
    RegistrationExpiring,
)
from market.registrations.evidence import find_registrable
from market.registrations.rules import (
    EndGround,
    ObjectKind,
    RegistrationState,
    RegistrationType,
)
from market.registrations.schemas import (
    EndDraft,
    LaterRegistration,
    RenewalDecision,
)
from market.registrations.terms import RenewalGivesNothing
from tests.factories.catalogue import make_product
from tests.factories.market import actor_of, make_organization
from tests.factories.registrations import (
    AFTER_NOTICE,
    MONDAY,
    authorise,
    code_draft,
    complete,
    facts_of,
    holder,
    make_draft,
    make_resource,
    make_submitted,
    make_valid,
    put_on_notice,
    registrar_of,
    verdict_of,
)

pytestmark = pytest.mark.usefixtures("on_a_monday")
S = RegistrationState


# --- RG-09: terms ---


def test_a_reminder_a_renewal_and_a_lapse_by_the_calendar(session):
    registration = make_valid(session)
    last = registration.valid_until_on
    house = actor_of(Role.REGISTRAR)
    opens = clock.day_start(last - timedelta(days=60))

    with clock.frozen_at(opens - timedelta(hours=1)):
        assert terms.keep_calendar(session, house) == 0
        with pytest.raises(RenewalNotOpen):
            actions.ask_renewal(session, holder(session), registration.id)
    with clock.frozen_at(opens):
        assert terms.keep_calendar(session, house) == 1
        assert terms.keep_calendar(session, house) == 0
        assert isinstance(facts_of(session)[-1], RegistrationExpiring)
    with clock.frozen_at(clock.day_start(last)):
        assert terms.keep_calendar(session, house) == 0
    with clock.frozen_at(clock.day_start(last + timedelta(days=1))):
        assert terms.keep_calendar(session, house) == 1

    assert registration.state is S.LAPSED
    said = verdict_of(session, registration)
    assert (said.state, said.clause) == (VerdictState.FAILS, "RG-09")


def test_a_renewal_that_waits_does_not_lapse_and_is_granted_from_the_last_day(session):
    registration = make_valid(session)
    last = registration.valid_until_on
    grant = RenewalDecision(outcome="grant", reason="条件未变")
    with clock.frozen_at(clock.day_start(last)):
        actions.ask_renewal(session, holder(session), registration.id)
        with pytest.raises(RenewalNotOpen):
            actions.ask_renewal(session, holder(session), registration.id)

    with clock.frozen_at(clock.day_start(last + timedelta(days=5))):
        assert terms.keep_calendar(session, actor_of(Role.REGISTRAR)) == 0
        terms.decide_renewal(session, registrar_of(session), registration.id, grant)
        assert verdict_of(session, registration).holds(clock.now())

    assert registration.valid_until_on.year == last.year + 3
    assert registration.state is S.VALID


def test_a_renewal_beyond_the_authorisation_gives_nothing(session):
    dataset = make_resource(session)
    authorise(session, dataset, clock.day_start(date(2028, 1, 1)))
    registration = make_valid(session, dataset)
    grant = RenewalDecision(outcome="grant", reason="条件未变")

    with clock.frozen_at(clock.day_start(date(2027, 12, 1))):
        actions.ask_renewal(session, holder(session), registration.id)
        with pytest.raises(RenewalGivesNothing):
            terms.decide_renewal(session, registrar_of(session), registration.id, grant)
        refuse = RenewalDecision(outcome="refuse", reason="授权即将到期")
        terms.decide_renewal(session, registrar_of(session), registration.id, refuse)

    assert registration.renewal_asked_at is None


# --- RG-10 to RG-12 ---


def change_draft(reg_type=RegistrationType.CHANGE, ground=None):
    return LaterRegistration(reg_type=reg_type, reason="数据字典有重大变化", ground=ground)


@pytest.mark.parametrize("reg_type", [RegistrationType.CHANGE, RegistrationType.CORRECTION])
def test_a_change_goes_the_whole_way_and_takes_the_place_of_the_old_one(session, reg_type):
    old = make_valid(session)
    with clock.frozen_at(MONDAY + AFTER_NOTICE):
        new = actions.draft_later(session, holder(session), old.id, change_draft(reg_type))
        complete(session, new)
        actions.submit(session, holder(session), new.id)
        put_on_notice(session, new)
        assert old.state is S.VALID
    with clock.frozen_at(MONDAY + 2 * AFTER_NOTICE):
        draft = code_draft(code=old.code, query_code=old.query_code)
        registrar.take_official_code(session, registrar_of(session, 2), new.id, draft)

    assert (old.state, new.state) == (S.REPLACED, S.VALID)
    assert new.valid_until_on == old.valid_until_on  # a change is no renewal
    assert new.coded_on == old.coded_on
    assert reads.find_result(session, new.query_code).id == new.id


def test_a_cancellation_needs_no_evidence_and_no_notice(session):
    old = make_valid(session)
    draft = change_draft(RegistrationType.CANCELLATION, EndGround.DATA_LOST)
    application = actions.draft_later(session, holder(session), old.id, draft)
    actions.submit(session, holder(session), application.id)
    first = registrar_of(session)
    registrar.accept(session, first, application.id)
    registrar.begin_review(session, first, application.id)

    registrar.pass_review(session, first, application.id)

    assert (old.state, application.state) == (S.CANCELLED, S.CANCELLED)
    said = verdict_of(session, old)
    assert (said.state, said.clause) == (VerdictState.FAILS, "RG-11")


@pytest.mark.parametrize(
    ("ground", "state", "clause"),
    [
        (EndGround.SUBJECT_ENDED, S.CANCELLED, "RG-11"),
        (EndGround.FORGERY, S.REVOKED, "RG-12"),
    ],
)
def test_the_registrar_cancels_or_revokes_with_a_ground(session, ground, state, clause):
    registration = make_valid(session)
    draft = EndDraft(ground=ground, reason="查证属实")

    terms.end_registration(session, registrar_of(session), registration.id, draft)

    assert registration.state is state
    fact = facts_of(session)[-2]  # the verdict is the last
    assert isinstance(fact, RegistrationEnded)
    assert (fact.clause, fact.how) == (clause, state.value)
    assert reads.find_result(session, registration.query_code).state is state


# --- RG-03 ---


def test_a_time_limit_runs_once_where_the_law_obliges(session):
    dataset = make_resource(session)
    authorise(session, dataset)
    thing = find_registrable(session, ObjectKind.RESOURCE, dataset.id)
    house = registrar_of(session)

    for _ in range(2):
        standing.begin_duty(session, house, thing, clock.today())

    said = find_verdict(session, VerdictKind.REGISTERED, dataset.id)
    assert said.facts == {"state": "time_limit", "due_on": "2026-03-30"}
    assert said.holds(clock.day_start(date(2026, 3, 30)))
    assert not said.holds(clock.day_start(date(2026, 3, 31)))
    assert [duty.object_id for duty in reads.list_own_duties(session, holder(session))] == [
        dataset.id
    ]


def test_nothing_runs_for_what_is_only_encouraged(session):
    dataset = make_resource(session)  # not in authorised operation
    product = make_product(session)
    for kind, identifier in ((ObjectKind.RESOURCE, dataset.id), (ObjectKind.PRODUCT, product.id)):
        thing = find_registrable(session, kind, identifier)
        standing.begin_duty(session, registrar_of(session), thing, clock.today())
        assert find_verdict(session, VerdictKind.REGISTERED, identifier) is None


def test_a_missed_limit_is_said_once_and_a_registration_meets_it(session):
    late, met = make_resource(session), make_resource(session)
    for dataset in (late, met):
        authorise(session, dataset)
        thing = find_registrable(session, ObjectKind.RESOURCE, dataset.id)
        standing.begin_duty(session, registrar_of(session), thing, clock.today())
    make_valid(session, met)

    with clock.frozen_at(clock.day_start(date(2026, 3, 30))):
        assert terms.keep_calendar(session, registrar_of(session)) == 0
    with clock.frozen_at(clock.day_start(date(2026, 3, 31))):
        assert terms.keep_calendar(session, registrar_of(session)) == 1
        assert terms.keep_calendar(session, registrar_of(session)) == 0

    said = find_verdict(session, VerdictKind.REGISTERED, late.id)
    assert (said.state, said.clause) == (VerdictState.FAILS, "RG-03")
    assert find_verdict(session, VerdictKind.REGISTERED, met.id).facts["state"] == "valid"


# --- who sees what ---


def test_drafts_are_their_applicants_and_what_was_sent_is_read_by_registrar_and_bureau(session):
    draft, sent = make_draft(session), make_submitted(session)
    stranger = actor_of(
        Role.SOURCE_DEPARTMENT,
        organization_id=make_organization(session, "source_department").id,
        id="usr_stranger",
    )

    def seen(actor):
        return {one.id for one in reads.list_registrations(session, actor).items}

    assert seen(holder(session)) == {draft.id, sent.id}
    for role in (Role.REGISTRAR, Role.BUREAU_APPROVER, Role.REGULATOR):
        assert seen(actor_of(role)) == {sent.id}
    assert seen(stranger) == set()
    assert seen(actor_of(Role.ANALYST)) == set()


def test_a_query_code_opens_a_result_and_an_unknown_one_nothing(session):
    registration = make_valid(session)

    assert reads.find_result(session, f" {registration.query_code} ").code == registration.code
    for wrong in ("", "  ", "unknown"):
        with pytest.raises(reads.QueryCodeUnknown):
            reads.find_result(session, wrong)
