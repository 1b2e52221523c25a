"""What waits for whom: for applicants to register, mend, renew; for registrars to decide?"""

from collections.abc import Iterator

from flask import url_for
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.i18n import N_, say, translate
from kernel.web.shell import Desk, Waiting
from market.registrations import reads, wording
from market.registrations.models import Registration


def show_waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """Applicants: what to register, mend, renew. Registrars: what to accept, review, code."""
    if actor.may(Permission.APPLY_FOR_REGISTRATION) and actor.organization_id:
        desk.waiting += _to_apply(session, actor)
        desk.starts.append((translate(N_("申请登记")), url_for("registrations.new")))
    if actor.may(Permission.REVIEW_REGISTRATION):
        desk.waiting += [_step(each) for each in reads.list_at_the_registrar(session, actor)]


def _to_apply(session: Session, actor: Actor) -> Iterator[Waiting]:
    for duty in reads.list_own_duties(session, actor):
        under_way = reads.find_open(session, duty.object_id)
        if under_way is None:
            chosen = f"{duty.object_kind}/{duty.object_id}"
            address = url_for("registrations.new", chosen=chosen)
            title = say(N_("首次登记《{title}》"), title=duty.title)
            yield Waiting(title, address, translate(N_("申请登记")), duty.due_on)
    for each in (
        *reads.list_own_unsent(session, actor),
        *reads.list_own_expiring(session, actor),
    ):
        yield _step(each)


def _step(registration: Registration) -> Waiting:
    return Waiting(
        title=say(
            N_("登记《{title}》：{state}"), title=registration.title, state=registration.state
        ),
        address=url_for("registrations.show", registration_id=registration.id),
        button=translate(wording.next_step(registration)),
        due_on=wording.due_on(registration),
    )
