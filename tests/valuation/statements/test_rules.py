"""Do the worked examples A, B and C give the disclosure tables to the fen?"""

from dataclasses import replace
from datetime import date

import pytest

from kernel.money import Money
from kernel.periods import Period, last_day_of_month
from tests.factories.valuation import (
    YUAN,
    Dated,
    balances_at,
    entries,
    turnovers_of,
    year_of,
)
from valuation.assets.rules import (
    AcquisitionRoute,
    balance_sheet_lines,
    impairment_loss,
    monthly_charge,
    provision_change,
)
from valuation.books.rules import (
    Account,
    Balances,
    Movement,
    Posting,
    Stock,
    amortise,
    buy_intangible,
    buy_inventory,
    close_research,
    earn_revenue,
    finish_processing,
    impair,
    lapse_inventory,
    put_into_use,
    reverse_write_down,
    sell_intangible,
    sell_inventory,
    spend_as_expense,
    spend_on_development,
    spend_on_production,
    spend_on_research,
    write_down_inventory,
)
from valuation.statements.rules import (
    Cell,
    Check,
    DisclosureTable,
    intangible_table,
    inventory_table,
    table_checks,
)

NOTHING = YUAN(0)
BANK, PAYROLL = Account.BANK, Account.PAYROLL
ROUTES = {
    "A": AcquisitionRoute.PURCHASED,
    "B": AcquisitionRoute.SELF_DEVELOPED,
    "X": AcquisitionRoute.PURCHASED,
    **{f"P{number}": AcquisitionRoute.SELF_DEVELOPED for number in range(1, 6)},
}


def charged(
    asset_id: str, account: Account, carrying: Money, left: int, months: list[date]
) -> list[Dated]:
    """The monthly charges of an asset over a run of months."""
    postings = []
    for month in months:
        charge = monthly_charge(carrying, left)
        carrying, left = carrying - charge, left - 1
        postings.append((last_day_of_month(month), amortise([(asset_id, account, charge)])))
    return postings


def months(first: date, last: date) -> list[date]:
    return list(Period(first, last_day_of_month(last)).months())


def sum_of(postings: list[Dated], account: Account) -> Money:
    return Money(
        sum(
            abs(line.debit.minor - line.credit.minor)
            for _, posting in postings
            for line in posting.lines
            if line.account is account
        )
    )


A1 = buy_intangible("A", YUAN(1_464_000), YUAN(87_840), BANK)
A1_TRAINING = spend_as_expense(YUAN(15_000), NOTHING, BANK)
A2_A3 = charged(
    "A", Account.ADMINISTRATION, YUAN(1_464_000), 60, months(date(2024, 4, 1), date(2025, 12, 1))
)
A4 = impair("A", impairment_loss(YUAN(951_600), YUAN(780_000)))
A5 = charged(
    "A", Account.ADMINISTRATION, YUAN(780_000), 39, months(date(2026, 1, 1), date(2026, 9, 1))
)
A6 = sell_intangible(
    "A", Balances(YUAN(1_464_000), YUAN(692_400), YUAN(171_600)), YUAN(650_000), YUAN(39_000), BANK
)
EXAMPLE_A: list[Dated] = [
    (date(2024, 4, 20), A1),
    (date(2024, 4, 20), A1_TRAINING),
    *A2_A3,
    (date(2025, 12, 31), A4),
    *A5,
    (date(2026, 10, 5), A6),
]

B3_READY = put_into_use("B", YUAN(720_000))
B4 = charged(
    "B", Account.COST_OF_SALES, YUAN(720_000), 72, months(date(2025, 3, 1), date(2025, 12, 1))
)
B6 = charged(
    "B", Account.COST_OF_SALES, YUAN(620_000), 62, months(date(2026, 1, 1), date(2026, 12, 1))
)
EXAMPLE_B: list[Dated] = [
    (date(2024, 2, 1), spend_on_research(YUAN(250_000), NOTHING, PAYROLL)),
    (date(2024, 2, 1), spend_on_research(YUAN(150_000), NOTHING, BANK)),
    (date(2024, 4, 1), spend_on_research(YUAN(80_000), NOTHING, BANK)),
    (date(2024, 12, 31), close_research(YUAN(480_000))),
    (date(2024, 6, 1), spend_on_development("B", YUAN(450_000), NOTHING, PAYROLL)),
    (date(2025, 2, 1), spend_on_development("B", YUAN(270_000), NOTHING, PAYROLL)),
    (date(2025, 3, 10), B3_READY),
    *B4,
    (date(2025, 12, 31), earn_revenue(YUAN(180_000), YUAN(10_800), Account.RECEIVABLE)),
    *B6,
]

