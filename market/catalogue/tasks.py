"""What happens to products without anybody at a screen?"""

from sqlalchemy.orm import Session

from kernel import jobs
from kernel.actor import Actor
from kernel.db import transaction
from kernel.relay import Fact, subscribe
from market.catalogue import actions, reads
from market.quality.events import QualityChecked

HOUSE = Actor.system("market.catalogue")


@subscribe(QualityChecked)
def keep_quality(session: Session, checked: QualityChecked, fact: Fact) -> None:
    """The verdict on a version becomes what publication reads."""
    actions.keep_quality(session, HOUSE, checked, fact.id)


@jobs.task("catalogue.suspend_lapsed")
def suspend_lapsed() -> None:
    """Stop the sale of products for which a verdict has run out, batch by batch."""
    while True:
        with transaction() as session:
            if not actions.suspend_lapsed(session, HOUSE):
                return


@jobs.task("catalogue.end_notices")
def end_notices() -> None:
    """Let products go on sale whose public notice is over, each in its own transaction."""
    with transaction() as session:
        due = reads.notices_that_end(session, actions.BATCH)
    for product_id in due:
        with transaction() as session:
            actions.end_notice(session, HOUSE, product_id)
