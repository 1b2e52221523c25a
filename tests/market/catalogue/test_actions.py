"""Drafting, pricing, publishing and stopping products on a real database."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, MissingPermission, SecondPersonNeeded
from kernel.errors import NotFound
from market.accounts.roles import Role
from market.catalogue import actions, reads
from market.catalogue.listing import DeliveryKind
from market.catalogue.models import ProductStateForbids, StaleRevision
from market.catalogue.rules import (
    Blocker,
    ProductState,
    PublicationBlocked,
    VerdictKind,
)
from tests.factories.catalogue import (
    allow,
    make_product,
    make_source,
    price_draft,
    product_draft,
    push,
)
from tests.factories.market import actor_of, stored
from tests.market.catalogue.editing import names, revision_of


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
