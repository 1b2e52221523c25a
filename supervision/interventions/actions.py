"""How does a regulator stop the supply of a product, and let it go on?

Each act pushes its verdict down to the catalogue in the same transaction: publication and every
use read it there.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict
from kernel.events import EventLog, record
from kernel.i18n import N_
from kernel.ids import new_id
from market.catalogue.actions import push_verdict
from market.catalogue.reads import get_product
from market.catalogue.rules import VerdictKind, VerdictState
from supervision.interventions import reads
from supervision.interventions.events import InterventionLifted, InterventionOrdered
from supervision.interventions.models import Intervention
from supervision.interventions.rules import (
    Ground,
    InterventionId,
    InterventionState,
    Measure,
    require_open,
)
from supervision.interventions.schemas import InterventionOrder, Lifting

CLAUSE = "LC-05"  # a licence does not permit use of a product that a regulator has stopped


@dataclass(eq=False)
class AlreadyOrdered(Conflict):
    """The same measure stands already."""

    code = "intervention-already-ordered"
    message = N_("该产品已有同样的监管措施在执行中。请先查看已下达的措施。")

    intervention_id: str


@dataclass(eq=False)
class NotStanding(Conflict):
    """The measure was lifted already."""

    code = "intervention-not-standing"
    message = N_("这项监管措施已经解除。请刷新页面查看。")

    intervention_id: str


def order(session: Session, actor: Actor, wanted: InterventionOrder) -> Intervention:
    """Stop the supply of a product from this moment.

    Raises: MissingPermission, NotFound, GroundNotOpen, AlreadyOrdered.
    """
    actor.require(Permission.ORDER_INTERVENTION)
    require_open(wanted.ground, actor.regulator_scopes)
    product = get_product(session, wanted.product_id)
    standing = reads.find_standing(session, product.id, wanted.measure)
    if standing is not None:
        raise AlreadyOrdered(standing.id)
    found = Intervention(
        id=InterventionId(new_id("itv")),
        measure=wanted.measure,
        state=InterventionState.ORDERED,
        product_id=product.id,
        title=product.title,
        ground=wanted.ground,
        reason=wanted.reason,
        alert_id=wanted.alert_id,
        ordered_by=actor.id,
        office_id=actor.organization_id,
        ordered_at=clock.now(),
    )
    session.add(found)
    session.flush()
    _push(session, actor, found, VerdictState.FAILS, _record_order(session, actor, found))
    return found


def lift(
    session: Session, actor: Actor, intervention_id: InterventionId, lifting: Lifting
) -> Intervention:
    """End a measure. An office lifts what it might have ordered itself.

    Raises: MissingPermission, NotFound, GroundNotOpen, NotStanding.
    """
    actor.require(Permission.ORDER_INTERVENTION)
    found = reads.intervention_for_update(session, intervention_id)
    require_open(Ground(found.ground), actor.regulator_scopes)
    if found.state != InterventionState.ORDERED:
        raise NotStanding(found.id)
    found.lift(actor.id, lifting.reason, clock.now())
    fact = InterventionLifted(
        found.id, Measure(found.measure).label, found.product_id, found.title, lifting.reason
    )
    _push(session, actor, found, VerdictState.HOLDS, record(session, actor, fact))
    return found


def _record_order(session: Session, actor: Actor, found: Intervention) -> EventLog:
    fact = InterventionOrdered(
        found.id,
        Measure(found.measure).label,
        found.product_id,
        found.title,
        Ground(found.ground).label,
        found.reason,
    )
    return record(session, actor, fact)


def _push(
    session: Session, actor: Actor, found: Intervention, state: VerdictState, event: EventLog
) -> None:
    push_verdict(
        session,
        actor,
        kind=VerdictKind.ORDERED,
        subject_id=found.product_id,
        state=state,
        clause=CLAUSE,
        event_id=event.id,
    )
