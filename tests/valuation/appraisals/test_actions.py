"""Is an appraisal an internal estimate until two have signed what was really computed?"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, MissingPermission
from kernel.errors import NotFound
from market.catalogue import reads as catalogue
from market.catalogue.models import Product
from market.catalogue.rules import ProductState, VerdictKind, VerdictState
from tests.factories.appraisals import BASE_ON, make_draft, sheet_draft
from tests.factories.books import ensure_product, make_cost, on_day
from tests.factories.catalogue import make_product, make_source, push
from tests.factories.events import event_named, names_of_events
from tests.factories.market import actor_of, stored
from tests.factories.valuation import V1, V2, V6, YUAN
from valuation.appraisals import actions, reads
from valuation.appraisals.events import AppraisalSigned
from valuation.appraisals.models import Appraisal
from valuation.appraisals.rules import AppraisalState, InputKey, Method, RejectionReason
from valuation.costs.rules import CostComponent


@pytest.fixture(autouse=True)
def _base_day() -> Iterator[None]:
    with on_day(BASE_ON):
        yield


@pytest.fixture(autouse=True)
def _product(session: Session, appraiser: Actor) -> None:
    assert appraiser.organization_id is not None
    ensure_product(session, "prd_own", appraiser.organization_id)


@pytest.fixture
def second() -> Actor:
    """Another appraiser of the same operator."""
    return actor_of("appraiser", id="usr_second_appraiser")


def draft(session: Session, appraiser: Actor, **changes: object) -> Appraisal:
    assert appraiser.organization_id is not None
    return actions.draft_appraisal(
        session, appraiser, appraiser.organization_id, make_draft(**changes)
    )


def test_a_draft_keeps_every_input_and_is_an_internal_estimate(
    session: Session, appraiser: Actor
) -> None:
    appraisal = draft(session, appraiser)

    session.expire_all()
    kept = reads.get_appraisal(session, appraiser, appraisal.id)
    assert kept.is_internal_estimate
    assert kept.value == YUAN("2011834.72")
    assert (kept.low, kept.high) == (YUAN("1486674.00"), YUAN("2361941.86"))
    assert len(kept.inputs) == len(V1) + len(V2) - 2 + 10
    assert names_of_events(session) == ["valuation.appraisal_drafted"]


def test_what_was_stored_computes_to_the_same_value(session: Session, appraiser: Actor) -> None:
    appraisal = draft(session, appraiser)
    session.expire_all()

    again = reads.recompute(session, reads.get_appraisal(session, appraiser, appraisal.id))

    assert again.is_equal
    assert again.is_sealed
    (rejection,) = again.valuation.rejections
    assert (rejection.method, rejection.reason) == (
        Method.MARKET,
        RejectionReason.TOO_FEW_DEALS,
    )


def test_one_signature_leaves_it_an_internal_estimate_and_a_second_persons_signs_it(
    session: Session, appraiser: Actor, second: Actor
) -> None:
    appraisal = draft(session, appraiser)

    actions.sign_appraisal(session, appraiser, appraisal.id)
    assert appraisal.is_internal_estimate
    actions.sign_appraisal(session, second, appraisal.id)

    assert appraisal.stands is AppraisalState.SIGNED
    assert appraisal.valid_through_on == date(2027, 1, 1)
    event = event_named(session, "valuation.appraisal_signed")
    assert isinstance(event, AppraisalSigned)
    assert event.value == YUAN("2011834.72")
    assert reads.count_signed(session) == 1


def test_the_signed_value_goes_down_to_the_catalogue_for_a_year(
    session: Session, appraiser: Actor, second: Actor
) -> None:
    appraisal = draft(session, appraiser)
    actions.sign_appraisal(session, appraiser, appraisal.id)
    assert catalogue.find_verdict(session, VerdictKind.APPRAISED, "prd_own") is None

    actions.sign_appraisal(session, second, appraisal.id)

    verdict = catalogue.find_verdict(session, VerdictKind.APPRAISED, "prd_own")
    assert verdict is not None
    assert verdict.facts["value_minor"] == YUAN("2011834.72").minor
    assert verdict.facts["appraisal_id"] == appraisal.id
    assert verdict.event_id
    with on_day(date(2027, 1, 1)):
        assert verdict.holds(clock.now())
    with on_day(date(2027, 1, 2)):
        assert not verdict.holds(clock.now())


def test_an_appraisal_by_somebody_who_does_not_operate_the_product_stays_their_own(
    session: Session, second: Actor
) -> None:
    buyer = actor_of("appraiser", organization_id="org_enterprise")
    other = actor_of("appraiser", organization_id="org_enterprise", id="usr_other")
    stored(session, buyer)
    product = session.get_one(Product, "prd_own")
    product.published_by, product.published_at = "usr_other", clock.now()
    product.state = ProductState.ON_SALE
    session.flush()
    appraisal = draft(session, buyer)

    for actor in (buyer, other):
        actions.sign_appraisal(session, actor, appraisal.id)

    assert appraisal.stands is AppraisalState.SIGNED
    assert catalogue.find_verdict(session, VerdictKind.APPRAISED, "prd_own") is None


def test_a_product_of_others_that_is_not_public_cannot_be_valued(session: Session) -> None:
    stranger = stored(session, actor_of("appraiser", organization_id="org_enterprise"))

    with pytest.raises(catalogue.ProductNotFound):
        draft(session, stranger)


def test_one_person_does_not_count_twice(session: Session, appraiser: Actor) -> None:
    appraisal = draft(session, appraiser)
    actions.sign_appraisal(session, appraiser, appraisal.id)

    with pytest.raises(actions.SignedByYou):
        actions.sign_appraisal(session, appraiser, appraisal.id)

    assert appraisal.is_internal_estimate


def test_a_signed_appraisal_takes_no_third_signature(
    session: Session, appraiser: Actor, second: Actor
) -> None:
    appraisal = draft(session, appraiser)
    for actor in (appraiser, second):
        actions.sign_appraisal(session, actor, appraisal.id)

    with pytest.raises(actions.AppraisalNotOpen):
        actions.sign_appraisal(session, actor_of("appraiser", id="usr_third"), appraisal.id)


def test_only_appraisers_of_the_organisation_draft_and_sign(
    session: Session, appraiser: Actor, finance_clerk: Actor
) -> None:
    stranger = actor_of("appraiser", organization_id="org_other")
    appraisal = draft(session, appraiser)

    with pytest.raises(MissingPermission):
        draft(session, finance_clerk)
    with pytest.raises(MissingPermission):
        actions.sign_appraisal(session, finance_clerk, appraisal.id)
    with pytest.raises(NotFound):
        actions.sign_appraisal(session, stranger, appraisal.id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE appraisals SET reason = reason || '。'",
        "UPDATE appraisals SET cost_weight = 0.5, income_weight = 0.5",
        "UPDATE appraisals SET mid_year = true",
        "UPDATE appraisals SET value_minor = value_minor + 1",
        "UPDATE appraisals SET base_on = base_on - 1",
        "UPDATE appraisals SET limits = '改过的限制'",
        "UPDATE appraisal_inputs SET value = value * 1.01 WHERE key = 'labour_cost'",
        "UPDATE appraisal_inputs SET source = '改过的来源' WHERE key = 'tax_rate'",
    ],
)
def test_a_changed_stored_input_breaks_the_seal_and_cannot_be_signed(
    session: Session, appraiser: Actor, statement: str
) -> None:
    appraisal = draft(session, appraiser)
    session.execute(text("ALTER TABLE appraisal_inputs DISABLE TRIGGER USER"))
    session.execute(text(statement))
    session.expire_all()

    assert not reads.recompute(
        session, reads.get_appraisal(session, appraiser, appraisal.id)
    ).stands
    with pytest.raises(actions.AppraisalChanged):
        actions.sign_appraisal(session, appraiser, appraisal.id)


def test_the_database_refuses_to_change_an_input(session: Session, appraiser: Actor) -> None:
    draft(session, appraiser)

    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("UPDATE appraisal_inputs SET value = 1"))


def test_an_appraisal_may_be_signed_on_its_last_day_and_not_a_day_later(
    session: Session, appraiser: Actor, second: Actor
) -> None:
    appraisal = draft(session, appraiser)

    with on_day(date(2027, 1, 1)):
        actions.sign_appraisal(session, appraiser, appraisal.id)
    with on_day(date(2027, 1, 2)), pytest.raises(actions.AppraisalExpired):
        actions.sign_appraisal(session, second, appraisal.id)


@pytest.mark.parametrize(
    ("base_on", "is_allowed"),
    [("2026-01-01", True), ("2026-01-02", False), ("2025-01-01", True), ("2024-12-31", False)],
)
def test_the_base_date_lies_within_the_last_year(
    session: Session, appraiser: Actor, base_on: str, *, is_allowed: bool
) -> None:
    if is_allowed:
        draft(session, appraiser, base_on=base_on)
    else:
        with pytest.raises(actions.BaseDayOutOfRange):
            draft(session, appraiser, base_on=base_on)


def test_three_clean_deals_open_the_market_method(session: Session, appraiser: Actor) -> None:
    deals = [
        {
            "name": f"案例{number}",
            "price": str(price),
            "deal_on": "2025-07-01",
            "weight": weight,
            "source": "成交公告",
            **dict(
                zip(
                    ("quality", "supply", "date_factor", "capacity", "other"),
                    coefficients,
                    strict=True,
                )
            ),
        }
        for number, (price, coefficients, weight) in enumerate(V6, start=1)
    ]
    weights = {"cost_weight": "0.2", "income_weight": "0.5", "market_weight": "0.3"}

    appraisal = draft(session, appraiser, comparables=deals, **weights)
    session.expire_all()

    kept = reads.get_appraisal(session, appraiser, appraisal.id)
    assert kept.value == YUAN("1780627.50")
    assert reads.recompute(session, kept).stands


def test_a_figure_may_stand_only_once_in_a_method() -> None:
    twice = sheet_draft(V1)
    figures = twice["figures"]
    assert isinstance(figures, list)
    twice["figures"] = [*figures, figures[0]]

    with pytest.raises(ValidationError):
        make_draft(cost=twice)


def test_known_costs_are_offered_by_the_cost_methods_own_keys(
    session: Session, finance_clerk: Actor
) -> None:
    make_cost(session, finance_clerk, 100, CostComponent.CLEANING)
    make_cost(session, finance_clerk, 20, CostComponent.LABELLING)
    make_cost(session, finance_clerk, 3, CostComponent.LABOUR)
    make_cost(session, finance_clerk, 4, CostComponent.TRAINING)
    assert finance_clerk.organization_id is not None

    facts = reads.known_figures(session, finance_clerk.organization_id, "prd_own", BASE_ON)

    assert [(fact.key, fact.value) for fact in facts] == [
        (InputKey.PROCESSING_COST, 120),
        (InputKey.LABOUR_COST, 3),
    ]
    assert all("2026-01-01" in fact.source for fact in facts)


def test_the_quality_factor_comes_from_the_weakest_checked_source(session: Session) -> None:
    sources = [make_source(session) for _ in range(2)]
    product = make_product(session, *sources)
    assert reads.known_figures(session, product.operator_id, product.id, BASE_ON) == []

    for source, score in zip(sources, ("0.966", "0.912"), strict=True):
        facts = {"score": score, "grade": "A", "run_id": f"qrn_{score}"}
        push(session, VerdictKind.QUALITY, source.id, state=VerdictState.HOLDS, facts=facts)

    (fact,) = reads.known_figures(session, product.operator_id, product.id, BASE_ON)
    assert (fact.key, fact.value) == (InputKey.QUALITY_FACTOR, Decimal("0.912"))
    assert fact.evidence == "qrn_0.912"


def test_drafts_wait_for_those_who_have_not_signed(
    session: Session, appraiser: Actor, second: Actor
) -> None:
    appraisal = draft(session, appraiser)
    actions.sign_appraisal(session, appraiser, appraisal.id)

    assert list(reads.waiting_for_signature(session, appraiser)) == []
    assert list(reads.waiting_for_signature(session, second)) == [appraisal]
    with on_day(date(2027, 1, 2)):
        assert list(reads.waiting_for_signature(session, second)) == []


def test_the_latest_signed_appraisal_is_the_one_with_the_newest_base_date(
    session: Session, appraiser: Actor, second: Actor
) -> None:
    older = draft(session, appraiser, base_on="2025-06-01")
    newer = draft(session, appraiser)
    unsigned = draft(session, appraiser)
    for appraisal in (newer, older):
        for actor in (appraiser, second):
            actions.sign_appraisal(session, actor, appraisal.id)
    assert appraiser.organization_id is not None

    latest = reads.latest_signed(session, "prd_own", appraiser.organization_id)

    assert latest is newer
    assert unsigned.is_internal_estimate
    assert unsigned.cost_weight == Decimal("0.4")
