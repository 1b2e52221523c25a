"""What happens to a data asset in the books of one entity."""

from dataclasses import dataclass
from datetime import date

from kernel.events import Event
from kernel.i18n import N_
from kernel.money import Money


@dataclass(frozen=True)
class AssetReadyForUse(Event):
    name = "valuation.asset_ready_for_use"
    sentence = N_("数据资产《{title}》于 {ready_on} 达到预定用途，摊销 {life_months} 个月")

    asset_id: str
    entity_id: str
    title: str
    ready_on: date
    life_months: int


@dataclass(frozen=True)
class InventoryFinished(Event):
    name = "valuation.inventory_finished"
    sentence = N_("数据资源《{title}》加工完成，转入存货 {cost}")

    asset_id: str
    entity_id: str
    title: str
    cost: Money


@dataclass(frozen=True)
class AssetsAmortised(Event):
    name = "valuation.assets_amortised"
    sentence = N_("{month_on} 计提摊销 {total}，共 {count} 项数据资产")

    entity_id: str
    month_on: date
    count: int
    total: Money
    voucher_id: str


@dataclass(frozen=True)
class LifeRevised(Event):
    name = "valuation.life_revised"
    sentence = N_("数据资产《{title}》的摊销期改为再摊 {months_left} 个月，未来适用")

    asset_id: str
    entity_id: str
    title: str
    months_left: int
    reason: str


@dataclass(frozen=True)
class AssetImpaired(Event):
    name = "valuation.asset_impaired"
    sentence = N_("数据资产《{title}》计提减值 {loss}，可收回金额 {recoverable}")

    asset_id: str
    entity_id: str
    title: str
    loss: Money
    recoverable: Money
    on: date


@dataclass(frozen=True)
class InventoryRemeasured(Event):
    """change: positive down, negative back up."""

    name = "valuation.inventory_remeasured"
    sentence = N_("数据资源《{title}》可变现净值 {realisable}，跌价准备变动 {change}")

    asset_id: str
    entity_id: str
    title: str
    realisable: Money
    change: Money
    on: date


@dataclass(frozen=True)
class AssetDerecognised(Event):
    """way: sale or lapse."""

    name = "valuation.asset_derecognised"
    sentence = N_("数据资产《{title}》终止确认（{way}），账面价值 {carrying}")

    asset_id: str
    entity_id: str
    title: str
    way: str
    carrying: Money
    on: date
