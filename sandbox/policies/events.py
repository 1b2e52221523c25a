"""What happened to privacy policies?"""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class PolicySet(Event):
    """The bureau said what may be asked of a product. Budgets stay as they are."""

    name = "sandbox.policy_set"
    sentence = N_("产品《{title}》设定第 {number} 版隐私策略，保护单元：{unit}")

    policy_id: str
    product_id: str
    title: str
    number: int
    unit: str
