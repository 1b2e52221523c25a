"""Does a product stop when what it rests on falls?"""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from kernel import clock
from market.catalogue import actions, reads
from market.catalogue.prices import ChargeUnit
from market.catalogue.rules import (
    ProductState,
    VerdictKind,
    VerdictState,
    authorised_subject,
    capped_subject,
)
from tests.factories.catalogue import (
    HOUSE,
    make_product,
    make_source,
    push,
    set_cap,
)
from tests.market.catalogue.editing import NOON, names


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
