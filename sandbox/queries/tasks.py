"""Who answers a query? A worker: walls, exact numbers, noise, then the release."""

from datetime import timedelta

from kernel import clock
from kernel.actor import Actor
from kernel.db import transaction
from kernel.jobs import task
from kernel.objects import store
from sandbox.engines.isolation import IsolationMissing
from sandbox.queries import actions, reads
from sandbox.queries.actions import Work
from sandbox.queries.endings import Ending
from sandbox.queries.noise import noisy_answer
from sandbox.queries.rules import ABANDONED_AFTER_MINUTES
from sandbox.queries.runner import Run, RunFailed, run_question

WORKER = Actor.system("sandbox.queries")
LEASE_SECONDS = 180


@task(actions.RUN, queue="sandbox", lease_seconds=LEASE_SECONDS)
def run(query_id: str) -> None:
    """Answer one query. Begun again after a crash it draws new noise; only one answer counts."""
    with transaction() as session:
        work = actions.start(session, query_id)
    if work is None:
        return
    try:
        done = _exact(work)
    except RunFailed as failure:
        _refuse(query_id, Ending.of(failure.word), has_read=failure.has_read)
        return
    except IsolationMissing:
        _refuse(query_id, Ending.WALLS, has_read=False)
        return
    answer = noisy_answer(work.question, done.exact, work.policy, work.epsilon)
    with transaction() as session:
        for query in actions.finish(session, WORKER, query_id, answer, done.walls):
            actions.release(session, WORKER, query.id)


@task("queries.close_abandoned", queue="sandbox")
def close_abandoned() -> None:
    """End queries that no worker finished, each in a transaction of its own."""
    with transaction() as session:
        before = clock.now() - timedelta(minutes=ABANDONED_AFTER_MINUTES)
        found = reads.list_abandoned(session, before)
    for query_id in found:
        with transaction() as session:
            actions.close_abandoned(session, WORKER, query_id)


def _exact(work: Work) -> Run:
    with store().local_file(work.object_key) as path:
        return run_question(work.question, path)


def _refuse(query_id: str, ending: Ending, *, has_read: bool) -> None:
    with transaction() as session:
        actions.refuse(session, WORKER, query_id, ending, has_read=has_read)
