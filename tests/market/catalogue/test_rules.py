"""What may go on sale, from both sides of each border."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kernel.money import UnitPrice
from kernel.rates import rate
from market.catalogue.listing import (
    DeliveryKind,
    Listing,
    ListingProfile,
    ProductId,
    Source,
    listing_profile,
)
from market.catalogue.prices import Cap, ChargeUnit, Price
from market.catalogue.rules import (
    Blocker,
    ProductState,
    Purpose,
    Verdict,
    VerdictKind,
    Verdicts,
    VerdictState,
    authorised_subject,
    capped_subject,
    checks,
    may_move,
    publication_blockers,
)
from market.datasets.rules import DataLevel, DatasetId, Openness, PersonalData

NOW = datetime(2026, 6, 1, 4, tzinfo=UTC)
NATIONAL = listing_profile("national", date(2026, 6, 1))
PRODUCT, OPERATOR, DATASET = ProductId("prd_1"), "org_operator", DatasetId("dst_1")
SOURCE = Source(DATASET, DataLevel.GENERAL, PersonalData.NONE, Openness.NONE)
LISTING = Listing(
    product_id=PRODUCT,
    operator_id=OPERATOR,
    level=DataLevel.GENERAL,
    delivery_kinds=(DeliveryKind.SANDBOX,),
    sources=(SOURCE,),
    prices=(Price(ChargeUnit.CALL, UnitPrice(Decimal("0.80")), True, rate("0.06")),),
)
CAP = Cap(ChargeUnit.CALL, UnitPrice(Decimal("0.80")), True)


def said(kind: VerdictKind, subject: str, **changes: Any) -> Verdict:
    verdict = Verdict(kind, subject, VerdictState.HOLDS, NOW + timedelta(days=1))
    return replace(verdict, **changes)


AUTHORISED = said(VerdictKind.AUTHORISED, authorised_subject(OPERATOR, DATASET))
CAPPED = said(VerdictKind.CAPPED, capped_subject(PRODUCT, ChargeUnit.CALL), facts=CAP.facts())
PASSED = said(VerdictKind.QUALITY, DATASET)


def blockers(
    listing: Listing = LISTING,
    *verdicts: Verdict,
    profile: ListingProfile = NATIONAL,
    now: datetime = NOW,
) -> list[Blocker]:
    held = verdicts or (AUTHORISED, CAPPED, PASSED)
    return publication_blockers(listing, profile, Verdicts(held), now)


def test_a_complete_product_has_no_blocker() -> None:
    assert blockers() == []


def test_without_any_verdict_all_three_are_missing() -> None:
    said_nothing = said(VerdictKind.SATISFIED, "org_buyer/prd_1")

    assert blockers(LISTING, said_nothing) == [
        Blocker.NOT_AUTHORISED,
        Blocker.QUALITY_NOT_PASSED,
        Blocker.CAP_MISSING,
    ]


@pytest.mark.parametrize(
    ("kept", "missing"),
    [
        ((CAPPED, PASSED), Blocker.NOT_AUTHORISED),
        ((AUTHORISED, CAPPED), Blocker.QUALITY_NOT_PASSED),
        ((AUTHORISED, PASSED), Blocker.CAP_MISSING),
    ],
)
def test_each_missing_verdict_blocks_by_its_own_name(
    kept: tuple[Verdict, ...], missing: Blocker
) -> None:
    assert blockers(LISTING, *kept) == [missing]


@pytest.mark.parametrize("verdict", [AUTHORISED, CAPPED, PASSED])
def test_a_verdict_holds_until_its_end_and_not_at_it(verdict: Verdict) -> None:
    others = [held for held in (AUTHORISED, CAPPED, PASSED) if held is not verdict]
    at_the_end = replace(verdict, valid_until=NOW)
    just_before = replace(verdict, valid_until=NOW + timedelta(microseconds=1))

    assert len(blockers(LISTING, *others, at_the_end)) == 1
    assert blockers(LISTING, *others, just_before) == []


def test_a_verdict_that_fails_blocks_even_in_time() -> None:
    failed = replace(PASSED, state=VerdictState.FAILS)

    assert blockers(LISTING, AUTHORISED, CAPPED, failed) == [Blocker.QUALITY_NOT_PASSED]


def test_an_authorisation_of_another_operator_does_not_count() -> None:
    other = replace(AUTHORISED, subject_id=authorised_subject("org_other", DATASET))

    assert blockers(LISTING, other, CAPPED, PASSED) == [Blocker.NOT_AUTHORISED]


def test_every_source_needs_its_own_authorisation_and_quality() -> None:
    second = replace(SOURCE, dataset_id=DatasetId("dst_2"))
    failed = [
        (check.blocker, check.about_id)
        for check in checks(
            replace(LISTING, sources=(SOURCE, second)),
            NATIONAL,
            Verdicts([AUTHORISED, CAPPED, PASSED]),
            NOW,
        )
        if not check.is_met
    ]

    assert failed == [
        (Blocker.NOT_AUTHORISED, "dst_2"),
        (Blocker.QUALITY_NOT_PASSED, "dst_2"),
    ]


def priced(yuan: str, unit: ChargeUnit = ChargeUnit.CALL) -> Listing:
    price = Price(unit, UnitPrice(Decimal(yuan)), True, rate("0.06"))
    return replace(LISTING, prices=(price,))


def test_a_product_without_price_is_blocked() -> None:
    assert blockers(replace(LISTING, prices=())) == [Blocker.PRICE_MISSING]


def test_a_price_above_the_cap_is_blocked_and_one_at_the_cap_is_not() -> None:
    assert blockers(priced("0.81")) == [Blocker.PRICE_ABOVE_CAP]
    assert blockers(priced("0.80")) == []


def test_a_cap_for_another_unit_is_no_cap() -> None:
    assert blockers(priced("0.80", ChargeUnit.YEAR)) == [Blocker.CAP_MISSING]


def test_what_is_free_needs_no_cap() -> None:
    assert blockers(priced("0"), AUTHORISED, PASSED) == []


def test_core_data_is_never_listed() -> None:
    core = replace(SOURCE, level=DataLevel.CORE)

    assert Blocker.CORE_DATA in blockers(replace(LISTING, level=DataLevel.CORE))
    assert Blocker.CORE_DATA in blockers(
        replace(LISTING, sources=(core,), level_review="复核意见 1 号")
    )
    assert Blocker.CORE_DATA not in blockers(replace(LISTING, level=DataLevel.IMPORTANT))


def test_a_level_below_the_source_needs_a_review() -> None:
    important = replace(SOURCE, level=DataLevel.IMPORTANT)
    lowered = replace(LISTING, sources=(important,))

    assert blockers(lowered) == [Blocker.LEVEL_BELOW_SOURCE]
    assert blockers(replace(lowered, level_review="衍生数据复核〔2026〕1号")) == []


def test_important_data_stays_in_the_sandbox_and_needs_a_risk_report() -> None:
    important = replace(LISTING, level=DataLevel.IMPORTANT)
    with_report = replace(important, risk_report="风险评估〔2026〕3号")
    leaving = replace(with_report, delivery_kinds=(DeliveryKind.SANDBOX, DeliveryKind.API))

    assert blockers(important) == [Blocker.RISK_REPORT_MISSING]
    assert blockers(with_report) == []
    assert blockers(leaving) == [Blocker.IMPORTANT_LEAVES]


def test_personal_data_needs_a_recorded_basis() -> None:
    personal = replace(SOURCE, personal_data=PersonalData.WITH_BASIS)
    listing = replace(LISTING, sources=(personal,))

    assert blockers(listing) == [Blocker.LEGAL_BASIS_MISSING]
    assert blockers(replace(listing, legal_basis="个人信息保护法第十三条")) == []
    anonymous = replace(SOURCE, personal_data=PersonalData.ANONYMISED)
    assert blockers(replace(LISTING, sources=(anonymous,))) == []


def test_raw_data_leaves_as_a_file_only_where_it_is_open() -> None:
    download = replace(LISTING, delivery_kinds=(DeliveryKind.DOWNLOAD,))
    is_open = replace(SOURCE, openness=Openness.UNCONDITIONAL)

    assert blockers(download) == [Blocker.RAW_DATA]
    assert blockers(replace(download, sources=(is_open,))) == []


def test_an_incomplete_description_and_a_missing_source_are_blocked() -> None:
    assert blockers(replace(LISTING, missing_fields=("title_en",))) == [
        Blocker.DESCRIPTION_INCOMPLETE
    ]
    assert Blocker.NO_SOURCE in blockers(replace(LISTING, sources=()))
    assert blockers(replace(LISTING, has_sample_origin=False)) == [Blocker.SAMPLE_ORIGIN_MISSING]


def test_a_standing_order_blocks_and_a_lifted_one_does_not() -> None:
    order = said(VerdictKind.ORDERED, PRODUCT, state=VerdictState.FAILS, valid_until=None)
    lifted = replace(order, state=VerdictState.HOLDS)
    others = (AUTHORISED, CAPPED, PASSED)

    assert blockers(LISTING, *others, order) == [Blocker.ORDER_STANDS]
    assert blockers(LISTING, *others, lifted) == []


def test_registration_blocks_only_where_the_place_requires_it() -> None:
    hainan = listing_profile("hainan", date(2026, 6, 1))
    product = said(VerdictKind.REGISTERED, PRODUCT)
    resource = said(VerdictKind.REGISTERED, DATASET)
    others = (AUTHORISED, CAPPED, PASSED)

    assert blockers() == []
    assert blockers(LISTING, *others, profile=hainan) == [
        Blocker.PRODUCT_NOT_REGISTERED,
        Blocker.RESOURCE_NOT_REGISTERED,
    ]
    assert blockers(LISTING, *others, product, resource, profile=hainan) == []


def test_hainan_asks_for_a_notice_from_the_day_of_its_rules() -> None:
    assert listing_profile("hainan", date(2025, 6, 29)).requires_product_registration is False
    assert listing_profile("hainan", date(2025, 6, 30)).requires_product_registration is True
    assert NATIONAL.notice_working_days == 0
    assert listing_profile("hainan", date(2026, 6, 1)).notice_working_days > 0


def test_public_purposes_are_free_and_others_are_not() -> None:
    assert [purpose for purpose in Purpose if purpose.is_free] == [
        Purpose.GOVERNANCE,
        Purpose.PUBLIC_INTEREST,
    ]


def test_every_way_through_the_states_begins_as_a_draft_and_ends_withdrawn() -> None:
    reached, edge = {ProductState.DRAFT}, {ProductState.DRAFT}
    while edge:
        edge = {
            after
            for before in edge
            for after in ProductState
            if may_move(before, after) and after not in reached
        }
        reached |= edge

    assert reached == set(ProductState)
    assert not any(may_move(ProductState.WITHDRAWN, after) for after in ProductState)
    assert not may_move(ProductState.DRAFT, ProductState.ON_SALE)
    assert not may_move(ProductState.SUSPENDED, ProductState.REVIEW)


def test_every_blocker_names_its_clause_and_says_what_is_missing() -> None:
    for blocker in Blocker:
        assert blocker.clause
        assert blocker.label
