"""The law of the catalogue: purposes, publication blockers, state moves. Pure.

Source: docs/rules/catalogue.md, classification.md, price.md and authorized-operation.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from kernel.errors import Conflict
from kernel.i18n import N_, Labelled
from market.catalogue.listing import DeliveryKind, Listing, ListingProfile, ProductId, is_raw_dump
from market.catalogue.prices import Cap, ChargeUnit, exceeds_cap
from market.catalogue.verdicts import (
    Verdict,
    VerdictKind,
    Verdicts,
    VerdictState,
    authorised_subject,
    capped_subject,
)
from market.datasets.classification import (
    may_be_listed,
    may_leave_as_rows,
    needs_risk_assessment,
    strictest_level,
)

__all__ = [  # the types of verdicts.py are part of this page for other rooms
    "Blocker",
    "Check",
    "ProductState",
    "PublicationBlocked",
    "Purpose",
    "Verdict",
    "VerdictKind",
    "VerdictState",
    "Verdicts",
    "authorised_subject",
    "cap_of",
    "capped_subject",
    "checks",
    "may_move",
    "publication_blockers",
]


class Purpose(Labelled):
    """What data may be used for. Free or charged is decided per use, never per product (PR-01)."""

    GOVERNANCE = "governance", N_("公共治理")
    PUBLIC_INTEREST = "public_interest", N_("公益事业")
    INDUSTRY = "industry", N_("产业发展、行业发展")
    REDEVELOP = "redevelop", N_("再开发")

    @property
    def is_free(self) -> bool:
        """PR-01: public governance and public interest are free, whoever buys."""
        return self in {Purpose.GOVERNANCE, Purpose.PUBLIC_INTEREST}


class ProductState(Labelled):
    """Life of a product."""

    DRAFT = "draft", N_("草稿")
    REVIEW = "review", N_("审核中")
    NOTICE = "notice", N_("公示中")
    ON_SALE = "on_sale", N_("在售")
    SUSPENDED = "suspended", N_("已暂停")
    WITHDRAWN = "withdrawn", N_("已下架")

    @property
    def is_public(self) -> bool:
        """Whoever has no account sees what is, or was, for sale."""
        return self not in {ProductState.DRAFT, ProductState.REVIEW}

    @property
    def may_be_priced(self) -> bool:
        """While the public looks at a notice, and after the end, the price stands."""
        return self not in {ProductState.NOTICE, ProductState.WITHDRAWN}


_MOVES: Mapping[ProductState, frozenset[ProductState]] = {
    ProductState.DRAFT: frozenset({ProductState.REVIEW, ProductState.WITHDRAWN}),
    ProductState.REVIEW: frozenset(
        {ProductState.DRAFT, ProductState.NOTICE, ProductState.ON_SALE, ProductState.WITHDRAWN}
    ),
    ProductState.NOTICE: frozenset({ProductState.ON_SALE, ProductState.DRAFT}),
    ProductState.ON_SALE: frozenset({ProductState.SUSPENDED, ProductState.WITHDRAWN}),
    ProductState.SUSPENDED: frozenset(
        {ProductState.ON_SALE, ProductState.DRAFT, ProductState.WITHDRAWN}
    ),
    ProductState.WITHDRAWN: frozenset(),
}


def may_move(before: ProductState, after: ProductState) -> bool:
    """Whether a product may go from one state to another; a withdrawn one never moves."""
    return after in _MOVES[before]


class Blocker(Labelled):
    """One reason why a product may not go on sale today."""

    clause: str

    def __new__(cls, value: str, clause: str = "", label: str = "") -> "Blocker":
        member = str.__new__(cls, value)
        member._value_ = value
        member.clause = clause
        member.label = label
        return member

    DESCRIPTION_INCOMPLETE = "description-incomplete", "catalogue §3", N_("公开说明不完整")
    NO_SOURCE = "no-source", "catalogue §3", N_("没有选择来源数据集")
    SAMPLE_ORIGIN_MISSING = "sample-origin-missing", "catalogue §3", N_("样例数据没有写明来源")
    PRICE_MISSING = "price-missing", "PR-04", N_("还没有价格")
    CAP_MISSING = "cap-missing", "PR-04", N_("收费产品没有有效的上限价格")
    PRICE_ABOVE_CAP = "price-above-cap", "PR-04", N_("价格高于上限")
    NOT_AUTHORISED = "not-authorised", "AO-07", N_("来源数据没有有效的授权运营协议")
    QUALITY_NOT_PASSED = "quality-not-passed", "quality §2", N_("来源数据没有新近通过的质量检查")
    RESOURCE_NOT_REGISTERED = "resource-not-registered", "RG-01", N_("来源数据未登记")
    PRODUCT_NOT_REGISTERED = "product-not-registered", "RG-02", N_("产品未登记")
    ORDER_STANDS = "order-stands", "architecture §1", N_("监管决定要求暂停")
    CORE_DATA = "core-data", "CL-02", N_("核心数据不得上架")
    LEVEL_BELOW_SOURCE = (
        "level-below-source",
        "CL-01",
        N_("级别低于来源数据，且没有衍生数据复核记录"),
    )
    IMPORTANT_LEAVES = "important-leaves", "CL-03", N_("重要数据只能在沙箱内使用")
    RISK_REPORT_MISSING = "risk-report-missing", "CL-03", N_("重要数据没有风险评估报告")
    LEGAL_BASIS_MISSING = "legal-basis-missing", "SU-24", N_("含个人信息，但没有写明合法性基础")
    RAW_DATA = "raw-data", "AO-10", N_("未公开的原始数据不得逐行交付")


@dataclass(eq=False)
class PublicationBlocked(Conflict):
    """Something that the law asks for before publication is missing."""

    code = "publication-blocked"
    message = N_("还不能上架：{blockers}。请逐项补齐后再提交。")

    product_id: str
    blockers: list[Blocker]

    @property
    def clause(self) -> str:  # type: ignore[override]  # the first rule that refuses
        return self.blockers[0].clause


@dataclass(frozen=True)
class Check:
    """One thing that publication asks for. about_id: of which data set or product it speaks."""

    blocker: Blocker
    is_met: bool
    about_id: str = ""


def publication_blockers(
    listing: Listing, profile: ListingProfile, verdicts: Verdicts, now: datetime
) -> list[Blocker]:
    """Every reason a product may not go on sale today; empty means it may."""
    failed = (
        check.blocker for check in checks(listing, profile, verdicts, now) if not check.is_met
    )
    return list(dict.fromkeys(failed))


def checks(
    listing: Listing, profile: ListingProfile, verdicts: Verdicts, now: datetime
) -> list[Check]:
    """All that publication asks for, met or not, in the order in which people look at it."""
    return [
        *_description_checks(listing),
        *_source_checks(listing, verdicts, now),
        *_classification_checks(listing),
        *_price_checks(listing, verdicts, now),
        *_registration_checks(listing, profile, verdicts, now),
        Check(
            Blocker.ORDER_STANDS,
            not verdicts.denies(VerdictKind.ORDERED, listing.product_id),
            listing.product_id,
        ),
    ]


def _description_checks(listing: Listing) -> Iterator[Check]:
    yield Check(Blocker.DESCRIPTION_INCOMPLETE, not listing.missing_fields, listing.product_id)
    yield Check(Blocker.NO_SOURCE, bool(listing.sources), listing.product_id)
    yield Check(Blocker.SAMPLE_ORIGIN_MISSING, listing.has_sample_origin, listing.product_id)


def _source_checks(listing: Listing, verdicts: Verdicts, now: datetime) -> Iterator[Check]:
    """Each source is authorised for this operator, and has a fresh passing verdict."""
    for source in listing.sources:
        subject = authorised_subject(listing.operator_id, source.dataset_id)
        is_authorised = verdicts.holds(VerdictKind.AUTHORISED, subject, now)
        yield Check(Blocker.NOT_AUTHORISED, is_authorised, source.dataset_id)
        has_passed = verdicts.holds(VerdictKind.QUALITY, source.dataset_id, now)
        yield Check(Blocker.QUALITY_NOT_PASSED, has_passed, source.dataset_id)


def _classification_checks(listing: Listing) -> Iterator[Check]:
    levels = [listing.level, *(source.level for source in listing.sources)]
    strictest = strictest_level(levels)
    about = listing.product_id
    yield Check(Blocker.CORE_DATA, all(may_be_listed(level) for level in levels), about)
    is_level_kept = listing.level is strictest or bool(listing.level_review)
    yield Check(Blocker.LEVEL_BELOW_SOURCE, is_level_kept, about)
    stays_inside = set(listing.delivery_kinds) <= {DeliveryKind.SANDBOX}
    yield Check(Blocker.IMPORTANT_LEAVES, may_leave_as_rows(listing.level) or stays_inside, about)
    has_report = bool(listing.risk_report) or not needs_risk_assessment(listing.level)
    yield Check(Blocker.RISK_REPORT_MISSING, has_report, about)
    has_basis = bool(listing.legal_basis) or not listing.has_personal_data
    yield Check(Blocker.LEGAL_BASIS_MISSING, has_basis, about)
    yield Check(Blocker.RAW_DATA, not is_raw_dump(listing.delivery_kinds, listing.sources), about)


def _price_checks(listing: Listing, verdicts: Verdicts, now: datetime) -> Iterator[Check]:
    """PR-04: there is a price; each charged one has a valid cap and does not exceed it."""
    yield Check(Blocker.PRICE_MISSING, bool(listing.prices), listing.product_id)
    for price in listing.prices:
        if price.is_free:
            continue
        subject = capped_subject(listing.product_id, price.unit)
        cap = cap_of(verdicts, listing.product_id, price.unit, now)
        yield Check(Blocker.CAP_MISSING, cap is not None, subject)
        if cap is not None:
            yield Check(Blocker.PRICE_ABOVE_CAP, not exceeds_cap(price, cap), subject)


def cap_of(
    verdicts: Verdicts, product_id: ProductId, unit: ChargeUnit, now: datetime
) -> Cap | None:
    """The cap that is valid now, or None."""
    verdict = verdicts.find(VerdictKind.CAPPED, capped_subject(product_id, unit))
    return Cap.from_facts(unit, verdict.facts) if verdict and verdict.holds(now) else None


def _registration_checks(
    listing: Listing, profile: ListingProfile, verdicts: Verdicts, now: datetime
) -> Iterator[Check]:
    if profile.requires_product_registration:
        is_registered = verdicts.holds(VerdictKind.REGISTERED, listing.product_id, now)
        yield Check(Blocker.PRODUCT_NOT_REGISTERED, is_registered, listing.product_id)
    if profile.requires_resource_registration:
        for source in listing.sources:
            is_registered = verdicts.holds(VerdictKind.REGISTERED, source.dataset_id, now)
            yield Check(Blocker.RESOURCE_NOT_REGISTERED, is_registered, source.dataset_id)
