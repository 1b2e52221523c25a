"""What statements look like to machines; yuan as strings with two decimals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from pydantic import BaseModel

from kernel.money import Money
from kernel.periods import Period
from valuation.assets.rules import BalanceSheetLines
from valuation.books.models import AccountingEntity
from valuation.statements.rules import CheckResult, DisclosureTable


@dataclass(frozen=True)
class Research:
    """Spending on research and development in a period (disclosure item 6)."""

    expensed: Money
    capitalised: Money
    transferred: Money


@dataclass(frozen=True)
class Statements:
    """Everything that the notes of one period say about data resources."""

    entity: AccountingEntity
    period: Period
    lines: BalanceSheetLines
    prior_lines: BalanceSheetLines
    intangible: DisclosureTable
    intangible_checks: Sequence[CheckResult]
    inventory: DisclosureTable
    inventory_checks: Sequence[CheckResult]
    research: Research

    @property
    def all_hold(self) -> bool:
        return all(one.holds for one in [*self.intangible_checks, *self.inventory_checks])


class LinesOut(BaseModel):
    """The three lines 其中：数据资源 at one day."""

    on: date
    inventory: str
    intangible: str
    development: str


class RowOut(BaseModel):
    """One line of a table: purchased, self-developed, other, total; no cells for a heading."""

    id: str
    caption: str
    cells: list[str]


class CheckOut(BaseModel):
    """One check, and where it fails."""

    check: str
    holds: bool
    row_ids: list[str]


class TableOut(BaseModel):
    """One disclosure table with its checks."""

    title: str
    columns: list[str]
    rows: list[RowOut]
    checks: list[CheckOut]


class StatementsOut(BaseModel):
    """Lines, tables and checks of one year."""

    entity_id: str
    lines: LinesOut
    prior_lines: LinesOut
    intangible: TableOut
    inventory: TableOut
    research_expensed: str
    research_capitalised: str
    research_transferred: str
    all_hold: bool

    @classmethod
    def of(cls, found: Statements) -> Self:
        return cls(
            entity_id=found.entity.id,
            lines=_lines(found.lines),
            prior_lines=_lines(found.prior_lines),
            intangible=_table(found.intangible, found.intangible_checks),
            inventory=_table(found.inventory, found.inventory_checks),
            research_expensed=_yuan(found.research.expensed),
            research_capitalised=_yuan(found.research.capitalised),
            research_transferred=_yuan(found.research.transferred),
            all_hold=found.all_hold,
        )


def _yuan(amount: Money) -> str:
    return f"{amount.yuan:.2f}"


def _lines(lines: BalanceSheetLines) -> LinesOut:
    return LinesOut(
        on=lines.on,
        inventory=_yuan(lines.inventory),
        intangible=_yuan(lines.intangible),
        development=_yuan(lines.development),
    )


def _table(table: DisclosureTable, checks: Sequence[CheckResult]) -> TableOut:
    return TableOut(
        title=table.title,
        columns=list(table.columns),
        rows=[
            RowOut(id=row.id, caption=row.caption, cells=[_yuan(cell) for cell in row.cells])
            for row in table.rows
        ],
        checks=[
            CheckOut(check=one.check.value, holds=one.holds, row_ids=list(one.row_ids))
            for one in checks
        ],
    )
