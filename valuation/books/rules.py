"""Which accounts exist, and which lines does each business event post?

Source: docs/rules/data-assets.md, section "Accounts and entries" (E1 to E16).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.i18n import N_, Labelled
from kernel.money import Money


class Account(Labelled):
    """Accounts of the enterprise chart, by the codes of the standard."""

    BANK = "1002", N_("银行存款")
    RECEIVABLE = "1122", N_("应收账款")
    INVENTORY = "1405", N_("库存商品—数据资源")
    INVENTORY_PROVISION = "1471", N_("存货跌价准备—数据资源")
    INTANGIBLE = "1701", N_("无形资产—数据资源")
    AMORTISATION = "1702", N_("累计摊销—数据资源")
    IMPAIRMENT = "1703", N_("无形资产减值准备—数据资源")
    PENDING_LOSS = "1901", N_("待处理财产损溢")
    PAYABLE = "2202", N_("应付账款")
    CONTRACT_LIABILITY = "2204", N_("合同负债")
    PAYROLL = "2211", N_("应付职工薪酬")
    INPUT_VAT = "2221.01", N_("应交税费—应交增值税（进项税额）")
    OUTPUT_VAT = "2221.02", N_("应交税费—应交增值税（销项税额）")
    PRODUCTION = "5001", N_("生产成本—数据资源")
    RESEARCH_EXPENSED = "5301.01", N_("研发支出—费用化支出")
    RESEARCH_CAPITALISED = "5301.02", N_("研发支出—资本化支出")
    SALES = "6001", N_("主营业务收入")
    OTHER_SALES = "6051", N_("其他业务收入")
    DISPOSAL_GAIN = "6115", N_("资产处置损益")
    COST_OF_SALES = "6401", N_("主营业务成本")
    ADMINISTRATION = "6602", N_("管理费用")
    IMPAIRMENT_LOSS = "6701", N_("资产减值损失")
    NON_OPERATING_LOSS = "6711", N_("营业外支出")


# Lines on these accounts say which asset they touch and how it moved: the notes are their sums.
ASSET_ACCOUNTS = frozenset(
    {
        Account.INVENTORY,
        Account.INVENTORY_PROVISION,
        Account.INTANGIBLE,
        Account.AMORTISATION,
        Account.IMPAIRMENT,
        Account.RESEARCH_CAPITALISED,
    }
)
# Contra accounts of assets, and what is owed: they grow on the credit side.
_CREDIT_ACCOUNTS = frozenset(
    {
        Account.AMORTISATION,
        Account.IMPAIRMENT,
        Account.INVENTORY_PROVISION,
        Account.PAYABLE,
        Account.CONTRACT_LIABILITY,
        Account.PAYROLL,
        Account.OUTPUT_VAT,
        Account.SALES,
        Account.OTHER_SALES,
        Account.DISPOSAL_GAIN,
    }
)


def is_credit_account(account: Account) -> bool:
    """Whether a balance of this account normally stands on the credit side."""
    return account in _CREDIT_ACCOUNTS


class Movement(Labelled):
    """How a line moves an asset: the rows of the two disclosure tables."""

    PURCHASE = "purchase", N_("购入")
    DEVELOPMENT = "development", N_("内部研发")
    PROCESSING = "processing", N_("采集加工")
    OTHER_INCREASE = "other_increase", N_("其他增加")
    CHARGE = "charge", N_("计提")
    DISPOSAL = "disposal", N_("处置或出售")
    LAPSE = "lapse", N_("失效且终止确认")
    TRANSFER = "transfer", N_("转入无形资产")
    OTHER_DECREASE = "other_decrease", N_("其他减少")
    REVERSAL = "reversal", N_("转回")
    WRITE_OFF = "write_off", N_("转销")


class Business(Labelled):
    """What a voucher records."""

    PURCHASE = "purchase", N_("购入数据资源")
    RESEARCH_COST = "research_cost", N_("费用化研发支出")
    RESEARCH_CLOSE = "research_close", N_("结转费用化研发支出")
    DEVELOPMENT_COST = "development_cost", N_("资本化研发支出")
    READY_FOR_USE = "ready_for_use", N_("达到预定用途，转入无形资产")
    EXPENSE = "expense", N_("直接计入当期费用")
    AMORTISATION = "amortisation", N_("计提摊销")
    IMPAIRMENT = "impairment", N_("计提减值准备")
    SALE = "sale", N_("处置无形资产")
    LAPSE = "lapse", N_("失效，终止确认")
    REVENUE = "revenue", N_("确认收入")
    PRODUCTION_COST = "production_cost", N_("加工支出")
    PROCESSING = "processing", N_("加工完成，转入存货")
    INVENTORY_SALE = "inventory_sale", N_("出售存货")
    WRITE_DOWN = "write_down", N_("计提存货跌价准备")
    REVERSAL = "reversal", N_("转回存货跌价准备")


class VoucherUnbalanced(ValueError):
    """Our own mistake: debits and credits of a voucher differ, or a line has no or two sides."""


@dataclass(frozen=True)
class Line:
    """One side of a voucher. Exactly one of debit and credit is positive, the other is zero."""

    account: Account
    debit: Money
    credit: Money
    asset_id: str | None = None
    movement: Movement | None = None

    def __post_init__(self) -> None:
        if (self.debit.minor > 0) == (self.credit.minor > 0) or min(
            self.debit.minor, self.credit.minor
        ) < 0:
            raise VoucherUnbalanced(f"line on {self.account} needs one positive side")
        if (self.account in ASSET_ACCOUNTS) != (self.movement is not None):
            raise VoucherUnbalanced(f"line on {self.account} and its movement do not agree")


@dataclass(frozen=True)
class Posting:
    """Balanced lines for one business event."""

    business: Business
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        if not self.lines or self.total != sum(line.credit.minor for line in self.lines):
            raise VoucherUnbalanced(f"debits and credits of {self.business} differ")

    @property
    def total(self) -> int:
        """Sum of debits in minor units."""
        return sum(line.debit.minor for line in self.lines)


def debit(
    account: Account, amount: Money, asset_id: str | None = None, movement: Movement | None = None
) -> list[Line]:
    """One debit line, or none for nothing."""
    nothing = Money.zero(amount.currency)
    return [Line(account, amount, nothing, asset_id, movement)] if amount else []


def credit(
    account: Account, amount: Money, asset_id: str | None = None, movement: Movement | None = None
) -> list[Line]:
    """One credit line, or none for nothing."""
    nothing = Money.zero(amount.currency)
    return [Line(account, nothing, amount, asset_id, movement)] if amount else []


def posting(business: Business, *lines: Sequence[Line]) -> Posting:
    return Posting(business, tuple(line for group in lines for line in group))


# --- intangible assets -------------------------------------------------------------------------


def buy_intangible(asset_id: str, cost: Money, vat: Money, paid_from: Account) -> Posting:
    """E1. Deductible VAT stands apart from the cost."""
    return posting(
        Business.PURCHASE,
        debit(Account.INTANGIBLE, cost, asset_id, Movement.PURCHASE),
        debit(Account.INPUT_VAT, vat),
        credit(paid_from, cost + vat),
    )


def spend_on_research(cost: Money, vat: Money, paid_from: Account) -> Posting:
    """E2. Research, and development before all five criteria."""
    return posting(
        Business.RESEARCH_COST,
        debit(Account.RESEARCH_EXPENSED, cost),
        debit(Account.INPUT_VAT, vat),
        credit(paid_from, cost + vat),
    )


def close_research(cost: Money) -> Posting:
    """E3. At period end into the period's expense (report line 研发费用)."""
    return posting(
        Business.RESEARCH_CLOSE,
        debit(Account.ADMINISTRATION, cost),
        credit(Account.RESEARCH_EXPENSED, cost),
    )


