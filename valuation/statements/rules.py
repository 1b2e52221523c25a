"""How do the postings of a period become balance-sheet lines and disclosure tables?

Layout and captions: 财会〔2023〕11号, docs/rules/data-assets.md, DA-11 and DA-12.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kernel.i18n import N_, Labelled
from kernel.money import Money
from valuation.assets.rules import AcquisitionRoute
from valuation.books.rules import Account, Movement


class Cell(NamedTuple):
    """Where an amount belongs: which account, which column."""

    account: Account
    route: AcquisitionRoute


@dataclass(frozen=True)
class Turnovers:
    """What the books say, in fen, each account in its own direction (contra accounts credit).

    opening, closing: balances by cell. moved: changes of the period by cell and movement; what
    lowers the balance is negative.
    """

    opening: Mapping[Cell, int]
    closing: Mapping[Cell, int]
    moved: Mapping[tuple[Cell, Movement], int]


@dataclass(frozen=True)
class Row:
    """One line of a table. cells: three routes, then their total; empty for a heading.

    level: 0 heading, 1 numbered line, 2 其中.
    """

    id: str
    caption: str
    level: int
    cells: tuple[Money, ...] = ()


class Check(Labelled):
    CHILDREN_SUM = "children_sum", N_("其中各项之和等于合计")
    CLOSING = "closing", N_("期初加增加减减少等于期末")
    COLUMNS = "columns", N_("各列之和等于合计列")
    OPENING = "opening", N_("期初等于上期期末")
    TIES_TO_LINE = "ties_to_line", N_("期末账面价值等于资产负债表“其中：数据资源”")


@dataclass(frozen=True)
class CheckResult:
    """One check. row_ids: where it fails; empty when it holds."""

    check: Check
    row_ids: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.row_ids


@dataclass(frozen=True)
class DisclosureTable:
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def cells(self, row_id: str) -> tuple[Money, ...]:
        return next(row.cells for row in self.rows if row.id == row_id)


@dataclass(frozen=True)
class _Change:
    """A line of changes: its parts stand under it as 其中; none where the Rule has none."""

    id: str
    caption: str
    parts: tuple[tuple[str, str, Movement], ...] = ()


@dataclass(frozen=True)
class _Layer:
    """One section of a table: opening, increase, decrease, closing of one account."""

    account: Account
    heading: tuple[str, str]
    opening_id: str
    increase: _Change
    decrease: _Change
    closing_id: str


INCREASES = frozenset(
    {
        Movement.PURCHASE,
        Movement.DEVELOPMENT,
        Movement.PROCESSING,
        Movement.OTHER_INCREASE,
        Movement.CHARGE,
    }
)
ROUTES = tuple(AcquisitionRoute)
_UP, _DOWN = N_("2.本期增加金额"), N_("3.本期减少金额")

INTANGIBLE_LAYERS = (
    _Layer(
        Account.INTANGIBLE,
        ("IH1", N_("一、账面原值")),
        "I01",
        _Change(
            "I02",
            _UP,
            (
                ("I03", N_("其中：购入"), Movement.PURCHASE),
                ("I04", N_("　　内部研发"), Movement.DEVELOPMENT),
                ("I05", N_("　　其他增加"), Movement.OTHER_INCREASE),
            ),
        ),
        _Change(
            "I06",
            _DOWN,
            (
                ("I07", N_("其中：处置"), Movement.DISPOSAL),
                ("I08", N_("　　失效且终止确认"), Movement.LAPSE),
                ("I09", N_("　　其他减少"), Movement.OTHER_DECREASE),
            ),
        ),
        "I10",
    ),
    _Layer(
        Account.AMORTISATION,
        ("IH2", N_("二、累计摊销")),
        "I11",
        _Change("I12", _UP),
        _Change(
            "I13",
            _DOWN,
            (
                ("I14", N_("其中：处置"), Movement.DISPOSAL),
                ("I15", N_("　　失效且终止确认"), Movement.LAPSE),
                ("I16", N_("　　其他减少"), Movement.OTHER_DECREASE),
            ),
        ),
        "I17",
    ),
    _Layer(
        Account.IMPAIRMENT,
        ("IH3", N_("三、减值准备")),
        "I18",
        _Change("I19", _UP),
        _Change("I20", _DOWN),
        "I21",
    ),
)
INVENTORY_LAYERS = (
    _Layer(
        Account.INVENTORY,
        ("NH1", N_("一、账面原值")),
        "N01",
        _Change(
            "N02",
            _UP,
            (
                ("N03", N_("其中：购入"), Movement.PURCHASE),
                ("N04", N_("　　采集加工"), Movement.PROCESSING),
                ("N05", N_("　　其他增加"), Movement.OTHER_INCREASE),
            ),
        ),
        _Change(
            "N06",
            _DOWN,
            (
                ("N07", N_("其中：出售"), Movement.DISPOSAL),
                ("N08", N_("　　失效且终止确认"), Movement.LAPSE),
                ("N09", N_("　　其他减少"), Movement.OTHER_DECREASE),
            ),
        ),
        "N10",
    ),
    _Layer(
        Account.INVENTORY_PROVISION,
        ("NH2", N_("二、存货跌价准备")),
        "N11",
        _Change("N12", _UP),
        _Change(
            "N13",
            _DOWN,
            (
                ("N14", N_("其中：转回"), Movement.REVERSAL),
                ("N15", N_("　　转销"), Movement.WRITE_OFF),
            ),
        ),
        "N16",
    ),
)


def intangible_table(turnovers: Turnovers) -> DisclosureTable:
    """Table 7.1: 27 lines, five columns."""
    carrying = (("IH4", N_("四、账面价值")), "I22", "I23")
    return DisclosureTable(
        N_("确认为无形资产的数据资源"),
        (
            N_("外购的数据资源无形资产"),
            N_("自行开发的数据资源无形资产"),
            N_("其他方式取得的数据资源无形资产"),
            N_("合计"),
        ),
        _rows(INTANGIBLE_LAYERS, carrying, turnovers),
    )


def inventory_table(turnovers: Turnovers) -> DisclosureTable:
    """Table 7.2: 21 lines, five columns."""
    carrying = (("NH3", N_("三、账面价值")), "N17", "N18")
    return DisclosureTable(
        N_("确认为存货的数据资源"),
        (
            N_("外购的数据资源存货"),
            N_("自行加工的数据资源存货"),
            N_("其他方式取得的数据资源存货"),
            N_("合计"),
        ),
        _rows(INVENTORY_LAYERS, carrying, turnovers),
    )


def table_checks(
    table: DisclosureTable, prior: DisclosureTable, balance_line: Money
) -> list[CheckResult]:
    """Every check of DA-12. prior: the table of the period before; balance_line: 其中：数据资源."""
    layers = INTANGIBLE_LAYERS if table.rows[0].id == "IH1" else INVENTORY_LAYERS
    closing_id, _ = _carrying_ids(layers)
    return [
        CheckResult(Check.CHILDREN_SUM, tuple(_broken_sums(table, layers))),
        CheckResult(Check.CLOSING, tuple(_broken_closings(table, layers))),
        CheckResult(
            Check.COLUMNS,
            tuple(
                row.id for row in table.rows if row.cells and _sum(row.cells[:-1]) != row.cells[-1]
            ),
        ),
        CheckResult(Check.OPENING, tuple(_broken_openings(table, prior, layers))),
        CheckResult(
            Check.TIES_TO_LINE,
            () if table.cells(closing_id)[-1] == balance_line else (closing_id,),
        ),
    ]


def _rows(
    layers: Sequence[_Layer],
    carrying: tuple[tuple[str, str], str, str],
    turnovers: Turnovers,
) -> tuple[Row, ...]:
    rows: list[Row] = []
    for layer in layers:
        rows += _layer_rows(layer, turnovers)
    heading, closing_id, opening_id = carrying
    rows += [
        Row(heading[0], heading[1], 0),
        Row(closing_id, N_("1.期末账面价值"), 1, _net(layers, turnovers.closing)),
        Row(opening_id, N_("2.期初账面价值"), 1, _net(layers, turnovers.opening)),
    ]
    return tuple(rows)


def _layer_rows(layer: _Layer, turnovers: Turnovers) -> list[Row]:
    account = layer.account
    return [
        Row(layer.heading[0], layer.heading[1], 0),
        Row(layer.opening_id, N_("1.期初余额"), 1, _balances(account, turnovers.opening)),
        *_change_rows(account, layer.increase, turnovers, sign=1),
        *_change_rows(account, layer.decrease, turnovers, sign=-1),
        Row(layer.closing_id, N_("4.期末余额"), 1, _balances(account, turnovers.closing)),
    ]


def _change_rows(
    account: Account, change: _Change, turnovers: Turnovers, *, sign: int
) -> list[Row]:
    """The parent sums every movement of its direction, so that a part without a row shows up."""
    movements = [one for one in Movement if (one in INCREASES) == (sign > 0)]
    parent = Row(change.id, change.caption, 1, _moved(account, movements, turnovers, sign))
    parts = [
        Row(row_id, caption, 2, _moved(account, [movement], turnovers, sign))
        for row_id, caption, movement in change.parts
    ]
    return [parent, *parts]


def _balances(account: Account, balances: Mapping[Cell, int]) -> tuple[Money, ...]:
    return _with_total([balances.get(Cell(account, route), 0) for route in ROUTES])


def _moved(
    account: Account, movements: Sequence[Movement], turnovers: Turnovers, sign: int
) -> tuple[Money, ...]:
    return _with_total(
        [
            sign * sum(turnovers.moved.get((Cell(account, route), one), 0) for one in movements)
            for route in ROUTES
        ]
    )


def _net(layers: Sequence[_Layer], balances: Mapping[Cell, int]) -> tuple[Money, ...]:
    gross, *contra = (layer.account for layer in layers)
    return _with_total(
        [
            balances.get(Cell(gross, route), 0)
            - sum(balances.get(Cell(account, route), 0) for account in contra)
            for route in ROUTES
        ]
    )


def _with_total(minors: Sequence[int]) -> tuple[Money, ...]:
    return (*(Money(minor) for minor in minors), Money(sum(minors)))


def _sum(cells: Sequence[Money]) -> Money:
    return Money(sum(cell.minor for cell in cells))


def _carrying_ids(layers: Sequence[_Layer]) -> tuple[str, str]:
    return ("I22", "I23") if layers is INTANGIBLE_LAYERS else ("N17", "N18")


def _broken_sums(table: DisclosureTable, layers: Sequence[_Layer]) -> list[str]:
    return [
        change.id
        for layer in layers
        for change in (layer.increase, layer.decrease)
        if change.parts
        and table.cells(change.id)
        != tuple(
            _sum(column)
            for column in zip(*(table.cells(part[0]) for part in change.parts), strict=True)
        )
    ]


def _broken_closings(table: DisclosureTable, layers: Sequence[_Layer]) -> list[str]:
    broken = []
    for layer in layers:
        opening, more, less, closing = (
            table.cells(row_id)
            for row_id in (layer.opening_id, layer.increase.id, layer.decrease.id, layer.closing_id)
        )
        expected = tuple(a + b - c for a, b, c in zip(opening, more, less, strict=True))
        if expected != closing:
            broken.append(layer.closing_id)
    return broken


def _broken_openings(
    table: DisclosureTable, prior: DisclosureTable, layers: Sequence[_Layer]
) -> list[str]:
    closing_id, opening_id = _carrying_ids(layers)
    pairs = [*((layer.opening_id, layer.closing_id) for layer in layers), (opening_id, closing_id)]
    return [opening for opening, closing in pairs if table.cells(opening) != prior.cells(closing)]
