"""Which organisation is meant?"""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from market.organizations.models import Organization
from market.organizations.rules import OrganizationId, OrganizationKind


def find_organization(session: Session, organization_id: str) -> Organization | None:
    return session.get(Organization, organization_id)


def get_organization(session: Session, organization_id: str) -> Organization:
    """Raises: NotFound."""
    found = find_organization(session, organization_id)
    if found is None:
        raise NotFound
    return found


def organization_for_update(session: Session, organization_id: OrganizationId) -> Organization:
    """Raises: NotFound."""
    found = session.get(Organization, organization_id, with_for_update=True)
    if found is None:
        raise NotFound
    return found


def find_by_credit_code(session: Session, credit_code: str) -> Organization | None:
    return session.scalar(select(Organization).where(Organization.credit_code == credit_code))


def names_of(session: Session, organization_ids: set[str]) -> dict[str, str]:
    """Organisation names by id, for lists of other slices."""
    rows = session.execute(
        select(Organization.id, Organization.name).where(Organization.id.in_(organization_ids))
    )
    return {str(identifier): name for identifier, name in rows}


def list_of_kinds(session: Session, kinds: Iterable[OrganizationKind]) -> Sequence[Organization]:
    """Organisations of some kinds, by name; at most 500."""
    wanted = [kind.value for kind in kinds]
    return session.scalars(
        select(Organization)
        .where(Organization.kind.in_(wanted))
        .order_by(Organization.name, Organization.id)
        .limit(500)
    ).all()
