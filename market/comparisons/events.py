"""What was found between versions?"""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class VersionsCompared(Event):
    """Two versions of a data set were held side by side, row by row."""

    name = "market.versions_compared"
    sentence = N_(
        "《{title}》第 {later} 版对第 {earlier} 版："
        "新增 {added} 行，减少 {removed} 行，变化 {changed} 行"
    )

    comparison_id: str
    dataset_id: str
    title: str
    earlier: int
    later: int
    added: int
    removed: int
    changed: int
    breaking_columns: str
