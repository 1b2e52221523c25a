"""What does the provider's word mean for a payment? Pure.

Source: docs/rules/billing.md, BL-05 to BL-08.
"""

from dataclasses import dataclass
from datetime import datetime

from kernel.errors import Invalid
from kernel.i18n import N_, Labelled
from kernel.money import Currency, Money


class PaymentState(Labelled):
    """The life of one attempt to collect one sum."""

    REQUESTED = "requested", N_("正在建立付款页")
    OPEN = "open", N_("等待付款")
    PROCESSING = "processing", N_("银行处理中")
    SUCCEEDED = "succeeded", N_("已到账")
    FAILED = "failed", N_("没有成功")
    EXPIRED = "expired", N_("付款页已过期")
    MISMATCHED = "mismatched", N_("金额不符，待核查")
    RETURNING = "returning", N_("退回中")
    RETURNED = "returned", N_("已全额退回")


class PayMethod(Labelled):
    """How a buyer pays on the provider's page."""

    ALIPAY = "alipay", N_("支付宝")
    WECHAT_PAY = "wechat_pay", N_("微信支付")
    CARD = "card", N_("银行卡")


class Trouble(Labelled):
    """Why a payment did not come about, in words for the buyer."""

    DECLINED = "declined", N_("付款被拒绝。可在付款页换一种方式再试。")
    SERVICE_DOWN = "service_down", N_("支付服务暂时没有响应，系统会自动重试。")
    SERVICE_REFUSED = (
        "service_refused",
        N_("支付服务不接受这笔付款。请改用其他付款方式或联系平台。"),
    )
    AMOUNT_TOO_LARGE = "amount_too_large", N_("金额超过支付服务的单笔上限。请与供方改按账单付款。")
    AMOUNT_TOO_SMALL = (
        "amount_too_small",
        N_("金额低于支付服务的单笔下限。请合并下单或改按账单付款。"),
    )
    ABANDONED = "abandoned", N_("已由本单位放弃。")
    ORDER_ENDED = "order_ended", N_("所付的订单已经取消。")
    UNKNOWN_TO_SERVICE = "unknown_to_service", N_("支付服务不认识这笔付款。请重新发起。")


class CheckoutStatus(Labelled):
    """Where the provider's page stands."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


class WebhookFault(Labelled):
    """Why a notice of the provider has no effect (BL-06)."""

    UNSIGNED = "unsigned", N_("没有签名")
    FORGED = "forged", N_("签名不符")
    OLD = "old", N_("时间戳过期")
    REPLAYED = "replayed", N_("重复使用同一签名")
    MALFORMED = "malformed", N_("内容不完整")


@dataclass(eq=False)
class WebhookRefused(Invalid):
    """A notice that is not certainly the provider's, or not fresh, changes nothing."""

    code = "webhook-refused"
    message = N_(
        "支付通知被拒绝：{fault}。通知没有任何效果；请核对签名密钥和时钟后由支付服务重发。"
    )
    clause = "BL-06"

    fault: WebhookFault


@dataclass(frozen=True)
class CheckoutRequest:
    """What the provider is asked to collect. key: ours, so that asking twice makes one page."""

    payment_id: str
    key: str
    title: str
    amount: Money
    success_url: str
    cancel_url: str


@dataclass(frozen=True)
class CheckoutFacts:
    """What the provider says of one page. Amount and currency as the provider writes them.

    payment_reference: the provider's payment, once somebody tried to pay. is_declined: the last
    try was refused.
    """

    id: str
    status: CheckoutStatus
    is_paid: bool
    amount_minor: int
    currency: str
    address: str = ""
    expires_at: datetime | None = None
    payment_reference: str | None = None
    method: PayMethod | None = None
    is_declined: bool = False


@dataclass(frozen=True)
class RefundRequest:
    """A sum to give back to whoever paid. key: ours."""

    payment_reference: str
    amount: Money
    key: str


@dataclass(frozen=True)
class RefundFacts:
    """What the provider says of a refund."""

    id: str
    amount_minor: int
    currency: str
    is_under_way: bool


@dataclass(frozen=True)
class Notice:
    """One signed notice: which event, about which object, for which payment of ours if it says."""

    event_id: str
    kind: str
    object_id: str
    payment_id: str | None
    stamp: str


class Meaning(Labelled):
    """What a look at the provider's page means for the payment."""

    WAIT = "wait"
    PROCESS = "process"
    SUCCEED = "succeed"
    MISMATCH = "mismatch"
    FAIL = "fail"
    EXPIRE = "expire"


# A payment that was given up here and paid there all the same still counts as paid (BL-07).
MOVES: dict[PaymentState, frozenset[PaymentState]] = {
    PaymentState.REQUESTED: frozenset(
        {PaymentState.OPEN, PaymentState.FAILED, PaymentState.SUCCEEDED, PaymentState.MISMATCHED}
    ),
    PaymentState.OPEN: frozenset(
        {
            PaymentState.PROCESSING,
            PaymentState.SUCCEEDED,
            PaymentState.FAILED,
            PaymentState.EXPIRED,
            PaymentState.MISMATCHED,
        }
    ),
    PaymentState.PROCESSING: frozenset(
        {PaymentState.SUCCEEDED, PaymentState.FAILED, PaymentState.MISMATCHED}
    ),
    PaymentState.FAILED: frozenset({PaymentState.SUCCEEDED, PaymentState.MISMATCHED}),
    PaymentState.EXPIRED: frozenset({PaymentState.SUCCEEDED, PaymentState.MISMATCHED}),
    PaymentState.SUCCEEDED: frozenset({PaymentState.RETURNING}),
    PaymentState.RETURNING: frozenset({PaymentState.RETURNED}),
    PaymentState.RETURNED: frozenset(),
    PaymentState.MISMATCHED: frozenset({PaymentState.RETURNING}),
}
# Where each meaning but "wait" leads, from where it may.
TARGETS: dict[Meaning, PaymentState] = {
    Meaning.PROCESS: PaymentState.PROCESSING,
    Meaning.SUCCEED: PaymentState.SUCCEEDED,
    Meaning.MISMATCH: PaymentState.MISMATCHED,
    Meaning.FAIL: PaymentState.FAILED,
    Meaning.EXPIRE: PaymentState.EXPIRED,
}
KEPT_CURRENCIES = frozenset(currency.value for currency in Currency)
WAITING = frozenset({PaymentState.REQUESTED, PaymentState.OPEN, PaymentState.PROCESSING})
MAY_BE_ABANDONED = frozenset({PaymentState.REQUESTED, PaymentState.OPEN})


def may_move(state: PaymentState, to: PaymentState) -> bool:
    return to in MOVES[state]


def meaning_of(checkout: CheckoutFacts, expected: Money) -> Meaning:
    """BL-05: only the full sum in the right currency pays."""
    match checkout.status:
        case CheckoutStatus.OPEN:
            return Meaning.WAIT
        case CheckoutStatus.EXPIRED:
            return Meaning.EXPIRE
        case CheckoutStatus.COMPLETE if checkout.is_paid:
            is_exact = (checkout.amount_minor, checkout.currency.upper()) == (
                expected.minor,
                expected.currency.value,
            )
            return Meaning.SUCCEED if is_exact else Meaning.MISMATCH
        case CheckoutStatus.COMPLETE:
            return Meaning.FAIL if checkout.is_declined else Meaning.PROCESS
