"""Which facts does supervision listen to?"""

from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.db import transaction
from kernel.events import ActRefused
from kernel.jobs import task
from kernel.relay import Fact, subscribe
from kernel.settings import in_use
from market.catalogue.reads import get_product
from sandbox.queries.events import QuerySubmitted
from supervision.alerts import actions, reads
from supervision.alerts.rules import RefusedAct, UseOfData, hit_of_refusal, hit_of_use
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
            reason_en=event.reason_en or "",
        )
    )
    if hit is not None:
        actions.raise_alert(session, _WATCH, hit)


@subscribe(QuerySubmitted)
def watch_uses(session: Session, event: QuerySubmitted, fact: Fact) -> None:
    """A use of data that no authorisation covered raises an alert, whoever let it through."""
    product = get_product(session, event.product_id)
    dataset_ids = tuple(product.dataset_ids)
    use = UseOfData(
        buyer_id=event.buyer_id,
        product_id=event.product_id,
        licence_id=event.licence_id,
        dataset_ids=dataset_ids,
        occurred_at=fact.occurred_at,
        event_id=fact.id,
    )
    hit = hit_of_use(use, reads.grants_of(session, product.operator_id, dataset_ids))
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
