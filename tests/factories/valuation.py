"""Sheets, deals and books for the valuation room's tests, said in one line."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from kernel.money import Money
from kernel.periods import Period
from valuation.appraisals.comparison import Coefficients, Comparable
from valuation.appraisals.rules import InputKey, InputSheet, ValueInput
from valuation.assets.rules import AcquisitionRoute
from valuation.books.rules import Account, Line, Movement, Posting
from valuation.statements.rules import Cell, Turnovers

Figure = str | int | Sequence[str | int]

BASE_ON = date(2026, 1, 1)

# The worked example V1 of docs/rules/valuation.md.
V1: dict[str, Figure] = {
    "early_cost": 200_000,
    "collection_cost": 600_000,
    "storage_cost": 150_000,
    "processing_cost": 450_000,
    "labour_cost": 300_000,
    "indirect_cost": 180_000,
    "taxes": 20_000,
    "profit_rate": "0.08",
    "quality_factor": "0.92",
    "scenario_factor": "1.05",
    "remaining_life": 6,
    "total_life": 8,
}
# The common data of V2 to V5: i = 2.0 + 5.5 + 3.5 + 2.0 = 13 %, tax 25 %, five years.
COMMON: dict[str, Figure] = {
    "risk_free_rate": "0.02",
    "management_premium": "0.055",
    "circulation_premium": "0.035",
    "security_premium": "0.02",
    "tax_rate": "0.25",
    "economic_life": 5,
}
V2: dict[str, Figure] = {
    **COMMON,
    "revenue": [1_200_000, 1_500_000, 1_650_000, 1_650_000, 1_400_000],
    "operating_cost": [500_000, 560_000, 600_000, 620_000, 600_000],
}
V3: dict[str, Figure] = {
    **COMMON,
    "base_amount": [8_000_000, 9_000_000, 9_500_000, 9_500_000, 9_000_000],
    "sharing_rate": ["0.12", "0.12", "0.11", "0.10", "0.09"],
}
V4: dict[str, Figure] = {
    **COMMON,
    "operating_profit": [1_500_000, 1_700_000, 1_800_000, 1_750_000, 1_600_000],
    "working_capital": 2_000_000,
    "working_capital_return": "0.035",
    "fixed_assets": 3_000_000,
    "fixed_assets_return": "0.05",
    "other_intangibles": 1_000_000,
    "other_intangibles_return": "0.10",
    "workforce": 1_500_000,
    "workforce_return": "0.13",
}
V5: dict[str, Figure] = {
    **COMMON,
    "profit_with": [600_000, 750_000, 800_000, 800_000, 700_000],
    "profit_without": [350_000, 400_000, 420_000, 430_000, 420_000],
    "cost_saved": [80_000] * 5,
}
# V6: price, five coefficients, weight.
V6 = (
    (880_000, ("1.05", "0.98", "1.03", "1.10", "1.00"), "0.40"),
    (950_000, ("0.97", "1.02", "1.01", "1.05", "0.98"), "0.35"),
    (820_000, ("1.08", "1.00", "1.02", "1.12", "1.01"), "0.25"),
)


def inputs_of(figures: dict[str, Figure]) -> tuple[ValueInput, ...]:
    listed: list[ValueInput] = []
    for name, figure in figures.items():
        key = InputKey(name)
        if isinstance(figure, str | int):
            listed.append(ValueInput(key, Decimal(figure), "测试台账"))
        else:
            listed += [
                ValueInput(key, Decimal(value), "测试预测", year=year)
                for year, value in enumerate(figure, start=1)
            ]
    return tuple(listed)


def make_sheet(figures: dict[str, Figure], **changes: Figure) -> InputSheet:
    """A sheet of figures; a list is a forecast by year."""
    return InputSheet(inputs_of({**figures, **changes}))


def without(figures: dict[str, Figure], *names: str) -> dict[str, Figure]:
    return {name: figure for name, figure in figures.items() if name not in names}


def make_comparable(
    name: str = "案例",
    price: int = 880_000,
    coefficients: Sequence[str] = ("1", "1", "1", "1", "1"),
    weight: str = "0",
    **changes: object,
) -> Comparable:
    """A clean deal half a year before the base date."""
    facts: dict[str, object] = {
        "name": name,
        "price": Money.of_yuan(price),
        "deal_on": date(2025, 7, 1),
        "coefficients": Coefficients(*(Decimal(one) for one in coefficients)),
        "weight": Decimal(weight),
        "source": "测试成交",
    }
    return Comparable(**{**facts, **changes})  # type: ignore[arg-type]


def comparables_of_v6() -> list[Comparable]:
    return [
        make_comparable(f"案例{number}", price, coefficients, weight)
        for number, (price, coefficients, weight) in enumerate(V6, start=1)
    ]


# --- books ---------------------------------------------------------------------------------------

YUAN = Money.of_yuan
Dated = tuple[date, Posting]


def entries(posting: Posting) -> list[tuple[str, str, str]]:
    """Lines as an accountant writes them: ("Dr", "1701", "1464000.00")."""
    return [
        ("Dr", line.account.value, str(line.debit.yuan))
        if line.debit
        else ("Cr", line.account.value, str(line.credit.yuan))
        for line in posting.lines
    ]


def signed(line: Line) -> int:
    """A line's effect on its account in the account's own direction, in fen."""
    contra = (Account.AMORTISATION, Account.IMPAIRMENT, Account.INVENTORY_PROVISION)
    amount = line.debit.minor - line.credit.minor
    return -amount if line.account in contra else amount


def turnovers_of(
    postings: Iterable[Dated], routes: Mapping[str, AcquisitionRoute], period: Period
) -> Turnovers:
    """What a list of postings says about one period, summed by hand."""
    opening: Counter[Cell] = Counter()
    closing: Counter[Cell] = Counter()
    moved: Counter[tuple[Cell, Movement]] = Counter()
    for on, posting in postings:
        for line in posting.lines:
            if line.movement is None or line.asset_id is None or on >= period.end_on:
                continue
            cell = Cell(line.account, routes[line.asset_id])
            closing[cell] += signed(line)
            if on < period.start_on:
                opening[cell] += signed(line)
            else:
                moved[cell, line.movement] += signed(line)
    return Turnovers(opening, closing, moved)


def balances_at(postings: Iterable[Dated], on: date) -> dict[Account, int]:
    """Account balances at the end of one day, each in its own direction."""
    balances: Counter[Account] = Counter()
    for day, posting in postings:
        if day <= on:
            for line in posting.lines:
                balances[line.account] += signed(line)
    return dict(balances)


def year_of(year: int) -> Period:
    return Period(date(year, 1, 1), date(year + 1, 1, 1))
