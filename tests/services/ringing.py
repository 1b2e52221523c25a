"""A worker of this house with one task more, whose doings can be counted: python -m …ringing."""

import time

from sqlalchemy import text

import worker
from kernel.db import transaction
from kernel.jobs import task

RING = "test.ring"
WORK_SECONDS = 0.05


@task(RING, lease_seconds=4)
def ring(bell_id: str) -> None:
    """Leave one row each time; the table allows doubles, so that a test can see them."""
    time.sleep(WORK_SECONDS)
    with transaction() as session:
        session.execute(text("INSERT INTO rings (bell_id) VALUES (:bell)"), {"bell": bell_id})


if __name__ == "__main__":
    worker.main()
