"""Places, cancels and settles orders; an order that is settled makes its licence active."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from billing.ledger.kinds import TransferKind
from billing.ledger.rules import AccountKind, AccountRef
from billing.orders import reads
from billing.orders.events import (
    OrderCancelled,
    OrderFulfilled,
    OrderPaid,
    OrderPlaced,
    OrderPutOnAccount,
)
from billing.orders.models import Order
from billing.orders.rules import (
    PAY_WITHIN_DAYS,
    Obstacle,
    OrderState,
    costs_nothing,
    may_be_ordered,
    may_move,
    obstacle_to,
    pay_by,
)
from billing.orders.schemas import OrderDraft
from billing.shares.actions import share_revenue
from billing.shares.reads import current_rule, vat_rate
from billing.shares.rules import Sale, take_out_tax
from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from kernel.rates import Rate
from licensing.entitlements.actions import grant_allowance
from licensing.entitlements.kinds import AllowanceKind
from licensing.licences import actions as licences
from licensing.licences.reads import Licence, get_licence, licence_for_update
from licensing.licences.rules import LicenceState, PaymentTerms
from market.catalogue.prices import ChargeUnit
from market.catalogue.reads import get_product
from market.organizations.reads import get_organization

OVERDUE = N_("逾期未付款，系统自动取消")
LICENCE_ENDED = N_("许可合同已终止")


@dataclass(eq=False)
class LicenceNotReady(Conflict):
    """Only a licence that both sides have signed, and that has not begun, can be ordered."""

    code = "order-licence-not-ready"
    message = N_("许可合同当前是“{state}”，不能下单。请先由双方签署，或查看已有订单。")

    licence_id: str
    state: LicenceState


@dataclass(eq=False)
class OrderExists(Conflict):
    """One licence is ordered once."""

    code = "order-exists"
    message = N_("这份合同已经下单。请在“账单”页打开订单继续付款。")

    order_id: str


@dataclass(eq=False)
class SharesMissing(Conflict):
    """Nobody has said who gets which part of the revenue."""

    code = "order-shares-missing"
    message = N_(
        "“{bureau}”还没有设定《{title}》的收益分配，暂不能下单。请通知该单位的审批人设定。"
    )
    clause = "BL-04"

    product_id: str
    title: str
    bureau: str


@dataclass(eq=False)
class QueriesNotReady(Conflict):
    """Nobody pays for queries that cannot be asked: the bureau has set no privacy policy."""

    code = "order-queries-not-ready"
    message = N_(
        "“{bureau}”还没有设定《{title}》的隐私策略，付款后也不能查询，暂不能下单。请通知该单位设定。"
    )
    clause = "BL-11"

    product_id: str
    title: str
    bureau: str


@dataclass(eq=False)
class ChargeForbidden(Conflict):
    """A rule forbids to take money for this use now."""

    code = "order-charge-forbidden"
    message = N_("现在不能收款：{obstacle}。款项未被收取；请联系供方处理后再试。")

    licence_id: str
    obstacle: Obstacle

    @property
    def clause(self) -> str:  # type: ignore[override]  # of the rule that forbids
        return self.obstacle.clause


@dataclass(eq=False)
class OrderStateForbids(Conflict):
    """The order is not in a state from which this can be done."""

    code = "order-state-forbids"
    message = N_("订单当前是“{state}”，不能这样做。请刷新页面。")

    order_id: str
    state: OrderState


def place(session: Session, actor: Actor, draft: OrderDraft) -> Order:
    """Order what a signed licence sells, at the licence's own price.

    Free uses are paid at zero at once (BL-10); on invoice terms the amount is owed and the
    licence begins; everything else waits for payment.
    Raises: LicenceNotFound, MissingPermission, OrganizationUnverified, OrderExists,
        LicenceNotReady, ChargeForbidden, SharesMissing, QueriesNotReady.
    """
    licence = get_licence(session, actor, draft.licence_id)
    actor.require(Permission.PLACE_ORDER, licence.buyer_id)
    actor.require_verified()
    licence = licence_for_update(session, draft.licence_id)
    if earlier := reads.find_of_licence(session, licence.id):
        raise OrderExists(earlier.id)
    if not may_be_ordered(licence.phase):
        raise LicenceNotReady(licence.id, licence.phase)
    rate = vat_rate()
    require_lawful_charge(session, actor, licence, rate)
    _require_queries(session, licence)
    order = _new_order(session, actor, licence, draft, rate)
    session.add(order)
    session.flush()
    record(
        session,
        actor,
        OrderPlaced(
            order.id, licence.id, order.product_id, order.title, order.buyer_id, order.amount
        ),
    )
    if costs_nothing(order.terms, order.amount):
        _settle(session, actor, order)
    elif order.terms is PaymentTerms.INVOICE:
        _put_on_account(session, actor, order)
    return order


def require_lawful_charge(session: Session, actor: Actor, licence: Licence, rate: Rate) -> None:
    """PR-04, AO-07 and LC-05, asked anew at every charge. Raises: ChargeForbidden."""
    obstacle = obstacle_to(reads.charge_facts(session, actor, licence, rate))
    if obstacle is not None:
        raise ChargeForbidden(licence.id, obstacle)


def require_payable(session: Session, actor: Actor, order_id: str) -> Order:
    """Lock an order that the actor may pay now.

    Raises: OrderNotFound, MissingPermission, OrganizationUnverified, OrderStateForbids,
        ChargeForbidden.
    """
    order = reads.order_for_update(session, actor, order_id)
    actor.require(Permission.PLACE_ORDER, order.buyer_id)
    actor.require_verified()
    if not order.waits_for_payment:
        raise OrderStateForbids(order.id, order.phase)
    licence = get_licence(session, actor, order.licence_id)
    require_lawful_charge(session, actor, licence, order.rate)
    return order


def mark_paid(session: Session, actor: Actor, order_id: str) -> Order:
    """The full amount has arrived at the payment provider: share it, and let use begin.

    An order that is paid already stays as it is.
    Raises: OrderNotFound, OrderStateForbids.
    """
    order = reads.order_for_update(session, actor, order_id)
    if order.phase in {OrderState.PAID, OrderState.FULFILLED}:
        return order
    if not order.waits_for_payment:
        raise OrderStateForbids(order.id, order.phase)
    _share(session, actor, order, TransferKind.PAYMENT, AccountRef(AccountKind.CLEARING))
    _settle(session, actor, order)
    return order


def mark_paid_by_invoice(session: Session, actor: Actor, order_id: str) -> Order:
    """The invoice that holds this order is paid; its revenue was shared when it was owed.

    Raises: OrderNotFound, OrderStateForbids.
    """
    order = reads.order_for_update(session, actor, order_id)
    if order.phase in {OrderState.PAID, OrderState.FULFILLED}:
        return order
    if order.phase is not OrderState.PLACED or order.on_account_on is None:
        raise OrderStateForbids(order.id, order.phase)
    _note_paid(session, actor, order)
    return order


def cancel(session: Session, actor: Actor, order_id: str, reason: str) -> Order:
    """Give up an order that nobody has paid and nobody owes. Cancelling again changes nothing.

    Raises: OrderNotFound, MissingPermission, OrderStateForbids.
    """
    order = reads.order_for_update(session, actor, order_id)
    actor.require(Permission.PLACE_ORDER, order.buyer_id)
    if order.phase is OrderState.CANCELLED:
        return order
    if not order.waits_for_payment:
        raise OrderStateForbids(order.id, order.phase)
    _cancel(session, actor, order, reason)
    return order


def cancel_overdue(session: Session, actor: Actor, keep: frozenset[str] = frozenset()) -> int:
    """BL-03: cancel what was not paid in time. keep: orders whose payment is under way."""
    overdue = [o for o in reads.list_overdue(session, clock.today()) if o.id not in keep]
    for order in overdue:
        _cancel(session, actor, order, OVERDUE)
    return len(overdue)


def close_with_licence(session: Session, actor: Actor, licence_id: str) -> None:
    """The licence has ended: a paid order is fulfilled, one that waits for payment is void."""
    found = reads.find_of_licence(session, licence_id)
    if found is None:
        return
    order = reads.order_for_update(session, actor, found.id)
    if may_move(order.phase, OrderState.FULFILLED):
        order.become_fulfilled(clock.today())
        fact = OrderFulfilled(order.id, order.licence_id, order.buyer_id, order.title)
        record(session, actor, fact)
    elif order.waits_for_payment:
        _cancel(session, actor, order, LICENCE_ENDED)


def _require_queries(session: Session, licence: Licence) -> None:
    """BL-11. Raises: QueriesNotReady."""
    if not reads.can_be_asked(session, licence):
        product = get_product(session, licence.product_id)
        bureau = get_organization(session, product.bureau_id)
        raise QueriesNotReady(licence.product_id, licence.title, bureau.name)


def _new_order(
    session: Session, actor: Actor, licence: Licence, draft: OrderDraft, rate: Rate
) -> Order:
    product = get_product(session, licence.product_id)
    today = clock.today()
    is_free = costs_nothing(PaymentTerms(licence.payment), licence.amount)
    rule = current_rule(session, licence.product_id)
    if rule is None and not is_free:
        bureau = get_organization(session, product.bureau_id)
        raise SharesMissing(licence.product_id, licence.title, bureau.name)
    return Order(
        id=new_id("ord"),
        licence_id=licence.id,
        product_id=licence.product_id,
        supplier_id=licence.supplier_id,
        bureau_id=product.bureau_id,
        buyer_id=licence.buyer_id,
        title=licence.title,
        purchase_number=draft.purchase_number,
        unit=licence.unit,
        units=licence.units,
        unit_price=licence.unit_price,
        payment=licence.payment,
        amount_minor=licence.amount.minor,
        amount_currency=licence.amount.currency.value,
        tax_rate=rate,
        tax_minor=take_out_tax(licence.amount, rate).tax.minor,
        share_version=rule.version if rule else None,
        state=OrderState.PLACED.value,
        placed_by=actor.id,
        placed_at=clock.now(),
        due_on=pay_by(today, PAY_WITHIN_DAYS.at(today).value),
    )


def _put_on_account(session: Session, actor: Actor, order: Order) -> None:
    """Invoice terms: the buyer owes the amount from today, and use begins."""
    owed = AccountRef(AccountKind.RECEIVABLE, order.buyer_id)
    _share(session, actor, order, TransferKind.INVOICE, owed)
    order.on_account_on = clock.today()
    fact = OrderPutOnAccount(
        order.id, order.licence_id, order.buyer_id, order.product_id, order.title, order.amount
    )
    record(session, actor, fact)
    _let_use_begin(session, order)


def _share(
    session: Session, actor: Actor, order: Order, kind: TransferKind, source: AccountRef
) -> None:
    """Post the amount to everybody's accounts, by the rule the order was placed with."""
    assert order.share_version is not None
    sale = Sale(
        key=f"order:{order.id}",
        kind=kind,
        order_id=order.id,
        product_id=order.product_id,
        title=order.title,
        amount=order.amount,
        tax_rate=order.rate,
        version=order.share_version,
        source=source,
        on=clock.today(),
    )
    share_revenue(session, actor, sale)


