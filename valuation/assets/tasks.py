"""What must be done with assets when a month is over?"""

from datetime import date

from kernel import clock
from kernel.actor import Actor
from kernel.db import transaction
from kernel.jobs import enqueue, task
from kernel.periods import add_months
from valuation.assets import actions
from valuation.assets.rules import next_uncharged_after
from valuation.books import reads as books

MONTH_ENDS = "assets.month_ends"
MONTH_END = "assets.month_end"
HOUSE = Actor.system("valuation.assets")


@task(MONTH_ENDS)
def ask_for_month_ends() -> None:
    """Put the month that is over in the queue, once for each set of books."""
    month = add_months(next_uncharged_after(clock.today()), -1)
    with transaction() as session:
        for entity_id in books.entity_ids(session):
            enqueue(session, MONTH_END, entity_id=entity_id, month_on=month.isoformat())


@task(MONTH_END)
def run_month_end(entity_id: str, month_on: str) -> None:
    """Charge every month up to this one in one set of books; twice changes nothing."""
    with transaction() as session:
        actions.run_month_end(session, HOUSE, entity_id, date.fromisoformat(month_on))
