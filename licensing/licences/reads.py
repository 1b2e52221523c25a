"""Which licences are there, for the two sides of each?"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.i18n import N_
from kernel.paging import Page, page_of
from licensing.applications.models import Application
from licensing.applications.rules import ApplicationState
from licensing.licences.models import Licence, LicenceSignature
from licensing.licences.parties import Party
from licensing.licences.rules import LicenceState

__all__ = [  # other rooms know a licence by its reads
    "Licence",
    "LicenceNotFound",
    "find_by_application",
    "get_licence",
    "licence_for_update",
    "list_expired",
    "list_for_buyer",
    "list_licences",
    "list_signatures",
    "list_to_offer",
    "list_unsigned",
    "visible",
]


class LicenceNotFound(NotFound):
    """No such licence, or the actor stands on neither side of it."""

    code = "licence-not-found"
    message = N_("没有这份许可合同，或它与贵单位无关。请从“合同”页的列表进入。")


def get_licence(session: Session, actor: Actor, licence_id: str) -> Licence:
    """Raises: LicenceNotFound."""
    found = session.scalar(visible(actor).where(Licence.id == licence_id))
    if found is None:
        raise LicenceNotFound
    return found


def licence_for_update(session: Session, licence_id: str) -> Licence:
    """For the house's own acts and for actions that check the sides themselves.

    Raises: LicenceNotFound.
    """
    found = session.scalar(select(Licence).where(Licence.id == licence_id).with_for_update())
    if found is None:
        raise LicenceNotFound
    return found


def visible(actor: Actor) -> Select[Licence]:
    """Each side sees its own, the bureau what it let through; house and regulator see all."""
    statement = select(Licence)
    if actor.is_system or actor.may(Permission.SEE_TIMELINE):
        return statement
    mine = actor.organization_id or ""
    sides = [Licence.buyer_id == mine, Licence.supplier_id == mine]
    if actor.may(Permission.REVIEW_APPLICATION) or actor.may(Permission.APPROVE_APPLICATION):
        let_through = select(Application.id).where(Application.bureau_id == mine)
        sides.append(Licence.application_id.in_(let_through))
    return statement.where(or_(*sides))


def list_licences(
    session: Session, actor: Actor, state: LicenceState | None = None, cursor: str = ""
) -> Page[Licence]:
    """Newest first."""
    statement = visible(actor).order_by(Licence.offered_at.desc(), Licence.id)
    if state is not None:
        statement = statement.where(Licence.state == state.value)
    return page_of(session, statement, cursor)


def list_for_buyer(session: Session, actor: Actor, product_id: str = "") -> Sequence[Licence]:
    """The buyer's own active licences, for one product where one is named."""
    statement = select(Licence).where(
        Licence.buyer_id == (actor.organization_id or ""),
        Licence.state == LicenceState.ACTIVE.value,
    )
    if product_id:
        statement = statement.where(Licence.product_id == product_id)
    return session.scalars(statement.order_by(Licence.ends_on)).all()


def find_by_application(session: Session, application_id: str) -> Licence | None:
    return session.scalar(select(Licence).where(Licence.application_id == application_id))


def list_signatures(session: Session, licence_id: str) -> Sequence[LicenceSignature]:
    return session.scalars(
        select(LicenceSignature)
        .where(LicenceSignature.licence_id == licence_id)
        .order_by(LicenceSignature.signed_at)
    ).all()


def list_expired(session: Session, today: date) -> Sequence[Licence]:
    """Licences whose term is over, locked."""
    living = (LicenceState.ACTIVE.value, LicenceState.SUSPENDED.value, LicenceState.SIGNED.value)
    return session.scalars(
        select(Licence)
        .where(Licence.state.in_(living), Licence.ends_on <= today)
        .order_by(Licence.id)
        .with_for_update(skip_locked=True)
    ).all()


def list_to_offer(session: Session, actor: Actor) -> Sequence[Application]:
    """Approved applications for my products that have no licence yet, oldest decision first."""
    offered = select(Licence.application_id)
    return session.scalars(
        select(Application)
        .where(Application.operator_id == (actor.organization_id or ""))
        .where(Application.state == ApplicationState.APPROVED.value)
        .where(Application.id.not_in(offered))
        .order_by(Application.decided_at)
        .limit(50)
    ).all()


def list_unsigned(session: Session, actor: Actor, party: Party) -> Sequence[Licence]:
    """Offers that wait for the signature of my side."""
    side = Licence.supplier_id if party is Party.SUPPLIER else Licence.buyer_id
    signed = select(LicenceSignature.licence_id).where(LicenceSignature.party == party.value)
    return session.scalars(
        select(Licence)
        .where(side == (actor.organization_id or ""), Licence.id.not_in(signed))
        .where(Licence.state == LicenceState.OFFERED.value)
        .order_by(Licence.offered_at)
        .limit(50)
    ).all()
