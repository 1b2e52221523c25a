"""Work on proposals that is too long for a request: looking at every value of a version."""

import logging

from kernel import clock
from kernel.actor import Actor
from kernel.db import transaction
from kernel.jobs import task
from market.datasets import storage
from market.proposals import actions, reads
from market.proposals.rules import propose
from market.quality.suites import Suite

PROPOSER = Actor.system("quality.proposals")
MEMORY_MB = 1024
THREADS = 2
PROPOSING_LEASE_SECONDS = 3600


@task(actions.PROPOSE, queue="quality", lease_seconds=PROPOSING_LEASE_SECONDS)
def propose_suite(proposal_id: str) -> None:
    """Profile a version, propose rules and test each on the version itself."""
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    # Great Expectations takes six seconds and 280 MB: it is loaded by a worker's first use.
    from market.proposals.profiling import profile_version  # noqa: PLC0415
    from market.quality.runner import run_suite  # noqa: PLC0415

    with transaction() as session:
        work = actions.begin_proposal(session, proposal_id)
    if work is None:
        return
    today = clock.today()
    with storage.open_version(work.version) as parquet:
        profile = profile_version(
            parquet, work.columns, today.isoformat(), memory_mb=MEMORY_MB, threads=THREADS
        )
        candidates = work.candidates(propose(profile, work.columns, today))
        suite = Suite("proposed", tuple(one.rule for one in candidates))
        found = run_suite(
            suite, parquet, memory_mb=MEMORY_MB, threads=THREADS, on_progress=lambda _: None
        )
    with transaction() as session:
        actions.store_proposal(session, PROPOSER, work, list(zip(candidates, found, strict=True)))


@task("proposals.give_up")
def give_up() -> None:
    """End proposals that failed however often they were tried, so that nobody waits for them."""
    with transaction() as session:
        for proposal_id in reads.list_given_up(session, actions.PROPOSE):
            actions.give_up_proposal(session, proposal_id)
