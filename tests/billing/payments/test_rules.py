"""Only the full sum in the right currency pays."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payments.rules import (
    MOVES,
    WAITING,
    CheckoutFacts,
    CheckoutStatus,
    Meaning,
    PaymentState,
    may_move,
    meaning_of,
)
from kernel.money import Money

PAID = CheckoutFacts("cs_1", CheckoutStatus.COMPLETE, True, 12345, "cny")


@pytest.mark.parametrize(
    ("facts", "meaning"),
    [
        (PAID, Meaning.SUCCEED),
        (replace(PAID, currency="CNY"), Meaning.SUCCEED),
        (replace(PAID, currency="usd"), Meaning.MISMATCH),
        (replace(PAID, currency="xyz"), Meaning.MISMATCH),
        (replace(PAID, amount_minor=12344), Meaning.MISMATCH),
        (replace(PAID, amount_minor=12346), Meaning.MISMATCH),
        (replace(PAID, is_paid=False), Meaning.PROCESS),
        (replace(PAID, is_paid=False, is_declined=True), Meaning.FAIL),
        (replace(PAID, status=CheckoutStatus.OPEN, is_paid=False), Meaning.WAIT),
        (
            replace(PAID, status=CheckoutStatus.OPEN, is_paid=False, is_declined=True),
            Meaning.WAIT,
        ),
        (replace(PAID, status=CheckoutStatus.EXPIRED, is_paid=False), Meaning.EXPIRE),
    ],
)
def test_what_the_provider_says_has_one_meaning(facts: CheckoutFacts, meaning: Meaning) -> None:
    assert meaning_of(facts, Money(12345)) is meaning


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_a_sum_pays_exactly_when_it_is_the_sum(asked: int, reported: int) -> None:
    meaning = meaning_of(replace(PAID, amount_minor=reported), Money(asked))

    assert (meaning is Meaning.SUCCEED) == (asked == reported)


def test_money_that_arrives_late_still_counts_and_nothing_leaves_an_end() -> None:
    assert may_move(PaymentState.EXPIRED, PaymentState.SUCCEEDED)
    assert may_move(PaymentState.FAILED, PaymentState.SUCCEEDED)
    assert not any(may_move(PaymentState.RETURNED, to) for to in PaymentState)
    assert not any(may_move(PaymentState.SUCCEEDED, to) for to in WAITING)
    assert set(MOVES) == set(PaymentState)