def spend_on_development(asset_id: str, cost: Money, vat: Money, paid_from: Account) -> Posting:
    """E4. Qualified development."""
    return posting(
        Business.DEVELOPMENT_COST,
        debit(Account.RESEARCH_CAPITALISED, cost, asset_id, Movement.DEVELOPMENT),
        debit(Account.INPUT_VAT, vat),
        credit(paid_from, cost + vat),
    )


def put_into_use(asset_id: str, cost: Money) -> Posting:
    """E5. Ready for its intended use."""
    return posting(
        Business.READY_FOR_USE,
        debit(Account.INTANGIBLE, cost, asset_id, Movement.DEVELOPMENT),
        credit(Account.RESEARCH_CAPITALISED, cost, asset_id, Movement.TRANSFER),
    )


def spend_as_expense(cost: Money, vat: Money, paid_from: Account) -> Posting:
    """What meets no condition of an asset: training, administration, failed tests."""
    return posting(
        Business.EXPENSE,
        debit(Account.ADMINISTRATION, cost),
        debit(Account.INPUT_VAT, vat),
        credit(paid_from, cost + vat),
    )


def amortise(charges: Sequence[tuple[str, Account, Money]]) -> Posting:
    """E6. charges: (asset, account that bears it, amount) of one month, all assets together."""
    return posting(
        Business.AMORTISATION,
        *(debit(account, amount) for _, account, amount in charges),
        *(
            credit(Account.AMORTISATION, amount, asset_id, Movement.CHARGE)
            for asset_id, _, amount in charges
        ),
    )


def impair(asset_id: str, loss: Money) -> Posting:
    """E7."""
    return posting(
        Business.IMPAIRMENT,
        debit(Account.IMPAIRMENT_LOSS, loss),
        credit(Account.IMPAIRMENT, loss, asset_id, Movement.CHARGE),
    )


@dataclass(frozen=True)
class Balances:
    """What stands in the books for one intangible asset."""

    gross: Money
    amortised: Money
    impaired: Money

    @property
    def carrying(self) -> Money:
        return self.gross - self.amortised - self.impaired


