"""How does a product stop, wait and come back?"""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, MissingPermission
from market.catalogue import actions, reads
from market.catalogue.models import ProductStateForbids
from market.catalogue.rules import (
    Blocker,
    ProductState,
    PublicationBlocked,
    VerdictKind,
    VerdictState,
)
from tests.factories.catalogue import (
    HOUSE,
    make_product,
    push,
)
from tests.market.catalogue.editing import NOON, names


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
