"""Work on quality that is too long for a request: running a check."""

from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.db import transaction
from kernel.jobs import task
from kernel.relay import Fact, subscribe
from market.datasets.events import VersionArrived
from market.quality import actions, reads
from market.quality.checking import look_at

CHECKER = Actor.system("quality.checks")
CHECKING_LEASE_SECONDS = 3600


@subscribe(VersionArrived)
def check_new_version(session: Session, event: VersionArrived, _: Fact) -> None:
    """Every version that arrives is checked once by itself."""
    if reads.count_runs(session, event.version_id) == 0:
        actions.request_check(session, CHECKER, event.version_id)


@task(actions.RUN_CHECK, queue="quality", lease_seconds=CHECKING_LEASE_SECONDS)
def run_check(run_id: str) -> None:
    """Run one check and store its verdict."""
    with transaction() as session:
        check = actions.begin_check(session, run_id)
    if check is None:
        return
    found = look_at(check, lambda rules_done: _note(run_id, rules_done))
    with transaction() as session:
        actions.store_result(session, CHECKER, check, found)


@task("quality.give_up")
def give_up() -> None:
    """End checks that failed however often they were tried, so that nobody waits for them."""
    with transaction() as session:
        for run_id in reads.list_given_up(session, actions.RUN_CHECK):
            actions.give_up_check(session, CHECKER, run_id)


def _note(run_id: str, rules_done: int) -> None:
    with transaction() as session:
        actions.note_progress(session, run_id, rules_done)
