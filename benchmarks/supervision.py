"""The transparency log: does it keep up with what happens, and what does a proof cost?"""

import time
from collections.abc import Callable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.claims import Bench, Claim, at_least, at_most
from benchmarks.worlds import fresh_world
from kernel.actor import Actor
from kernel.db import transaction
from kernel.events import ActRefused, EventLog, record
from kernel.settings import in_use
from supervision.transparency import actions, reads

FACTS = 10_000
BATCH = 500
PROOFS = 300
HOUSE = Actor.system("benchmark")


def log() -> Iterator[Claim]:
    """Facts numbered, hashed and signed, beside their being recorded in batches; then proofs."""
    with fresh_world(plays_story=False):
        recorded = _seconds(_record_facts)
        sequenced = _seconds(_extend_log)
        yield at_least(
            "facts taken into the signed log, beside their being recorded",
            FACTS / sequenced,
            "facts/s",
            FACTS / recorded,
            1,
        )
        with transaction() as session:
            ids = session.scalars(select(EventLog.id).order_by(EventLog.seq).limit(PROOFS)).all()
            bare = _seconds(lambda: [_look_up(session, event_id) for event_id in ids])
            proved = _seconds(lambda: [reads.get_inclusion_proof(session, one) for one in ids])
        yield at_most(
            f"inclusion proof among {FACTS:,} facts, beside looking one fact up",
            proved / PROOFS * 1000,
            "ms",
            bare / PROOFS * 1000,
            10,
        )


def _record_facts() -> None:
    fact = ActRefused("prd_1", "pricing.set_price", "price-above-cap", "PR-04", "价格高于上限")
    for _ in range(FACTS // BATCH):
        with transaction() as session:
            for _ in range(BATCH):
                record(session, HOUSE, fact)


def _extend_log() -> None:
    with transaction() as session:
        actions.extend_log(session, HOUSE, actions.log_key(in_use()))


def _look_up(session: Session, event_id: str) -> EventLog | None:
    return session.scalar(select(EventLog).where(EventLog.id == event_id))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


BENCHES: list[Bench] = [log]
