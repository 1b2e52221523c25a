"""VAT is rounded per line; totals are sums of lines."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.invoices.rules import Line, due_on, number, totals
from billing.shares.rules import take_out_tax
from kernel.money import Money
from kernel.rates import rate


def line(minor: int) -> Line:
    tax = take_out_tax(Money(minor), rate("0.06")).tax
    return Line("ord", "餐饮检查", 1, "call", Decimal("0.8"), Money(minor), tax)


def test_the_tax_of_an_invoice_is_the_sum_of_the_taxes_of_its_lines() -> None:
    # 9 fen each: 0.509 fen of tax rounds to 1 per line; 27 fen at once would round to 2.
    sums = totals([line(9), line(9), line(9)])

    assert (sums.amount, sums.tax, sums.net) == (Money(27), Money(3), Money(24))


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=30))
def test_net_and_tax_add_up_to_the_amount(amounts: list[int]) -> None:
    sums = totals([line(minor) for minor in amounts])

    assert sums.net + sums.tax == sums.amount == Money(sum(amounts))


def test_numbers_run_within_a_year() -> None:
    assert [number(2026, place) for place in (1, 2)] == ["ZD2026-000001", "ZD2026-000002"]


def test_an_invoice_is_due_thirty_days_after_its_issue() -> None:
    assert due_on(date(2026, 2, 1), 30) == date(2026, 3, 3)
