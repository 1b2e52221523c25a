"""Who looks at data that nobody looks at?"""

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from kernel.db import transaction
from kernel.jobs import task
from kernel.relay import Fact, subscribe
from market.datasets.rules import UpdateCycle
from market.quality.events import QualityChecked
from market.quality.rules import freshness
from market.watches import actions, reads

WATCHER = Actor.system("quality.watch")


@subscribe(QualityChecked)
def look_at_figures(session: Session, event: QualityChecked, _: Fact) -> None:
    """Each checked version is compared with its history."""
    actions.notice_anomalies(session, WATCHER, event.version_id)


@task("watches.look_at_the_clock")
def look_at_the_clock() -> None:
    """Tell of data sets that missed their cycle, each in its own transaction."""
    now = clock.now()
    with transaction() as session:
        late = [
            dataset.id
            for dataset, newest in reads.list_promised(session)
            if freshness(UpdateCycle(dataset.update_cycle), newest.delivered_at, now)
            in actions.MISSES
        ]
    for dataset_id in late:
        with transaction() as session:
            actions.notice_lateness(session, WATCHER, dataset_id)
