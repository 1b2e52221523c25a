"""What has the story left behind? Counted in the database, not in the story."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.ledger import reads as ledger
from billing.payments.models import PaymentIntent
from billing.payments.rules import PaymentState
from demo.chapters.supervision import Checked
from kernel.db import Base, transaction
from kernel.events import ActRefused, EventLog
from licensing.licences.models import Licence
from licensing.licences.rules import LicenceState
from market.catalogue.models import Product
from market.catalogue.rules import ProductState
from market.datasets.models import DatasetVersion
from market.quality.models import QualityRun
from sandbox.privacy.models import Spend
from sandbox.privacy.rules import SpendState
from sandbox.queries.models import Query
from sandbox.queries.rules import QueryState
from valuation.appraisals import reads as appraisals
from valuation.assets import reads as assets
from valuation.assets.models import DataAsset
from valuation.assets.rules import AssetState


@dataclass(frozen=True)
class Summary:
    """var/demo/summary.json. Amounts in fen; seconds of the story after installation."""

    products_listed: int
    versions_checked: int
    rows_checked: int
    licences_active: int
    payments_settled: int
    ledger_entries: int
    ledger_sum_fen: int
    queries_released: int
    queries_refused: int
    epsilon_spent: Decimal
    appraisals_signed: int
    assets_booked: int
    book_value_fen: int
    events: int
    checkpoint_size: int
    checkpoint_verified: bool
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON: epsilon as text, seconds with one decimal."""
        exact = {"epsilon_spent": str(self.epsilon_spent), "seconds": round(self.seconds, 1)}
        return asdict(self) | exact


def summarise(checked: Checked, seconds: float) -> Summary:
    """Count what stands in the database now."""
    with transaction() as session:
        return Summary(
            products_listed=_count(session, Product, Product.state == ProductState.ON_SALE),
            versions_checked=_count(session, QualityRun, QualityRun.has_passed.is_not(None)),
            rows_checked=_rows_checked(session),
            licences_active=_count(session, Licence, Licence.state == LicenceState.ACTIVE),
            payments_settled=_count(
                session, PaymentIntent, PaymentIntent.state == PaymentState.SUCCEEDED
            ),
            ledger_entries=ledger.count_entries(session),
            ledger_sum_fen=ledger.sum_of_everything(session),
            queries_released=_count(session, Query, Query.state == QueryState.RELEASED),
            queries_refused=_refusals(session, "queries.submit"),
            epsilon_spent=_epsilon_spent(session),
            appraisals_signed=appraisals.count_signed(session),
            assets_booked=_count(session, DataAsset, DataAsset.state == AssetState.RECOGNISED),
            book_value_fen=_book_value(session),
            events=_count(session, EventLog),
            checkpoint_size=checked.checkpoint_size,
            checkpoint_verified=checked.is_verified,
            seconds=seconds,
        )


def _count(session: Session, table: type[Base], *conditions: Any) -> int:
    statement = select(func.count()).select_from(table).where(*conditions)
    return session.scalar(statement) or 0


def _rows_checked(session: Session) -> int:
    checked = select(QualityRun.version_id).where(QualityRun.has_passed.is_not(None))
    total = select(func.sum(DatasetVersion.rows)).where(DatasetVersion.id.in_(checked))
    return int(session.scalar(total) or 0)


def _refusals(session: Session, act: str) -> int:
    refused = EventLog.name == ActRefused.name
    return _count(session, EventLog, refused, EventLog.payload["act"].astext == act)


def _epsilon_spent(session: Session) -> Decimal:
    spent = select(func.coalesce(func.sum(Spend.epsilon), 0)).where(
        Spend.state != SpendState.REFUNDED
    )
    return Decimal(session.scalar(spent) or 0)


def _book_value(session: Session) -> int:
    """What all intangible data assets are carried at today, over all entities."""
    held = session.scalars(select(DataAsset)).all()
    return sum(one.carrying.minor for one in assets.amounts_of(session, held).values())
