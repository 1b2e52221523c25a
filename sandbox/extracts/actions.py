"""Ask for an extract, keep it, or say why there is none."""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from kernel.events import record
from kernel.ids import new_id
from kernel.jobs import enqueue
from kernel.objects import StoredObject
from sandbox.extracts import reads
from sandbox.extracts.events import ExtractFailed, ExtractReady
from sandbox.extracts.models import Extract
from sandbox.extracts.rules import ExtractState
from sandbox.policies.models import PolicyRevision

WRITE = "extracts.write"


@dataclass(frozen=True)
class Kept:
    """A written extract: where it is, and what was found while writing."""

    stored: StoredObject
    facts: dict[str, Any]


def request_extract(
    session: Session, policy: PolicyRevision, *, version_id: str, number: int, rows: int
) -> Extract | None:
    """Have a version prepared under a policy; None where that was asked for before."""
    made = session.scalar(
        upsert(Extract)
        .values(
            id=new_id("ext"),
            product_id=policy.product_id,
            policy_id=policy.id,
            version_id=version_id,
            version_number=number,
            version_rows=rows,
            state=ExtractState.WAITING,
            salt=secrets.randbits(62),
            requested_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(Extract)
    )
    if made is not None:
        enqueue(session, WRITE, extract_id=made.id)
    return made


def keep_extract(session: Session, actor: Actor, extract_id: str, kept: Kept) -> Extract | None:
    """Put a written extract into service; None where it was settled before."""
    extract = reads.extract_for_update(session, extract_id)
    if extract is None or extract.state != ExtractState.WAITING:
        return None
    extract.state = ExtractState.READY
    extract.object_key, extract.sha256 = kept.stored.key, kept.stored.sha256
    extract.bytes, extract.facts = kept.stored.size, kept.facts
    extract.ended_at = clock.now()
    record(
        session,
        actor,
        ExtractReady(
            extract.id,
            extract.product_id,
            extract.policy_id,
            extract.version_id,
            kept.stored.sha256,
        ),
    )
    return extract


def fail_extract(session: Session, actor: Actor, extract_id: str, problem: str) -> Extract | None:
    """Say why a version cannot be prepared under its policy."""
    extract = reads.extract_for_update(session, extract_id)
    if extract is None or extract.state != ExtractState.WAITING:
        return None
    extract.state, extract.problem, extract.ended_at = ExtractState.FAILED, problem, clock.now()
    record(
        session,
        actor,
        ExtractFailed(
            extract.id, extract.product_id, extract.policy_id, extract.version_id, problem
        ),
    )
    return extract
