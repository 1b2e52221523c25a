"""Which plans are there, and who may see them?"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, false, or_, select, true
from sqlalchemy.orm import Session, selectinload

from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.i18n import N_
from kernel.paging import Page, page_of
from licensing.plans.models import Plan

REGISTER_READERS = (
    Permission.PROPOSE_PLAN,
    Permission.APPROVE_PLAN,
    Permission.SIGN_AUTHORIZATION,
    Permission.GIVE_CONSENT,
    Permission.SUSPEND_AUTHORIZATION,
    Permission.SET_CAP,
    Permission.SEE_TIMELINE,
)


class AuthorizationNotFound(NotFound):
    """There is no such plan or agreement, or not for this person."""

    code = "authorization-not-found"
    message = N_("没有这份方案或协议，或它与贵单位无关。请从“授权”页进入。")


def get_plan(session: Session, actor: Actor, plan_id: str) -> Plan:
    """Raises: AuthorizationNotFound."""
    plan = session.scalar(_whole_plan().where(Plan.id == plan_id, _sees_plan(actor)))
    if plan is None:
        raise AuthorizationNotFound
    return plan


def plan_for_update(session: Session, plan_id: str) -> Plan:
    """Locked. Raises: AuthorizationNotFound."""
    statement = _whole_plan().where(Plan.id == plan_id).with_for_update(of=Plan)
    plan = session.scalar(statement.execution_options(populate_existing=True))
    if plan is None:
        raise AuthorizationNotFound
    return plan


def list_plans(session: Session, actor: Actor, cursor: str = "") -> Page[Plan]:
    """Plans that this person may see, newest first."""
    statement = _whole_plan().where(_sees_plan(actor))
    return page_of(session, statement.order_by(Plan.drafted_at.desc(), Plan.id), cursor)


def find_plan(session: Session, plan_id: str) -> Plan | None:
    """Any plan, for other slices; whoever asks has decided who may see it."""
    return session.scalar(_whole_plan().where(Plan.id == plan_id))


def list_in_progress(session: Session, actor: Actor) -> Sequence[Plan]:
    """Plans of this actor's organisation that are not approved yet, oldest first."""
    statement = (
        _whole_plan()
        .where(Plan.agency_id == actor.organization_id, Plan.approved_at.is_(None))
        .order_by(Plan.drafted_at, Plan.id)
        .limit(50)
    )
    return session.scalars(statement).all()


def reads_register(actor: Actor) -> bool:
    """Whether plans and agreements exist for this reader at all."""
    return any(permission in actor.permissions for permission in REGISTER_READERS)


def _whole_plan() -> Select[Plan]:
    return select(Plan).options(selectinload(Plan.resources), selectinload(Plan.decision))


def _sees_plan(actor: Actor) -> ColumnElement[bool]:
    """Approved plans are for all who read the register; drafts for their agency."""
    if actor.is_system:
        return true()
    own = Plan.agency_id == actor.organization_id
    if not reads_register(actor):
        return false()
    return or_(own, Plan.approved_at.is_not(None))
