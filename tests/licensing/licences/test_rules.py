"""Terms by value: price, term, hash."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money, UnitPrice
from kernel.rates import Rate
from licensing.applications.rules import Act
from licensing.licences.rules import (
    MOVES,
    LicenceState,
    LicenceTerms,
    PaymentTerms,
    content,
    content_hash,
    gross,
    payment_terms,
    term,
)
from market.catalogue.prices import ChargeUnit, Price, Tier
from market.catalogue.rules import Purpose

TERMS = LicenceTerms(
    product_id="prd_1",
    product_title="餐饮卫生检查",
    supplier_name="运营",
    buyer_name="企业",
    scenario="承保前核对",
    purpose=Purpose.INDUSTRY,
    acts=(Act.QUERY,),
    starts_on=date(2026, 1, 1),
    ends_on=date(2027, 1, 1),
    unit="call",
    units=1000,
    unit_price="0.80",
    amount="800.00",
    payment=PaymentTerms.PREPAID,
    epsilon="1",
)


def price(tax_included: bool, *tiers: Tier) -> Price:
    return Price(
        ChargeUnit.CALL, UnitPrice(Decimal("0.5")), tax_included, Rate(Decimal("0.06")), tiers
    )


def test_public_use_is_free_whoever_buys_and_the_rest_pays() -> None:
    paid = Decimal("0.8")

    assert payment_terms(Purpose.PUBLIC_INTEREST, paid, on_invoice=True) is PaymentTerms.FREE
    assert payment_terms(Purpose.GOVERNANCE, paid, on_invoice=False) is PaymentTerms.FREE
    assert payment_terms(Purpose.INDUSTRY, paid, on_invoice=False) is PaymentTerms.PREPAID
    assert payment_terms(Purpose.REDEVELOP, paid, on_invoice=True) is PaymentTerms.INVOICE


def test_tiers_are_cumulative_as_in_fujian() -> None:
    tiered = price(True, Tier(1_000_000, UnitPrice(Decimal("0.3"))))

    assert gross(tiered, 1_500_000) == (Decimal("0.5"), Money.of_yuan(650_000))


def test_tax_outside_the_price_is_added_once_to_the_whole() -> None:
    assert gross(price(False), 3) == (Decimal("0.53"), Money.of_yuan("1.59"))


def test_a_term_of_one_year_from_a_leap_day_ends_on_its_last_day() -> None:
    span = term(date(2028, 2, 29), 12)

    assert (span.start_on, span.end_on) == (date(2028, 2, 29), date(2029, 2, 28))


def test_the_same_terms_are_the_same_bytes_and_any_change_another_hash() -> None:
    assert content(TERMS) == content(replace(TERMS))
    assert content_hash(TERMS) != content_hash(replace(TERMS, amount="800.01"))


def test_a_free_licence_has_no_duty_to_pay() -> None:
    assert b"compensate" in content(TERMS)
    assert b"compensate" not in content(replace(TERMS, payment=PaymentTerms.FREE))


@given(st.sampled_from(list(LicenceState)))
def test_nothing_leaves_the_end(state: LicenceState) -> None:
    assert MOVES[LicenceState.ENDED] == frozenset()
    assert LicenceState.OFFERED not in MOVES[state]
