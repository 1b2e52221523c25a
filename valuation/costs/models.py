"""How is one cost kept, with its proof?"""

from datetime import date, datetime

from sqlalchemy import CHAR, BigInteger, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from kernel.money import Currency, Money
from valuation.costs.rules import CostComponent, PaidFrom, Stage


class CostRecord(Base):
    """One cost of one organisation for one product, without deductible VAT.

    evidence_key: where the proof is kept; empty until somebody attaches it.
    """

    __tablename__ = "cost_records"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("vat_minor >= 0 AND vat_minor < amount_minor", name="vat_below_amount"),
        CheckConstraint(
            "(evidence_key IS NULL) = (evidence_sha256 IS NULL)"
            " AND (evidence_key IS NULL) = (evidence_name IS NULL)",
            name="evidence_whole",
        ),
        Index("ix_cost_records_project", "organization_id", "product_id", "incurred_on"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    organization_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    title: Mapped[str]
    stage: Mapped[str]
    component: Mapped[str]
    incurred_on: Mapped[date]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    amount_currency: Mapped[str] = mapped_column(CHAR(3))
    vat_minor: Mapped[int] = mapped_column(BigInteger)
    paid_from: Mapped[str]
    document: Mapped[str]
    note: Mapped[str]
    evidence_key: Mapped[str | None]
    evidence_name: Mapped[str | None]
    evidence_sha256: Mapped[str | None]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, Currency(self.amount_currency))

    @property
    def vat(self) -> Money:
        return Money(self.vat_minor, Currency(self.amount_currency))

    @property
    def kind(self) -> CostComponent:
        return CostComponent(self.component)

    @property
    def at_stage(self) -> Stage:
        return Stage(self.stage)

    @property
    def paid_with(self) -> PaidFrom:
        return PaidFrom(self.paid_from)

    @property
    def has_evidence(self) -> bool:
        return self.evidence_key is not None

    def attach(self, key: str, name: str, sha256: str) -> None:
        self.evidence_key, self.evidence_name, self.evidence_sha256 = key, name, sha256
