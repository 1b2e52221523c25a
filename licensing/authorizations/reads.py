"""Who may run which data, for what, until when?"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import rfc8785
from sqlalchemy import ColumnElement, Select, false, or_, select, true
from sqlalchemy.orm import Session, selectinload

from kernel import clock
from kernel.actor import Actor
from kernel.paging import Page, page_of
from licensing.authorizations.models import (
    AuthorizationAgreement,
    AuthorizedResource,
    Consent,
)
from licensing.authorizations.rules import (
    LONGEST_TERM,
    WARN_BEFORE_END,
    AgreementFacts,
    AgreementState,
    Authorization,
    Resource,
    SelectionMethod,
    breaches_before_approval,
    breaches_before_signing,
)
from licensing.plans.reads import AuthorizationNotFound, find_plan, reads_register
from licensing.plans.rules import Breach
from market.catalogue.rules import Purpose
from market.organizations.reads import get_organization, list_of_kinds
from market.organizations.rules import OrganizationKind

UNSIGNED = (AgreementState.AGREEMENT_DRAFT, AgreementState.AGREEMENT_APPROVED)
IN_USE = tuple(state for state in AgreementState if state.allows_use)
# Legal persons that may be chosen (AO: the operator is a legal person).
OPERATOR_KINDS = (OrganizationKind.OPERATOR, OrganizationKind.ENTERPRISE)


def authorizations_covering(
    session: Session, resource_ids: Collection[str], purpose: Purpose, at: datetime
) -> list[Authorization]:
    """AO-07: every authorisation under which all these resources may be used so, at this moment."""
    today = clock.civil_day(at)
    statement = (
        _whole()
        .join(AuthorizedResource, AuthorizedResource.agreement_id == AuthorizationAgreement.id)
        .where(
            AuthorizedResource.dataset_id.in_(resource_ids),
            AuthorizationAgreement.state.in_(IN_USE),
            AuthorizationAgreement.start_on <= today,
            AuthorizationAgreement.end_on > today,
        )
        .distinct()
        .order_by(AuthorizationAgreement.id)
    )
    found = (agreement.authorization for agreement in session.scalars(statement))
    return [one for one in found if one.covers(resource_ids, purpose, today)]


def authorizations_of(session: Session, operator_id: str, dataset_id: str) -> list[Authorization]:
    """All agreements of one operator about one resource, whatever their state."""
    statement = (
        _whole()
        .join(AuthorizedResource, AuthorizedResource.agreement_id == AuthorizationAgreement.id)
        .where(
            AuthorizedResource.dataset_id == dataset_id,
            AuthorizationAgreement.operator_id == operator_id,
        )
        .order_by(AuthorizationAgreement.id)
    )
    return [agreement.authorization for agreement in session.scalars(statement)]


def operating_since(session: Session, operator_id: str) -> datetime | None:
    """When the operator's first authorisation became active; None before any did (PR-09)."""
    statement = (
        select(AuthorizationAgreement.activated_at)
        .where(
            AuthorizationAgreement.operator_id == operator_id,
            AuthorizationAgreement.activated_at.is_not(None),
        )
        .order_by(AuthorizationAgreement.activated_at)
        .limit(1)
    )
    return session.scalar(statement)


def get_agreement(session: Session, actor: Actor, agreement_id: str) -> AuthorizationAgreement:
    """Raises: AuthorizationNotFound."""
    statement = _whole().where(AuthorizationAgreement.id == agreement_id, _sees(actor))
    agreement = session.scalar(statement)
    if agreement is None:
        raise AuthorizationNotFound
    return agreement


def agreement_for_update(session: Session, agreement_id: str) -> AuthorizationAgreement:
    """Locked. Raises: AuthorizationNotFound."""
    statement = (
        _whole()
        .where(AuthorizationAgreement.id == agreement_id)
        .with_for_update(of=AuthorizationAgreement)
    )
    agreement = session.scalar(statement.execution_options(populate_existing=True))
    if agreement is None:
        raise AuthorizationNotFound
    return agreement