P = [f"P{number}" for number in range(1, 6)]
EACH = Stock(YUAN(100_000), NOTHING)
C7 = sell_inventory("P4", Stock(YUAN(100_000), YUAN(4_000)), YUAN(98_000), YUAN(5_880), BANK)
C8 = sell_inventory("X", Stock(YUAN(200_000), YUAN(18_000)), YUAN(185_000), YUAN(11_100), BANK)
EXAMPLE_C: list[Dated] = [
    (date(2025, 2, 1), spend_on_production(YUAN(350_000), NOTHING, BANK)),
    (date(2025, 2, 1), spend_on_production(YUAN(150_000), NOTHING, PAYROLL)),
    *((date(2025, 3, 1), finish_processing(one, YUAN(100_000))) for one in P),
    (date(2025, 4, 1), buy_inventory("X", YUAN(200_000), YUAN(12_000), BANK)),
    *(
        (date(2025, 6, 1), sell_inventory(one, EACH, YUAN(160_000), YUAN(9_600), BANK))
        for one in ("P1", "P2")
    ),
    (date(2025, 9, 1), lapse_inventory("P5", EACH, Account.NON_OPERATING_LOSS)),
    (date(2025, 12, 31), write_down_inventory("P4", YUAN(12_000))),
    (date(2025, 12, 31), write_down_inventory("X", YUAN(18_000))),
    (date(2026, 6, 30), reverse_write_down("P4", YUAN(8_000))),
    (date(2026, 7, 1), C7),
    (date(2026, 7, 1), C8),
]


def table_a_b(year: int) -> DisclosureTable:
    return intangible_table(turnovers_of([*EXAMPLE_A, *EXAMPLE_B], ROUTES, year_of(year)))


def table_c(year: int) -> DisclosureTable:
    return inventory_table(turnovers_of(EXAMPLE_C, ROUTES, year_of(year)))


def test_a1_purchase_at_cost_with_training_expensed() -> None:
    assert entries(A1) == [
        ("Dr", "1701", "1464000.00"),
        ("Dr", "2221.01", "87840.00"),
        ("Cr", "1002", "1551840.00"),
    ]
    assert entries(A1_TRAINING) == [("Dr", "6602", "15000.00"), ("Cr", "1002", "15000.00")]


def test_a2_a3_amortisation_of_2024_and_2025() -> None:
    of_2024 = [one for one in A2_A3 if one[0].year == 2024]
    of_2025 = [one for one in A2_A3 if one[0].year == 2025]

    assert (len(of_2024), sum_of(of_2024, Account.AMORTISATION)) == (9, YUAN(219_600))
    assert (len(of_2025), sum_of(of_2025, Account.AMORTISATION)) == (12, YUAN(292_800))


def test_a4_impairment_to_the_recoverable_amount() -> None:
    assert entries(A4) == [("Dr", "6701", "171600.00"), ("Cr", "1703", "171600.00")]


def test_a5_amortisation_after_the_impairment_is_20_000_a_month_until_september() -> None:
    assert len(A5) == 9
    assert all(posting.total == YUAN(20_000).minor for _, posting in A5)


def test_a6_sale_gives_a_gain_of_50_000() -> None:
    assert sorted(entries(A6)) == sorted(
        [
            ("Dr", "1002", "689000.00"),
            ("Dr", "1702", "692400.00"),
            ("Dr", "1703", "171600.00"),
            ("Cr", "1701", "1464000.00"),
            ("Cr", "2221.02", "39000.00"),
            ("Cr", "6115", "50000.00"),
        ]
    )
    assert A6.total == YUAN(1_553_000).minor


def test_b1_b2_research_is_expensed_and_development_stands_in_its_line() -> None:
    books = balances_at(EXAMPLE_B, date(2024, 12, 31))

    assert books[Account.RESEARCH_EXPENSED] == 0
    assert books[Account.ADMINISTRATION] == YUAN(480_000).minor
    assert balance_sheet_lines(date(2024, 12, 31), books).development == YUAN(450_000)


