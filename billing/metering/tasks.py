"""Which facts are uses? Answers that were given."""

from sqlalchemy.orm import Session

from billing.metering import actions
from billing.metering.rules import Use
from kernel.actor import Actor
from kernel.relay import Fact, subscribe
from sandbox.queries.events import QueryReleased


@subscribe(QueryReleased)
def meter_query(session: Session, event: QueryReleased, fact: Fact) -> None:
    """An answer given is one use. The same question again draws no call, so it is no use."""
    if event.is_replay:
        return
    use = Use(
        id=fact.id,
        licence_id=event.licence_id,
        about_id=event.query_id,
        units=1,
        used_at=fact.occurred_at,
    )
    actions.meter(session, Actor.system("billing.metering"), use)
