"""The law of the catalogue: purposes, publication blockers, state moves. Pure."""

from kernel.i18n import N_, Labelled


class Purpose(Labelled):
    """What data may be used for. Free or charged is decided per use, never per product (PR-01)."""

    GOVERNANCE = "governance", N_("公共治理")
    PUBLIC_INTEREST = "public_interest", N_("公益事业")
    INDUSTRY = "industry", N_("产业发展、行业发展")
    REDEVELOP = "redevelop", N_("再开发")

    @property
    def is_free(self) -> bool:
        """PR-01: public governance and public interest are free, whoever buys."""
        return self in {Purpose.GOVERNANCE, Purpose.PUBLIC_INTEREST}
