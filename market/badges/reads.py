"""Which verdict on a data set may everybody see, and does it still hold?"""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import NotFound
from market.badges.schemas import BadgeOut, BadgeQuery, BadgeState
from market.catalogue import reads as catalogue
from market.catalogue.models import Product, ProductSource
from market.catalogue.rules import ProductState, VerdictKind
from market.datasets import reads as datasets
from market.datasets.models import Dataset
from market.quality import reads as quality
from market.quality.models import QualityRun
from market.quality.rules import Grade

PUBLIC_STATES = tuple(state for state in ProductState if state.is_public)


def get_offered(session: Session, dataset_id: str) -> Dataset:
    """A data set that a public product is made from. Raises: NotFound."""
    is_offered = exists().where(
        ProductSource.dataset_id == Dataset.id,
        Product.id == ProductSource.product_id,
        Product.state.in_(PUBLIC_STATES),
    )
    dataset = session.scalar(select(Dataset).where(Dataset.id == dataset_id, is_offered))
    if dataset is None:
        raise NotFound
    return dataset


def run_in_service(session: Session, dataset: Dataset) -> QualityRun | None:
    """The check of the version in service, with its findings."""
    served = catalogue.find_verdict(session, VerdictKind.QUALITY, dataset.id)
    version_id = str(served.facts.get("version_id", "")) if served else ""
    run = quality.latest_verdict(session, version_id) if version_id else None
    return quality.find_run(session, run.id) if run else None


def badge_of(
    session: Session, dataset: Dataset, run: QualityRun | None, asked: BadgeQuery
) -> BadgeOut:
    """What the badge says now; asked: the hashes a page was written for, if any."""
    version = datasets.find_version(session, run.version_id) if run else None
    return BadgeOut(
        dataset_id=dataset.id,
        title=dataset.title,
        state=_state(run, asked),
        version_number=version.number if version else None,
        grade=Grade(run.grade) if run and run.grade else None,
        score=run.score if run else None,
        version_sha256=run.version_sha256 if run else "",
        suite_sha256=(run.suite_sha256 or "") if run else "",
        run_id=run.id if run else "",
        checked_at=run.ended_at if run else None,
        valid_until=run.valid_until if run else None,
    )


def _state(run: QualityRun | None, asked: BadgeQuery) -> BadgeState:
    if run is None:
        return BadgeState.UNCHECKED
    if asked.version not in {"", run.version_sha256} or asked.suite not in {"", run.suite_sha256}:
        return BadgeState.OTHER
    if run.has_ended_validity(clock.now()):
        return BadgeState.STALE
    return BadgeState.PASSED if run.has_passed else BadgeState.FAILED
