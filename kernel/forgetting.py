"""What is done so long ago that its row tells nobody anything? What it did stands in the log."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from kernel import clock
from kernel.db import transaction
from kernel.events import EventLog
from kernel.jobs import Job, task
from kernel.relay import EventDelivery, EventSubscriber
from kernel.web.submissions import Submission

KEPT_DAYS = 30


def forgotten_before() -> datetime:
    """What ended before this moment may be removed."""
    return clock.now() - timedelta(days=KEPT_DAYS)


@task("kernel.forget_done_jobs")
def forget_done_jobs() -> None:
    """Once a day. Jobs that were given up stay until somebody has looked at them."""
    with transaction() as session:
        session.execute(delete(Job).where(Job.done_at < forgotten_before()))


@task("kernel.forget_deliveries")
def forget_deliveries() -> None:
    """Once a day. Below a subscriber's floor no delivery is asked for, so its row may go."""
    is_below_floor = select(EventLog.seq).where(
        EventLog.seq == EventDelivery.event_seq,
        EventSubscriber.name == EventDelivery.subscriber,
        EventLog.txid < EventSubscriber.floor_txid,
    )
    with transaction() as session:
        session.execute(
            delete(EventDelivery).where(
                EventDelivery.delivered_at < forgotten_before(), is_below_floor.exists()
            )
        )


@task("kernel.forget_submissions")
def forget_submissions() -> None:
    """Once a day. A form or an Idempotency-Key is known again for this long."""
    with transaction() as session:
        session.execute(delete(Submission).where(Submission.created_at < forgotten_before()))
