"""Which facts does supervision listen to?"""

from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.db import transaction
from kernel.events import ActRefused
from kernel.jobs import task
from kernel.relay import Fact, subscribe
from kernel.settings import in_use
from supervision.alerts import actions
from supervision.alerts.rules import RefusedAct, hit_of_refusal
from supervision.transparency.actions import log_key

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
            code=event.code,
            clause=event.clause,
            reason=event.reason,
            occurred_at=fact.occurred_at,
            event_id=fact.id,
        )
    )
    if hit is not None:
        actions.raise_alert(session, _WATCH, hit)


@task("alerts.watch_log")
def watch_log() -> None:
    """Every ten minutes: is anything outside the log for too long?"""
    with transaction() as session:
        actions.watch_log(session, _WATCH)


@task("alerts.check_log", lease_seconds=3600)
def check_log() -> None:
    """Every night: does the whole log still match?"""
    key = log_key(in_use()).verification_key
    with transaction() as session:
        actions.check_log(session, _WATCH, key)
