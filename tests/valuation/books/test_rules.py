"""Does every business event post balanced lines that say which asset moved, and how?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money
from tests.factories.valuation import YUAN, entries
from valuation.books.rules import (
    ASSET_ACCOUNTS,
    Account,
    Balances,
    Line,
    Movement,
    Posting,
    Stock,
    VoucherUnbalanced,
    amortise,
    buy_intangible,
    buy_inventory,
    close_research,
    debit,
    earn_revenue,
    finish_processing,
    impair,
    lapse_intangible,
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

NOTHING = Money(0)
positive = st.integers(1, 10**13).map(Money)
any_amount = st.integers(0, 10**13).map(Money)


def test_a_sale_below_the_carrying_amount_debits_the_loss() -> None:
    posting = sell_intangible(
        "ast_1", Balances(YUAN(100), YUAN(30), NOTHING), YUAN(50), YUAN(3), Account.BANK
    )

    assert entries(posting) == [
        ("Dr", "1002", "53.00"),
        ("Dr", "1702", "30.00"),
        ("Cr", "1701", "100.00"),
        ("Cr", "2221.02", "3.00"),
        ("Dr", "6115", "20.00"),
    ]


def test_a_lapse_takes_amortisation_and_impairment_out_and_the_rest_is_a_loss() -> None:
    posting = lapse_intangible("ast_1", Balances(YUAN(100), YUAN(30), YUAN(20)))

    assert entries(posting) == [
        ("Dr", "6711", "50.00"),
        ("Dr", "1702", "30.00"),
        ("Dr", "1703", "20.00"),
        ("Cr", "1701", "100.00"),
    ]


def test_a_fully_amortised_asset_lapses_without_a_loss_line() -> None:
    posting = lapse_intangible("ast_1", Balances(YUAN(100), YUAN(100), NOTHING))

    assert entries(posting) == [("Dr", "1702", "100.00"), ("Cr", "1701", "100.00")]


def test_lapse_of_provided_inventory_writes_its_provision_off() -> None:
    posting = lapse_inventory("ast_1", Stock(YUAN(100), YUAN(12)), Account.NON_OPERATING_LOSS)

    assert entries(posting) == [
        ("Dr", "1471", "12.00"),
        ("Dr", "1901", "88.00"),
        ("Cr", "1405", "100.00"),
        ("Dr", "6711", "88.00"),
        ("Cr", "1901", "88.00"),
    ]
    assert posting.lines[0].movement is Movement.WRITE_OFF


def test_unequal_sides_are_our_own_mistake() -> None:
    with pytest.raises(VoucherUnbalanced):
        Posting(buy_intangible("a", YUAN(1), NOTHING, Account.BANK).business, ())
    with pytest.raises(VoucherUnbalanced):
        Posting(
            buy_intangible("a", YUAN(1), NOTHING, Account.BANK).business,
            tuple(debit(Account.BANK, YUAN(1))),
        )


@pytest.mark.parametrize(
    ("account", "debited", "credited", "movement"),
    [
        (Account.BANK, 0, 0, None),
        (Account.BANK, 1, 1, None),
        (Account.BANK, -1, 1, None),
        (Account.BANK, 1, 0, Movement.CHARGE),
        (Account.INTANGIBLE, 1, 0, None),
    ],
)
def test_a_line_has_one_positive_side_and_asset_accounts_say_how_they_moved(
    account: Account, debited: int, credited: int, movement: Movement | None
) -> None:
    with pytest.raises(VoucherUnbalanced):
        Line(account, Money(debited), Money(credited), "ast_1" if movement else None, movement)


@given(cost=positive, vat=any_amount, price=any_amount, share=st.integers(0, 100))
def test_every_event_balances_and_names_the_asset_it_moves(
    cost: Money, vat: Money, price: Money, share: int
) -> None:
    part = Money(cost.minor * share // 100)
    balances = Balances(cost, part, Money((cost.minor - part.minor) // 2))
    stock = Stock(cost, part)
    bank = Account.BANK

    postings = [
        buy_intangible("a", cost, vat, bank),
        spend_on_research(cost, vat, bank),
        close_research(cost),
        spend_on_development("a", cost, vat, bank),
        put_into_use("a", cost),
        spend_as_expense(cost, vat, bank),
        amortise([("a", Account.ADMINISTRATION, cost), ("b", Account.COST_OF_SALES, cost)]),
        impair("a", cost),
        sell_intangible("a", balances, price, vat, bank),
        lapse_intangible("a", balances),
        earn_revenue(cost, vat, bank),
        buy_inventory("a", cost, vat, bank),
        spend_on_production(cost, vat, bank),
        finish_processing("a", cost),
        sell_inventory("a", stock, price, vat, bank),
        write_down_inventory("a", cost),
        reverse_write_down("a", cost),
        lapse_inventory("a", stock, Account.ADMINISTRATION),
    ]

    for posting in postings:
        assert posting.total == sum(line.credit.minor for line in posting.lines)
        for line in posting.lines:
            assert (line.account in ASSET_ACCOUNTS) == (line.asset_id is not None)
