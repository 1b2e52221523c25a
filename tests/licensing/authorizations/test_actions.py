"""From a plan to a signed agreement and its end, with what the catalogue is told."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, MissingPermission, SecondPersonNeeded
from licensing.authorizations import actions, reads
from licensing.authorizations.models import AuthorizationAgreement, Consent
from licensing.authorizations.rules import AgreementState
from licensing.authorizations.schemas import ConsentDraft
from licensing.plans.models import AuthorizationStateForbids
from licensing.plans.reads import AuthorizationNotFound
from licensing.plans.rules import AuthorizationIncomplete
from market.accounts.roles import Role
from market.catalogue.reads import find_verdict
from market.catalogue.rules import (
    Purpose,
    VerdictKind,
    authorised_subject,
)
from tests.factories.catalogue import make_source
from tests.factories.licensing import (
    AGREEMENT_PARTS,
    agreement_draft,
    decision_draft,
    give_consents,
    make_agreement,
    make_plan,
)
from tests.factories.market import actor_of, make_organization, stored
from tests.licensing.authorizations.agreements import NOON, OPERATOR_ID, is_authorised, names


def test_an_agreement_that_lacks_a_part_is_not_approved_and_says_which(
    session: Session, bureau_officer: Actor, bureau_approver: Actor, operator: Actor
) -> None:
    plan = make_plan(session, [make_source(session)])
    parts = dict(list(AGREEMENT_PARTS.items())[:-1])
    draft = agreement_draft(plan, parts=parts, selection_evidence="")
    agreement = actions.draft_agreement(session, bureau_officer, draft)

    with pytest.raises(AuthorizationIncomplete) as refused:
        actions.approve(session, bureau_approver, agreement.id, decision_draft())

    assert refused.value.clause == "AO-03"
    assert refused.value.lacking == ["change"]


def test_both_parties_sign_and_the_catalogue_is_told(
    session: Session, bureau_approver: Actor, operator: Actor
) -> None:
    source = make_source(session)
    with clock.frozen_at(NOON):
        agreement = make_agreement(session, [source], is_signed=False)
        actions.sign(session, operator, agreement.id)
        assert not is_authorised(session, source.id)
        actions.sign(session, bureau_approver, agreement.id)
        assert is_authorised(session, source.id)

    verdict = find_verdict(
        session, VerdictKind.AUTHORISED, authorised_subject(OPERATOR_ID, source.id)
    )
    assert agreement.phase is AgreementState.ACTIVE
    assert verdict is not None
    assert verdict.valid_until == datetime(2029, 2, 28, 16, tzinfo=UTC)  # 2029-03-01, Shanghai
    assert verdict.facts == {
        "purposes": ["industry", "public_interest"],
        "agreement_ids": [agreement.id],
    }
    assert names(session, agreement.id)[-4:] == [
        "licensing.authorization_signature_given",
        "licensing.authorization_signature_given",
        "licensing.authorization_signed",
        "licensing.authorization_activated",
    ]


def test_an_agreement_that_starts_later_is_signed_now_and_active_on_its_day(
    session: Session, operator: Actor
) -> None:
    source = make_source(session)
    house = Actor.system("tests")
    with clock.frozen_at(NOON):
        later = {"start_on": date(2026, 3, 10), "end_on": date(2026, 3, 20)}
        agreement = make_agreement(session, [source], **later)
        assert agreement.phase is AgreementState.SIGNED
        assert not is_authorised(session, source.id)
        assert actions.keep_calendar(session, house) == 0
    with clock.frozen_at(datetime(2026, 3, 9, 16, tzinfo=UTC)):  # 2026-03-10 00:00, Shanghai
        actions.keep_calendar(session, house)
        assert is_authorised(session, source.id)
    last_second = datetime(2026, 3, 19, 15, 59, 59, tzinfo=UTC)
    with clock.frozen_at(last_second):
        actions.keep_calendar(session, house)
        assert is_authorised(session, source.id)
    with clock.frozen_at(last_second + timedelta(seconds=1)):
        assert not is_authorised(session, source.id)
        actions.keep_calendar(session, house)
        assert reads.agreement_for_update(session, agreement.id).phase is AgreementState.WIND_DOWN
        assert actions.keep_calendar(session, house) == 0


def test_authorizations_covering_answers_by_resource_purpose_and_moment(
    session: Session, operator: Actor
) -> None:
    one, other = make_source(session), make_source(session, title="另一数据集")
    with clock.frozen_at(NOON):
        agreement = make_agreement(session, [one])

    def covering(resources: list[str], purpose: Purpose, at: datetime) -> list[str]:
        found = reads.authorizations_covering(session, resources, purpose, at)
        return [authorization.agreement_id for authorization in found]

    assert covering([one.id], Purpose.INDUSTRY, NOON) == [agreement.id]
    assert covering([one.id, other.id], Purpose.INDUSTRY, NOON) == []
    assert covering([one.id], Purpose.GOVERNANCE, NOON) == []
    assert covering([], Purpose.INDUSTRY, NOON) == []
    assert covering([one.id], Purpose.INDUSTRY, datetime(2029, 2, 28, 15, tzinfo=UTC))
    assert not covering([one.id], Purpose.INDUSTRY, datetime(2029, 2, 28, 16, tzinfo=UTC))


def test_data_of_another_department_needs_its_consent_before_anybody_signs(
    session: Session, bureau_approver: Actor, source_department: Actor
) -> None:
    shared = make_source(session, provider_id=source_department.organization_id)
    officer = stored(session, actor_of(Role.BUREAU_OFFICER))
    stored(session, actor_of(Role.OPERATOR))
    plan = make_plan(session, [shared])
    agreement = actions.draft_agreement(session, officer, agreement_draft(plan))
    actions.approve(session, bureau_approver, agreement.id, decision_draft())

    with pytest.raises(AuthorizationIncomplete) as refused:
        actions.sign(session, bureau_approver, agreement.id)
    assert refused.value.clause == "AO-13"
    asked = reads.list_consents_asked_of(session, source_department)
    assert [(a.id, dataset_id) for a, dataset_id in asked] == [(agreement.id, shared.id)]

    give_consents(session, agreement, [shared])
    actions.sign(session, bureau_approver, agreement.id)

    assert reads.list_consents_asked_of(session, source_department) == []
    assert "licensing.consent_given" in names(session, agreement.id)


def test_only_the_department_that_is_asked_may_consent_and_once(
    session: Session, source_department: Actor
) -> None:
    shared = make_source(session, provider_id=source_department.organization_id)
    own = make_source(session, title="自有数据")
    agreement = make_agreement(session, [shared, own], is_signed=False)
    draft = ConsentDraft(statement="同意。")
    stranger = stored(
        session, actor_of(Role.SOURCE_DEPARTMENT, organization_id="org_else", id="usr_else")
    )

    for who, dataset in ((source_department, shared), (source_department, own), (stranger, shared)):
        with pytest.raises(actions.ConsentNotAsked):
            actions.give_consent(session, who, agreement.id, dataset.id, draft)


def test_the_text_that_was_decided_on_is_the_text_that_is_signed(
    session: Session, bureau_approver: Actor
) -> None:
    agreement = make_agreement(session, [make_source(session)], is_signed=False)
    session.execute(
        update(AuthorizationAgreement)
        .where(AuthorizationAgreement.id == agreement.id)
        .values(parts={**agreement.parts, "liability": "改动一个字"})
    )

    with pytest.raises(actions.TextChanged):
        actions.sign(session, bureau_approver, agreement.id)


def test_nobody_else_signs_and_each_side_signs_once(
    session: Session, bureau_approver: Actor, operator: Actor
) -> None:
    agreement = make_agreement(session, [make_source(session)], is_signed=False)
    outsider = stored(
        session, actor_of(Role.OPERATOR, organization_id="org_outsider", id="usr_outsider")
    )
    colleague = stored(session, actor_of(Role.BUREAU_APPROVER, id="usr_colleague"))
    actions.sign(session, bureau_approver, agreement.id)

    with pytest.raises(actions.NotAParty):
        actions.sign(session, outsider, agreement.id)
    with pytest.raises(actions.NotAParty):
        actions.sign(session, colleague, agreement.id)
    with pytest.raises(SecondPersonNeeded):
        actions.sign(session, bureau_approver, agreement.id)


def test_the_agency_cannot_be_its_own_operator(
    session: Session, bureau_officer: Actor, bureau_approver: Actor
) -> None:
    bureau = make_organization(session, "bureau")
    plan = make_plan(session, [make_source(session)])
    draft = agreement_draft(plan, operator_id=bureau.id)
    agreement = actions.draft_agreement(session, bureau_officer, draft)

    with pytest.raises(AuthorizationIncomplete) as refused:
        actions.approve(session, bureau_approver, agreement.id, decision_draft())

    assert refused.value.clause == "duties"


def test_a_draft_agreement_is_revised_and_a_decided_one_is_not(
    session: Session, bureau_officer: Actor, bureau_approver: Actor, operator: Actor
) -> None:
    plan = make_plan(session, [make_source(session)])
    agreement = actions.draft_agreement(session, bureau_officer, agreement_draft(plan))
    draft = agreement_draft(plan, title="协议（修订）")

    assert actions.revise_agreement(session, bureau_officer, agreement.id, draft).title == (
        "协议（修订）"
    )
    actions.approve(session, bureau_approver, agreement.id, decision_draft())
    with pytest.raises(AuthorizationStateForbids):
        actions.revise_agreement(session, bureau_officer, agreement.id, draft)


def test_the_register_is_open_to_who_works_with_it_and_drafts_to_their_parties(
    session: Session, operator: Actor, analyst: Actor, price_authority: Actor
) -> None:
    signed = make_agreement(session, [make_source(session)])
    draft = make_agreement(session, [make_source(session)], is_signed=False)

    def seen_by(actor: Actor) -> set[str]:
        return {agreement.id for agreement in reads.list_agreements(session, actor).items}

    assert seen_by(operator) == {signed.id, draft.id}
    assert seen_by(price_authority) == {signed.id}
    assert seen_by(analyst) == set()
    with pytest.raises(AuthorizationNotFound):
        reads.get_agreement(session, price_authority, draft.id)


def test_the_operator_cannot_suspend_or_approve(session: Session, operator: Actor) -> None:
    agreement = make_agreement(session, [make_source(session)])

    with pytest.raises(MissingPermission):
        actions.suspend(session, operator, agreement.id, "自行暂停")
    with pytest.raises(MissingPermission):
        actions.approve(session, operator, agreement.id, decision_draft())


def test_an_agreement_that_ends_soon_is_on_both_desks(
    session: Session, bureau_approver: Actor, operator: Actor, price_authority: Actor
) -> None:
    with clock.frozen_at(NOON):
        far = make_agreement(session, [make_source(session)], end_on=date(2026, 5, 31))
        near = make_agreement(session, [make_source(session)], end_on=date(2026, 5, 30))

        assert near.phase is AgreementState.EXPIRING
        assert far.phase is AgreementState.ACTIVE
        for actor in (bureau_approver, operator):
            assert [a.id for a in reads.list_ending(session, actor)] == [near.id]
        assert reads.list_ending(session, price_authority) == []


def test_consents_and_decisions_are_kept_for_good(
    session: Session, source_department: Actor
) -> None:
    shared = make_source(session, provider_id=source_department.organization_id)
    make_agreement(session, [shared])

    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(update(Consent).values(statement="不同意"))


def test_the_database_refuses_an_agreement_of_an_agency_with_itself(session: Session) -> None:
    agreement = make_agreement(session, [make_source(session)], is_signed=False)

    agreement.operator_id = agreement.agency_id
    with pytest.raises(IntegrityError, match="agency_does_not_operate"):
        session.flush()
