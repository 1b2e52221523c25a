"""How do failing records come into a file, and to whoever mends them?"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from kernel.errors import Conflict, NotFound
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from kernel.jobs import enqueue
from kernel.objects import StoredObject
from market.datasets import reads as datasets
from market.datasets.models import DatasetVersion
from market.quality import reads as quality
from market.quality.rules import Rule
from market.quality.written import read_saved
from market.quarantines import reads
from market.quarantines.events import QuarantineFetched, RecordsSetAside
from market.quarantines.models import Quarantine
from market.quarantines.rules import QuarantineId, QuarantineState

SET_ASIDE = "quarantines.set_aside"


class NothingToSetAside(Conflict):
    """No rule of the check found anything."""

    code = "nothing-to-set-aside"
    message = N_("这次检查没有不符的记录，不需要另存。")


class FileNotReady(Conflict):
    """The side file is not written yet, or could not be."""

    code = "side-file-not-ready"
    message = N_("另存的文件还没有准备好。请稍后再取。")


@dataclass(frozen=True)
class Work:
    """Everything a worker needs. rules: those that failed, by position in the report."""

    quarantine_id: QuarantineId
    version: DatasetVersion
    rules: Mapping[int, Rule]


def request_quarantine(session: Session, actor: Actor, run_id: str) -> Quarantine:
    """Have the failing records of a check set aside; asked twice it is the same file.

    Raises: NotFound, NothingToSetAside.
    """
    dataset, version, run = reads.get_kept_run(session, actor, run_id)
    before = reads.find_of_run(session, run.id)
    if before is not None and before.state != QuarantineState.FAILED:
        return before
    if not any(finding.unexpected for finding in run.findings):
        raise NothingToSetAside
    made = before or Quarantine(
        id=QuarantineId(new_id("qrt")),
        run_id=run.id,
        dataset_id=dataset.id,
        version_id=version.id,
        requested_at=clock.now(),
        requested_by=actor.id,
    )
    made.state, made.ended_at = QuarantineState.QUEUED, None
    session.add(made)
    session.flush()
    enqueue(session, SET_ASIDE, quarantine_id=made.id)
    return made


def begin(session: Session, quarantine_id: str) -> Work | None:
    """Take one for working; None when it has ended already."""
    found = reads.quarantine_for_update(session, quarantine_id)
    run = quality.find_run(session, found.run_id) if found else None
    version = datasets.find_version(session, found.version_id) if found else None
    if found is None or run is None or version is None or not found.is_under_way:
        return None
    written = (run.suite or {}).get("expectations", [])
    rules = read_saved(written, datasets.dictionary_of(version))
    failing = {one.position for one in run.findings if one.unexpected}
    chosen = {place: rule for place, rule in enumerate(rules, start=1) if place in failing}
    return Work(found.id, version, chosen)


def store_file(
    session: Session, actor: Actor, work: Work, stored: StoredObject, rows: int, blaming: int
) -> Quarantine | None:
    """Keep where the failing records stand. None when they stand there already."""
    found = reads.quarantine_for_update(session, work.quarantine_id)
    dataset = datasets.find_dataset(session, work.version.dataset_id)
    if found is None or dataset is None or not found.is_under_way:
        return None
    found.state, found.ended_at = QuarantineState.READY, clock.now()
    found.rows, found.blaming = rows, blaming
    found.file_key, found.sha256 = stored.key, stored.sha256
    session.flush()
    told = RecordsSetAside(
        found.id, dataset.id, work.version.id, dataset.title, work.version.number, rows
    )
    record(session, actor, told)
    return found


def fetch(session: Session, actor: Actor, run_id: str) -> Quarantine:
    """Take the failing records away, on the record. Raises: NotFound, FileNotReady."""
    dataset, _, run = reads.get_kept_run(session, actor, run_id)
    found = reads.find_of_run(session, run.id)
    if found is None:
        raise NotFound
    if found.file_key is None:
        raise FileNotReady
    record(session, actor, QuarantineFetched(found.id, dataset.id, dataset.title))
    return found


def give_up(session: Session, quarantine_id: str) -> None:
    """End one that could not be written."""
    found = reads.quarantine_for_update(session, quarantine_id)
    if found is not None and found.is_under_way:
        found.state, found.ended_at = QuarantineState.FAILED, clock.now()
