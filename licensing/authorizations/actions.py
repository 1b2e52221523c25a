"""How does an authorisation come about, stop and end?"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict, Invalid
from kernel.events import Event, EventLog, record
from kernel.i18n import N_
from kernel.ids import new_id
from licensing.authorizations import reads
from licensing.authorizations.events import (
    AuthorizationActivated,
    AuthorizationApproved,
    AuthorizationDrafted,
    AuthorizationEnded,
    AuthorizationExpiring,
    AuthorizationResumed,
    AuthorizationRevised,
    AuthorizationSigned,
    AuthorizationSuspended,
    ConsentGiven,
    SignatureGiven,
    WindDownClosed,
)
from licensing.authorizations.models import AuthorizationAgreement, AuthorizedResource, Consent
from licensing.authorizations.rules import (
    WARN_BEFORE_END,
    AgreementId,
    AgreementState,
    ConsentId,
    coverage_of,
    due_moves,
    wind_down_breach,
)
from licensing.authorizations.schemas import (
    AgreementDraft,
    ConsentDraft,
    EndDraft,
    WindDownRecord,
)
from licensing.plans.actions import record_decision
from licensing.plans.reads import plan_for_update
from licensing.plans.rules import plan_approval_breach, require_kept
from licensing.plans.schemas import DecisionDraft
from market.catalogue.actions import push_verdict
from market.catalogue.rules import VerdictKind, VerdictState, authorised_subject
from market.datasets.reads import get_dataset
from market.organizations.reads import get_organization

BATCH = 100
ITS_TIME_IS_OVER = N_("期限届满")


@dataclass(eq=False)
class NotAParty(Conflict):
    """Only the agency and the operator of an agreement sign it, each once."""

    code = "authorization-not-a-party"
    message = N_("贵单位不是这份协议的签约方，或已经签署。请核对协议双方。")

    agreement_id: str


class ConsentNotAsked(Invalid):
    """The resource is not in the agreement, or needs no consent of this department."""

    code = "consent-not-asked"
    message = N_("这份协议没有请贵单位同意这个数据集。请从待办中进入。")


@dataclass(eq=False)
class TextChanged(Conflict):
    """The text is not the one that was decided on."""

    code = "authorization-text-changed"
    message = N_("协议文本与审议通过的文本不一致，不能签署。请退回起草并重新审议。")

    agreement_id: str


def draft_agreement(
    session: Session, actor: Actor, draft: AgreementDraft
) -> AuthorizationAgreement:
    """Begin an agreement under an approved plan with the operator that was chosen.

    Raises: AuthorizationNotFound, MissingPermission, AuthorizationIncomplete (AO-01).
    """
    plan = plan_for_update(session, draft.plan_id)
    actor.require(Permission.PROPOSE_PLAN, plan.agency_id)
    decision = plan.decision.decision if plan.decision else None
    require_kept(plan.id, plan_approval_breach(plan.phase, decision))
    agreement = AuthorizationAgreement(
        id=AgreementId(new_id("agr")),
        plan_id=plan.id,
        agency_id=plan.agency_id,
        state=AgreementState.AGREEMENT_DRAFT,
        drafted_by=actor.id,
        drafted_at=clock.now(),
        text_sha256="",
        suspension_reason="",
        end_reason="",
        wind_down={},
        decision=None,
        resources=[],
    )
    _write_down(session, actor, agreement, draft)
    session.add(agreement)
    event = AuthorizationDrafted(agreement.id, agreement.title, plan.id, agreement.operator_id)
    record(session, actor, event)
    session.flush()
    return agreement


def revise_agreement(
    session: Session, actor: Actor, agreement_id: str, draft: AgreementDraft
) -> AuthorizationAgreement:
    """Change the text of an agreement that nobody has decided on yet."""
    agreement = reads.agreement_for_update(session, agreement_id)
    actor.require(Permission.PROPOSE_PLAN, agreement.agency_id)
    agreement.require_state(AgreementState.AGREEMENT_DRAFT)
    _write_down(session, actor, agreement, draft)
    record(session, actor, AuthorizationRevised(agreement.id, agreement.title))
    session.flush()
    return agreement


def approve(
    session: Session, actor: Actor, agreement_id: str, draft: DecisionDraft
) -> AuthorizationAgreement:
    """AO-06: record the agency's collective decision; from now on the text is fixed.

    Raises: AuthorizationNotFound, MissingPermission, SecondPersonNeeded, AuthorizationIncomplete.
    """
    agreement = reads.agreement_for_update(session, agreement_id)
    actor.require(Permission.APPROVE_PLAN, agreement.agency_id)
    actor.require_another_person_than(agreement.drafted_by)
    agreement.require_state(AgreementState.AGREEMENT_DRAFT)
    require_kept(agreement.id, *reads.find_breaches(session, agreement))
    decision = record_decision(session, actor, agreement.id, draft)
    text = reads.text_sha256(agreement)
    agreement.approve(decision, text, by=actor.id, at=clock.now())
    event = AuthorizationApproved(agreement.id, agreement.title, draft.number, text)
    record(session, actor, event)
    session.flush()
    return agreement


def give_consent(
    session: Session, actor: Actor, agreement_id: str, dataset_id: str, draft: ConsentDraft
) -> Consent:
    """AO-13: the source department agrees that its data enters this agreement.

    Raises: AuthorizationNotFound, MissingPermission, ConsentNotAsked.
    """
    agreement = reads.agreement_for_update(session, agreement_id)
    actor.require(Permission.GIVE_CONSENT)
    agreement.require_state(*reads.UNSIGNED)
    dataset = get_dataset(session, actor, dataset_id)
    is_asked = dataset_id in agreement.dataset_ids and dataset.provider_id == actor.organization_id
    if not is_asked or dataset_id in reads.consents_of(session, agreement.id):
        raise ConsentNotAsked
    consent = Consent(
        id=ConsentId(new_id("cns")),
        agreement_id=agreement.id,
        dataset_id=dataset.id,
        department_id=dataset.provider_id,
        statement=draft.statement,
        document=draft.document,
        given_by=actor.id,
        given_at=clock.now(),
    )
    session.add(consent)
    event = ConsentGiven(agreement.id, agreement.title, dataset.id, dataset.title, consent.id)
    record(session, actor, event)
    session.flush()
    return consent


def sign(session: Session, actor: Actor, agreement_id: str) -> AuthorizationAgreement:
    """Sign for one's own side. With both signatures the agreement stands, and starts on its day.

    Raises: AuthorizationNotFound, MissingPermission, NotAParty, AuthorizationIncomplete,
    TextChanged, SecondPersonNeeded.
    """
    agreement = reads.agreement_for_update(session, agreement_id)
    actor.require(Permission.SIGN_AUTHORIZATION)
    agreement.require_state(AgreementState.AGREEMENT_APPROVED)
    require_kept(agreement.id, *reads.find_breaches(session, agreement))
    if reads.text_sha256(agreement) != agreement.text_sha256:
        raise TextChanged(agreement.id)
    actor.require_another_person_than(agreement.agency_signed_by, agreement.operator_signed_by)
    party = _sign_own_side(agreement, actor)
    event = SignatureGiven(agreement.id, agreement.title, party, agreement.text_sha256)
    record(session, actor, event)
    if agreement.is_signed_by_both:
        agreement.move(AgreementState.SIGNED)
        record(session, actor, _signed(agreement))
        _move_by_calendar(session, actor, agreement)
    session.flush()
    return agreement


def suspend(
    session: Session, actor: Actor, agreement_id: str, reason: str
) -> AuthorizationAgreement:
    """Stop all use under an agreement for the time being; products that rest on it stop."""
    agreement = reads.agreement_for_update(session, agreement_id)
    actor.require(Permission.SUSPEND_AUTHORIZATION, agreement.agency_id)
    agreement.suspend(reason, at=clock.now())
    event = AuthorizationSuspended(agreement.id, agreement.title, reason)
    _tell(session, actor, agreement, event)
    return agreement


def resume(session: Session, actor: Actor, agreement_id: str) -> AuthorizationAgreement:
    """Let use go on. Products that were stopped are resumed by their bureau, one by one."""
    agreement = reads.agreement_for_update(session, agreement_id)
    actor.require(Permission.SUSPEND_AUTHORIZATION, agreement.agency_id)
    agreement.require_state(AgreementState.SUSPENDED)
    agreement.activate(at=clock.now())
    _tell(session, actor, agreement, AuthorizationResumed(agreement.id, agreement.title))
    return agreement


def end(
    session: Session, actor: Actor, agreement_id: str, draft: EndDraft
) -> AuthorizationAgreement:
    """Terminate or revoke an agreement before its time; its wind-down begins."""
    agreement = reads.agreement_for_update(session, agreement_id)
    actor.require(Permission.SUSPEND_AUTHORIZATION, agreement.agency_id)
    _end(session, actor, agreement, draft.how, draft.reason)
    return agreement


def close(
    session: Session, actor: Actor, agreement_id: str, draft: WindDownRecord
) -> AuthorizationAgreement:
    """AO-12: close an ended agreement once access, data, assets and logs are seen to."""
    agreement = reads.agreement_for_update(session, agreement_id)
    actor.require(Permission.SUSPEND_AUTHORIZATION, agreement.agency_id)
    require_kept(agreement.id, wind_down_breach(draft.done))
    done = {duty.value: text for duty, text in draft.done.items()}
    agreement.close(done, at=clock.now())
    record(session, actor, WindDownClosed(agreement.id, agreement.title))
    return agreement


def keep_calendar(session: Session, actor: Actor) -> int:
    """Start, warn of and end agreements as their terms say; returns how many were looked at."""
    due = [agreement.id for agreement in reads.list_due_by_calendar(session, BATCH)]
    for agreement_id in due:
        _move_by_calendar(session, actor, reads.agreement_for_update(session, agreement_id))
    return len(due)


def _write_down(
    session: Session, actor: Actor, agreement: AuthorizationAgreement, draft: AgreementDraft
) -> None:
    operator = get_organization(session, draft.operator_id)
    names = AgreementDraft.model_fields.keys() - {"plan_id", "purposes", "dataset_ids", "parts"}
    for name in names:
        setattr(agreement, name, getattr(draft, name))
    agreement.operator_id = operator.id
    agreement.purposes = sorted(purpose.value for purpose in draft.purposes)
    agreement.parts = {part.value: text for part, text in draft.parts.items()}
    kept = {resource.dataset_id: resource for resource in agreement.resources}
    agreement.resources = [
        kept.get(dataset.id)
        or AuthorizedResource(dataset_id=dataset.id, provider_id=dataset.provider_id)
        for dataset in (
            get_dataset(session, actor, each) for each in sorted(set(draft.dataset_ids))
        )
    ]


def _sign_own_side(agreement: AuthorizationAgreement, actor: Actor) -> str:
    now = clock.now()
    if actor.organization_id == agreement.agency_id and agreement.agency_signed_at is None:
        agreement.sign_for_agency(actor.id, now)
        return "agency"
    if actor.organization_id == agreement.operator_id and agreement.operator_signed_at is None:
        agreement.sign_for_operator(actor.id, now)
        return "operator"
    raise NotAParty(agreement.id)


def _signed(agreement: AuthorizationAgreement) -> AuthorizationSigned:
    return AuthorizationSigned(
        agreement.id,
        agreement.title,
        agreement.operator_id,
        agreement.start_on,
        agreement.end_on,
    )


def _move_by_calendar(session: Session, actor: Actor, agreement: AuthorizationAgreement) -> None:
    today = clock.today()
    warn_days = WARN_BEFORE_END.at(today).value
    for after in due_moves(agreement.phase, agreement.term, today, warn_days):
        match after:
            case AgreementState.ACTIVE:
                agreement.activate(at=clock.now())
                event = AuthorizationActivated(agreement.id, agreement.title)
                _tell(session, actor, agreement, event)
            case AgreementState.EXPIRING:
                agreement.move(after)
                warning = AuthorizationExpiring(agreement.id, agreement.title, agreement.end_on)
                record(session, actor, warning)
            case _:
                _end(session, actor, agreement, after, ITS_TIME_IS_OVER)


def _end(
    session: Session,
    actor: Actor,
    agreement: AuthorizationAgreement,
    how: AgreementState,
    reason: str,
) -> None:
    agreement.end(how, reason, at=clock.now())
    agreement.move(AgreementState.WIND_DOWN)
    event = AuthorizationEnded(agreement.id, agreement.title, how.value, reason)
    _tell(session, actor, agreement, event)


def _tell(session: Session, actor: Actor, agreement: AuthorizationAgreement, event: Event) -> None:
    """Record what happened, and push what it means for each resource to the catalogue."""
    row = record(session, actor, event)
    session.flush()
    for dataset_id in sorted(agreement.dataset_ids):
        _push_authorised(session, actor, agreement.operator_id, dataset_id, row)


def _push_authorised(
    session: Session, actor: Actor, operator_id: str, dataset_id: str, row: EventLog
) -> None:
    everything = reads.authorizations_of(session, operator_id, dataset_id)
    coverage = coverage_of(everything, dataset_id, clock.today())
    push_verdict(
        session,
        actor,
        kind=VerdictKind.AUTHORISED,
        subject_id=authorised_subject(operator_id, dataset_id),
        state=VerdictState.HOLDS if coverage else VerdictState.FAILS,
        valid_until=clock.day_start(coverage.end_on) if coverage else None,
        clause="AO-07",
        facts={
            "purposes": sorted(coverage.purposes) if coverage else [],
            "agreement_ids": list(coverage.agreement_ids) if coverage else [],
        },
        event_id=row.id,
    )
