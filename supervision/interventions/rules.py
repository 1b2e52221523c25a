"""Which measure is open to which office, and on which ground?

Source: docs/rules/supervision.md, section 11.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NewType

from kernel.errors import NotAllowed
from kernel.i18n import N_, Labelled
from market.organizations.rules import RegulatorScope

InterventionId = NewType("InterventionId", str)


class InterventionState(Labelled):
    """Life of a measure."""

    ORDERED = "ordered", N_("已下达")
    LIFTED = "lifted", N_("已解除")


class Measure(Labelled):
    """What a regulator may order."""

    SUSPEND_PRODUCT = "suspend_product", N_("暂停供给")


class Ground(Labelled):
    """The law that a measure rests on."""

    AUTHORIZATION = "authorization", N_("发改数据规〔2025〕27号：授权运营协议无效或超出范围")
    PRICE = "price", N_("发改价格〔2025〕65号、价格法：违反上限收费标准")
    SECURITY = "security", N_("数据安全法：存在数据安全风险")
    PERSONAL = "personal", N_("个人信息保护法：缺少合法性基础")


@dataclass(eq=False)
class GroundNotOpen(NotAllowed):
    """The office may not order measures on this ground."""

    code = "ground-not-open"
    message = N_("贵部门的监管范围不能以“{ground}”为依据。请选择本部门职责内的依据。")

    ground: Ground


OFFICES_OF_GROUNDS: Mapping[Ground, frozenset[RegulatorScope]] = {
    Ground.AUTHORIZATION: frozenset({RegulatorScope.DATA}),
    Ground.PRICE: frozenset({RegulatorScope.PRICE}),
    Ground.SECURITY: frozenset({RegulatorScope.DATA, RegulatorScope.CYBERSPACE}),
    Ground.PERSONAL: frozenset({RegulatorScope.CYBERSPACE}),
}


def open_grounds(scopes: frozenset[str]) -> list[Ground]:
    """The grounds on which an office of these scopes may order measures."""
    return [ground for ground, offices in OFFICES_OF_GROUNDS.items() if offices & scopes]


def require_open(ground: Ground, scopes: frozenset[str]) -> None:
    """Raises: GroundNotOpen."""
    if ground not in open_grounds(scopes):
        raise GroundNotOpen(ground)
