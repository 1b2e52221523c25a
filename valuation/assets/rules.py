"""How much is charged, written down or refused, month after month?

Source: docs/rules/data-assets.md, DA-02 to DA-10 (CAS 6, CAS 8, CAS 1, 财会〔2023〕11号).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, assert_never

from kernel.errors import Conflict, Invalid
from kernel.i18n import N_, Labelled
from kernel.money import Money
from kernel.periods import add_months, last_day_of_month, months_between
from valuation.books.rules import Account

RULE_IN_FORCE_ON = date(2024, 1, 1)  # 财会〔2023〕11号, prospective application
LONGEST_LIFE_MONTHS = 600  # fifty years: beyond it a life is a slip of the pen


class AssetClass(Labelled):
    INTANGIBLE = "intangible", N_("无形资产")
    INVENTORY = "inventory", N_("存货")


class AcquisitionRoute(Labelled):
    """The three columns of the disclosure tables."""

    PURCHASED = "purchased", N_("外购")
    SELF_DEVELOPED = "self_developed", N_("自行开发或加工")
    OTHER = "other", N_("其他方式取得")


class AssetUse(Labelled):
    """What the asset works for; it decides which account bears its amortisation."""

    OWN_USE = "own_use", N_("内部使用")
    RESEARCH = "research", N_("用于研发")
    SERVICE = "service", N_("对外提供服务")


class AssetState(Labelled):
    CANDIDATE = "candidate", N_("待判断")
    DEVELOPING = "developing", N_("开发或加工中")
    RECOGNISED = "recognised", N_("已入账")
    IMPAIRED = "impaired", N_("已减值")
    DERECOGNISED = "derecognised", N_("已终止确认")
    EXPENSED = "expensed", N_("已费用化")


class LapseCause(Labelled):
    """Why an asset lapses; it decides who bears the loss of inventory."""

    OUTSIDE = "outside", N_("外部原因，如授权被收回")
    MANAGEMENT = "management", N_("管理原因")


@dataclass(eq=False)
class LifeNotPositive(Invalid):
    code: ClassVar[str] = "asset-life-not-positive"
    message: ClassVar[str] = N_(
        "使用寿命为 {months} 个月，应在 1 到 600 个月之间，且不超过授权的剩余期限。"
    )
    clause: ClassVar[str] = "DA-05"

    months: int


@dataclass(eq=False)
class ImpairmentReversalRefused(Conflict):
    code: ClassVar[str] = "asset-impairment-reversal"
    message: ClassVar[str] = N_(
        "无形资产减值损失一经确认，在以后会计期间不得转回。可收回金额回升不入账，可在附注中说明。"
    )
    clause: ClassVar[str] = "DA-07"

    asset_id: str


@dataclass(eq=False)
class ValuationGainRefused(Conflict):
    code: ClassVar[str] = "asset-valuation-gain"
    message: ClassVar[str] = N_(
        "账面价值不因评估增值而调增。数据资源按成本计量，评估结果可在附注中披露。"
    )
    clause: ClassVar[str] = "DA-02"

    asset_id: str


@dataclass(eq=False)
class NotAtCost(Conflict):
    code: ClassVar[str] = "asset-not-at-cost"
    message: ClassVar[str] = N_(
        "要求入账 {asked}，而有凭据的成本是 {cost}。数据资源按成本入账，不按评估值入账。"
    )
    clause: ClassVar[str] = "DA-02"

    asked: Money
    cost: Money


@dataclass(eq=False)
class PriorExpenseRestated(Conflict):
    code: ClassVar[str] = "asset-prior-expense"
    message: ClassVar[str] = N_(
        "{on} 的支出发生在 2024-01-01 以前，已计入当时损益，不再调整。请只纳入施行以后的支出。"
    )
    clause: ClassVar[str] = "DA-03"

    on: date


@dataclass(eq=False)
class ReversalAboveProvision(Conflict):
    code: ClassVar[str] = "asset-reversal-above-provision"
    message: ClassVar[str] = N_(
        "要求转回 {asked}，而已计提的跌价准备只有 {provision}。转回不得超过原已计提的金额。"
    )
    clause: ClassVar[str] = "DA-08"

    asked: Money
    provision: Money


@dataclass(eq=False)
class AssetStateWrong(Conflict):
    code: ClassVar[str] = "asset-state"
    message: ClassVar[str] = N_("这项数据资源现在是“{state}”，不能这样处理。请刷新页面查看。")

    state: AssetState


@dataclass(eq=False)
class MonthsUncharged(Conflict):
    code: ClassVar[str] = "asset-months-uncharged"
    message: ClassVar[str] = N_("{month} 的摊销还没有计提。请先计提到这一天以前，再继续。")
    clause: ClassVar[str] = "DA-06"

    month: str


@dataclass(eq=False)
class MonthsChargedBeyond(Conflict):
    code: ClassVar[str] = "asset-months-charged-beyond"
    message: ClassVar[str] = N_("已计提到 {month}，不能按更早的日期处理。请使用之后的日期。")
    clause: ClassVar[str] = "DA-06"

    month: str


@dataclass(eq=False)
class MonthNotOver(Conflict):
    code: ClassVar[str] = "asset-month-not-over"
    message: ClassVar[str] = N_("{month} 还没有结束，月末当日起才能计提。")

    month: str


@dataclass(eq=False)
class DayOutOfRange(Invalid):
    code: ClassVar[str] = "asset-day-out-of-range"
    message: ClassVar[str] = N_("日期应在 {first} 与 {last} 之间。")

    first: date
    last: date


def bears_amortisation(use: AssetUse) -> Account:
    """E6: own use 6602, research 5301, service 6401."""
    match use:
        case AssetUse.OWN_USE:
            return Account.ADMINISTRATION
        case AssetUse.RESEARCH:
            return Account.RESEARCH_EXPENSED
        case AssetUse.SERVICE:
            return Account.COST_OF_SALES
        case _:
            assert_never(use)


def monthly_charge(carrying: Money, months_left: int) -> Money:
    """Carrying amount ÷ months left, rounded to fen; the last month takes the rest (DA-06).

    Never above the carrying amount, and never negative.
    """
    if months_left <= 1 or carrying.minor <= 0:
        return max(carrying, Money.zero(carrying.currency))
    charge = Money.rounded(carrying.yuan / months_left, carrying.currency)
    return min(charge, carrying)


def bears_loss(cause: LapseCause) -> Account:
    """E16: an outside cause is a non-operating loss, poor management an expense."""
    if cause is LapseCause.OUTSIDE:
        return Account.NON_OPERATING_LOSS
    return Account.ADMINISTRATION


def first_month(ready_on: date) -> date:
    """The month in which it is ready counts, the month in which it leaves does not (DA-06)."""
    return ready_on.replace(day=1)


def next_uncharged_after(on: date) -> date:
    """The first month that is not over at the end of this day: it may still be uncharged."""
    month = on.replace(day=1)
    return add_months(month, 1) if on == last_day_of_month(on) else month


def life_within_term(ready_on: date, life_months: int, first_day_without_right: date | None) -> int:
    """The life in months, cut to the months before the right ends (DA-05).

    Months from the month ready up to, not including, the one in which the first day without right
    falls. Raises: LifeNotPositive.
    """
    months = life_months
    if first_day_without_right is not None:
        months = min(months, months_between(ready_on, first_day_without_right))
    if not 1 <= months <= LONGEST_LIFE_MONTHS:
        raise LifeNotPositive(months)
    return months


@dataclass(frozen=True)
class ScheduleRow:
    """One month of an amortisation schedule. month_on: first day of the month."""

    month_on: date
    charge: Money
    carrying: Money


def schedule(carrying: Money, from_on: date, months: int) -> Iterator[ScheduleRow]:
    """What each month will be charged if nothing changes; the charges use up the amount."""
    for passed in range(months):
        charge = monthly_charge(carrying, months - passed)
        carrying -= charge
        yield ScheduleRow(add_months(from_on, passed), charge, carrying)


def recoverable_amount(fair_value: Money, disposal_cost: Money, value_in_use: Money) -> Money:
    """The higher of fair value less disposal cost and value in use (CAS 8)."""
    return max(fair_value - disposal_cost, value_in_use)


def impairment_loss(carrying: Money, recoverable: Money) -> Money:
    """What must be written off now; nothing when the asset still earns its carrying amount."""
    return max(carrying - recoverable, Money.zero(carrying.currency))


def net_realisable_value(price: Money, to_complete: Money, selling: Money) -> Money:
    """Estimated price less costs to complete and to sell, taxes included (CAS 1)."""
    return price - to_complete - selling


def provision_change(cost: Money, provision: Money, realisable: Money) -> Money:
    """How the provision moves to reach lower of cost and NRV: positive down, negative back up.

    It never reverses more than was provided, because the provision never turns negative.
    """
    zero = Money.zero(cost.currency)
    return max(cost - realisable, zero) - provision


def require_reversible(provision: Money, asked: Money) -> None:
    """A reversal is positive and at most what was provided. Raises: ReversalAboveProvision."""
    if not 0 < asked.minor <= provision.minor:
        raise ReversalAboveProvision(asked, provision)


def refuse_write_up(asset_id: str, impaired: Money) -> None:
    """An intangible asset never goes up: not by a better forecast, not by an appraisal.

    Raises: ImpairmentReversalRefused, ValuationGainRefused.
    """
    if impaired:
        raise ImpairmentReversalRefused(asset_id)
    raise ValuationGainRefused(asset_id)


def require_at_cost(asked: Money, cost: Money) -> None:
    """What is asked to be booked is exactly what was proven to be spent. Raises: NotAtCost."""
    if asked != cost:
        raise NotAtCost(asked, cost)


def require_after_rule(on: date) -> None:
    """Spending before 2024-01-01 stays where it was expensed. Raises: PriorExpenseRestated."""
    if on < RULE_IN_FORCE_ON:
        raise PriorExpenseRestated(on)


def require_day_between(day: date, first: date, today: date) -> None:
    """Nothing is dated before the asset came, nor after today. Raises: DayOutOfRange."""
    if not first <= day <= today:
        raise DayOutOfRange(first, today)


def require_month_over(month_on: date, today: date) -> None:
    """A month may be charged from its last day on. Raises: MonthNotOver."""
    if today < last_day_of_month(month_on):
        raise MonthNotOver(f"{month_on:%Y-%m}")


def require_charged_up_to(coming: date, expected: date) -> None:
    """The month that comes next is the one expected: none is missing, none too many.

    Raises: MonthsUncharged, MonthsChargedBeyond.
    """
    if coming < expected:
        raise MonthsUncharged(f"{coming:%Y-%m}")
    if coming > expected:
        raise MonthsChargedBeyond(f"{add_months(coming, -1):%Y-%m}")


@dataclass(frozen=True)
class BalanceSheetLines:
    """The three lines 其中：数据资源, net, at one day (DA-11)."""

    on: date
    inventory: Money
    intangible: Money
    development: Money


def balance_sheet_lines(on: date, balances: Mapping[Account, int]) -> BalanceSheetLines:
    """Carrying amounts from account balances in fen, each in its own direction."""

    def net(gross: Account, *contra: Account) -> Money:
        return Money(balances.get(gross, 0) - sum(balances.get(account, 0) for account in contra))

    return BalanceSheetLines(
        on,
        net(Account.INVENTORY, Account.INVENTORY_PROVISION),
        net(Account.INTANGIBLE, Account.AMORTISATION, Account.IMPAIRMENT),
        net(Account.RESEARCH_CAPITALISED),
    )
