"""Which applications are there, for the two sides that may see them?"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.errors import NotFound
from kernel.i18n import N_
from kernel.paging import Page, page_of
from licensing.applications.models import Application, ApplicationDecision
from licensing.applications.rules import OPEN, ApplicationState


class ApplicationNotFound(NotFound):
    """No such application, or it concerns neither side this actor stands on."""

    code = "application-not-found"
    message = N_("没有这份使用申请，或它与贵单位无关。请从“合同”页的列表进入。")


def get_application(session: Session, actor: Actor, application_id: str) -> Application:
    """Raises: ApplicationNotFound."""
    found = session.scalar(visible(actor).where(Application.id == application_id))
    if found is None:
        raise ApplicationNotFound
    return found


def application_for_update(session: Session, actor: Actor, application_id: str) -> Application:
    """Raises: ApplicationNotFound."""
    statement = visible(actor).where(Application.id == application_id).with_for_update()
    found = session.scalar(statement)
    if found is None:
        raise ApplicationNotFound
    return found


def visible(actor: Actor) -> Select[Application]:
    """Buyer, operator and bureau see what concerns them; the house sees all."""
    statement = select(Application)
    if actor.is_system:
        return statement
    mine = actor.organization_id or ""
    return statement.where(
        or_(
            Application.buyer_id == mine,
            Application.operator_id == mine,
            Application.bureau_id == mine,
        )
    )


def list_applications(
    session: Session, actor: Actor, state: ApplicationState | None = None, cursor: str = ""
) -> Page[Application]:
    """Newest first."""
    statement = visible(actor).order_by(Application.submitted_at.desc(), Application.id)
    if state is not None:
        statement = statement.where(Application.state == state.value)
    return page_of(session, statement, cursor)


def find_same_open(
    session: Session, *, buyer_id: str, product_id: str, scenario: str, purpose: str
) -> str | None:
    """The application for the same by the same organisation that is not decided yet."""
    return session.scalar(
        select(Application.id)
        .where(
            Application.buyer_id == buyer_id,
            Application.product_id == product_id,
            Application.purpose == purpose,
            Application.scenario == scenario,
            Application.state.in_([state.value for state in OPEN]),
        )
        .limit(1)
    )


def list_awaiting(session: Session, actor: Actor, state: ApplicationState) -> Sequence[Application]:
    """What this bureau has to decide next, most urgent first."""
    return session.scalars(
        select(Application)
        .where(Application.bureau_id == (actor.organization_id or ""))
        .where(Application.state == state.value)
        .order_by(Application.due_on)
        .limit(50)
    ).all()


def list_decisions(session: Session, application_id: str) -> Sequence[ApplicationDecision]:
    return session.scalars(
        select(ApplicationDecision)
        .where(ApplicationDecision.application_id == application_id)
        .order_by(ApplicationDecision.decided_at)
    ).all()


def list_overdue(session: Session, today: date) -> Sequence[Application]:
    """Open applications whose last day has passed, locked."""
    return session.scalars(
        select(Application)
        .where(Application.state.in_([state.value for state in OPEN]), Application.due_on < today)
        .order_by(Application.id)
        .with_for_update(skip_locked=True)
    ).all()
