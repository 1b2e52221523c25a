"""Which requests for verification wait, and what was handed in?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from market.organizations.models import Organization
from market.verifications.models import Verification, VerificationDocument
from market.verifications.rules import VerificationId, VerificationState


@dataclass(frozen=True)
class Case:
    """A request for verification with the organisation it speaks of."""

    verification: Verification
    organization: Organization


def list_waiting(session: Session, actor: Actor) -> Sequence[Case]:
    """What waits for this reviewer, oldest first; never one's own organisation.

    Raises: MissingPermission.
    """
    actor.require(Permission.VERIFY_ORGANIZATION)
    rows = session.execute(
        select(Verification, Organization)
        .join(Organization, Organization.id == Verification.organization_id)
        .where(
            Verification.state == VerificationState.SUBMITTED,
            Verification.organization_id != (actor.organization_id or ""),
        )
        .order_by(Verification.submitted_at, Verification.id)
    )
    return [Case(verification, organization) for verification, organization in rows]


def list_decided(session: Session, actor: Actor, limit: int = 20) -> Sequence[Case]:
    """The newest decisions, for reviewers. Raises: MissingPermission."""
    actor.require(Permission.VERIFY_ORGANIZATION)
    rows = session.execute(
        select(Verification, Organization)
        .join(Organization, Organization.id == Verification.organization_id)
        .where(Verification.state != VerificationState.SUBMITTED)
        .order_by(Verification.decided_at.desc(), Verification.id)
        .limit(limit)
    )
    return [Case(verification, organization) for verification, organization in rows]


def list_own(session: Session, actor: Actor) -> Sequence[Verification]:
    """The requests of the actor's own organisation, newest first."""
    return session.scalars(
        select(Verification)
        .where(Verification.organization_id == actor.organization_id)
        .order_by(Verification.submitted_at.desc(), Verification.id)
    ).all()


def find_waiting(session: Session, organization_id: str) -> Verification | None:
    """The request of an organisation that nobody decided yet."""
    return session.scalar(
        select(Verification).where(
            Verification.organization_id == organization_id,
            Verification.state == VerificationState.SUBMITTED,
        )
    )


def get_case(session: Session, actor: Actor, verification_id: str) -> Case:
    """A request as its organisation or a reviewer may see it. Raises: NotFound."""
    row = session.execute(
        select(Verification, Organization)
        .join(Organization, Organization.id == Verification.organization_id)
        .where(Verification.id == verification_id)
    ).first()
    if row is None or not _may_see(actor, row[0]):
        raise NotFound
    return Case(row[0], row[1])


def list_documents(session: Session, verification_id: str) -> Sequence[VerificationDocument]:
    return session.scalars(
        select(VerificationDocument)
        .where(VerificationDocument.verification_id == verification_id)
        .order_by(VerificationDocument.id)
    ).all()


def get_document(
    session: Session, actor: Actor, verification_id: str, document_id: str
) -> VerificationDocument:
    """A paper, for whoever may see its case. Raises: NotFound."""
    case = get_case(session, actor, verification_id)
    found = session.get(VerificationDocument, document_id)
    if found is None or found.verification_id != case.verification.id:
        raise NotFound
    return found


def count_documents(session: Session, verification_ids: Sequence[str]) -> Mapping[str, int]:
    """How many papers each request has."""
    rows = session.execute(
        select(VerificationDocument.verification_id, func.count())
        .where(VerificationDocument.verification_id.in_(verification_ids))
        .group_by(VerificationDocument.verification_id)
    )
    return {str(identifier): int(count) for identifier, count in rows}


def verification_for_update(session: Session, verification_id: VerificationId) -> Verification:
    """Raises: NotFound."""
    found = session.get(Verification, verification_id, with_for_update=True)
    if found is None:
        raise NotFound
    return found


def _may_see(actor: Actor, one: Verification) -> bool:
    return actor.may(Permission.VERIFY_ORGANIZATION) or actor.may(
        Permission.SUBMIT_VERIFICATION, one.organization_id
    )
