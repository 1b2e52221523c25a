"""The way of a registration to its code, who may take each step, and what is recorded."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kernel import clock
from kernel.actor import MissingPermission, SecondPersonNeeded
from kernel.errors import InvalidFields, NotFound
from kernel.events import EventLog
from market.accounts.roles import Role
from market.catalogue.rules import VerdictState
from market.registrations import actions, reads, registrar
from market.registrations.actions import (
    AlreadyRegistered,
    MaterialsMissing,
    NothingToEvidence,
    OwnRegistration,
    TooManyPapers,
)
from market.registrations.events import (
    RegistrationAccepted,
    RegistrationCoded,
    RegistrationNoticeOpened,
)
from market.registrations.evidence import sha256_of
from market.registrations.registrar import (
    CodeTaken,
    NoticeRunning,
    NotTheRegistrar,
)
from market.registrations.rules import (
    Material,
    ObjectKind,
    RegistrationState,
)
from market.registrations.schemas import (
    NewRegistration,
)
from tests.factories.catalogue import make_product
from tests.factories.data import make_dataset, make_version
from tests.factories.market import actor_of, stored
from tests.factories.registrations import (
    AFTER_NOTICE,
    MONDAY,
    authorise,
    code_draft,
    facts_of,
    holder,
    kept_paper,
    later,
    make_draft,
    make_on_notice,
    make_resource,
    make_submitted,
    make_valid,
    registrar_of,
    verdict_of,
)

pytestmark = pytest.mark.usefixtures("on_a_monday")
S = RegistrationState


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

    with clock.frozen_at(MONDAY + AFTER_NOTICE), pytest.raises(SecondPersonNeeded):
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

    with clock.frozen_at(MONDAY + AFTER_NOTICE):
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

    with clock.frozen_at(MONDAY + AFTER_NOTICE):
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
