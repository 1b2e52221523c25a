"""Drafting, pricing, publishing and stopping products on a real database."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, MissingPermission, SecondPersonNeeded
from kernel.errors import NotFound
from kernel.events import EventLog
from market.accounts.roles import Role
from market.catalogue import actions, reads
from market.catalogue.listing import DeliveryKind
from market.catalogue.models import Product, ProductStateForbids, StaleRevision
from market.catalogue.prices import CapMissing, ChargeUnit, PriceAboveCap
from market.catalogue.rules import (
    Blocker,
    ProductState,
    PublicationBlocked,
    VerdictKind,
    VerdictState,
    authorised_subject,
    capped_subject,
)
from market.catalogue.schemas import ProductRevision
from tests.factories.catalogue import (
    HOUSE,
    allow,
    make_product,
    make_source,
    price_draft,
    product_draft,
    push,
    set_cap,
)
from tests.factories.market import actor_of, stored

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)  # 12:00 in Shanghai


def names(session: Session, about: str) -> Sequence[str]:
    return session.scalars(
        select(EventLog.name).where(EventLog.subject_id == about).order_by(EventLog.seq)
    ).all()


def revision_of(product: Product, **changes: object) -> ProductRevision:
    draft = product_draft().model_dump() | {"dataset_ids": product.dataset_ids}
    return ProductRevision.model_validate(draft | {"revision": product.revision} | changes)


def test_an_operator_drafts_for_itself_and_the_draft_names_its_sources(
    session: Session, operator: Actor, bureau_approver: Actor
) -> None:
    source = make_source(session)

    product = actions.draft_product(session, operator, product_draft(source))

    assert product.operator_id == operator.organization_id
    assert product.bureau_id == bureau_approver.organization_id
    assert product.dataset_ids == [source.id]
    assert product.state == ProductState.DRAFT
    assert names(session, product.id) == ["market.product_drafted"]


def test_a_buyer_may_not_draft(session: Session, analyst: Actor) -> None:
    with pytest.raises(MissingPermission):
        actions.draft_product(session, analyst, product_draft())


def test_a_bureau_officer_is_no_operator(session: Session, bureau_officer: Actor) -> None:
    with pytest.raises(actions.PartiesWrong):
        actions.draft_product(session, bureau_officer, product_draft())


def test_a_draft_names_only_data_sets_that_exist(
    session: Session, operator: Actor, bureau_approver: Actor
) -> None:
    with pytest.raises(NotFound):
        actions.draft_product(session, operator, product_draft(dataset_ids=["dst_nowhere"]))


def test_a_draft_is_revised_and_a_stale_form_is_noticed(session: Session, operator: Actor) -> None:
    product = make_product(session, state=ProductState.DRAFT)
    first = revision_of(product, title_zh="餐饮卫生查询")

    actions.revise_product(session, operator, product.id, first)

    assert reads.get_product(session, product.id).title == "餐饮卫生查询"
    with pytest.raises(StaleRevision):
        actions.revise_product(session, operator, product.id, first)


def test_a_product_under_review_cannot_be_revised(session: Session, operator: Actor) -> None:
    product = make_product(session, state=ProductState.REVIEW)

    with pytest.raises(ProductStateForbids):
        actions.revise_product(session, operator, product.id, revision_of(product))


def test_another_operator_may_not_touch_the_draft(session: Session) -> None:
    product = make_product(session, state=ProductState.DRAFT)
    other = stored(session, actor_of(Role.OPERATOR, organization_id="org_other", id="usr_other"))

    with pytest.raises(MissingPermission):
        actions.revise_product(session, other, product.id, revision_of(product))
    with pytest.raises(MissingPermission):
        actions.set_price(session, other, product.id, price_draft())


def test_a_second_person_of_the_bureau_puts_a_complete_product_on_sale(
    session: Session, bureau_approver: Actor
) -> None:
    product = make_product(session, state=ProductState.REVIEW)

    published = actions.publish_product(session, bureau_approver, product.id)

    assert published.state == ProductState.ON_SALE
    assert published.published_by == bureau_approver.id
    assert names(session, product.id)[-1] == "market.product_published"


def test_who_prepared_a_product_may_not_publish_it(session: Session) -> None:
    product = make_product(session, state=ProductState.REVIEW)
    bureau = str(product.bureau_id)
    one_person = actor_of(Role.BUREAU_APPROVER, organization_id=bureau, id=product.drafted_by)

    with pytest.raises(SecondPersonNeeded) as refused:
        actions.publish_product(session, one_person, product.id)

    assert refused.value.clause == "SU-31"


def test_who_only_set_the_price_may_not_publish_either(session: Session) -> None:
    product = make_product(session, state=ProductState.REVIEW)
    pricer = stored(session, actor_of(Role.OPERATOR, id="usr_pricer"))
    actions.set_price(session, pricer, product.id, price_draft("0.70"))
    bureau = str(product.bureau_id)
    same = actor_of(Role.BUREAU_APPROVER, organization_id=bureau, id="usr_pricer")

    with pytest.raises(SecondPersonNeeded):
        actions.publish_product(session, same, product.id)


def test_the_operator_cannot_publish_its_own_product(session: Session, operator: Actor) -> None:
    product = make_product(session, state=ProductState.REVIEW)

    with pytest.raises(MissingPermission):
        actions.publish_product(session, operator, product.id)


def test_publication_is_refused_with_every_reason(
    session: Session, operator: Actor, bureau_approver: Actor
) -> None:
    source = make_source(session)
    product = actions.draft_product(session, operator, product_draft(source, title_en=""))
    actions.submit_product(session, operator, product.id)

    with pytest.raises(PublicationBlocked) as refused:
        actions.publish_product(session, bureau_approver, product.id)

    assert refused.value.blockers == [
        Blocker.DESCRIPTION_INCOMPLETE,
        Blocker.NOT_AUTHORISED,
        Blocker.QUALITY_NOT_PASSED,
        Blocker.PRICE_MISSING,
    ]
    assert refused.value.clause == "catalogue §3"


def test_publish_is_refused_when_the_quality_verdict_is_out_of_date(
    session: Session, bureau_approver: Actor
) -> None:
    product = make_product(session, state=ProductState.REVIEW)
    dataset_id = product.dataset_ids[0]
    push(session, VerdictKind.QUALITY, dataset_id, valid_until=clock.now())

    with pytest.raises(PublicationBlocked) as refused:
        actions.publish_product(session, bureau_approver, product.id)

    assert refused.value.blockers == [Blocker.QUALITY_NOT_PASSED]


def test_a_draft_is_not_published_without_review(session: Session, bureau_approver: Actor) -> None:
    product = make_product(session, state=ProductState.DRAFT)

    with pytest.raises(ProductStateForbids):
        actions.publish_product(session, bureau_approver, product.id)


def test_a_price_at_the_cap_is_set_and_one_above_is_refused(
    session: Session, operator: Actor
) -> None:
    product = make_product(session, state=ProductState.DRAFT)

    plan = actions.set_price(session, operator, product.id, price_draft("0.80"))
    with pytest.raises(PriceAboveCap) as refused:
        actions.set_price(session, operator, product.id, price_draft("0.81"))

    assert plan.unit_price_yuan == Decimal("0.80")
    assert refused.value.clause == "PR-04"
    assert reads.get_product(session, product.id).prices == (plan.price,)


def test_a_new_price_replaces_the_old_and_the_old_stays_in_the_history(
    session: Session, operator: Actor
) -> None:
    product = make_product(session, state=ProductState.DRAFT, unit_price="0.80")

    actions.set_price(session, operator, product.id, price_draft("0.60", reason="降价"))

    history = reads.price_history(session, product.id)
    assert [plan.unit_price_yuan for plan in history] == [Decimal("0.6"), Decimal("0.8")]
    assert [plan.replaced_at is None for plan in history] == [True, False]
    event = session.scalars(
        select(EventLog)
        .where(EventLog.name == "market.price_changed", EventLog.subject_id == product.id)
        .order_by(EventLog.seq.desc())
    ).first()
    assert event is not None
    assert event.payload["previous_unit_price"] == "0.800000"


def test_two_units_are_priced_beside_each_other(session: Session, operator: Actor) -> None:
    product = make_product(session, state=ProductState.DRAFT)

    actions.set_price(session, operator, product.id, price_draft("900", unit=ChargeUnit.YEAR))

    units = {price.unit for price in reads.get_product(session, product.id).prices}
    assert units == {ChargeUnit.CALL, ChargeUnit.YEAR}


def test_what_is_on_sale_gets_no_price_without_a_cap(session: Session, operator: Actor) -> None:
    product = make_product(session)

    with pytest.raises(CapMissing):
        actions.set_price(session, operator, product.id, price_draft("900", unit=ChargeUnit.YEAR))

    free = actions.set_price(session, operator, product.id, price_draft("0", unit=ChargeUnit.YEAR))
    assert free.price.is_free


def test_a_returned_product_is_a_draft_again_with_the_reason(
    session: Session, bureau_approver: Actor
) -> None:
    product = make_product(session, state=ProductState.REVIEW)

    returned = actions.return_product(session, bureau_approver, product.id, "请补充英文名")

    assert returned.state == ProductState.DRAFT
    assert returned.returned_reason == "请补充英文名"


def test_suspended_products_are_resumed_only_without_blockers(
    session: Session, bureau_approver: Actor
) -> None:
    product = make_product(session, state=ProductState.SUSPENDED)
    push(session, VerdictKind.ORDERED, product.id, state=VerdictState.FAILS)

    with pytest.raises(PublicationBlocked) as refused:
        actions.resume_product(session, bureau_approver, product.id)
    push(session, VerdictKind.ORDERED, product.id)
    resumed = actions.resume_product(session, bureau_approver, product.id)

    assert refused.value.blockers == [Blocker.ORDER_STANDS]
    assert resumed.state == ProductState.ON_SALE
    assert resumed.suspension_reason == ""


def test_the_operator_may_stop_its_product_but_not_start_it_again(
    session: Session, operator: Actor
) -> None:
    product = make_product(session)

    actions.suspend_product(session, operator, product.id, "接口维护")

    with pytest.raises(MissingPermission):
        actions.resume_product(session, operator, product.id)


def test_a_reopened_product_must_be_reviewed_again(session: Session, operator: Actor) -> None:
    product = make_product(session, state=ProductState.SUSPENDED)

    reopened = actions.reopen_product(session, operator, product.id)

    assert reopened.state == ProductState.DRAFT


def test_a_withdrawn_product_never_comes_back(session: Session, bureau_approver: Actor) -> None:
    product = make_product(session, state=ProductState.WITHDRAWN)

    for act in (actions.publish_product, actions.resume_product):
        with pytest.raises(ProductStateForbids):
            act(session, bureau_approver, product.id)


def test_a_verdict_is_kept_once_per_subject_and_a_change_is_recorded(session: Session) -> None:
    push(session, VerdictKind.REGISTERED, "dst_9")
    push(session, VerdictKind.REGISTERED, "dst_9", valid_until=NOON)
    push(session, VerdictKind.REGISTERED, "dst_9", state=VerdictState.FAILS)

    verdict = reads.find_verdict(session, VerdictKind.REGISTERED, "dst_9")
    assert verdict is not None
    assert verdict.state is VerdictState.FAILS
    assert names(session, "dst_9") == ["market.verdict_changed"] * 2


@pytest.mark.parametrize("kind", ["authorised", "quality", "capped", "ordered"])
def test_a_product_stops_when_a_verdict_that_it_rests_on_falls(session: Session, kind: str) -> None:
    product = make_product(session)
    dataset_id = product.dataset_ids[0]
    subjects = {
        "authorised": authorised_subject(product.operator_id, dataset_id),
        "quality": dataset_id,
        "capped": capped_subject(product.id, ChargeUnit.CALL),
        "ordered": product.id,
    }

    push(session, VerdictKind(kind), subjects[kind], state=VerdictState.FAILS)

    stopped = reads.get_product(session, product.id)
    assert stopped.state == ProductState.SUSPENDED
    assert stopped.suspension_reason
    assert names(session, product.id)[-1] == "market.product_suspended"


def test_a_verdict_about_others_stops_nothing(session: Session) -> None:
    product = make_product(session)
    other = make_source(session, title="另一数据集")
    dataset_id = product.dataset_ids[0]

    push(session, VerdictKind.QUALITY, other.id, state=VerdictState.FAILS)
    subject = authorised_subject("org_other", dataset_id)
    push(session, VerdictKind.AUTHORISED, subject, state=VerdictState.FAILS)
    push(session, VerdictKind.SATISFIED, f"org_buyer/{product.id}", state=VerdictState.FAILS)

    assert reads.get_product(session, product.id).is_on_sale


def test_a_cap_that_falls_below_the_price_stops_the_product(session: Session) -> None:
    product = make_product(session, unit_price="0.80")

    set_cap(session, product, "0.80")
    assert reads.get_product(session, product.id).is_on_sale
    set_cap(session, product, "0.79")

    assert reads.get_product(session, product.id).state == ProductState.SUSPENDED


def test_a_verdict_that_runs_out_stops_the_product_by_schedule(session: Session) -> None:
    with clock.frozen_at(NOON):
        product = make_product(session)
        push(session, VerdictKind.QUALITY, product.dataset_ids[0], valid_until=NOON + timedelta(1))

    with clock.frozen_at(NOON + timedelta(days=1) - timedelta(microseconds=1)):
        assert actions.suspend_lapsed(session, HOUSE) == 0
    with clock.frozen_at(NOON + timedelta(days=1)):
        assert actions.suspend_lapsed(session, HOUSE) == 1
        assert actions.suspend_lapsed(session, HOUSE) == 0

    assert reads.get_product(session, product.id).state == ProductState.SUSPENDED


@pytest.mark.parametrize("kind", ["authorised", "capped", "registered"])
def test_every_kind_of_verdict_that_runs_out_is_found(session: Session, kind: str) -> None:
    with clock.frozen_at(NOON):
        product = make_product(session)
        subject = {
            "authorised": authorised_subject(product.operator_id, product.dataset_ids[0]),
            "capped": capped_subject(product.id, ChargeUnit.CALL),
            "registered": product.id,
        }[kind]
        before = reads.find_verdict(session, VerdictKind(kind), subject)
        facts = before.facts if before else {}
        end = NOON + timedelta(hours=1)
        push(session, VerdictKind(kind), subject, valid_until=end, facts=facts)

    just_before = end - timedelta(microseconds=1)
    assert reads.products_with_lapsed_verdicts(session, just_before, 10) == []
    assert reads.products_with_lapsed_verdicts(session, end, 10) == [product.id]


def test_hainan_opens_a_notice_and_sells_after_its_last_day(
    session: Session, bureau_approver: Actor
) -> None:
    with clock.frozen_at(NOON):  # Monday 2026-06-01
        product = make_product(session, state=ProductState.REVIEW, jurisdiction="hainan")
        push(session, VerdictKind.REGISTERED, product.id)
        push(session, VerdictKind.REGISTERED, product.dataset_ids[0])
        noticed = actions.publish_product(session, bureau_approver, product.id)
        assert noticed.state == ProductState.NOTICE
        assert reads.notices_that_end(session, 10) == []
    with clock.frozen_at(NOON + timedelta(days=3)):  # the last day of the notice
        assert actions.end_notice(session, HOUSE, product.id).state == ProductState.NOTICE
    with clock.frozen_at(NOON + timedelta(days=4)):
        assert list(reads.notices_that_end(session, 10)) == [product.id]
        assert actions.end_notice(session, HOUSE, product.id).state == ProductState.ON_SALE

    assert names(session, product.id)[-2:] == [
        "market.product_notice_opened",
        "market.product_published",
    ]


def test_a_notice_ends_in_the_editor_when_something_is_missing_by_then(
    session: Session, bureau_approver: Actor
) -> None:
    with clock.frozen_at(NOON):
        product = make_product(session, state=ProductState.REVIEW, jurisdiction="hainan")
        push(session, VerdictKind.REGISTERED, product.id)
        push(session, VerdictKind.REGISTERED, product.dataset_ids[0])
        actions.publish_product(session, bureau_approver, product.id)
        push(session, VerdictKind.QUALITY, product.dataset_ids[0], state=VerdictState.FAILS)
    with clock.frozen_at(NOON + timedelta(days=4)):
        ended = actions.end_notice(session, HOUSE, product.id)

    assert ended.state == ProductState.DRAFT
    assert "质量" in ended.returned_reason


def test_drafts_are_hidden_from_all_but_their_own_people(
    session: Session, operator: Actor, bureau_approver: Actor, analyst: Actor
) -> None:
    draft = make_product(session, state=ProductState.DRAFT)
    other = actor_of(Role.OPERATOR, organization_id="org_other", id="usr_other")

    assert reads.get_visible_product(session, operator, draft.id).id == draft.id
    assert reads.get_visible_product(session, bureau_approver, draft.id).id == draft.id
    for stranger in (other, analyst):
        with pytest.raises(reads.ProductNotFound):
            reads.get_visible_product(session, stranger, draft.id)
        assert draft.id not in {p.id for p in reads.list_products(session, stranger).items}


def test_the_approver_is_shown_what_others_prepared(
    session: Session, bureau_approver: Actor, operator: Actor
) -> None:
    waiting = make_product(session, state=ProductState.REVIEW)
    make_product(session, state=ProductState.DRAFT)

    assert [p.id for p in reads.list_waiting_for_approval(session, bureau_approver)] == [waiting.id]
    assert reads.list_waiting_for_approval(session, operator) == []


def test_the_database_refuses_a_product_published_by_its_drafter(session: Session) -> None:
    product = make_product(session, state=ProductState.REVIEW)
    product.published_by = product.drafted_by

    with pytest.raises(IntegrityError, match="published_by_another"):
        session.flush()


def test_the_database_keeps_one_current_price_per_unit(session: Session) -> None:
    product = make_product(session, state=ProductState.DRAFT)
    plan = reads.price_history(session, product.id)[0]
    twin = type(plan)(
        **{c.key: getattr(plan, c.key) for c in plan.__table__.columns} | {"id": "pln_twin"}
    )
    session.add(twin)

    with pytest.raises(IntegrityError, match="uq_price_plans_current"):
        session.flush()


def test_a_download_of_data_that_is_not_open_is_blocked(
    session: Session, operator: Actor, bureau_approver: Actor
) -> None:
    source = make_source(session)
    draft = product_draft(source, delivery_kinds=[DeliveryKind.DOWNLOAD])
    product = actions.draft_product(session, operator, draft)
    allow(session, product, source)
    actions.set_price(session, operator, product.id, price_draft("0"))
    actions.submit_product(session, operator, product.id)

    with pytest.raises(PublicationBlocked) as refused:
        actions.publish_product(session, bureau_approver, product.id)

    assert refused.value.blockers == [Blocker.RAW_DATA]
