"""Work on two versions that is too long for a request: comparing their rows."""

import tempfile
from pathlib import Path

from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.db import transaction
from kernel.jobs import task
from kernel.relay import Fact, subscribe
from market.comparisons import actions, reads
from market.comparisons.rows import compare_rows
from market.datasets import reads as datasets
from market.datasets import storage
from market.datasets.events import VersionArrived

COMPARER = Actor.system("comparisons.versions")
COMPARING_LEASE_SECONDS = 3600


@subscribe(VersionArrived)
def compare_new_version(session: Session, event: VersionArrived, _: Fact) -> None:
    """Every version that arrives is held beside the one before it."""
    later = datasets.find_version(session, event.version_id)
    earlier = reads.find_predecessor(session, later) if later else None
    if later is not None and earlier is not None:
        actions.request_comparison(session, COMPARER, event.dataset_id, earlier.id, later.id)


@task(actions.COMPARE, queue="quality", lease_seconds=COMPARING_LEASE_SECONDS)
def compare(comparison_id: str) -> None:
    """Count what came, went and changed."""
    with transaction() as session:
        comparison = reads.comparison_for_update(session, comparison_id)
        if comparison is None or comparison.compared_at is not None:
            return
        earlier = datasets.find_version(session, comparison.earlier_id)
        later = datasets.find_version(session, comparison.later_id)
    if earlier is None or later is None:
        return
    keys = [column.name for column in datasets.dictionary_of(later) if column.is_key]
    with (
        tempfile.TemporaryDirectory(prefix="comparing-") as folder,
        storage.open_version(earlier) as before,
        storage.open_version(later) as after,
    ):
        found = compare_rows(before, after, keys, Path(folder))
    with transaction() as session:
        actions.store_difference(session, COMPARER, comparison_id, found)
