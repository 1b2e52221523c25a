"""Does the month's work happen by itself, once, in every set of books?"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.jobs import Job
from tests.factories.books import make_decision, make_order, make_use, on_day
from valuation.assets import actions, reads, tasks
from valuation.assets.models import DataAsset
from valuation.books.models import AccountingEntity
from valuation.recognitions import actions as recognitions
from valuation.recognitions.rules import Origin, Purpose


def in_use(session: Session, clerk: Actor, entity: AccountingEntity) -> DataAsset:
    order = make_order(entity, 1_272, 72, paid_on=date(2024, 4, 2))
    asset = recognitions.receive_purchase(session, Actor.system("test"), order)
    decision = make_decision(origin=Origin.BOUGHT, purpose=Purpose.OWN_USE, criteria=[])
    recognitions.decide(session, clerk, asset.id, decision)
    actions.put_into_use(session, clerk, asset.id, make_use(date(2024, 4, 20), 12))
    session.commit()
    return asset


def jobs(session: Session) -> list[dict[str, str]]:
    rows = session.scalars(select(Job).where(Job.task == tasks.MONTH_END)).all()
    return [dict(row.arguments) for row in rows]


def test_on_the_first_every_set_of_books_is_asked_for_the_month_that_is_over(
    session: Session, entity: AccountingEntity
) -> None:
    with on_day(date(2024, 7, 1)):
        tasks.ask_for_month_ends()

    assert jobs(session) == [{"entity_id": entity.id, "month_on": "2024-06-01"}]


def test_the_month_end_twice_in_a_row_charges_once(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = in_use(session, finance_clerk, entity)

    with on_day(date(2024, 7, 1)):
        for _ in range(2):
            tasks.run_month_end(entity_id=entity.id, month_on="2024-06-01")

    months = [one.month_on.month for one in reads.charges_of(session, asset.id)]
    assert months == [4, 5, 6]


def test_a_month_waits_until_all_its_assets_are_charged(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    in_use(session, finance_clerk, entity)

    assert reads.month_to_charge(session, entity.id, date(2024, 4, 29)) is None
    assert reads.month_to_charge(session, entity.id, date(2024, 4, 30)) == date(2024, 4, 1)
    with on_day(date(2024, 7, 1)):
        tasks.run_month_end(entity_id=entity.id, month_on="2024-06-01")
    assert reads.month_to_charge(session, entity.id, date(2024, 7, 1)) is None
    assert reads.month_to_charge(session, entity.id, date(2024, 7, 31)) == date(2024, 7, 1)
