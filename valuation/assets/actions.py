"""Put an asset into use, charge its months, write it down, take it out of the books."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.events import record
from kernel.i18n import N_
from kernel.money import Money
from kernel.periods import add_months, last_day_of_month, months_between
from valuation.assets import reads
from valuation.assets.events import (
    AssetDerecognised,
    AssetImpaired,
    AssetReadyForUse,
    AssetsAmortised,
    InventoryFinished,
    InventoryRemeasured,
    LifeRevised,
)
from valuation.assets.models import AmortisationCharge, DataAsset
from valuation.assets.rules import (
    AssetClass,
    AssetState,
    AssetStateWrong,
    bears_amortisation,
    bears_loss,
    impairment_loss,
    life_within_term,
    monthly_charge,
    net_realisable_value,
    next_uncharged_after,
    provision_change,
    recoverable_amount,
    refuse_write_up,
    require_charged_up_to,
    require_day_between,
    require_month_over,
    require_reversible,
)
from valuation.assets.schemas import (
    FinishDraft,
    ImpairmentDraft,
    LapseDraft,
    LifeDraft,
    RealisableDraft,
    SaleDraft,
    UseDraft,
    WriteUpDraft,
)
from valuation.books import actions as books
from valuation.books import reads as book_reads
from valuation.books import rules as postings
from valuation.books.models import AccountingEntity, Voucher
from valuation.books.rules import Account, Balances, Posting, Stock
from valuation.books.schemas import VoucherFacts


def put_into_use(session: Session, actor: Actor, asset_id: str, draft: UseDraft) -> DataAsset:
    """Ready for its intended use: development moves into the asset, amortisation begins (E5).

    Raises: NotFound, MissingPermission, AssetStateWrong, DayOutOfRange, LifeNotPositive,
    PeriodLocked.
    """
    asset, entity = _asset(session, actor, asset_id)
    _require(asset, AssetClass.INTANGIBLE, AssetState.DEVELOPING, AssetState.RECOGNISED)
    if asset.ready_on is not None:
        raise AssetStateWrong(asset.stands)
    require_day_between(draft.ready_on, asset.acquired_on, clock.today())
    life = life_within_term(draft.ready_on, draft.life_months, draft.right_ends_on)
    if book_reads.is_closed(session, entity.id, draft.ready_on.replace(day=1)):
        raise books.PeriodLocked(f"{draft.ready_on:%Y-%m}")
    if asset.stands is AssetState.DEVELOPING:
        spent = reads.amounts_of(session, [asset])[asset.id].gross
        _post(session, actor, entity, asset, postings.put_into_use(asset.id, spent), draft.ready_on)
    asset.begin_use(draft.ready_on, draft.use, life)
    asset.right_ends_on = draft.right_ends_on
    record(
        session,
        actor,
        AssetReadyForUse(asset.id, entity.id, asset.title, draft.ready_on, life),
    )
    return asset


def finish_processing(
    session: Session, actor: Actor, asset_id: str, draft: FinishDraft, cost: Money
) -> DataAsset:
    """Processed for sale and in stock (E12). cost: what its booked costs sum to.

    Raises: NotFound, MissingPermission, AssetStateWrong, DayOutOfRange, PeriodLocked.
    """
    asset, entity = _asset(session, actor, asset_id)
    _require(asset, AssetClass.INVENTORY, AssetState.DEVELOPING)
    require_day_between(draft.ready_on, asset.acquired_on, clock.today())
    _post(session, actor, entity, asset, postings.finish_processing(asset.id, cost), draft.ready_on)
    asset.finish(draft.ready_on)
    record(session, actor, InventoryFinished(asset.id, entity.id, asset.title, cost))
    return asset


def run_month_end(session: Session, actor: Actor, entity_id: str, month_on: date) -> int:
    """Charge every month up to this one and close research into expense; returns new charges.

    Twice in a row changes nothing the second time (E6, E3). A month can be charged from its last
    day on. Raises: NotFound, MissingPermission, MonthNotOver, PeriodLocked.
    """
    entity = book_reads.get_entity(session, actor, entity_id)
    actor.require(Permission.KEEP_BOOKS, entity.organization_id)
    target = month_on.replace(day=1)
    require_month_over(target, clock.today())
    assets = reads.amortising_for_update(session, entity_id)
    pending = _pending(session, assets)
    carrying = {
        asset_id: amounts.carrying
        for asset_id, amounts in reads.amounts_of(session, assets).items()
    }
    charged = 0
    month = min([*(pending[asset.id] for asset in assets), target])
    while month <= target:
        due = [asset for asset in assets if _is_due(asset, pending[asset.id], month)]
        charged += _charge(session, actor, entity, month, due, carrying)
        pending.update({asset.id: add_months(month, 1) for asset in due})
        _close_research(session, actor, entity, month)
        month = add_months(month, 1)
    return charged


def revise_life(session: Session, actor: Actor, asset_id: str, draft: LifeDraft) -> DataAsset:
    """A new estimate of the months left counts from the month of the decision (DA-06).

    Raises: NotFound, MissingPermission, AssetStateWrong, MonthsUncharged, MonthsChargedBeyond.
    """
    asset, entity = _asset(session, actor, asset_id)
    _require(asset, AssetClass.INTANGIBLE, AssetState.RECOGNISED, AssetState.IMPAIRED)
    this_month = clock.today().replace(day=1)
    _require_charged_before(session, asset, this_month)
    left = life_within_term(this_month, draft.months_left, asset.right_ends_on)
    asset.amortise_until_on = add_months(this_month, left)
    record(session, actor, LifeRevised(asset.id, entity.id, asset.title, left, draft.reason))
    return asset


def impair(session: Session, actor: Actor, asset_id: str, draft: ImpairmentDraft) -> Voucher | None:
    """Write an intangible asset down to what it can still bring; None when it still brings it (E7).

    Raises: NotFound, MissingPermission, AssetStateWrong, DayOutOfRange, MonthsUncharged,
    MonthsChargedBeyond, PeriodLocked.
    """
    asset, entity = _asset(session, actor, asset_id)
    _require(asset, AssetClass.INTANGIBLE, AssetState.RECOGNISED, AssetState.IMPAIRED)
    require_day_between(draft.on, asset.ready_on or asset.acquired_on, clock.today())
    _require_charged_before(session, asset, next_uncharged_after(draft.on))
    recoverable = recoverable_amount(
        Money.of_yuan(draft.fair_value),
        Money.of_yuan(draft.disposal_cost),
        Money.of_yuan(draft.value_in_use),
    )
    loss = impairment_loss(reads.amounts_of(session, [asset])[asset.id].carrying, recoverable)
    if not loss:
        return None
    voucher = _post(session, actor, entity, asset, postings.impair(asset.id, loss), draft.on)
    asset.state = AssetState.IMPAIRED
    record(
        session,
        actor,
        AssetImpaired(asset.id, entity.id, asset.title, loss, recoverable, draft.on),
    )
    return voucher


def remeasure_inventory(
    session: Session, actor: Actor, asset_id: str, draft: RealisableDraft
) -> Voucher | None:
    """Bring inventory to the lower of cost and net realisable value, down or back up (E14).

    Raises: NotFound, MissingPermission, AssetStateWrong, DayOutOfRange, PeriodLocked.
    """
    asset, entity = _asset(session, actor, asset_id)
    _require(asset, AssetClass.INVENTORY, AssetState.RECOGNISED, AssetState.IMPAIRED)
    require_day_between(draft.on, asset.ready_on or asset.acquired_on, clock.today())
    stock = _stock(session, asset)
    realisable = net_realisable_value(
        Money.of_yuan(draft.price), Money.of_yuan(draft.to_complete), Money.of_yuan(draft.selling)
    )
    change = provision_change(stock.cost, stock.provision, realisable)
    if not change:
        return None
    return _move_provision(session, actor, (asset, entity), change, (realisable, draft.on))


def write_up(session: Session, actor: Actor, asset_id: str, draft: WriteUpDraft) -> Voucher:
    """Raise the carrying amount: only inventory, only by what was provided (DA-02, DA-07, DA-08).

    Raises: NotFound, MissingPermission, AssetStateWrong, ImpairmentReversalRefused,
    ValuationGainRefused, ReversalAboveProvision, PeriodLocked.
    """
    asset, entity = _asset(session, actor, asset_id)
    if not asset.is_booked:
        raise AssetStateWrong(asset.stands)
    amounts = reads.amounts_of(session, [asset])[asset.id]
    if asset.booked_as is AssetClass.INTANGIBLE:
        refuse_write_up(asset.id, amounts.written_down)
    wanted = Money.of_yuan(draft.carrying)
    asked = wanted - amounts.carrying
    require_reversible(amounts.written_down, asked)
    return _move_provision(session, actor, (asset, entity), -asked, (wanted, draft.on))


def sell(session: Session, actor: Actor, asset_id: str, draft: SaleDraft) -> Voucher:
    """Sell the whole asset (E8, E13, E15); the month of sale is not charged.

    Raises: NotFound, MissingPermission, AssetStateWrong, DayOutOfRange, MonthsUncharged,
    MonthsChargedBeyond, PeriodLocked.
    """
    asset, entity = _leaving(session, actor, asset_id, draft.on)
    price, vat = Money.of_yuan(draft.price), Money.of_yuan(draft.vat)
    if asset.booked_as is AssetClass.INTANGIBLE:
        balances = _balances(session, asset)
        posting = postings.sell_intangible(asset.id, balances, price, vat, Account.BANK)
        carrying = balances.carrying
    else:
        stock = _stock(session, asset)
        posting = postings.sell_inventory(asset.id, stock, price, vat, Account.BANK)
        carrying = stock.carrying
    return _take_out(session, actor, (asset, entity), posting, (draft.on, N_("出售"), carrying))


def lapse(session: Session, actor: Actor, asset_id: str, draft: LapseDraft) -> Voucher:
    """The right or the use is lost: out of the books (E9, E16); the month of lapse is not charged.

    Raises: NotFound, MissingPermission, AssetStateWrong, DayOutOfRange, MonthsUncharged,
    MonthsChargedBeyond, PeriodLocked.
    """
    asset, entity = _leaving(session, actor, asset_id, draft.on)
    if asset.booked_as is AssetClass.INTANGIBLE:
        balances = _balances(session, asset)
        posting, carrying = postings.lapse_intangible(asset.id, balances), balances.carrying
    else:
        stock = _stock(session, asset)
        posting = postings.lapse_inventory(asset.id, stock, bears_loss(draft.cause))
        carrying = stock.carrying
    return _take_out(session, actor, (asset, entity), posting, (draft.on, N_("失效"), carrying))


def _asset(session: Session, actor: Actor, asset_id: str) -> tuple[DataAsset, AccountingEntity]:
    asset, entity = reads.asset_for_update(session, actor, asset_id)
    actor.require(Permission.KEEP_BOOKS, entity.organization_id)
    return asset, entity


def _leaving(
    session: Session, actor: Actor, asset_id: str, on: date
) -> tuple[DataAsset, AccountingEntity]:
    asset, entity = _asset(session, actor, asset_id)
    if not asset.is_booked:
        raise AssetStateWrong(asset.stands)
    require_day_between(on, asset.ready_on or asset.acquired_on, clock.today())
    _require_charged_before(session, asset, on.replace(day=1))
    return asset, entity


def _require(asset: DataAsset, asset_class: AssetClass, *states: AssetState) -> None:
    if asset.booked_as is not asset_class or asset.stands not in states:
        raise AssetStateWrong(asset.stands)


def _require_charged_before(session: Session, asset: DataAsset, month: date) -> None:
    """Every month before this one is charged, and this one is not."""
    if asset.is_amortising and asset.amortise_until_on is not None:
        coming = reads.next_uncharged(session, asset) or asset.amortise_until_on
        require_charged_up_to(coming, min(month, asset.amortise_until_on))


def _pending(session: Session, assets: Sequence[DataAsset]) -> dict[str, date]:
    """The next month of each asset, also where its life is over."""
    last = reads.last_charged_months(session, [asset.id for asset in assets])
    return {
        asset.id: add_months(last[asset.id], 1) if asset.id in last else asset.amortise_from_on
        for asset in assets
        if asset.amortise_from_on is not None
    }


def _is_due(asset: DataAsset, pending: date, month: date) -> bool:
    return (
        asset.amortise_until_on is not None and pending == month and month < asset.amortise_until_on
    )


def _charge(
    session: Session,
    actor: Actor,
    entity: AccountingEntity,
    month: date,
    due: Sequence[DataAsset],
    carrying: dict[str, Money],
) -> int:
    """One voucher for one month of all assets that are due; carrying amounts go down with it."""
    charges = []
    for asset in due:
        if asset.amortise_until_on is None or asset.works_for is None:
            continue
        left = months_between(month, asset.amortise_until_on)
        charge = monthly_charge(carrying[asset.id], left)
        if charge:
            charges.append((asset.id, bears_amortisation(asset.works_for), charge))
            carrying[asset.id] -= charge
    if not charges:
        return 0
    facts = VoucherFacts(last_day_of_month(month), f"计提 {month:%Y-%m} 摊销", entity.id)
    voucher = books.post_voucher(session, actor, entity, postings.amortise(charges), facts)
    session.add_all(
        AmortisationCharge(
            asset_id=asset_id, month_on=month, amount_minor=charge.minor, voucher_id=voucher.id
        )
        for asset_id, _, charge in charges
    )
    session.flush()
    total = Money(sum(charge.minor for _, _, charge in charges))
    record(session, actor, AssetsAmortised(entity.id, month, len(charges), total, voucher.id))
    return len(charges)


def _close_research(session: Session, actor: Actor, entity: AccountingEntity, month: date) -> None:
    """E3: what stands on 5301-费用化 at month end becomes the period's expense."""
    last = last_day_of_month(month)
    standing = book_reads.account_balances(session, entity.id, last).get(
        Account.RESEARCH_EXPENSED, 0
    )
    if standing > 0:
        facts = VoucherFacts(last, f"结转 {month:%Y-%m} 费用化研发支出", entity.id)
        posting = postings.close_research(Money(standing))
        books.post_voucher(session, actor, entity, posting, facts)


