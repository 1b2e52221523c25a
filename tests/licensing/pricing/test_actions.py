"""From an approval document to caps, and from caps to what may be charged."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, MissingPermission
from kernel.events import EventLog
from kernel.money import Money
from licensing.pricing import actions, reads
from licensing.pricing.models import PermittedRevenue
from licensing.pricing.rules import ProfitBase, SubsidyAboveCost
from licensing.pricing.schemas import CapDraft, RevenueDraft
from market.accounts.roles import Role
from market.catalogue.actions import set_price
from market.catalogue.models import Product
from market.catalogue.prices import ChargeUnit, PriceAboveCap
from market.catalogue.reads import find_verdict, get_product
from market.catalogue.rules import ProductState, VerdictKind, VerdictState, capped_subject
from tests.factories.catalogue import make_product, make_source, price_draft
from tests.factories.licensing import make_agreement
from tests.factories.market import actor_of

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
OPERATOR_ID = "org_operator"


def revenue_draft(**changes: object) -> RevenueDraft:
    """P1 of docs/rules/price.md for the calendar year."""
    given = {
        "operator_id": OPERATOR_ID,
        "start_on": date(2026, 1, 1),
        "end_on": date(2027, 1, 1),
        "gross_cost": "8000000",
        "subsidy": "1000000",
        "profit_base": ProfitBase.COST,
        "profit_rate": "0.06",
        "tax": "450000",
        "document": "发改价格〔2026〕8号",
    }
    return RevenueDraft.model_validate({**given, **changes})


def cap_draft(product: Product, **changes: object) -> CapDraft:
    """A of P1: 0.80 a call, four million calls."""
    given = {
        "product_id": product.id,
        "unit": ChargeUnit.CALL,
        "unit_price": "0.80",
        "forecast_units": 4_000_000,
        "document": "数价〔2026〕1号",
    }
    return CapDraft.model_validate({**given, **changes})


def names(session: Session, about: str) -> Sequence[str]:
    return session.scalars(
        select(EventLog.name).where(EventLog.subject_id == about).order_by(EventLog.seq)
    ).all()


@pytest.fixture(autouse=True)
def _in_march(session: Session) -> object:
    with clock.frozen_at(NOON):
        yield


def test_the_permitted_revenue_of_p1_is_written_down_in_its_parts(
    session: Session, price_authority: Actor, operator: Actor
) -> None:
    row = actions.permit_revenue(session, price_authority, revenue_draft())

    assert row.permitted == Money.of_yuan(7_870_000)
    assert Money(row.profit_minor) == Money.of_yuan(420_000)
    assert names(session, row.id) == ["licensing.revenue_permitted"]
    assert reads.find_revenue(session, OPERATOR_ID, date(2026, 12, 31)) is row
    assert reads.find_revenue(session, OPERATOR_ID, date(2027, 1, 1)) is None


def test_excess_of_the_year_before_is_deducted(
    session: Session, price_authority: Actor, operator: Actor
) -> None:
    draft = revenue_draft(
        gross_cost="8100000", subsidy="0", profit_rate="0", tax="0", excess="330000"
    )

    row = actions.permit_revenue(session, price_authority, draft)

    assert row.permitted == Money.of_yuan(7_770_000)
    assert row.carried_minor == 0


def test_more_subsidy_than_cost_is_refused(
    session: Session, price_authority: Actor, operator: Actor
) -> None:
    with pytest.raises(SubsidyAboveCost):
        actions.permit_revenue(session, price_authority, revenue_draft(subsidy="8000000.01"))


def test_only_the_price_authority_permits_revenue_and_sets_caps(
    session: Session, operator: Actor, bureau_approver: Actor
) -> None:
    product = make_product(session)

    for actor in (operator, bureau_approver):
        with pytest.raises(MissingPermission):
            actions.permit_revenue(session, actor, revenue_draft())
        with pytest.raises(MissingPermission):
            actions.set_cap(session, actor, cap_draft(product))


def test_a_new_document_for_the_same_period_replaces_the_old(
    session: Session, price_authority: Actor, operator: Actor
) -> None:
    first = actions.permit_revenue(session, price_authority, revenue_draft())
    second = actions.permit_revenue(session, price_authority, revenue_draft(tax="400000"))

    assert first.replaced_at == NOON
    assert reads.find_revenue(session, OPERATOR_ID, date(2026, 6, 1)) is second
    assert len(reads.list_revenues(session, price_authority, OPERATOR_ID)) == 2


def test_a_period_that_overlaps_another_is_refused(
    session: Session, price_authority: Actor, operator: Actor
) -> None:
    actions.permit_revenue(session, price_authority, revenue_draft())
    shifted = revenue_draft(start_on=date(2026, 12, 31), end_on=date(2027, 12, 31))
    next_year = revenue_draft(start_on=date(2027, 1, 1), end_on=date(2028, 1, 1))

    with pytest.raises(actions.RevenuesOverlap):
        actions.permit_revenue(session, price_authority, shifted)
    actions.permit_revenue(session, price_authority, next_year)


def test_a_formal_cap_needs_a_permitted_revenue(session: Session, price_authority: Actor) -> None:
    product = make_product(session, state=ProductState.DRAFT)

    with pytest.raises(reads.RevenueNotFound):
        actions.set_cap(session, price_authority, cap_draft(product))


def test_a_cap_reaches_the_catalogue_and_0_81_under_0_80_is_refused(
    session: Session, price_authority: Actor, operator: Actor
) -> None:
    product = make_product(session, state=ProductState.DRAFT, unit_price="0.10")
    actions.permit_revenue(session, price_authority, revenue_draft())

    cap = actions.set_cap(session, price_authority, cap_draft(product))

    subject = capped_subject(product.id, ChargeUnit.CALL)
    verdict = find_verdict(session, VerdictKind.CAPPED, subject)
    assert verdict is not None
    assert verdict.state is VerdictState.HOLDS
    assert verdict.facts["unit_price"] == "0.80"
    assert verdict.facts["document"] == cap.document
    with pytest.raises(PriceAboveCap):
        set_price(session, operator, product.id, price_draft("0.81"))
    set_price(session, operator, product.id, price_draft("0.80"))
    assert names(session, product.id).count("licensing.cap_set") == 1


def test_caps_by_forecast_reach_the_permitted_revenue_and_not_beyond(
    session: Session, price_authority: Actor, operator: Actor
) -> None:
    product = make_product(session, state=ProductState.DRAFT)
    actions.permit_revenue(session, price_authority, revenue_draft())
    yearly = {"unit": ChargeUnit.YEAR, "unit_price": "30000", "forecast_units": 120}
    actions.set_cap(session, price_authority, cap_draft(product))
    actions.set_cap(session, price_authority, cap_draft(product, **yearly))
    rest = {"unit": ChargeUnit.COPY, "unit_price": "5000"}

    with pytest.raises(actions.CapsAbovePermitted) as refused:
        actions.set_cap(session, price_authority, cap_draft(product, **rest, forecast_units=215))
    actions.set_cap(session, price_authority, cap_draft(product, **rest, forecast_units=214))

    assert refused.value.clause == "PR-04"
    revenue = reads.find_revenue(session, OPERATOR_ID, clock.today())
    assert revenue is not None
    assert reads.forecast_under(session, revenue) == Decimal(7_870_000)


def test_a_new_cap_replaces_the_old_one_in_the_sum(
    session: Session, price_authority: Actor, operator: Actor
) -> None:
    product = make_product(session, state=ProductState.DRAFT)
    actions.permit_revenue(session, price_authority, revenue_draft())
    actions.set_cap(session, price_authority, cap_draft(product, forecast_units=9_000_000))

    actions.set_cap(session, price_authority, cap_draft(product, forecast_units=9_500_000))

    history = reads.cap_history(session, product.id)
    assert [cap.replaced_at is None for cap in history] == [True, False]


def test_a_lower_permitted_revenue_must_still_hold_the_caps(
    session: Session, price_authority: Actor, operator: Actor
) -> None:
    product = make_product(session, state=ProductState.DRAFT)
    actions.permit_revenue(session, price_authority, revenue_draft())
    actions.set_cap(session, price_authority, cap_draft(product, forecast_units=9_837_500))

    with pytest.raises(actions.CapsAbovePermitted):
        actions.permit_revenue(session, price_authority, revenue_draft(tax="449999.99"))


def test_a_trial_cap_stands_before_a_complete_year_and_not_after(
    session: Session, price_authority: Actor, operator: Actor
) -> None:
    source = make_source(session)
    make_agreement(session, [source])  # operating since 2026-03-01
    product = make_product(session, source, state=ProductState.DRAFT)

    with clock.frozen_at(datetime(2027, 12, 31, 4, tzinfo=UTC)):
        trial = actions.set_cap(session, price_authority, cap_draft(product, is_trial=True))
        assert trial.permitted_revenue_id is None
    with (
        clock.frozen_at(datetime(2027, 12, 31, 16, tzinfo=UTC)),  # 2028-01-01 in Shanghai
        pytest.raises(actions.TrialNoMore) as refused,
    ):
        actions.set_cap(session, price_authority, cap_draft(product, is_trial=True))

    assert refused.value.clause == "PR-09"


def test_a_cap_below_the_price_stops_the_product(
    session: Session, price_authority: Actor, operator: Actor
) -> None:
    product = make_product(session, unit_price="0.80")
    actions.permit_revenue(session, price_authority, revenue_draft())

    actions.set_cap(session, price_authority, cap_draft(product, unit_price="0.799999"))

    assert get_product(session, product.id).state == ProductState.SUSPENDED


def test_a_cap_with_an_end_holds_to_its_last_day(
    session: Session, price_authority: Actor, operator: Actor
) -> None:
    product = make_product(session)
    draft = cap_draft(product, is_trial=True, end_on=date(2026, 4, 1))

    actions.set_cap(session, price_authority, draft)

    verdict = find_verdict(session, VerdictKind.CAPPED, capped_subject(product.id, ChargeUnit.CALL))
    assert verdict is not None
    first_moment_after = datetime(2026, 3, 31, 16, tzinfo=UTC)  # 2026-04-01 in Shanghai
    assert verdict.valid_until == first_moment_after
    assert verdict.holds(first_moment_after - timedelta(seconds=1))
    assert not verdict.holds(first_moment_after)


def test_a_cap_may_not_end_before_it_begins(session: Session, price_authority: Actor) -> None:
    product = make_product(session)

    with pytest.raises(actions.CapOverAlready):
        draft = cap_draft(product, is_trial=True, end_on=clock.today())
        actions.set_cap(session, price_authority, draft)


def test_a_cap_that_is_taken_back_stops_what_is_charged_under_it(
    session: Session, price_authority: Actor, operator: Actor
) -> None:
    product = make_product(session)
    cap = actions.set_cap(session, price_authority, cap_draft(product, is_trial=True))

    actions.end_cap(session, price_authority, cap.id, "重新核定")

    assert get_product(session, product.id).state == ProductState.SUSPENDED
    with pytest.raises(reads.CapNotFound):
        actions.end_cap(session, price_authority, cap.id, "重新核定")
    assert "licensing.cap_ended" in names(session, product.id)


def test_prices_near_their_caps_are_for_their_operator_and_the_authority(
    session: Session, price_authority: Actor, operator: Actor
) -> None:
    near = make_product(session, unit_price="0.76")
    far = make_product(session, unit_price="0.75")
    for product in (near, far):
        actions.set_cap(session, price_authority, cap_draft(product, is_trial=True))
    other = actor_of(Role.OPERATOR, organization_id="org_other", id="usr_other")

    found = reads.list_near_caps(session, operator)

    assert [standing.cap.product_id for standing in found] == [near.id]
    assert found[0].share == Decimal("0.95")
    assert reads.list_near_caps(session, other) == []
    seen = reads.list_near_caps(session, price_authority)
    assert [standing.cap.product_id for standing in seen] == [near.id]
    assert len(reads.list_standings(session, price_authority, OPERATOR_ID)) == 2
    assert reads.list_standings(session, other, OPERATOR_ID) == []


def test_the_database_adds_the_parts_up_itself(
    session: Session, price_authority: Actor, operator: Actor
) -> None:
    row = actions.permit_revenue(session, price_authority, revenue_draft())
    row.permitted_minor += 1

    with pytest.raises(IntegrityError, match="parts_add_up"):
        session.flush()


def test_the_database_keeps_one_standing_decision_for_a_period(
    session: Session, price_authority: Actor, operator: Actor
) -> None:
    row = actions.permit_revenue(session, price_authority, revenue_draft())
    columns = {c.key: getattr(row, c.key) for c in PermittedRevenue.__table__.columns}
    session.add(PermittedRevenue(**columns | {"id": "mpr_twin"}))

    with pytest.raises(IntegrityError, match="uq_permitted_revenues_standing"):
        session.flush()
