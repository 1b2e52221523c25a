"""Work on delivered files that is too long for a request: loading them."""

import tempfile
import time
from pathlib import Path

from kernel.actor import Actor
from kernel.db import transaction
from kernel.jobs import task
from market.datasets import actions, reads, storage
from market.datasets.encodings import Encoding, FileKind
from market.datasets.files import FileFault, FileProblem, FileRefused
from market.datasets.ingest import Dictionary, Reading, Workshop, load_file
from market.datasets.models import DatasetVersion
from market.datasets.profiles import profile_of

LOADER = Actor.system("datasets.loading")
REPORT_SECONDS = 0.5
LOADING_LEASE_SECONDS = 3600


@task(actions.LOAD, queue="quality", lease_seconds=LOADING_LEASE_SECONDS)
def load_version(version_id: str) -> None:
    """Turn a delivered file into a version, or give it back with a report."""
    with transaction() as session:
        version = actions.begin_loading(session, version_id)
        if version is None:
            return
        dataset = reads.find_dataset(session, version.dataset_id)
        marks = tuple(dataset.missing_marks) if dataset else ()
    try:
        _load(version, marks)
    except FileRefused as refused:
        with transaction() as session:
            actions.refuse_version(session, LOADER, version_id, refused.problem)


@task("datasets.give_up")
def give_up() -> None:
    """Give back what could not be loaded however often it was tried; nobody waits in vain."""
    with transaction() as session:
        for version_id in reads.list_given_up(session, actions.LOAD):
            problem = FileProblem(FileFault.GIVEN_UP)
            actions.refuse_version(session, LOADER, version_id, problem)


def _load(version: DatasetVersion, missing_marks: tuple[str, ...]) -> None:
    columns = reads.dictionary_of(version)
    reading = Reading(
        FileKind(version.kind), Encoding(version.encoding or Encoding.UTF_8), version.delimiter
    )
    with (
        tempfile.TemporaryDirectory(prefix="loading-") as folder,
        storage.open_source(version) as source,
    ):
        loaded = load_file(
            source,
            reading,
            Dictionary(columns, missing_marks),
            Workshop(Path(folder)),
            _Progress(version.id),
        )
        profile = profile_of(loaded.parquet, columns)
        stored = storage.keep_version(version.id, loaded.parquet)
    with transaction() as session:
        actions.add_version(
            session, LOADER, version.id, rows=loaded.rows, parquet=stored, profile=profile
        )


class _Progress:
    """Writes down how far loading is, twice a second at most."""

    def __init__(self, version_id: str) -> None:
        self._version_id = version_id
        self._reported_at = time.monotonic()

    def __call__(self, rows_read: int) -> None:
        if time.monotonic() - self._reported_at < REPORT_SECONDS:
            return
        self._reported_at = time.monotonic()
        with transaction() as session:
            actions.note_progress(session, self._version_id, rows_read)
