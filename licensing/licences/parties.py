"""Who are the two sides of a licence?"""

from kernel.i18n import N_, Labelled


class Party(Labelled):
    """Who signs."""

    SUPPLIER = "supplier", N_("供方")
    BUYER = "buyer", N_("需方")
