"""Which bad ratings are late, without anybody at a screen?"""

from kernel import jobs
from kernel.actor import Actor
from kernel.db import transaction
from market.reviews import actions

HOUSE = Actor.system("market.reviews")


@jobs.task("reviews.escalate_overdue")
def escalate_overdue() -> None:
    """Tell the bureau, batch by batch until nothing is late."""
    while True:
        with transaction() as session:
            if not actions.escalate_overdue(session, HOUSE):
                return
