"""How is something out of the ordinary noticed, once?"""

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from kernel.errors import NotFound
from kernel.events import record
from market.datasets import reads as datasets
from market.datasets.models import Dataset, DatasetVersion
from market.datasets.rules import UpdateCycle
from market.quality.rules import Freshness, freshness
from market.watches import reads
from market.watches.events import AnomalyNoticed, LatenessNoticed
from market.watches.models import QualityNotice
from market.watches.rules import Reading, Watched

MISSES = {Freshness.STALE: (Watched.STALE, 1), Freshness.OVERDUE: (Watched.OVERDUE, 2)}


def notice_anomalies(session: Session, actor: Actor, version_id: str) -> int:
    """Tell of every figure of a version that is out of its ordinary; how many are new."""
    version = datasets.version_for_update(session, version_id)
    dataset = datasets.find_dataset(session, version.dataset_id) if version else None
    if version is None or dataset is None:
        raise NotFound
    found = [one for one in reads.readings_of(session, version) if one.is_anomaly]
    new = [
        one for one in found if not reads.is_noticed(session, version.id, one.watched, one.column)
    ]
    for one in new:
        _keep(session, version, one.watched, one.column, _facts(one))
        record(session, actor, _anomaly(dataset, version, one))
    return len(new)


def notice_lateness(session: Session, actor: Actor, dataset_id: str) -> bool:
    """Tell that the newest version is late: once when it is, once when a second miss is due."""
    dataset = datasets.dataset_for_update(session, dataset_id)
    newest = datasets.latest_version(session, dataset_id)
    if dataset is None or newest is None:
        raise NotFound
    cycle = UpdateCycle(dataset.update_cycle)
    age = freshness(cycle, newest.delivered_at, clock.now())
    if age not in MISSES:
        return False
    watched, misses = MISSES[age]
    if reads.is_noticed(session, newest.id, watched):
        return False
    _keep(session, newest, watched, "", {"cycle": cycle.value})
    record(
        session,
        actor,
        LatenessNoticed(dataset.id, newest.id, dataset.title, cycle.label, misses),
    )
    return True


def _keep(
    session: Session, version: DatasetVersion, watched: Watched, column: str, facts: dict[str, str]
) -> None:
    session.add(
        QualityNotice(
            version_id=version.id,
            watched=watched,
            column=column,
            dataset_id=version.dataset_id,
            noticed_at=clock.now(),
            facts=facts,
        )
    )
    session.flush()


def _facts(reading: Reading) -> dict[str, str]:
    figures = {"value": reading.value, "low": reading.low, "high": reading.high}
    return {name: f"{figure:.6g}" for name, figure in figures.items() if figure is not None}


def _anomaly(dataset: Dataset, version: DatasetVersion, reading: Reading) -> AnomalyNoticed:
    titles = {column.name: column.title for column in dataset.columns}
    facts = _facts(reading)
    return AnomalyNoticed(
        dataset_id=dataset.id,
        version_id=version.id,
        title=dataset.title,
        number=version.number,
        watched=reading.watched.label,
        column=titles.get(reading.column, reading.column),
        value=facts["value"],
        low=facts["low"],
        high=facts["high"],
    )
