"""The way of a registration, who may take each step, and what is recorded."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kernel import clock
from kernel.actor import MissingPermission, PersonNeeded, SecondPersonNeeded
from kernel.errors import InvalidFields, NotFound
from kernel.events import EventLog
from market.accounts.roles import Role
from market.catalogue.reads import find_verdict
from market.catalogue.rules import VerdictKind, VerdictState
from market.registrations import actions, reads, registrar, standing, terms
from market.registrations.actions import (
    AlreadyRegistered,
    MaterialsMissing,
    NothingToEvidence,
    NoticeOver,
    OwnRegistration,
    RenewalNotOpen,
    TooManyPapers,
)
from market.registrations.events import (
    RegistrationAccepted,
    RegistrationCoded,
    RegistrationEnded,
    RegistrationExpiring,
    RegistrationNoticeOpened,
)
from market.registrations.evidence import find_registrable, sha256_of
from market.registrations.models import RegistrationStateForbids
from market.registrations.registrar import (
    CodeTaken,
    ItemsMissing,
    ItemsNamedLate,
    NoticeRunning,
    NotTheRegistrar,
)
from market.registrations.rules import (
    EndGround,
    FormField,
    Material,
    ObjectKind,
    RegistrationState,
    RegistrationType,
)
from market.registrations.schemas import (
    EndDraft,
    LaterRegistration,
    NewRegistration,
    ObjectionDecision,
    RegistrationDraft,
    RenewalDecision,
    Return,
)
from market.registrations.terms import RenewalGivesNothing
from tests.factories.catalogue import make_product
from tests.factories.data import make_dataset, make_version
from tests.factories.market import actor_of, make_organization, stored
from tests.factories.registrations import (
    AFTER_NOTICE,
    WRITTEN,
    authorise,
    code_draft,
    complete,
    holder,
    kept_paper,
    make_draft,
    make_on_notice,
    make_resource,
    make_submitted,
    make_valid,
    objection_draft,
    put_on_notice,
    registrar_of,
)

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a Monday in Shanghai
S = RegistrationState


@pytest.fixture(autouse=True)
def _on_a_monday():
    with clock.frozen_at(NOW):
        yield


def facts_of(session):
    return [row.event() for row in session.scalars(select(EventLog).order_by(EventLog.seq))]


def verdict_of(session, registration):
    return find_verdict(session, VerdictKind.REGISTERED, registration.object_id)


def later(days: int):
    return clock.frozen_at(NOW + timedelta(days=days))


# --- applying ---


def test_a_draft_knows_what_the_house_knows_already(session):
    dataset = make_resource(session)

    registration = make_draft(session, dataset)

    assert registration.state is S.DRAFT
    assert registration.title == dataset.title
    assert registration.fields["volume"].startswith("3 条记录")
    assert registration.subject_id == dataset.provider_id


def test_only_the_holder_applies(session):
    dataset = make_resource(session)
    wanted = NewRegistration(object_kind=ObjectKind.RESOURCE, object_id=dataset.id)

    with pytest.raises(NotFound):
        actions.draft_registration(session, stored(session, actor_of(Role.OPERATOR)), wanted)
    with pytest.raises(MissingPermission):
        actions.draft_registration(session, actor_of(Role.ANALYST), wanted)


def test_an_operator_registers_its_product_with_the_hashes_of_its_sources(session):
    dataset = make_dataset(session)
    version = make_version(session, dataset)
    product = make_product(session, dataset)
    operator = actor_of(Role.OPERATOR)
    wanted = NewRegistration(object_kind=ObjectKind.PRODUCT, object_id=product.id)
    registration = actions.draft_registration(session, operator, wanted)

    actions.keep_evidence(session, operator, registration.id)

    assert registration.evidence["sources"][0]["parquet_sha256"] == version.parquet_sha256
    assert registration.evidence_sha256 == sha256_of(registration.evidence)


def test_one_application_at_a_time_and_one_registration_per_object(session):
    dataset = make_resource(session)
    make_draft(session, dataset)
    with pytest.raises(AlreadyRegistered):
        make_draft(session, dataset)

    other = make_resource(session)
    make_valid(session, other)
    with pytest.raises(AlreadyRegistered):
        make_draft(session, other)


def test_evidence_needs_a_version_and_stands_in_the_log(session):
    bare = make_draft(session, make_resource(session, with_version=False))
    with pytest.raises(NothingToEvidence):
        actions.keep_evidence(session, holder(session), bare.id)

    registration = make_draft(session)
    actions.keep_evidence(session, holder(session), registration.id)

    row = session.scalar(select(EventLog).where(EventLog.id == registration.evidence_event_id))
    assert row.payload["evidence_sha256"] == sha256_of(registration.evidence)
    assert registration.state is S.EVIDENCED


def test_an_incomplete_application_is_refused_with_all_that_is_missing(session):
    registration = make_draft(session)

    with pytest.raises(MaterialsMissing) as refused:
        actions.submit(session, holder(session), registration.id)

    assert {Material.EVIDENCE, Material.RISK, Material.COMMITMENT} <= set(refused.value.items)


def test_a_newer_paper_takes_the_place_of_the_last_of_its_kind(session):
    registration = make_draft(session)
    for _ in range(2):
        actions.add_papers(session, holder(session), registration.id, [kept_paper("risk")])
    actions.add_papers(session, holder(session), registration.id, [kept_paper("other")] * 1)

    kinds = [paper.kind for paper in reads.list_papers(session, registration.id)]

    assert kinds == [Material.RISK, Material.OTHER]
    many = [kept_paper("other") for _ in range(11)]
    with pytest.raises(TooManyPapers):
        actions.add_papers(session, holder(session), registration.id, many)


# --- the registrar ---


def test_the_whole_way_to_a_code(session):
    registration = make_submitted(session)
    first, second = registrar_of(session), registrar_of(session, 2)

    registrar.accept(session, first, registration.id)
    registrar.begin_review(session, first, registration.id)
    registrar.pass_review(session, first, registration.id)
    with later(15):  # 2026-03-17, the day after the tenth working day
        draft = code_draft(coded_on=date(2026, 3, 17))
        registrar.take_official_code(session, second, registration.id, draft)

    assert registration.review_due_on == date(2026, 3, 30)
    assert registration.notice_ends_on == date(2026, 3, 16)
    assert registration.state is S.VALID
    assert registration.valid_until_on == date(2029, 3, 19)  # the 17th is a Saturday
    said = verdict_of(session, registration)
    assert said.state is VerdictState.HOLDS
    assert said.valid_until == clock.day_start(date(2029, 3, 20))
    assert said.facts["code"] == draft.code
    assert {RegistrationAccepted, RegistrationNoticeOpened, RegistrationCoded} <= {
        type(fact) for fact in facts_of(session)
    }


def test_it_counts_no_longer_than_the_authorisation(session):
    dataset = make_resource(session)
    authorise(session, dataset, clock.day_start(date(2028, 1, 1)))

    registration = make_valid(session, dataset)

    assert registration.valid_until_on == date(2027, 12, 31)
    assert registration.authorization_ids == ["agr_1"]


@pytest.mark.parametrize(("days", "is_over"), [(14, False), (15, True)])
def test_a_code_is_given_from_the_day_after_the_notice(session, days, is_over):
    registration = make_on_notice(session)
    second = registrar_of(session, 2)

    with later(days):
        if is_over:
            registrar.take_official_code(session, second, registration.id, code_draft())
        else:
            with pytest.raises(NoticeRunning):
                registrar.take_official_code(session, second, registration.id, code_draft())


def test_whoever_reviewed_does_not_code(session):
    registration = make_on_notice(session)

    with clock.frozen_at(NOW + AFTER_NOTICE), pytest.raises(SecondPersonNeeded):
        registrar.take_official_code(session, registrar_of(session), registration.id, code_draft())


def test_the_database_refuses_one_person_for_review_and_code(session):
    registration = make_valid(session)
    registration.coded_by = registration.reviewed_by

    with pytest.raises(IntegrityError):
        session.flush()


def test_a_code_belongs_to_one_registration(session):
    taken = make_valid(session)

    with pytest.raises(CodeTaken):
        make_valid(session, code=taken.code)


def test_days_of_an_official_result_fit_together(session):
    registration = make_on_notice(session)
    second = registrar_of(session, 2)

    with clock.frozen_at(NOW + AFTER_NOTICE):
        today = clock.today()
        tomorrow = code_draft(coded_on=today + timedelta(days=1))
        backwards = code_draft(valid_until_on=today - timedelta(days=1))
        for wrong in (tomorrow, backwards):
            with pytest.raises(InvalidFields):
                registrar.take_official_code(session, second, registration.id, wrong)
        stated = code_draft(valid_until_on=today + timedelta(days=100))
        registrar.take_official_code(session, second, registration.id, stated)

    assert registration.valid_until_on == stated.valid_until_on


def test_codes_of_its_own_only_where_this_installation_is_the_registrar(session):
    registration = make_on_notice(session)
    second = registrar_of(session, 2)

    with clock.frozen_at(NOW + AFTER_NOTICE):
        with pytest.raises(NotTheRegistrar):
            registrar.give_own_code(session, second, registration.id, is_registrar=False)
        registrar.give_own_code(session, second, registration.id, is_registrar=True)

    assert registration.is_own_code
    assert registration.code.startswith("DJ")
    assert reads.find_result(session, registration.query_code).id == registration.id


@pytest.mark.parametrize(
    "role", [Role.SOURCE_DEPARTMENT, Role.OPERATOR, Role.BUREAU_OFFICER, Role.REGULATOR]
)
def test_only_a_registrar_accepts(session, role):
    registration = make_submitted(session)

    with pytest.raises(MissingPermission):
        registrar.accept(session, stored(session, actor_of(role)), registration.id)


def test_a_registrar_does_not_review_its_own_registration(session):
    registration = make_submitted(session)
    own = actor_of(Role.REGISTRAR, organization_id=registration.subject_id)

    with pytest.raises(OwnRegistration):
        registrar.accept(session, own, registration.id)


def test_a_draft_does_not_exist_for_the_registrar(session):
    registration = make_draft(session)

    with pytest.raises(reads.RegistrationNotFound):
        registrar.accept(session, registrar_of(session), registration.id)


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
    with clock.frozen_at(NOW + AFTER_NOTICE), pytest.raises(RegistrationStateForbids):
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
    with clock.frozen_at(NOW + AFTER_NOTICE):
        new = actions.draft_later(session, holder(session), old.id, change_draft(reg_type))
        complete(session, new)
        actions.submit(session, holder(session), new.id)
        put_on_notice(session, new)
        assert old.state is S.VALID
    with clock.frozen_at(NOW + 2 * AFTER_NOTICE):
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
