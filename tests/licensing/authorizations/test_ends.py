"""How is use under an agreement stopped, resumed and ended?"""

import pytest
from sqlalchemy.orm import Session

from kernel.actor import Actor
from licensing.authorizations import actions
from licensing.authorizations.rules import AgreementState, WindDownDuty
from licensing.authorizations.schemas import EndDraft, WindDownRecord
from licensing.plans.rules import AuthorizationIncomplete
from market.catalogue.reads import find_verdict, get_product
from market.catalogue.rules import (
    ProductState,
    VerdictKind,
    VerdictState,
    authorised_subject,
)
from tests.factories.catalogue import make_product, make_source
from tests.factories.licensing import (
    make_agreement,
)
from tests.licensing.authorizations.agreements import OPERATOR_ID, is_authorised, names


def test_suspending_an_agreement_stops_its_products_at_once(
    session: Session, bureau_approver: Actor, operator: Actor
) -> None:
    source = make_source(session)
    agreement = make_agreement(session, [source])
    product = make_product(session, source)

    actions.suspend(session, bureau_approver, agreement.id, "安全事件核查")

    assert not is_authorised(session, source.id)
    stopped = get_product(session, product.id)
    assert stopped.state == ProductState.SUSPENDED
    assert names(session, agreement.id)[-1] == "licensing.authorization_suspended"


def test_resuming_lets_use_go_on_and_leaves_products_to_their_bureau(
    session: Session, bureau_approver: Actor
) -> None:
    source = make_source(session)
    agreement = make_agreement(session, [source])
    product = make_product(session, source)
    actions.suspend(session, bureau_approver, agreement.id, "安全事件核查")

    actions.resume(session, bureau_approver, agreement.id)

    assert is_authorised(session, source.id)
    assert get_product(session, product.id).state == ProductState.SUSPENDED


def test_a_second_agreement_keeps_the_resource_authorised_when_one_ends(
    session: Session, bureau_approver: Actor
) -> None:
    source = make_source(session)
    first, second = make_agreement(session, [source]), make_agreement(session, [source])
    draft = EndDraft(how=AgreementState.TERMINATED, reason="协商终止")

    actions.end(session, bureau_approver, first.id, draft)
    assert is_authorised(session, source.id)
    actions.end(session, bureau_approver, second.id, draft)

    assert not is_authorised(session, source.id)
    verdict = find_verdict(
        session, VerdictKind.AUTHORISED, authorised_subject(OPERATOR_ID, source.id)
    )
    assert verdict is not None
    assert verdict.state is VerdictState.FAILS


def test_an_ended_agreement_is_closed_only_when_every_duty_is_done(
    session: Session, bureau_approver: Actor
) -> None:
    agreement = make_agreement(session, [make_source(session)])
    draft = EndDraft(how=AgreementState.REVOKED, reason="严重违约")
    actions.end(session, bureau_approver, agreement.id, draft)
    done = dict.fromkeys(WindDownDuty, "已办理")
    half = WindDownRecord(done={WindDownDuty.LOGS_KEPT: "已封存"})

    with pytest.raises(AuthorizationIncomplete) as refused:
        actions.close(session, bureau_approver, agreement.id, half)
    closed = actions.close(session, bureau_approver, agreement.id, WindDownRecord(done=done))

    assert refused.value.clause == "AO-12"
    assert closed.phase is AgreementState.CLOSED
    assert names(session, agreement.id)[-2:] == [
        "licensing.authorization_ended",
        "licensing.authorization_closed",
    ]