def _settle(session: Session, actor: Actor, order: Order) -> None:
    _note_paid(session, actor, order)
    _let_use_begin(session, order)


def _note_paid(session: Session, actor: Actor, order: Order) -> None:
    order.become_paid(clock.today())
    fact = OrderPaid(
        order_id=order.id,
        licence_id=order.licence_id,
        buyer_id=order.buyer_id,
        product_id=order.product_id,
        title=order.title,
        amount_minor=order.amount_minor,
        tax_minor=order.tax_minor,
        currency=order.amount_currency,
        paid_on=clock.today(),
    )
    record(session, actor, fact)


def _let_use_begin(session: Session, order: Order) -> None:
    """Activate the licence and grant what was bought; epsilon as the licence says (SB-04)."""
    house = Actor.system("billing.orders")
    licence = licences.activate(session, house, order.licence_id)
    granted = [(AllowanceKind.EPSILON, licence.epsilon)]
    if order.unit == ChargeUnit.CALL:
        granted.append((AllowanceKind.CALLS, Decimal(order.units)))
    for kind, amount in granted:
        grant_allowance(session, house, order.licence_id, kind, amount, order.id)


def _cancel(session: Session, actor: Actor, order: Order, reason: str) -> None:
    order.become_cancelled(reason)
    record(session, actor, OrderCancelled(order.id, order.title, reason))
