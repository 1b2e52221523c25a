"""What happened to queries? Payloads never hold the text of a query."""

from dataclasses import dataclass
from decimal import Decimal

from kernel.events import Event
from kernel.i18n import N_
from sandbox.queries.endings import Ending


@dataclass(frozen=True)
class QuerySubmitted(Event):
    """A question was accepted and paid for, or is answered from an earlier one."""

    name = "sandbox.query_submitted"
    sentence = N_("在产品《{title}》上提交一次查询，隐私成本 ε {cost_epsilon}")

    query_id: str
    product_id: str
    title: str
    licence_id: str
    buyer_id: str
    version_id: str
    purpose: str
    question_sha256: str
    cost_epsilon: Decimal
    is_replay: bool


@dataclass(frozen=True)
class QueryFinished(Event):
    """The numbers were computed behind walls and noise was added."""

    name = "sandbox.query_finished"
    sentence = N_("产品 {product_id} 的一次查询计算完成并加噪，隔离层：{walls}")

    query_id: str
    product_id: str
    licence_id: str
    walls: str


@dataclass(frozen=True)
class QueryReleased(Event):
    """The noisy answer was given to the buyer. One use of the licence."""

    name = "sandbox.query_released"
    sentence = N_("产品《{title}》的一次查询结果放行，隐私成本 ε {cost_epsilon}")

    query_id: str
    product_id: str
    title: str
    licence_id: str
    buyer_id: str
    purpose: str
    cost_epsilon: Decimal
    is_replay: bool


@dataclass(frozen=True)
class QueryRefused(Event):
    """A query that was accepted ended without an answer."""

    name = "sandbox.query_refused"
    sentence = N_("查询 {query_id} 没有放行：{ending}")

    query_id: str
    product_id: str
    licence_id: str
    ending: Ending
    is_refunded: bool
