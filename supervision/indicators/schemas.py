"""How do the figures leave the house?"""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from supervision.indicators.rules import MarketFigures


class MarketFiguresOut(BaseModel):
    """The market at one moment. Amounts in fen; epsilon as a decimal text."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    datasets: int
    versions_checked: int
    rows_checked: int
    products_listed: int
    authorizations_active: int
    licences_active: int
    orders_paid: int
    payments_settled: int
    ledger_entries: int
    ledger_sum_fen: int
    queries_released: int
    queries_refused: int
    epsilon_spent: str
    appraisals_signed: int
    assets_booked: int
    book_value_fen: int
    refusals: int
    alerts_open: int
    events: int
    checkpoint_size: int

    @classmethod
    def of(cls, figures: MarketFigures) -> Self:
        return cls(
            at=figures.at,
            datasets=figures.datasets,
            versions_checked=figures.versions_checked,
            rows_checked=figures.rows_checked,
            products_listed=figures.products_listed,
            authorizations_active=figures.authorizations_active,
            licences_active=figures.licences_active,
            orders_paid=figures.orders_paid,
            payments_settled=figures.payments_settled,
            ledger_entries=figures.ledger_entries,
            ledger_sum_fen=figures.ledger_sum_minor,
            queries_released=figures.queries_released,
            queries_refused=figures.queries_refused,
            epsilon_spent=str(figures.epsilon_spent),
            appraisals_signed=figures.appraisals_signed,
            assets_booked=figures.assets_booked,
            book_value_fen=figures.book_value.minor,
            refusals=figures.refusals,
            alerts_open=figures.alerts_open,
            events=figures.events,
            checkpoint_size=figures.checkpoint_size,
        )