def list_agreements(
    session: Session, actor: Actor, state: AgreementState | None = None, cursor: str = ""
) -> Page[AuthorizationAgreement]:
    """The register as far as this person may see it, newest first."""
    statement = _whole().where(_sees(actor))
    if state is not None:
        statement = statement.where(AuthorizationAgreement.state == state)
    order = (AuthorizationAgreement.drafted_at.desc(), AuthorizationAgreement.id)
    return page_of(session, statement.order_by(*order), cursor)


def list_ending(session: Session, actor: Actor) -> Sequence[AuthorizationAgreement]:
    """Agreements of this actor's organisation that end soon, earliest first."""
    days = WARN_BEFORE_END.at(clock.today()).value
    statement = (
        _whole()
        .where(
            _is_party(actor),
            AuthorizationAgreement.state.in_(IN_USE),
            AuthorizationAgreement.end_on <= clock.today() + timedelta(days=days),
        )
        .order_by(AuthorizationAgreement.end_on, AuthorizationAgreement.id)
        .limit(20)
    )
    return session.scalars(statement).all()


def list_unsigned(session: Session, actor: Actor) -> Sequence[AuthorizationAgreement]:
    """Agreements on which this actor's organisation is at work, oldest first."""
    statement = (
        _whole()
        .where(_is_party(actor), AuthorizationAgreement.state.in_(UNSIGNED))
        .order_by(AuthorizationAgreement.drafted_at, AuthorizationAgreement.id)
        .limit(50)
    )
    return session.scalars(statement).all()


def list_due_by_calendar(session: Session, limit: int) -> Sequence[AuthorizationAgreement]:
    """Agreements that the calendar may move today: to start, to warn of, to end."""
    today = clock.today()
    warn_days = WARN_BEFORE_END.at(today).value
    state, start_on, end_on = (
        AuthorizationAgreement.state,
        AuthorizationAgreement.start_on,
        AuthorizationAgreement.end_on,
    )
    warns = (state == AgreementState.ACTIVE) & (end_on <= today + timedelta(days=warn_days))
    starts = (state == AgreementState.SIGNED) & (start_on <= today)
    ends = state.in_([*IN_USE, AgreementState.SUSPENDED]) & (end_on <= today)
    statement = select(AuthorizationAgreement).where(or_(warns, starts, ends))
    return session.scalars(statement.order_by(AuthorizationAgreement.id).limit(limit)).all()


def consents_of(session: Session, agreement_id: str) -> dict[str, Consent]:
    """The consents recorded for an agreement, by data set."""
    rows = session.scalars(select(Consent).where(Consent.agreement_id == agreement_id))
    return {consent.dataset_id: consent for consent in rows}


def resources_of(session: Session, agreement: AuthorizationAgreement) -> list[Resource]:
    """Each resource in scope, who provides it, and the provider's consent."""
    consents = consents_of(session, agreement.id)
    return [
        Resource(
            resource.dataset_id,
            resource.provider_id,
            consents[resource.dataset_id].id if resource.dataset_id in consents else "",
        )
        for resource in agreement.resources
    ]


def list_consents_asked_of(
    session: Session, actor: Actor
) -> Sequence[tuple[AuthorizationAgreement, str]]:
    """Agreements in the making and the data set for which they need this department's consent."""
    given = select(Consent.id).where(
        Consent.agreement_id == AuthorizedResource.agreement_id,
        Consent.dataset_id == AuthorizedResource.dataset_id,
    )
    rows = session.execute(
        select(AuthorizationAgreement, AuthorizedResource.dataset_id)
        .join(AuthorizedResource, AuthorizedResource.agreement_id == AuthorizationAgreement.id)
        .where(
            AuthorizationAgreement.state.in_(UNSIGNED),
            AuthorizationAgreement.agency_id != actor.organization_id,
            AuthorizedResource.provider_id == actor.organization_id,
            ~given.exists(),
        )
        .order_by(AuthorizationAgreement.drafted_at, AuthorizedResource.dataset_id)
        .limit(50)
    )
    return [(agreement, dataset_id) for agreement, dataset_id in rows]


