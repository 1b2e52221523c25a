"""Which measures stand, and who ordered them?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.paging import Page, page_of
from supervision.audit.reads import find_names
from supervision.interventions.models import Intervention
from supervision.interventions.rules import InterventionState, Measure
from supervision.interventions.schemas import InterventionFilter


@dataclass(frozen=True)
class InterventionCase:
    """A measure with names. office, ordered_by, lifted_by: names where known, else ids."""

    intervention: Intervention
    office: str
    ordered_by: str
    lifted_by: str


def get_intervention(session: Session, actor: Actor, intervention_id: str) -> Intervention:
    """Raises: MissingPermission, NotFound."""
    actor.require(Permission.SEE_TIMELINE)
    found = session.get(Intervention, intervention_id)
    if found is None:
        raise NotFound
    return found


def get_case(session: Session, actor: Actor, intervention_id: str) -> InterventionCase:
    """Raises: MissingPermission, NotFound."""
    found = get_intervention(session, actor, intervention_id)
    return _case(found, find_names(session, _people([found])))


def intervention_for_update(session: Session, intervention_id: str) -> Intervention:
    """Raises: NotFound."""
    found = session.get(Intervention, intervention_id, with_for_update=True)
    if found is None:
        raise NotFound
    return found


def list_interventions(
    session: Session, actor: Actor, wanted: InterventionFilter
) -> Page[Intervention]:
    """Newest first; every regulator sees every measure. Raises: MissingPermission."""
    actor.require(Permission.SEE_TIMELINE)
    statement = select(Intervention)
    if wanted.state:
        statement = statement.where(Intervention.state == wanted.state)
    ordered = statement.order_by(Intervention.ordered_at.desc(), Intervention.id.desc())
    return page_of(session, ordered, wanted.cursor)


def list_cases(
    session: Session, actor: Actor, wanted: InterventionFilter
) -> Page[InterventionCase]:
    """The same with names."""
    page = list_interventions(session, actor, wanted)
    names = find_names(session, _people(page.items))
    return page.map(lambda found: _case(found, names))


def find_standing(session: Session, product_id: str, measure: Measure) -> Intervention | None:
    """The measure of this kind that stands against a product, if any."""
    return session.scalar(
        select(Intervention).where(
            Intervention.product_id == product_id,
            Intervention.measure == measure,
            Intervention.state == InterventionState.ORDERED,
        )
    )


def _people(found: Sequence[Intervention]) -> set[str]:
    mentioned = {item.ordered_by for item in found} | {item.lifted_by for item in found}
    mentioned |= {item.office_id for item in found}
    return {identifier for identifier in mentioned if identifier}


def _case(found: Intervention, names: Mapping[str, str]) -> InterventionCase:
    return InterventionCase(
        intervention=found,
        office=names.get(found.office_id or "", found.office_id or ""),
        ordered_by=names.get(found.ordered_by, found.ordered_by),
        lifted_by=names.get(found.lifted_by or "", found.lifted_by or ""),
    )