def _post(
    session: Session,
    actor: Actor,
    entity: AccountingEntity,
    asset: DataAsset,
    posting: Posting,
    on: date,
) -> Voucher:
    facts = VoucherFacts(on, f"{posting.business.label}：{asset.title}", asset.id)
    return books.post_voucher(session, actor, entity, posting, facts)


def _move_provision(
    session: Session,
    actor: Actor,
    owned: tuple[DataAsset, AccountingEntity],
    change: Money,
    measured: tuple[Money, date],
) -> Voucher:
    asset, entity = owned
    realisable, on = measured
    posting = (
        postings.write_down_inventory(asset.id, change)
        if change.minor > 0
        else postings.reverse_write_down(asset.id, -change)
    )
    voucher = _post(session, actor, entity, asset, posting, on)
    is_provided = bool(_stock(session, asset).provision)
    asset.state = AssetState.IMPAIRED if is_provided else AssetState.RECOGNISED
    record(
        session,
        actor,
        InventoryRemeasured(asset.id, entity.id, asset.title, realisable, change, on),
    )
    return voucher


def _take_out(
    session: Session,
    actor: Actor,
    owned: tuple[DataAsset, AccountingEntity],
    posting: Posting,
    facts: tuple[date, str, Money],
) -> Voucher:
    asset, entity = owned
    on, way, carrying = facts
    voucher = _post(session, actor, entity, asset, posting, on)
    asset.leave(on)
    record(session, actor, AssetDerecognised(asset.id, entity.id, asset.title, way, carrying, on))
    return voucher


def _balances(session: Session, asset: DataAsset) -> Balances:
    return book_reads.balances_from(
        book_reads.asset_balances(session, [asset.id]).get(asset.id, {})
    )


def _stock(session: Session, asset: DataAsset) -> Stock:
    return book_reads.stock_from(book_reads.asset_balances(session, [asset.id]).get(asset.id, {}))