def facts_of(session: Session, agreement: AuthorizationAgreement) -> AgreementFacts:
    """What the rules look at before an agreement is approved and signed."""
    operator = get_organization(session, agreement.operator_id)
    plan = find_plan(session, agreement.plan_id)
    if plan is None:
        raise AuthorizationNotFound
    return AgreementFacts(
        agency_id=agreement.agency_id,
        operator_id=agreement.operator_id,
        is_operator_a_legal_person=operator.kind in OPERATOR_KINDS,
        plan_state=plan.phase,
        plan_decision=plan.decision.decision if plan.decision else None,
        term=agreement.term,
        term_exception=agreement.term_exception,
        parts=agreement.written_parts,
        selection_method=SelectionMethod(agreement.selection_method),
        selection_evidence=agreement.selection_evidence,
        resources=tuple(resources_of(session, agreement)),
        planned_dataset_ids=frozenset(plan.dataset_ids),
        decision=agreement.decision.decision if agreement.decision else None,
    )


def find_breaches(session: Session, agreement: AuthorizationAgreement) -> list[Breach]:
    """What an unsigned agreement still lacks for its next step."""
    facts = facts_of(session, agreement)
    longest = LONGEST_TERM.at(clock.today()).value
    if agreement.phase is AgreementState.AGREEMENT_DRAFT:
        return breaches_before_approval(facts, longest)
    return breaches_before_signing(facts, longest)


def text_of(agreement: AuthorizationAgreement) -> Mapping[str, Any]:
    """What the parties agree on, and nothing else."""
    return {
        "title": agreement.title,
        "plan_id": agreement.plan_id,
        "agency_id": agreement.agency_id,
        "operator_id": agreement.operator_id,
        "start_on": agreement.start_on.isoformat(),
        "end_on": agreement.end_on.isoformat(),
        "term_exception": agreement.term_exception,
        "purposes": sorted(agreement.purposes),
        "dataset_ids": sorted(agreement.dataset_ids),
        "parts": dict(agreement.parts),
    }


def text_sha256(agreement: AuthorizationAgreement) -> str:
    """SHA-256 of the agreed text as RFC 8785 JSON: one text, one hash."""
    return hashlib.sha256(rfc8785.dumps(dict(text_of(agreement)))).hexdigest()


def _whole() -> Select[AuthorizationAgreement]:
    return select(AuthorizationAgreement).options(
        selectinload(AuthorizationAgreement.resources),
        selectinload(AuthorizationAgreement.decision),
    )


def _sees(actor: Actor) -> ColumnElement[bool]:
    """Signed agreements are a register; others are for their parties and asked departments."""
    if actor.is_system:
        return true()
    if not reads_register(actor):
        return false()
    is_signed = AuthorizationAgreement.state.not_in(UNSIGNED)
    return or_(is_signed, _is_party(actor), _is_asked(actor))


def _is_party(actor: Actor) -> ColumnElement[bool]:
    return or_(
        AuthorizationAgreement.agency_id == actor.organization_id,
        AuthorizationAgreement.operator_id == actor.organization_id,
    )


def _is_asked(actor: Actor) -> ColumnElement[bool]:
    from_here = select(AuthorizedResource.agreement_id).where(
        AuthorizedResource.provider_id == actor.organization_id
    )
    return AuthorizationAgreement.id.in_(from_here)


def list_operators(session: Session) -> list[tuple[str, str]]:
    """Organisations that may be chosen, by name."""
    return [(found.id, found.name) for found in list_of_kinds(session, OPERATOR_KINDS)]
