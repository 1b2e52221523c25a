"""Assets and what is done with them, said in one line."""

from datetime import date

from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.money import Money
from tests.factories.books import (
    on_day,
)
from tests.factories.valuation import entries
from valuation.assets import actions, reads
from valuation.assets.models import DataAsset
from valuation.assets.schemas import (
    ImpairmentDraft,
    RealisableDraft,
)
from valuation.books import reads as books
from valuation.books.models import Voucher
from valuation.books.rules import Business, Line, Posting

READY = date(2024, 4, 20)


REASON = "依据市场报价"


SYSTEM = Actor.system("test")


def lines_of(session: Session, clerk: Actor, voucher: Voucher | None) -> list[tuple[str, str, str]]:
    assert voucher is not None
    kept = books.get_voucher(session, clerk, voucher.id)
    session.refresh(kept, ["lines"])
    lines = tuple(
        Line(one.account_name, one.debit, one.credit, one.asset_id, one.how_moved)
        for one in kept.lines
    )
    return entries(Posting(Business(kept.business), lines))


def carrying(session: Session, asset: DataAsset) -> Money:
    return reads.amounts_of(session, [asset])[asset.id].carrying


def charge(
    session: Session, clerk: Actor, asset: DataAsset, month: date, today: date | None = None
) -> int:
    with on_day(today or date(2026, 1, 31)):
        return actions.run_month_end(session, clerk, asset.entity_id, month)


def impairment(on: date, recoverable: int) -> ImpairmentDraft:
    return ImpairmentDraft(
        on=on, fair_value=recoverable, disposal_cost=0, value_in_use=0, reason=REASON
    )


# --- into use ------------------------------------------------------------------------------------


def measured(price: int) -> RealisableDraft:
    return RealisableDraft(on=date(2024, 12, 31), price=price, reason=REASON)
