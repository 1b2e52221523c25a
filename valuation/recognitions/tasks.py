"""What follows in the buyer's own books when an order is paid?"""

from sqlalchemy.orm import Session

from billing.orders.events import OrderPaid
from kernel.actor import Actor
from kernel.money import Currency, Money
from kernel.relay import Fact, subscribe
from valuation.recognitions import actions
from valuation.recognitions.schemas import PaidOrder

HOUSE = Actor.system("valuation.recognitions")


@subscribe(OrderPaid)
def receive_purchase(session: Session, event: OrderPaid, fact: Fact) -> None:
    """A paid order becomes a candidate asset of its buyer; free use by law leaves no trace."""
    del fact
    if not event.amount_minor:
        return
    currency = Currency(event.currency)
    order = PaidOrder(
        order_id=event.order_id,
        buyer_id=event.buyer_id,
        product_id=event.product_id,
        title=event.title,
        amount=Money(event.amount_minor, currency),
        vat=Money(event.tax_minor, currency),
        paid_on=event.paid_on,
    )
    actions.receive_purchase(session, HOUSE, order)
