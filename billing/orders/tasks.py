"""Closes the order of a licence that has ended."""

from sqlalchemy.orm import Session

from billing.orders import actions
from kernel.actor import Actor
from kernel.relay import Fact, subscribe
from licensing.licences.events import LicenceEnded


@subscribe(LicenceEnded)
def close_order(session: Session, event: LicenceEnded, fact: Fact) -> None:
    del fact
    actions.close_with_licence(session, Actor.system("billing.orders"), event.licence_id)
