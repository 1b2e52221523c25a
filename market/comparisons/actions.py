"""How are two versions held side by side?"""

from dataclasses import asdict

from sqlalchemy.orm import Session

from kernel import clock, jobs
from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.events import record
from kernel.ids import new_id
from market.comparisons import reads
from market.comparisons.events import VersionsCompared
from market.comparisons.models import VersionComparison
from market.comparisons.rules import RowDifference, VersionComparisonId, compare_dictionaries
from market.datasets import reads as datasets

COMPARE = "comparisons.compare"


def request_comparison(
    session: Session, actor: Actor, dataset_id: str, earlier_id: str, later_id: str
) -> VersionComparison:
    """Two versions of one data set, held side by side; the rows are looked at by a worker.

    Versions never change, so each pair is compared once. Raises: NotFound, MissingPermission.
    """
    actor.require(Permission.CHECK_QUALITY)
    _, earlier, later = reads.get_pair(session, actor, dataset_id, earlier_id, later_id)
    datasets.dataset_for_update(session, later.dataset_id)  # two who ask at once ask in turn
    found = reads.find_comparison(session, earlier.id, later.id)
    if found is not None:
        return found
    changes = compare_dictionaries(datasets.dictionary_of(earlier), datasets.dictionary_of(later))
    comparison = VersionComparison(
        id=VersionComparisonId(new_id("cmp")),
        dataset_id=later.dataset_id,
        earlier_id=earlier.id,
        later_id=later.id,
        column_changes=[asdict(change) for change in changes],
        requested_at=clock.now(),
        changed_cells={},
    )
    session.add(comparison)
    session.flush()
    jobs.enqueue(session, COMPARE, comparison_id=comparison.id)
    return comparison


def store_difference(
    session: Session, actor: Actor, comparison_id: str, found: RowDifference
) -> None:
    """Keep what a worker counted; a second count of the same pair changes nothing."""
    comparison = reads.comparison_for_update(session, comparison_id)
    if comparison is None or comparison.compared_at is not None:
        return
    dataset = datasets.find_dataset(session, comparison.dataset_id)
    earlier = datasets.find_version(session, comparison.earlier_id)
    later = datasets.find_version(session, comparison.later_id)
    if dataset is None or earlier is None or later is None:
        raise NotFound
    comparison.basis = found.basis
    comparison.added, comparison.removed = found.added, found.removed
    comparison.changed, comparison.unchanged = found.changed, found.unchanged
    comparison.changed_cells = dict(found.changed_cells)
    comparison.compared_at = clock.now()
    breaking = sorted({change.column for change in comparison.changes if change.kind.is_breaking})
    record(
        session,
        actor,
        VersionsCompared(
            comparison_id=comparison.id,
            dataset_id=dataset.id,
            title=dataset.title,
            earlier=earlier.number,
            later=later.number,
            added=found.added,
            removed=found.removed,
            changed=found.changed,
            breaking_columns="、".join(breaking),
        ),
    )
