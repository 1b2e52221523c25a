"""What was noticed about data?"""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class AnomalyNoticed(Event):
    """A figure of a version is out of its ordinary; low and high: the threshold."""

    name = "market.anomaly_noticed"
    sentence = N_(
        "《{title}》第 {number} 版异常：{column} {watched} 为 {value}，门槛 {low} 至 {high}"
    )

    dataset_id: str
    version_id: str
    title: str
    number: int
    watched: str
    column: str
    value: str
    low: str
    high: str


@dataclass(frozen=True)
class LatenessNoticed(Event):
    """The promised cycle was missed once, or twice: then the listing is suspended."""

    name = "market.lateness_noticed"
    sentence = N_("《{title}》更新逾期 {misses} 次（承诺：{cycle}）")

    dataset_id: str
    version_id: str
    title: str
    cycle: str
    misses: int
