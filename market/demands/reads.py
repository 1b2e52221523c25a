"""Which demands may everybody, an asker and the bureau see, and what do they come to?"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.i18n import CIVIL_ZONE, N_
from kernel.paging import Page, page_of
from kernel.periods import civil_day
from kernel.workdays import state_council_calendar
from market.catalogue.listing import Scenario
from market.catalogue.models import Product
from market.catalogue.rules import ProductState
from market.demands.models import Demand, DemandAsker
from market.demands.rules import ANSWERS, OPEN, TOLD_DAYS, DemandState, median_days
from market.demands.schemas import (
    AskerOut,
    BoardQuestion,
    DemandStatistics,
    MonthCount,
    PublicDemandOut,
    ScenarioCount,
    StateCount,
)
from market.organizations.models import Organization

MOST_ON_A_DESK = 100
MONTHS_SHOWN = 12


class DemandNotFound(NotFound):
    """There is no such demand, or not for this person."""

    code = "demand-not-found"
    message = N_("没有这项需求，或它还没有公布。请到需求公告板查找。")


# --- for everybody ---


def list_board(session: Session, question: BoardQuestion) -> Page[PublicDemandOut]:
    """DM-03: what is published, newest first; only published text, names only as agreed."""
    statement = select(Demand).where(_is_public())
    if question.scenario is not None:
        statement = statement.where(Demand.scenario == question.scenario)
    if question.state is not None:
        statement = statement.where(Demand.state == question.state)
    ordered = statement.order_by(Demand.submitted_at.desc(), Demand.id)
    page = page_of(session, ordered, question.cursor)
    ids = [one.id for one in page.items]
    counts, named = count_askers(session, ids), _named_askers(session, ids)
    return page.map(lambda one: PublicDemandOut.of(one, counts.get(one.id, 0), named[one.id]))


def list_public_states(session: Session) -> list[DemandState]:
    """The states that stand on the board, in the order of a demand's life."""
    here = set(session.scalars(select(Demand.state).where(_is_public()).distinct()))
    return [state for state in DemandState if state in here]


def list_public_scenarios(session: Session) -> list[Scenario]:
    """The scenarios that stand on the board, in the order of the national plan."""
    here = set(session.scalars(select(Demand.scenario).where(_is_public()).distinct()))
    return [scenario for scenario in Scenario if scenario in here]


def get_public(session: Session, demand_id: str) -> PublicDemandOut:
    """One published demand. Raises: DemandNotFound."""
    found = _one(session, select(Demand).where(Demand.id == demand_id, _is_public()))
    counts, named = count_askers(session, [found.id]), _named_askers(session, [found.id])
    return PublicDemandOut.of(found, counts.get(found.id, 0), named[found.id])


def count_askers(session: Session, demand_ids: Collection[str]) -> Mapping[str, int]:
    """How many organisations ask for each now."""
    rows = session.execute(
        select(DemandAsker.demand_id, func.count())
        .where(DemandAsker.demand_id.in_(demand_ids), DemandAsker.left_at.is_(None))
        .group_by(DemandAsker.demand_id)
    )
    return {str(identifier): int(count) for identifier, count in rows}


# --- for those who ask ---


def get_demand(session: Session, actor: Actor | None, demand_id: str) -> Demand:
    """A demand that this person may see: public, one's own, or at the bureau.

    Raises: DemandNotFound.
    """
    return _one(session, select(Demand).where(Demand.id == demand_id, _seen_by(actor)))


