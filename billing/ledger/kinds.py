"""Why does money move?"""

from kernel.i18n import N_, Labelled


class TransferKind(Labelled):
    """Why money moved."""

    PAYMENT = "payment", N_("收款与分成")
    INVOICE = "invoice", N_("开具账单与分成")
    INVOICE_PAYMENT = "invoice_payment", N_("账单收款")
    REFUND = "refund", N_("退款")
    PAYOUT = "payout", N_("分成付款")
    TOP_UP = "top_up", N_("钱包充值")
