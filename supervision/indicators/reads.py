"""What are the figures of the market now? Each is counted where it is kept."""

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from billing.ledger import reads as ledger
from kernel import clock
from kernel.actor import Actor, Permission
from kernel.events import EventLog
from kernel.money import Money
from licensing.authorizations.models import AuthorizationAgreement
from licensing.authorizations.rules import AgreementState
from licensing.licences.models import Licence
from licensing.licences.rules import LicenceState
from market.catalogue.models import Product
from market.catalogue.rules import ProductState
from market.datasets.models import Dataset, DatasetVersion
from market.quality.models import QualityRun
from market.quality.rules import RunState
from sandbox.privacy.models import Spend
from sandbox.privacy.rules import SpendState
from supervision.alerts.models import Alert
from supervision.alerts.rules import AlertState
from supervision.indicators.rules import MarketFigures
from supervision.transparency import reads as log
from valuation.appraisals import reads as appraisals
from valuation.assets import reads as assets
from valuation.assets.models import DataAsset
from valuation.assets.rules import AssetState

IN_FORCE = (AgreementState.ACTIVE, AgreementState.AMENDING, AgreementState.EXPIRING)
BOOKED = (AssetState.RECOGNISED, AssetState.IMPAIRED)


def market_figures(session: Session, actor: Actor) -> MarketFigures:
    """Everything on one board. Raises: MissingPermission."""
    actor.require(Permission.SEE_TIMELINE)
    checkpoint = log.find_latest_checkpoint(session)
    versions, rows = _checked(session)
    booked = session.scalars(select(DataAsset).where(DataAsset.state.in_(BOOKED))).all()
    amounts = assets.amounts_of(session, booked)
    return MarketFigures(
        at=clock.now(),
        datasets=_count(session, Dataset.id.is_not(None)),
        versions_checked=versions,
        rows_checked=rows,
        products_listed=_count(session, Product.state == ProductState.ON_SALE),
        authorizations_active=_count(session, AuthorizationAgreement.state.in_(IN_FORCE)),
        licences_active=_count(session, Licence.state == LicenceState.ACTIVE),
        orders_paid=_happened(session, "billing.order_paid"),
        payments_settled=_happened(session, "billing.payment_succeeded"),
        ledger_entries=ledger.count_entries(session),
        ledger_sum_minor=ledger.sum_of_everything(session),
        queries_released=_happened(session, "sandbox.query_released"),
        queries_refused=_happened(session, "sandbox.query_refused") + _questions_refused(session),
        epsilon_spent=session.scalars(
            select(func.coalesce(func.sum(Spend.epsilon), 0)).where(
                Spend.state != SpendState.REFUNDED
            )
        ).one(),
        appraisals_signed=appraisals.count_signed(session),
        assets_booked=len(booked),
        book_value=sum((amounts[asset.id].carrying for asset in booked), Money.zero()),
        refusals=_happened(session, "kernel.act_refused"),
        alerts_open=_count(session, Alert.state != AlertState.CLOSED),
        events=session.scalars(select(func.count()).select_from(EventLog)).one(),
        checkpoint_size=checkpoint.size if checkpoint else 0,
    )


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalars(select(func.count()).where(condition)).one()


def _happened(session: Session, name: str) -> int:
    return _count(session, EventLog.name == name)


def _questions_refused(session: Session) -> int:
    """Questions that the rules of the sandbox refused before anything ran."""
    payload = EventLog.payload
    return _count(
        session,
        and_(
            EventLog.name == "kernel.act_refused",
            payload["act"].astext.startswith("queries"),
            payload["clause"].astext.startswith("SB-"),
        ),
    )


def _checked(session: Session) -> tuple[int, int]:
    """(versions, rows) with a finished check."""
    finished = select(QualityRun.version_id).distinct().where(QualityRun.state == RunState.FINISHED)
    rows = session.execute(
        select(func.count(), func.coalesce(func.sum(DatasetVersion.rows), 0)).where(
            DatasetVersion.id.in_(finished)
        )
    ).one()
    return rows[0], int(rows[1] or 0)
