"""Whose purses are there?"""

from kernel.i18n import N_, Labelled


class Purse(Labelled):
    """Whose share of the privacy loss a budget holds. A query is charged to all four at once."""

    LICENCE = "licence", N_("本许可")
    BUYER = "buyer", N_("本单位全部许可")
    PRODUCT = "product", N_("产品终身")
    FAMILY = "family", N_("同源数据")
