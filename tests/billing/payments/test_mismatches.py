"""Does money that does not match go back whole, by whom it may, with books that sum to zero?"""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from billing.ledger import reads as ledger
from billing.orders.models import Order
from billing.orders.rules import OrderState
from billing.payments import actions, mismatches, reads, tasks
from billing.payments.actions import PaymentStateForbids
from billing.payments.mismatches import NothingToGiveBack
from billing.payments.models import PaymentIntent
from billing.payments.reads import PaymentNotFound
from billing.payments.rules import PaymentState
from billing.payments.schemas import MismatchReturn
from billing.payments.stripe_gateway import Gateway
from kernel.actor import MissingPermission
from kernel.money import Currency, Money
from market.accounts.rules import Role
from tests.billing.payments.paying import (
    CLEARING,
    WALLET,
    begun,
    choose,
    opened,
    phase,
)
from tests.factories.billing import HOUSE, purchaser
from tests.factories.events import names_of_events
from tests.factories.market import actor_of, sign_in_as, stored

pytestmark = pytest.mark.usefixtures("settings")
BACK = MismatchReturn(reason="到账少一分，退回后请重新付款")


def clerk(session: Session, order: Order):
    return stored(session, actor_of(Role.FINANCE_CLERK, organization_id=order.supplier_id))


def mismatched(
    session: Session, order: Order, gateway: Gateway, **changes: object
) -> PaymentIntent:
    intent = opened(session, order)
    choose(intent, "paid")
    paid = gateway.find_checkout(str(intent.checkout_id))
    assert paid is not None
    told = replace(paid, **({"amount_minor": 79_999} | changes))
    actions.settle(session, HOUSE, intent.id, told)
    session.commit()
    return intent


def test_what_does_not_match_goes_back_whole_and_the_books_sum_to_zero(
    session: Session, order: Order, gateway: Gateway
) -> None:
    intent = mismatched(session, order, gateway)

    mismatches.return_mismatch(session, clerk(session, order), intent.id, BACK)
    assert ledger.balance(session, WALLET) == Money(79_999)
    assert ledger.balance(session, CLEARING) == Money(-79_999)
    session.commit()
    tasks.give_back(intent.id)
    tasks.give_back(intent.id)
    session.expire_all()

    assert (intent.phase, bool(intent.refund_reference)) == (PaymentState.RETURNED, True)
    assert ledger.balance(session, WALLET) == Money(0)
    assert ledger.balance(session, CLEARING) == Money(0)
    assert names_of_events(session)[-4:] == [
        "billing.transfer_posted",
        "billing.mismatch_resolved",
        "billing.transfer_posted",
        "billing.refund_made",
    ]
    assert ledger.sum_of_everything(session) == 0
    assert phase(session, order) is OrderState.PLACED
    assert begun(session, order).id != intent.id


def test_another_currency_is_given_back_in_that_currency(
    session: Session, order: Order, gateway: Gateway
) -> None:
    intent = mismatched(session, order, gateway, amount_minor=80_000, currency="usd")

    mismatches.return_mismatch(session, clerk(session, order), intent.id, BACK)

    assert intent.arrived == Money(80_000, Currency.USD)


@pytest.mark.parametrize("changes", [{"currency": "xyz"}, {"payment_reference": None}])
def test_what_the_books_cannot_hold_is_refused_in_words(
    session: Session, order: Order, gateway: Gateway, changes: dict[str, object]
) -> None:
    intent = mismatched(session, order, gateway, **changes)

    with pytest.raises(NothingToGiveBack):
        mismatches.return_mismatch(session, clerk(session, order), intent.id, BACK)


def test_only_the_sellers_finance_decides_and_only_once(
    session: Session, order: Order, gateway: Gateway
) -> None:
    intent = mismatched(session, order, gateway)
    stranger = stored(session, actor_of(Role.FINANCE_CLERK, organization_id="org_bureau"))
    if stranger.organization_id == order.bureau_id:
        stranger = stored(session, actor_of(Role.AUDITOR))
    with pytest.raises(MissingPermission):
        mismatches.return_mismatch(session, purchaser(session), intent.id, BACK)
    with pytest.raises(PaymentNotFound):
        mismatches.return_mismatch(session, stranger, intent.id, BACK)
    mismatches.return_mismatch(session, clerk(session, order), intent.id, BACK)

    with pytest.raises(PaymentStateForbids):
        mismatches.return_mismatch(session, clerk(session, order), intent.id, BACK)

    assert reads.list_mismatched(session, clerk(session, order)) == []


def test_the_clerk_resolves_it_on_its_page_and_a_program_may_too(
    client: FlaskClient, session: Session, order: Order, gateway: Gateway
) -> None:
    intent = mismatched(session, order, gateway)
    sign_in_as(client, clerk(session, order))
    address = f"/payments/{intent.id}"
    page = client.get(address).text
    assert "全额退回" in page
    assert "799.99" in page
    assert "请核对后在下面处理" in page

    empty = client.post(f"{address}/return", data={"reason": ""})
    done = client.post(f"{address}/return", data={"reason": BACK.reason})
    again = client.post(f"/api/payments/{intent.id}/return", json=BACK.model_dump())

    assert (empty.status_code, done.status_code, again.status_code) == (422, 303, 409)
    assert "正在全额原路退回" in client.get(address).text
    assert "全额退回</button>" not in client.get(address).text
