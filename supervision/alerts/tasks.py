"""Which facts does supervision listen to?"""

from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.events import ActRefused
from kernel.relay import Fact, subscribe
from supervision.alerts import actions
from supervision.alerts.rules import RefusedAct, hit_of_refusal

_WATCH = Actor.system("supervision.alerts")


@subscribe(ActRefused)
def watch_refusals(session: Session, event: ActRefused, fact: Fact) -> None:
    """A refused attempt that breaks a monitoring rule raises an alert."""
    hit = hit_of_refusal(
        RefusedAct(
            actor_id=fact.actor_id,
            organization_id=fact.organization_id,
            about_id=event.about_id,
            act=event.act,
            clause=event.clause,
            reason=event.reason,
            occurred_at=fact.occurred_at,
            event_id=fact.id,
        )
    )
    if hit is not None:
        actions.raise_alert(session, _WATCH, hit)
