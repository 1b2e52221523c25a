"""How organisations are kept."""

from datetime import date, datetime

from sqlalchemy import ARRAY, CheckConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Choice
from market.organizations.rules import (
    OrganizationId,
    OrganizationKind,
    RegulatorScope,
    is_verified_on,
)


class Organization(Base):
    """A body with one unified social credit code.

    verified_until_on: last day of its standing verification; None when it has none.
    regulator_scopes: only of a regulator: what its office watches.
    """

    __tablename__ = "organizations"
    __table_args__ = (
        CheckConstraint(
            "credit_code ~ '^[0-9A-HJ-NP-RTUW-Y]{2}[0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}$'",
            name="credit_code_is_written_right",
        ),
        CheckConstraint(
            "kind IN ('source_department', 'bureau', 'operator', 'enterprise', 'registrar', "
            "'price_authority', 'regulator', 'public_institution')",
            name="kind_is_known",
        ),
        CheckConstraint(
            "regulator_scopes <@ ARRAY['data', 'price', 'cyberspace', 'finance']",
            name="scopes_are_known",
        ),
        CheckConstraint(
            "(kind = 'regulator') = (cardinality(regulator_scopes) > 0)",
            name="only_regulators_have_scopes",
        ),
    )

    id: Mapped[OrganizationId] = mapped_column(Text, primary_key=True)
    name: Mapped[str]
    kind: Mapped[OrganizationKind] = mapped_column(Choice(OrganizationKind))
    credit_code: Mapped[str] = mapped_column(unique=True)
    regulator_scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    founded_at: Mapped[datetime]
    verified_until_on: Mapped[date | None]

    @property
    def scopes(self) -> frozenset[RegulatorScope]:
        return frozenset(RegulatorScope(scope) for scope in self.regulator_scopes)

    def is_verified(self, today: date) -> bool:
        return is_verified_on(self.verified_until_on, today)