def test_b3_ready_for_use_moves_720_000_into_the_intangible_asset() -> None:
    assert entries(B3_READY) == [("Dr", "1701", "720000.00"), ("Cr", "5301.02", "720000.00")]
    lines = balance_sheet_lines(date(2025, 3, 10), balances_at(EXAMPLE_B, date(2025, 3, 10)))
    assert (lines.development, lines.intangible) == (NOTHING, YUAN(720_000))


def test_b4_b6_amortisation_of_10_000_a_month_from_the_month_ready() -> None:
    assert (len(B4), sum_of(B4, Account.AMORTISATION)) == (10, YUAN(100_000))
    assert (len(B6), sum_of(B6, Account.COST_OF_SALES)) == (12, YUAN(120_000))
    lines = balance_sheet_lines(date(2026, 12, 31), balances_at(EXAMPLE_B, date(2026, 12, 31)))
    assert lines.intangible == YUAN(500_000)


def test_b5_revenue_of_the_year() -> None:
    posting = earn_revenue(YUAN(180_000), YUAN(10_800), Account.RECEIVABLE)

    assert entries(posting) == [
        ("Dr", "1122", "190800.00"),
        ("Cr", "6001", "180000.00"),
        ("Cr", "2221.02", "10800.00"),
    ]


# 11.3: purchased, self-developed, total; every id that is not named is nought in every column.
TABLE_A_B = {
    2024: {
        "I02": (1_464_000, 0),
        "I03": (1_464_000, 0),
        "I10": (1_464_000, 0),
        "I12": (219_600, 0),
        "I17": (219_600, 0),
        "I22": (1_244_400, 0),
    },
    2025: {
        "I01": (1_464_000, 0),
        "I02": (0, 720_000),
        "I04": (0, 720_000),
        "I10": (1_464_000, 720_000),
        "I11": (219_600, 0),
        "I12": (292_800, 100_000),
        "I17": (512_400, 100_000),
        "I19": (171_600, 0),
        "I21": (171_600, 0),
        "I22": (780_000, 620_000),
        "I23": (1_244_400, 0),
    },
    2026: {
        "I01": (1_464_000, 720_000),
        "I06": (1_464_000, 0),
        "I07": (1_464_000, 0),
        "I10": (0, 720_000),
        "I11": (512_400, 100_000),
        "I12": (180_000, 120_000),
        "I13": (692_400, 0),
        "I14": (692_400, 0),
        "I17": (0, 220_000),
        "I18": (171_600, 0),
        "I20": (171_600, 0),
        "I22": (0, 500_000),
        "I23": (780_000, 620_000),
    },
}
TABLE_C = {
    2025: {
        "N02": (200_000, 500_000),
        "N03": (200_000, 0),
        "N04": (0, 500_000),
        "N06": (0, 300_000),
        "N07": (0, 200_000),
        "N08": (0, 100_000),
        "N10": (200_000, 200_000),
        "N12": (18_000, 12_000),
        "N16": (18_000, 12_000),
        "N17": (182_000, 188_000),
    },
    2026: {
        "N01": (200_000, 200_000),
        "N06": (200_000, 100_000),
        "N07": (200_000, 100_000),
        "N10": (0, 100_000),
        "N11": (18_000, 12_000),
        "N13": (18_000, 12_000),
        "N14": (0, 8_000),
        "N15": (18_000, 4_000),
        "N17": (0, 100_000),
        "N18": (182_000, 188_000),
    },
}


def assert_is(table: DisclosureTable, expected: dict[str, tuple[int, int]]) -> None:
    for row in table.rows:
        if row.cells:
            bought, made = expected.get(row.id, (0, 0))
            assert row.cells == (YUAN(bought), YUAN(made), NOTHING, YUAN(bought + made)), row.id


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_the_intangible_table_of_a_and_b_to_the_fen(year: int) -> None:
    assert_is(table_a_b(year), TABLE_A_B[year])


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_inventory_table_of_c_to_the_fen(year: int) -> None:
    assert_is(table_c(year), TABLE_C[year])


def test_the_intangible_table_has_27_lines_of_which_4_are_headings_and_5_columns() -> None:
    table = table_a_b(2025)

    assert [row.id for row in table.rows] == [
        *(["IH1", "I01", "I02", "I03", "I04", "I05", "I06", "I07", "I08", "I09", "I10"]),
        *(["IH2", "I11", "I12", "I13", "I14", "I15", "I16", "I17"]),
        *(["IH3", "I18", "I19", "I20", "I21", "IH4", "I22", "I23"]),
    ]
    assert len(table.columns) + 1 == 5