def demand_for_update(session: Session, demand_id: str) -> Demand:
    """Locked. Raises: DemandNotFound."""
    found = session.get(Demand, demand_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise DemandNotFound
    return found


def get_case(session: Session, actor: Actor, demand_id: str) -> Demand:
    """One's own demand, or any for the bureau. Raises: DemandNotFound."""
    statement = select(Demand).where(Demand.id == demand_id)
    if not actor.may(Permission.ANSWER_DEMAND):
        statement = statement.where(Demand.id.in_(_asked_by(actor)))
    return _one(session, statement)


def list_own(session: Session, actor: Actor) -> Sequence[Demand]:
    """What the actor's organisation asks for or asked for, newest change first."""
    statement = (
        select(Demand)
        .where(Demand.id.in_(_asked_by(actor)))
        .order_by(Demand.changed_at.desc(), Demand.id)
        .limit(200)
    )
    return session.scalars(statement).all()


def list_returned(session: Session, actor: Actor) -> Sequence[Demand]:
    """Demands that wait for the actor's organisation to write them anew."""
    statement = select(Demand).where(
        Demand.organization_id == actor.organization_id, Demand.state == DemandState.RETURNED
    )
    return session.scalars(statement.order_by(Demand.changed_at, Demand.id)).all()


def list_answered(session: Session, actor: Actor) -> Sequence[Demand]:
    """DM-07: what became lately of what the actor's organisation still asks for."""
    since = clock.now() - timedelta(days=TOLD_DAYS)
    statement = (
        select(Demand)
        .where(
            Demand.id.in_(_asked_by(actor, now=True)),
            Demand.state.in_(list(ANSWERS)),
            Demand.changed_at >= since,
        )
        .order_by(Demand.changed_at.desc(), Demand.id)
        .limit(10)
    )
    return session.scalars(statement).all()


def find_asker(session: Session, actor: Actor | None, demand_id: str) -> DemandAsker | None:
    """The actor's organisation among those who ask for it now."""
    if actor is None or actor.organization_id is None:
        return None
    return session.scalar(
        select(DemandAsker).where(
            DemandAsker.demand_id == demand_id,
            DemandAsker.organization_id == actor.organization_id,
            DemandAsker.left_at.is_(None),
        )
    )


# --- for the bureau ---


def list_waiting(session: Session, actor: Actor) -> Sequence[Demand]:
    """What the bureau has to answer, and plans whose product is to be linked, soonest first.

    Raises: MissingPermission.
    """
    actor.require(Permission.ANSWER_DEMAND)
    due_on = func.coalesce(Demand.planned_until_on, Demand.answer_due_on)
    statement = (
        select(Demand)
        .where(Demand.state.in_(list(OPEN - {DemandState.RETURNED})))
        .order_by(due_on, Demand.id)
        .limit(MOST_ON_A_DESK)
    )
    return session.scalars(statement).all()


def list_askers(session: Session, actor: Actor, demand_id: str) -> list[AskerOut]:
    """Who asks for it now, by name, oldest first. Raises: MissingPermission."""
    actor.require(Permission.ANSWER_DEMAND)
    rows = session.execute(
        select(DemandAsker, Organization.name)
        .join(Organization, Organization.id == DemandAsker.organization_id)
        .where(DemandAsker.demand_id == demand_id, DemandAsker.left_at.is_(None))
        .order_by(DemandAsker.joined_at, DemandAsker.id)
    )
    return [
        AskerOut(
            organization_id=one.organization_id,
            name=name,
            is_named=one.is_named,
            joined_at=one.joined_at,
        )
        for one, name in rows
    ]


def find_product_title(session: Session, product_id: str | None) -> str | None:
    """What the product is called; None when it is not on sale."""
    statement = select(Product.title_zh).where(
        Product.id == product_id, Product.state == ProductState.ON_SALE
    )
    return session.scalar(statement)


def get_statistics(session: Session, actor: Actor) -> DemandStatistics:
    """Counts by state, scenario and month, and how long answers took. Raises: MissingPermission."""
    actor.require(Permission.ANSWER_DEMAND)
    month = func.date_trunc("month", func.timezone(CIVIL_ZONE.key, Demand.submitted_at))
    months = session.execute(
        select(month.label("month"), func.count()).group_by("month").order_by(month.desc())
    )
    answered = [
        (civil_day(asked), civil_day(at), due)
        for asked, at, due in session.execute(
            select(Demand.submitted_at, Demand.answered_at, Demand.answer_due_on).where(
                Demand.answered_at.is_not(None)
            )
        )
        if at is not None
    ]
    overdue = select(func.count()).where(
        Demand.state.in_([DemandState.SUBMITTED, DemandState.PUBLISHED]),
        Demand.answer_due_on < clock.today(),
    )
    states, scenarios = _counts(session, Demand.state), _counts(session, Demand.scenario)
    return DemandStatistics(
        by_state=[StateCount(state=state, demands=n) for state, n in states],
        by_scenario=[ScenarioCount(scenario=scenario, demands=n) for scenario, n in scenarios],
        by_month=[
            MonthCount(month=first.date(), demands=n) for first, n in months.fetchmany(MONTHS_SHOWN)
        ],
        answered=len(answered),
        answered_late=sum(at > due for _, at, due in answered),
        overdue=session.scalar(overdue) or 0,
        median_working_days=median_days(
            [(asked, at) for asked, at, _ in answered], state_council_calendar()
        ),
    )


def _one(session: Session, statement: Select[Any]) -> Demand:
    found: Demand | None = session.scalar(statement)
    if found is None:
        raise DemandNotFound
    return found


def _counts(session: Session, column: Any) -> list[tuple[Any, int]]:
    rows = session.execute(
        select(column, func.count()).group_by(column).order_by(func.count().desc(), column)
    )
    return [(value, int(count)) for value, count in rows]


def _is_public() -> ColumnElement[bool]:
    return and_(Demand.published_at.is_not(None), Demand.state != DemandState.WITHDRAWN)


def _asked_by(actor: Actor, *, now: bool = False) -> Select[Any]:
    """Ids of what the actor's organisation asks for, or ever asked for."""
    statement = select(DemandAsker.demand_id).where(
        DemandAsker.organization_id == (actor.organization_id or "")
    )
    return statement.where(DemandAsker.left_at.is_(None)) if now else statement


def _seen_by(actor: Actor | None) -> ColumnElement[bool]:
    if actor is None:
        return _is_public()
    if actor.may(Permission.ANSWER_DEMAND):
        return Demand.id.is_not(None)
    return or_(_is_public(), Demand.id.in_(_asked_by(actor)))


def _named_askers(session: Session, demand_ids: Collection[str]) -> dict[str, list[str]]:
    """Names of those who agreed to be named, by demand, in the order of joining."""
    named: dict[str, list[str]] = {identifier: [] for identifier in demand_ids}
    rows = session.execute(
        select(DemandAsker.demand_id, Organization.name)
        .join(Organization, Organization.id == DemandAsker.organization_id)
        .where(
            DemandAsker.demand_id.in_(demand_ids),
            DemandAsker.left_at.is_(None),
            DemandAsker.is_named,
        )
        .order_by(DemandAsker.joined_at, DemandAsker.id)
    )
    for identifier, name in rows:
        named[identifier].append(name)
    return named
