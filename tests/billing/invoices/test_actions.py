"""What is owed is invoiced once, and settled once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from billing.invoices import actions, reads
from billing.invoices.rules import InvoiceState
from billing.invoices.tasks import issue_invoices
from billing.ledger import reads as ledger
from billing.ledger.rules import AccountKind, AccountRef
from billing.orders.models import Order
from billing.orders.reads import get_order
from billing.orders.rules import OrderState
from kernel import clock
from kernel.actor import MissingPermission
from kernel.db import transaction
from kernel.money import Money
from licensing.licences.rules import PaymentTerms
from market.accounts.rules import Role
from tests.factories.billing import (
    BUYER,
    HOUSE,
    make_licence,
    make_order,
    purchaser,
    sold_product,
)
from tests.factories.events import names_of_events
from tests.factories.market import actor_of, stored

OWED = AccountRef(AccountKind.RECEIVABLE, BUYER)


@contextmanager
def at(year: int, month: int, day: int) -> Iterator[None]:
    with clock.frozen_at(datetime(year, month, day, 4, tzinfo=UTC)):
        yield


def owed_order(session: Session, product_id: str = "", **changes: object) -> Order:
    licence = make_licence(session, product_id, payment=PaymentTerms.INVOICE.value, **changes)  # type: ignore[arg-type]
    return make_order(session, licence)


def test_a_month_is_invoiced_when_it_is_over(session: Session) -> None:
    with at(2026, 3, 31):
        order = owed_order(session)
        assert actions.issue_past_months(session, HOUSE) == []

    with at(2026, 4, 1):
        [invoice] = actions.issue_past_months(session, HOUSE)

    assert (invoice.number, invoice.phase) == ("ZD2026-000001", InvoiceState.ISSUED)
    assert (invoice.amount, invoice.tax) == (Money.of_yuan("800"), Money.of_yuan("45.28"))
    assert invoice.due_on.isoformat() == "2026-05-01"
    [line] = reads.lines_of(session, invoice.id)
    assert (line.order_id, line.units, line.purchase_number) == (order.id, 1000, "PO-2026-001")
    assert names_of_events(session)[-1] == "billing.invoice_issued"


def test_an_order_stands_on_one_invoice_only(session: Session) -> None:
    with at(2026, 3, 1):
        owed_order(session)
    with at(2026, 4, 1):
        actions.issue_past_months(session, HOUSE)
        again = actions.issue_past_months(session, HOUSE)

    assert again == []


def test_one_buyer_gets_one_invoice_with_a_line_per_order(session: Session) -> None:
    with at(2026, 3, 1):
        product = sold_product(session)
        for units in (10, 20):
            owed_order(session, product.id, units=units)
        owed_order(session, product.id, buyer_id="org_other")
    with at(2026, 4, 1):
        invoices = actions.issue_past_months(session, HOUSE)

    mine = next(invoice for invoice in invoices if invoice.buyer_id == BUYER)
    assert len(invoices) == 2
    amounts = {line.amount.minor for line in reads.lines_of(session, mine.id)}
    assert amounts == {800, 1600}
    assert mine.amount == Money(2400)
    assert {invoice.number for invoice in invoices} == {"ZD2026-000001", "ZD2026-000002"}


def test_numbers_begin_anew_each_year(session: Session) -> None:
    with at(2026, 11, 1):
        product = sold_product(session)
        owed_order(session, product.id)
    with at(2026, 12, 1):
        [first] = actions.issue_past_months(session, HOUSE)
        owed_order(session, product.id)
    with at(2027, 1, 1):
        [second] = actions.issue_past_months(session, HOUSE)

    assert [first.number, second.number] == ["ZD2026-000001", "ZD2027-000001"]


def test_what_is_paid_by_checkout_stands_on_no_invoice(session: Session) -> None:
    with at(2026, 3, 1):
        make_order(session)
    with at(2026, 4, 1):
        assert actions.issue_past_months(session, HOUSE) == []


def issued(session: Session) -> tuple[Order, str]:
    with at(2026, 3, 1):
        order = owed_order(session)
    with at(2026, 4, 1):
        [invoice] = actions.issue_past_months(session, HOUSE)
    return order, invoice.id


def test_settling_clears_what_is_owed_and_marks_the_orders_paid(session: Session) -> None:
    order, invoice_id = issued(session)

    invoice = actions.settle(session, HOUSE, invoice_id)

    assert invoice.phase is InvoiceState.SETTLED
    assert get_order(session, HOUSE, order.id).phase is OrderState.PAID
    assert ledger.balance(session, OWED) == Money(0)
    assert ledger.balance(session, AccountRef(AccountKind.CLEARING)) == Money(-80_000)
    assert ledger.sum_of_everything(session) == 0
    assert names_of_events(session)[-2:] == ["billing.order_paid", "billing.invoice_settled"]


def test_settling_again_changes_nothing(session: Session) -> None:
    _, invoice_id = issued(session)
    actions.settle(session, HOUSE, invoice_id)
    before = names_of_events(session)

    actions.settle(session, HOUSE, invoice_id)

    assert names_of_events(session) == before
    with pytest.raises(actions.InvoiceStateForbids):
        actions.require_payable(session, purchaser(session), invoice_id)


def test_only_the_buyers_purchaser_pays_and_strangers_see_nothing(session: Session) -> None:
    _, invoice_id = issued(session)

    assert actions.require_payable(session, purchaser(session), invoice_id)
    for role in (Role.OPERATOR, Role.ANALYST):
        with pytest.raises(MissingPermission):
            actions.require_payable(session, stored(session, actor_of(role)), invoice_id)
    for stranger in (
        actor_of(Role.PURCHASER, organization_id="org_other", id="usr_1"),
        actor_of(Role.OPERATOR, organization_id="org_other", id="usr_2"),
        actor_of(Role.BUREAU_OFFICER),
    ):
        with pytest.raises(reads.InvoiceNotFound):
            reads.get_invoice(session, stranger, invoice_id)


def test_parallel_runs_leave_no_gap_and_no_double(own_database: Engine) -> None:
    with at(2026, 3, 1), transaction() as session:
        product = sold_product(session)
        for number in range(6):
            owed_order(session, product.id, buyer_id=f"org_buyer_{number}")

    def run(_: int) -> None:
        with at(2026, 4, 1):
            issue_invoices()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))

    with transaction() as session:
        regulator = actor_of(Role.REGULATOR)
        numbers = [row.number for row in reads.list_invoices(session, regulator).items]
    assert sorted(numbers) == [f"ZD2026-{place:06d}" for place in range(1, 7)]