def test_the_inventory_table_has_21_lines_of_which_3_are_headings() -> None:
    assert [row.id for row in table_c(2025).rows] == [
        *(["NH1", "N01", "N02", "N03", "N04", "N05", "N06", "N07", "N08", "N09", "N10"]),
        *(["NH2", "N11", "N12", "N13", "N14", "N15", "N16", "NH3", "N17", "N18"]),
    ]


def test_c5_net_realisable_values_decide_the_provisions() -> None:
    cost = YUAN(100_000)

    assert provision_change(cost, NOTHING, YUAN(115_000)) == NOTHING
    assert provision_change(cost, NOTHING, YUAN(95_000) - YUAN(7_000)) == YUAN(12_000)
    assert provision_change(YUAN(200_000), NOTHING, YUAN(190_000) - YUAN(8_000)) == YUAN(18_000)


def test_c4_lapse_goes_through_pending_losses() -> None:
    posting = lapse_inventory("P5", EACH, Account.NON_OPERATING_LOSS)

    assert entries(posting) == [
        ("Dr", "1901", "100000.00"),
        ("Cr", "1405", "100000.00"),
        ("Dr", "6711", "100000.00"),
        ("Cr", "1901", "100000.00"),
    ]


def test_c7_c8_sales_write_the_provision_off_against_their_cost() -> None:
    assert entries(C7) == [
        ("Dr", "1002", "103880.00"),
        ("Cr", "6001", "98000.00"),
        ("Cr", "2221.02", "5880.00"),
        ("Dr", "6401", "100000.00"),
        ("Cr", "1405", "100000.00"),
        ("Dr", "1471", "4000.00"),
        ("Cr", "6401", "4000.00"),
    ]
    assert entries(C8)[0] == ("Dr", "1002", "196100.00")
    assert entries(C8)[-2:] == [("Dr", "1471", "18000.00"), ("Cr", "6401", "18000.00")]


@pytest.mark.parametrize("year", [2025, 2026])
def test_all_checks_of_a_and_b_hold(year: int) -> None:
    on = date(year, 12, 31)
    lines = balance_sheet_lines(on, balances_at([*EXAMPLE_A, *EXAMPLE_B], on))

    checks = table_checks(table_a_b(year), table_a_b(year - 1), lines.intangible)

    assert [one.check for one in checks if one.holds] == list(Check)
    assert lines.intangible == YUAN({2025: 1_400_000, 2026: 500_000}[year])


@pytest.mark.parametrize("year", [2025, 2026])
def test_all_checks_of_c_hold(year: int) -> None:
    on = date(year, 12, 31)
    lines = balance_sheet_lines(on, balances_at(EXAMPLE_C, on))

    checks = table_checks(table_c(year), table_c(year - 1), lines.inventory)

    assert all(one.holds for one in checks)
    assert lines.inventory == YUAN({2025: 370_000, 2026: 100_000}[year])


def test_a_movement_without_a_row_of_its_own_breaks_the_sum_of_children() -> None:
    turnovers = turnovers_of(EXAMPLE_A, ROUTES, year_of(2024))
    cell = Cell(Account.INTANGIBLE, AcquisitionRoute.PURCHASED)
    strange = replace(turnovers, moved={**turnovers.moved, (cell, Movement.PROCESSING): 100})

    failed = {
        one.check: one.row_ids
        for one in table_checks(
            intangible_table(strange), intangible_table(turnovers), YUAN("1244400")
        )
        if not one.holds
    }

    assert failed[Check.CHILDREN_SUM] == ("I02",)
    assert failed[Check.CLOSING] == ("I10",)


def test_an_opening_that_is_not_the_prior_closing_and_a_line_that_does_not_tie_are_named() -> None:
    checks = table_checks(table_a_b(2026), table_a_b(2024), YUAN(1))

    failed = {one.check: one.row_ids for one in checks if not one.holds}

    assert "I01" in failed[Check.OPENING]
    assert failed[Check.TIES_TO_LINE] == ("I22",)


def test_every_posting_of_the_examples_balances() -> None:
    postings: list[Posting] = [one for _, one in [*EXAMPLE_A, *EXAMPLE_B, *EXAMPLE_C]]

    assert all(one.total == sum(line.credit.minor for line in one.lines) for one in postings)
