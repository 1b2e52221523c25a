"""How is a demand asked, joined, answered and withdrawn? (DM-01 to DM-07)"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict, FieldProblem, InvalidFields
from kernel.events import Event, record
from kernel.i18n import N_
from kernel.ids import new_id
from kernel.workdays import state_council_calendar
from market.catalogue.listing import ProductId
from market.demands import reads
from market.demands.events import (
    DemandFulfilled,
    DemandJoined,
    DemandLeft,
    DemandPlanned,
    DemandPublished,
    DemandRefused,
    DemandReturned,
    DemandRevised,
    DemandSubmitted,
    DemandWithdrawn,
)
from market.demands.models import Demand, DemandAsker, DemandStateForbids
from market.demands.rules import (
    OPEN,
    DemandAskerId,
    DemandId,
    DemandState,
    answer_due,
    may_be_joined,
)
from market.demands.schemas import DemandDraft, Joining, PlanDraft, ProductLink, ReasonDraft
from market.organizations.rules import OrganizationId

IN_THE_PAST = N_("请填今天之后的日期。")
NOT_ON_SALE = N_("没有这个在售产品。请到“目录”打开产品页，复制它的编号或地址。")


@dataclass(eq=False)
class AlreadyAsking(Conflict):
    """DM-02: an organisation joins once."""

    code = "demand-joined-already"
    message = N_("贵单位已在需要这项数据的单位之中，不用再次加入。进展见“本单位的需求”。")
    clause = "DM-02"


@dataclass(eq=False)
class NotAsking(Conflict):
    """Only who asks for it can cease to."""

    code = "demand-not-asked"
    message = N_("贵单位不在需要这项数据的单位之中，没有可撤回的。请刷新页面。")


def submit_demand(session: Session, actor: Actor, draft: DemandDraft) -> Demand:
    """DM-01: ask for data that is not there; the bureau reads it before everybody does.

    Raises: MissingPermission, OrganizationUnverified, InvalidFields.
    """
    organization_id = _asking(actor)
    _require_future("needed_until_on", draft.needed_until_on)
    now = clock.now()
    demand = Demand(
        id=DemandId(new_id("dmd")),
        organization_id=organization_id,
        asked_by=actor.id,
        state=DemandState.SUBMITTED,
        submitted_at=now,
        answer_due_on=answer_due(clock.today(), state_council_calendar()).due_on,
        changed_at=now,
        **_text_of(draft),
    )
    session.add(demand)
    session.flush()
    _add_asker(session, actor, demand, organization_id, is_named=draft.is_named)
    record(session, actor, DemandSubmitted(demand.id, demand.title, demand.answer_due_on))
    return demand


def revise_demand(session: Session, actor: Actor, demand_id: str, draft: DemandDraft) -> Demand:
    """Write a returned demand anew and hand it in again; the time for the answer starts anew.

    Raises: MissingPermission, DemandNotFound, DemandStateForbids, InvalidFields.
    """
    _asking(actor)
    demand = reads.demand_for_update(session, demand_id)
    asker = reads.find_asker(session, actor, demand_id)
    if asker is None or demand.organization_id != actor.organization_id:
        raise reads.DemandNotFound
    _require_future("needed_until_on", draft.needed_until_on)
    demand.move(DemandState.SUBMITTED, clock.now())
    for name, value in _text_of(draft).items():
        setattr(demand, name, value)
    demand.asked_by, demand.submitted_at = actor.id, demand.changed_at
    demand.answer_due_on = answer_due(clock.today(), state_council_calendar()).due_on
    asker.is_named = draft.is_named
    record(session, actor, DemandRevised(demand.id, demand.title, demand.answer_due_on))
    session.flush()
    return demand


def join_demand(session: Session, actor: Actor, demand_id: str, draft: Joining) -> Demand:
    """DM-02: say once that one's own organisation needs it too.

    Raises: MissingPermission, OrganizationUnverified, DemandNotFound, AlreadyAsking,
    DemandStateForbids.
    """
    organization_id = _asking(actor)
    reads.get_demand(session, actor, demand_id)
    demand = reads.demand_for_update(session, demand_id)
    if reads.find_asker(session, actor, demand_id) is not None:
        raise AlreadyAsking
    if not may_be_joined(demand.state, demand.needed_until_on, clock.today()):
        raise DemandStateForbids(demand.id, demand.state)
    _add_asker(session, actor, demand, organization_id, is_named=draft.is_named)
    record(session, actor, DemandJoined(demand.id, demand.title, _askers(session, demand)))
    return demand


def leave_demand(session: Session, actor: Actor, demand_id: str) -> Demand:
    """DM-06: one's own organisation asks no more; when nobody does, the demand is withdrawn.

    Raises: MissingPermission, DemandNotFound, NotAsking, DemandStateForbids.
    """
    _asking(actor)
    reads.get_demand(session, actor, demand_id)
    demand = reads.demand_for_update(session, demand_id)
    asker = reads.find_asker(session, actor, demand_id)
    if asker is None:
        raise NotAsking
    if demand.state not in OPEN:
        raise DemandStateForbids(demand.id, demand.state)
    asker.left_at = clock.now()
    session.flush()
    left = _askers(session, demand)
    fact: Event = DemandLeft(demand.id, demand.title, left)
    if not left:
        demand.move(DemandState.WITHDRAWN, clock.now())
        fact = DemandWithdrawn(demand.id, demand.title)
    record(session, actor, fact)
    session.flush()
    return demand


def publish_demand(session: Session, actor: Actor, demand_id: str) -> Demand:
    """DM-03: put the text on the public board, after reading it.

    Raises: MissingPermission, DemandNotFound, SecondPersonNeeded, DemandStateForbids.
    """
    demand = _for_bureau(session, actor, demand_id)
    demand.move(DemandState.PUBLISHED, clock.now())
    demand.published_at, demand.published_by = demand.changed_at, actor.id
    record(session, actor, DemandPublished(demand.id, demand.title))
    session.flush()
    return demand


def return_demand(session: Session, actor: Actor, demand_id: str, draft: ReasonDraft) -> Demand:
    """Give a demand back to be written anew, with the reason."""
    demand = _for_bureau(session, actor, demand_id)
    demand.return_reason = draft.reason
    demand.move(DemandState.RETURNED, clock.now())
    record(session, actor, DemandReturned(demand.id, demand.title, draft.reason))
    session.flush()
    return demand


def plan_demand(session: Session, actor: Actor, demand_id: str, draft: PlanDraft) -> Demand:
    """DM-05: answer with a plan: what the bureau does, and by when."""
    demand = _for_bureau(session, actor, demand_id)
    _require_future("planned_until_on", draft.planned_until_on)
    demand.take_answer(DemandState.PLANNED, actor.id, clock.now())
    demand.answer, demand.planned_until_on = draft.answer, draft.planned_until_on
    fact = DemandPlanned(demand.id, demand.title, draft.planned_until_on, draft.answer)
    record(session, actor, fact)
    session.flush()
    return demand


def refuse_demand(session: Session, actor: Actor, demand_id: str, draft: ReasonDraft) -> Demand:
    """DM-05: answer with a no and its reason; also where a plan failed."""
    demand = _for_bureau(session, actor, demand_id)
    demand.take_answer(DemandState.REFUSED, actor.id, clock.now())
    demand.answer = draft.reason
    record(session, actor, DemandRefused(demand.id, demand.title, draft.reason))
    session.flush()
    return demand


def fulfil_demand(session: Session, actor: Actor, demand_id: str, draft: ProductLink) -> Demand:
    """DM-07: a product on sale answers it; those who ask are told on their desks."""
    demand = _for_bureau(session, actor, demand_id)
    title = reads.find_product_title(session, draft.product_id)
    if title is None:
        raise InvalidFields([FieldProblem("product_id", NOT_ON_SALE)], 1)
    demand.take_answer(DemandState.FULFILLED, actor.id, clock.now())
    demand.product_id = ProductId(draft.product_id)
    asked_for = _askers(session, demand)
    fact = DemandFulfilled(demand.id, demand.title, draft.product_id, title, asked_for)
    record(session, actor, fact)
    session.flush()
    return demand


def _asking(actor: Actor) -> OrganizationId:
    """The organisation for which this person may ask. Raises: as told above."""
    actor.require(Permission.ASK_FOR_DATA, actor.organization_id or "")
    actor.require_verified()
    return OrganizationId(actor.organization_id or "")


def _for_bureau(session: Session, actor: Actor, demand_id: str) -> Demand:
    """Locked, for somebody of the bureau who did not ask for it (SU-31)."""
    actor.require(Permission.ANSWER_DEMAND)
    demand = reads.demand_for_update(session, demand_id)
    actor.require_another_person_than(demand.asked_by)
    return demand


def _require_future(field: str, day: date) -> None:
    if day <= clock.today():
        raise InvalidFields([FieldProblem(field, IN_THE_PAST)], 1)


def _text_of(draft: DemandDraft) -> dict[str, object]:
    return {name: getattr(draft, name) for name in type(draft).model_fields if name != "is_named"}


def _add_asker(
    session: Session,
    actor: Actor,
    demand: Demand,
    organization_id: OrganizationId,
    *,
    is_named: bool,
) -> None:
    session.add(
        DemandAsker(
            id=DemandAskerId(new_id("dma")),
            demand_id=demand.id,
            organization_id=organization_id,
            person_id=actor.id,
            is_named=is_named,
            joined_at=clock.now(),
        )
    )
    session.flush()


def _askers(session: Session, demand: Demand) -> int:
    return reads.count_askers(session, [demand.id]).get(demand.id, 0)
