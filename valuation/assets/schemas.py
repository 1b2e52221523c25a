"""What finance staff say about an asset, and what is shown of it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from kernel.money import Money
from valuation.assets.models import DataAsset
from valuation.assets.rules import (
    LONGEST_LIFE_MONTHS,
    AcquisitionRoute,
    AssetClass,
    AssetState,
    AssetUse,
    LapseCause,
)

YuanAmount = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)]
Reason = Annotated[str, Field(min_length=2, max_length=1000)]
_FROZEN = ConfigDict(frozen=True, extra="forbid")


class UseDraft(BaseModel):
    """When it was ready, for what it works, and for how long.

    right_ends_on: the first day without right, where the right has an end.
    """

    model_config = _FROZEN

    ready_on: date
    use: AssetUse
    life_months: Annotated[int, Field(ge=1, le=LONGEST_LIFE_MONTHS)]
    right_ends_on: date | None = None
    reason: Reason


class FinishDraft(BaseModel):
    """When processing for sale was finished."""

    model_config = _FROZEN

    ready_on: date


class LifeDraft(BaseModel):
    """A new estimate of the months that are left; it counts from the month of the decision."""

    model_config = _FROZEN

    months_left: Annotated[int, Field(ge=1, le=LONGEST_LIFE_MONTHS)]
    reason: Reason


class ImpairmentDraft(BaseModel):
    """What the asset could still bring, in yuan."""

    model_config = _FROZEN

    on: date
    fair_value: YuanAmount
    disposal_cost: YuanAmount
    value_in_use: YuanAmount
    reason: Reason


class RealisableDraft(BaseModel):
    """What inventory could be sold for, in yuan."""

    model_config = _FROZEN

    on: date
    price: YuanAmount
    to_complete: YuanAmount = Decimal(0)
    selling: YuanAmount = Decimal(0)
    reason: Reason


class WriteUpDraft(BaseModel):
    """The carrying amount somebody wants to see, in yuan. Refused for intangible assets."""

    model_config = _FROZEN

    on: date
    carrying: YuanAmount
    reason: Reason


class SaleDraft(BaseModel):
    """Price without VAT, and the VAT, in yuan."""

    model_config = _FROZEN

    on: date
    price: YuanAmount
    vat: YuanAmount = Decimal(0)


class LapseDraft(BaseModel):
    """When and why the right or the use was lost."""

    model_config = _FROZEN

    on: date
    cause: LapseCause
    reason: Reason


@dataclass(frozen=True)
class AssetAmounts:
    """What the books say of one asset."""

    gross: Money
    amortised: Money
    written_down: Money

    @property
    def carrying(self) -> Money:
        return self.gross - self.amortised - self.written_down


class AssetOut(BaseModel):
    """One data asset with its amounts in yuan."""

    id: str
    entity_id: str
    product_id: str
    title: str
    route: AcquisitionRoute
    state: AssetState
    asset_class: AssetClass | None
    order_id: str | None
    ready_on: date | None
    amortise_from_on: date | None
    amortise_until_on: date | None
    gross: str
    amortised: str
    written_down: str
    carrying: str

    @classmethod
    def of(cls, asset: DataAsset, amounts: AssetAmounts) -> Self:
        return cls(
            id=asset.id,
            entity_id=asset.entity_id,
            product_id=asset.product_id,
            title=asset.title,
            route=asset.came_by,
            state=asset.stands,
            asset_class=asset.booked_as,
            order_id=asset.order_id,
            ready_on=asset.ready_on,
            amortise_from_on=asset.amortise_from_on,
            amortise_until_on=asset.amortise_until_on,
            gross=f"{amounts.gross.yuan:.2f}",
            amortised=f"{amounts.amortised.yuan:.2f}",
            written_down=f"{amounts.written_down.yuan:.2f}",
            carrying=f"{amounts.carrying.yuan:.2f}",
        )
