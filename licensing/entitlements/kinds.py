"""What can a licence be drawn on for?"""

from kernel.i18n import N_, Labelled


class AllowanceKind(Labelled):
    """What a licence draws from. Epsilon is privacy loss, calls are whole, money is fen."""

    CALLS = "calls", N_("次数")
    EPSILON = "epsilon", N_("隐私预算 ε")
    BYTES = "bytes", N_("流量")
    MONEY = "money", N_("金额上限")
