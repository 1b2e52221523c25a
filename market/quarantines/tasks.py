"""Work on failing records that is too long for a request: sifting every record of a version."""

import tempfile
from pathlib import Path

from kernel.actor import Actor
from kernel.db import transaction
from kernel.jobs import task
from kernel.objects import store
from market.datasets import reads as datasets
from market.datasets import storage
from market.quarantines import actions, reads
from market.quarantines.rules import mark_for

SIFTER = Actor.system("quality.quarantine")
LEASE_SECONDS = 3600


@task(actions.SET_ASIDE, queue="quality", lease_seconds=LEASE_SECONDS)
def set_aside(quarantine_id: str) -> None:
    """Write the failing records of a check to a file of their own."""
    # Conditions on identifiers come with Great Expectations, which a worker loads when first used.
    from market.quarantines.conditions import failing  # noqa: PLC0415
    from market.quarantines.sifting import set_aside as sift  # noqa: PLC0415

    with transaction() as session:
        work = actions.begin(session, quarantine_id)
    if work is None:
        return
    names = [column.name for column in datasets.dictionary_of(work.version)]
    with tempfile.TemporaryDirectory(prefix="quarantine-") as folder:
        target = Path(folder) / "failing.parquet"
        with storage.open_version(work.version) as parquet:
            rows = sift(parquet, work.rules, mark_for(names), target)
        with target.open("rb") as file:
            stored = store().put(f"quarantines/{quarantine_id}/failing.parquet", file)
    blaming = sum(failing(rule) is not None for rule in work.rules.values())
    with transaction() as session:
        actions.store_file(session, SIFTER, work, stored, rows, blaming)


@task("quarantines.give_up")
def give_up() -> None:
    """End what failed however often it was tried, so that nobody waits for it."""
    with transaction() as session:
        for quarantine_id in reads.list_given_up(session, actions.SET_ASIDE):
            actions.give_up(session, quarantine_id)
