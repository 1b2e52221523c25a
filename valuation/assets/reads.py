"""Which data assets stand in whose books, at what amount, and what will each month charge?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.errors import NotFound
from kernel.money import Money
from kernel.paging import Page, page_of
from kernel.periods import add_months, last_day_of_month, months_between
from valuation.assets.models import AmortisationCharge, DataAsset
from valuation.assets.rules import (
    AssetClass,
    AssetState,
    BalanceSheetLines,
    balance_sheet_lines,
    next_uncharged_after,
    schedule,
)
from valuation.assets.schemas import AssetAmounts
from valuation.books import reads as books
from valuation.books.models import AccountingEntity
from valuation.books.rules import Account

NOTHING = AssetAmounts(Money(0), Money(0), Money(0))


@dataclass(frozen=True)
class ScheduleLine:
    """One month: charged already, with its voucher, or to come."""

    month_on: date
    charge: Money
    carrying: Money
    voucher_id: str | None


def get_asset(session: Session, actor: Actor, asset_id: str) -> DataAsset:
    """Raises: NotFound, also where the actor may not read these books."""
    asset = session.get(DataAsset, asset_id)
    if asset is None:
        raise NotFound
    books.get_entity(session, actor, asset.entity_id)
    return asset


def asset_for_update(
    session: Session, actor: Actor, asset_id: str
) -> tuple[DataAsset, AccountingEntity]:
    """The asset, locked, and whose books it stands in. Raises: NotFound."""
    asset = session.get(DataAsset, asset_id, with_for_update=True, populate_existing=True)
    if asset is None:
        raise NotFound
    return asset, books.get_entity(session, actor, asset.entity_id)


def find_by_order(session: Session, entity_id: str, order_id: str) -> DataAsset | None:
    return session.scalar(
        select(DataAsset).where(DataAsset.entity_id == entity_id, DataAsset.order_id == order_id)
    )


def find_own_product(session: Session, entity_id: str, product_id: str) -> DataAsset | None:
    """The living asset of a self-developed product, if it stands in these books."""
    return session.scalar(
        select(DataAsset).where(
            DataAsset.entity_id == entity_id,
            DataAsset.product_id == product_id,
            DataAsset.order_id.is_(None),
            DataAsset.state.not_in([AssetState.DERECOGNISED, AssetState.EXPENSED]),
        )
    )


def register(
    session: Session, actor: Actor, entity_id: str, *, state: str = "", cursor: str = ""
) -> Page[DataAsset]:
    """The register of an entity (台账), newest first; of one state where it is given.

    Raises: NotFound, CursorUnknown.
    """
    books.get_entity(session, actor, entity_id)
    statement = select(DataAsset).where(DataAsset.entity_id == entity_id)
    if state:
        statement = statement.where(DataAsset.state == state)
    ordered = statement.order_by(DataAsset.created_at.desc(), DataAsset.id.desc())
    return page_of(session, ordered, cursor)


def lines_on(session: Session, entity_id: str, on: date) -> BalanceSheetLines:
    """The three lines 其中：数据资源 at the end of one day."""
    return balance_sheet_lines(on, books.account_balances(session, entity_id, on))


def month_to_charge(session: Session, entity_id: str, today: date) -> date | None:
    """The last month that is over, if an asset still waits for its charge; None otherwise."""
    month = add_months(next_uncharged_after(today), -1)
    waiting = session.scalars(
        select(DataAsset).where(
            DataAsset.entity_id == entity_id,
            DataAsset.state.in_([AssetState.RECOGNISED, AssetState.IMPAIRED]),
            DataAsset.amortise_from_on <= month,
        )
    ).all()
    last = last_charged_months(session, [asset.id for asset in waiting])
    for asset in waiting:
        until = asset.amortise_until_on or month
        charged = last.get(asset.id)
        coming = add_months(charged, 1) if charged else asset.amortise_from_on
        if coming is not None and coming <= month and coming < until:
            return month
    return None


def bought_products(session: Session, organization_id: str) -> dict[str, str]:
    """Products that an organisation bought here: id -> title."""
    rows = session.execute(
        select(DataAsset.product_id, DataAsset.title)
        .join(AccountingEntity, AccountingEntity.id == DataAsset.entity_id)
        .where(AccountingEntity.organization_id == organization_id, DataAsset.order_id.is_not(None))
    )
    return dict(iter(rows))


def candidates(session: Session, entity_id: str) -> Sequence[DataAsset]:
    """What waits for a decision, oldest first."""
    return session.scalars(
        select(DataAsset)
        .where(DataAsset.entity_id == entity_id, DataAsset.state == AssetState.CANDIDATE)
        .order_by(DataAsset.acquired_on, DataAsset.id)
    ).all()


def amounts_of(session: Session, assets: Sequence[DataAsset]) -> Mapping[str, AssetAmounts]:
    """Gross, amortised and written-down amounts by asset."""
    balances = books.asset_balances(session, [asset.id for asset in assets])
    return {asset.id: _amounts(asset, balances.get(asset.id, {})) for asset in assets}


def _amounts(asset: DataAsset, accounts: Mapping[Account, Money]) -> AssetAmounts:
    if asset.stands is AssetState.DEVELOPING:
        gross = accounts.get(Account.RESEARCH_CAPITALISED, Money(0))
        return AssetAmounts(gross, Money(0), Money(0))
    if asset.booked_as is AssetClass.INVENTORY:
        stock = books.stock_from(accounts)
        return AssetAmounts(stock.cost, Money(0), stock.provision)
    balances = books.balances_from(accounts)
    return AssetAmounts(balances.gross, balances.amortised, balances.impaired)


def amortising_for_update(session: Session, entity_id: str) -> Sequence[DataAsset]:
    """Assets of an entity that are being amortised, locked in id order."""
    return session.scalars(
        select(DataAsset)
        .where(
            DataAsset.entity_id == entity_id,
            DataAsset.state.in_([AssetState.RECOGNISED, AssetState.IMPAIRED]),
            DataAsset.amortise_from_on.is_not(None),
        )
        .order_by(DataAsset.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def last_charged_months(session: Session, asset_ids: Sequence[str]) -> Mapping[str, date]:
    """The latest month charged, by asset."""
    rows = session.execute(
        select(AmortisationCharge.asset_id, func.max(AmortisationCharge.month_on))
        .where(AmortisationCharge.asset_id.in_(asset_ids))
        .group_by(AmortisationCharge.asset_id)
    )
    return dict(iter(rows))


def next_uncharged(session: Session, asset: DataAsset) -> date | None:
    """The month that will be charged next; None when its life is over or it has none."""
    if asset.amortise_from_on is None or asset.amortise_until_on is None:
        return None
    last = last_charged_months(session, [asset.id]).get(asset.id)
    month = add_months(last, 1) if last else asset.amortise_from_on
    return month if month < asset.amortise_until_on else None


def charges_of(session: Session, asset_id: str) -> Sequence[AmortisationCharge]:
    return session.scalars(
        select(AmortisationCharge)
        .where(AmortisationCharge.asset_id == asset_id)
        .order_by(AmortisationCharge.month_on)
    ).all()


def amortisation_schedule(session: Session, asset: DataAsset) -> list[ScheduleLine]:
    """Months charged so far with their vouchers, then the months to come if nothing changes."""
    charges = charges_of(session, asset.id)
    month_ends = [last_day_of_month(charge.month_on) for charge in charges]
    lines = [
        ScheduleLine(charge.month_on, charge.amount, carrying, charge.voucher_id)
        for charge, carrying in zip(
            charges, books.carrying_at(session, asset.id, month_ends), strict=True
        )
    ]
    month = next_uncharged(session, asset)
    if month is None or asset.amortise_until_on is None or not asset.is_booked:
        return lines
    carrying = amounts_of(session, [asset])[asset.id].carrying
    months = months_between(month, asset.amortise_until_on)
    return lines + [
        ScheduleLine(row.month_on, row.charge, row.carrying, None)
        for row in schedule(carrying, month, months)
    ]