def sell_intangible(
    asset_id: str, balances: Balances, price: Money, vat: Money, paid_into: Account
) -> Posting:
    """E8. price without VAT; the difference to the carrying amount is a gain or a loss (6115)."""
    gain = price - balances.carrying
    nothing = Money.zero(price.currency)
    return posting(
        Business.SALE,
        debit(paid_into, price + vat),
        _take_out(asset_id, balances, Movement.DISPOSAL),
        credit(Account.OUTPUT_VAT, vat),
        debit(Account.DISPOSAL_GAIN, max(-gain, nothing)),
        credit(Account.DISPOSAL_GAIN, max(gain, nothing)),
    )


def lapse_intangible(asset_id: str, balances: Balances) -> Posting:
    """E9. The right or the use is lost; what is left is a loss."""
    return posting(
        Business.LAPSE,
        debit(Account.NON_OPERATING_LOSS, balances.carrying),
        _take_out(asset_id, balances, Movement.LAPSE),
    )


def _take_out(asset_id: str, balances: Balances, movement: Movement) -> list[Line]:
    return [
        *debit(Account.AMORTISATION, balances.amortised, asset_id, movement),
        *debit(Account.IMPAIRMENT, balances.impaired, asset_id, movement),
        *credit(Account.INTANGIBLE, balances.gross, asset_id, movement),
    ]


# --- revenue and inventory ---------------------------------------------------------------------


def earn_revenue(price: Money, vat: Money, paid_into: Account) -> Posting:
    """E10. As performed; a prepayment is released from 2204 by naming that account."""
    return posting(
        Business.REVENUE,
        debit(paid_into, price + vat),
        credit(Account.SALES, price),
        credit(Account.OUTPUT_VAT, vat),
    )


def buy_inventory(asset_id: str, cost: Money, vat: Money, paid_from: Account) -> Posting:
    """E11."""
    return posting(
        Business.PURCHASE,
        debit(Account.INVENTORY, cost, asset_id, Movement.PURCHASE),
        debit(Account.INPUT_VAT, vat),
        credit(paid_from, cost + vat),
    )


def spend_on_production(cost: Money, vat: Money, paid_from: Account) -> Posting:
    """E12, first half: collecting, masking, cleaning, labelling, integrating."""
    return posting(
        Business.PRODUCTION_COST,
        debit(Account.PRODUCTION, cost),
        debit(Account.INPUT_VAT, vat),
        credit(paid_from, cost + vat),
    )


def finish_processing(asset_id: str, cost: Money) -> Posting:
    """E12, second half: into stock."""
    return posting(
        Business.PROCESSING,
        debit(Account.INVENTORY, cost, asset_id, Movement.PROCESSING),
        credit(Account.PRODUCTION, cost),
    )


@dataclass(frozen=True)
class Stock:
    """What stands in the books for one data resource held for sale."""

    cost: Money
    provision: Money

    @property
    def carrying(self) -> Money:
        return self.cost - self.provision


def sell_inventory(
    asset_id: str, stock: Stock, price: Money, vat: Money, paid_into: Account
) -> Posting:
    """E13 and E15. The provision of what was sold goes against its cost (转销)."""
    return posting(
        Business.INVENTORY_SALE,
        debit(paid_into, price + vat),
        credit(Account.SALES, price),
        credit(Account.OUTPUT_VAT, vat),
        debit(Account.COST_OF_SALES, stock.cost),
        credit(Account.INVENTORY, stock.cost, asset_id, Movement.DISPOSAL),
        debit(Account.INVENTORY_PROVISION, stock.provision, asset_id, Movement.WRITE_OFF),
        credit(Account.COST_OF_SALES, stock.provision),
    )


def write_down_inventory(asset_id: str, loss: Money) -> Posting:
    """E14, down to net realisable value."""
    return posting(
        Business.WRITE_DOWN,
        debit(Account.IMPAIRMENT_LOSS, loss),
        credit(Account.INVENTORY_PROVISION, loss, asset_id, Movement.CHARGE),
    )


def reverse_write_down(asset_id: str, gain: Money) -> Posting:
    """E14, back up, never above what was provided."""
    return posting(
        Business.REVERSAL,
        debit(Account.INVENTORY_PROVISION, gain, asset_id, Movement.REVERSAL),
        credit(Account.IMPAIRMENT_LOSS, gain),
    )


def lapse_inventory(asset_id: str, stock: Stock, borne_by: Account) -> Posting:
    """E16. Through 1901 to 6711 (an outside cause) or 6602 (poor management)."""
    return posting(
        Business.LAPSE,
        debit(Account.INVENTORY_PROVISION, stock.provision, asset_id, Movement.WRITE_OFF),
        debit(Account.PENDING_LOSS, stock.carrying),
        credit(Account.INVENTORY, stock.cost, asset_id, Movement.LAPSE),
        debit(borne_by, stock.carrying),
        credit(Account.PENDING_LOSS, stock.carrying),
    )
