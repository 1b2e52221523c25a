"""When do time limits of registrations start and end, without anybody at a screen?"""

from sqlalchemy.orm import Session

from kernel import clock, jobs
from kernel.actor import Actor
from kernel.db import transaction
from kernel.relay import Fact, subscribe
from market.catalogue.events import ProductPublished, VerdictChanged
from market.catalogue.rules import VerdictKind, VerdictState
from market.datasets.events import VersionArrived
from market.registrations import standing, terms
from market.registrations.evidence import find_registrable, find_resource
from market.registrations.rules import ObjectKind

HOUSE = Actor.system("market.registrations")


@subscribe(VersionArrived)
def begin_with_supply(session: Session, event: VersionArrived, fact: Fact) -> None:
    """RG-03: data that is supplied under an authorisation is to be registered in time."""
    thing = find_resource(session, event.dataset_id)
    if thing is not None:
        standing.begin_duty(session, HOUSE, thing, clock.civil_day(fact.occurred_at))


@subscribe(VerdictChanged)
def begin_with_authorisation(session: Session, event: VerdictChanged, fact: Fact) -> None:
    """RG-03: data that was supplied already is, once its authorisation holds."""
    if (event.kind, event.state) != (VerdictKind.AUTHORISED, VerdictState.HOLDS):
        return
    dataset_id = event.subject.partition("/")[2]
    thing = find_resource(session, dataset_id)
    if thing is not None and thing.evidence is not None:
        standing.begin_duty(session, HOUSE, thing, clock.civil_day(fact.occurred_at))


@subscribe(ProductPublished)
def begin_with_sale(session: Session, event: ProductPublished, fact: Fact) -> None:
    """RG-03, RG-02: a product on sale is delivered from now on."""
    thing = find_registrable(session, ObjectKind.PRODUCT, event.product_id)
    standing.begin_duty(session, HOUSE, thing, clock.civil_day(fact.occurred_at))


@jobs.task("registrations.keep_calendar")
def keep_calendar() -> None:
    """Remind, end and warn, batch by batch until nothing is due."""
    while True:
        with transaction() as session:
            if not terms.keep_calendar(session, HOUSE):
                return
