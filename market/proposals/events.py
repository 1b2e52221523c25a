"""What happened to proposals of rules?"""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class SuiteProposed(Event):
    """A version was profiled; rules that hold on it are offered to a clerk."""

    name = "market.suite_proposed"
    sentence = N_("为《{title}》第 {number} 版建议了 {rules} 条质量规则")

    proposal_id: str
    dataset_id: str
    version_id: str
    title: str
    number: int
    rules: int
