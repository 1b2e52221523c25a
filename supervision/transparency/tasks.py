"""What keeps the log growing? Every few seconds: number what is committed, then sign it."""

from kernel.actor import Actor
from kernel.db import transaction
from kernel.jobs import task
from kernel.settings import in_use
from supervision.transparency import actions

EXTEND_LOG = "transparency.extend_log"
_HOUSE = Actor.system("supervision.transparency")


@task(EXTEND_LOG, lease_seconds=60)
def extend_log() -> None:
    """Number every committed event and sign a checkpoint over all."""
    key = actions.log_key(in_use())
    with transaction() as session:
        actions.extend_log(session, _HOUSE, key)
