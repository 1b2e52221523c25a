"""Which rating is bad, what must follow by when, and what is a product's score?

Pure. Source: docs/rules/supervision.md, section 5 (国办发〔2019〕51号).
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NewType

from kernel.i18n import N_, Labelled
from kernel.parameters import Mark, Parameter, Setting
from kernel.workdays import WorkCalendar, add_working_days

ReviewId = NewType("ReviewId", str)

CLAUSE = "supervision §5"
SOURCE = "国办发〔2019〕51号，时限参照各地做法"
CONTACT_WITHIN: Parameter[int] = Parameter(
    f"{CLAUSE} contact", "working days", (Setting(1, SOURCE, Mark.UNCONFIRMED),)
)
RECTIFY_WITHIN: Parameter[int] = Parameter(
    f"{CLAUSE} rectify", "working days", (Setting(15, SOURCE, Mark.UNCONFIRMED),)
)
PRIOR_WEIGHT = 10  # of our own choice: a product starts as ten ordinary ratings
PRIOR_LEVEL = Decimal("4.2")
THOUSANDTH = Decimal("0.001")
BEST, WORST_GOOD, WORST = 5, 3, 1
LEVELS: Mapping[int, str] = {
    5: N_("非常满意"),
    4: N_("满意"),
    3: N_("基本满意"),
    2: N_("不满意"),
    1: N_("非常不满意"),
}


class Item(Labelled):
    """What is rated beside the whole."""

    MATCH = "match", N_("与说明相符")
    QUALITY = "quality", N_("数据质量")
    SPEED = "speed", N_("交付及时")
    SUPPORT = "support", N_("服务支持")
    PRICE_CLARITY = "price_clarity", N_("价格清楚")


class RectificationState(Labelled):
    """What is to be done about a bad rating."""

    CONTACT = "contact", N_("待联系买方")
    VERIFY = "verify", N_("待核实")
    RECTIFY = "rectify", N_("整改中")
    REPLY = "reply", N_("待反馈")
    RECHECK = "recheck", N_("待复核")
    CLOSED = "closed", N_("已办结")


S = RectificationState
_MOVES: Mapping[RectificationState, frozenset[RectificationState]] = {
    S.CONTACT: frozenset({S.VERIFY}),
    S.VERIFY: frozenset({S.RECTIFY, S.REPLY}),  # unfounded: only to be answered
    S.RECTIFY: frozenset({S.REPLY}),
    S.REPLY: frozenset({S.RECHECK}),
    S.RECHECK: frozenset({S.RECTIFY, S.CLOSED}),
}
AT_THE_SUPPLIER = frozenset({S.CONTACT, S.VERIFY, S.RECTIFY, S.REPLY})


def may_move(before: RectificationState, after: RectificationState) -> bool:
    """Whether the work on a bad rating may go from one step to another."""
    return after in _MOVES.get(before, frozenset())


def is_bad(level: int) -> bool:
    """One or two stars call for rectification."""
    return level < WORST_GOOD


def contact_due(day: date, calendar: WorkCalendar) -> date:
    """By when the supplier speaks to the buyer; the first day is not counted."""
    return add_working_days(day, CONTACT_WITHIN.at(day).value, calendar).due_on


def rectify_due(day: date, calendar: WorkCalendar) -> date:
    """By when the supplier has mended it and answered; the first day is not counted."""
    return add_working_days(day, RECTIFY_WITHIN.at(day).value, calendar).due_on


def product_score(total: int, count: int) -> Decimal:
    """The Bayesian mean of levels: (m·C + Σ) / (m + n), to three places.

    total: the sum of count levels, each from 1 to 5.
    """
    mean = (PRIOR_WEIGHT * PRIOR_LEVEL + total) / (PRIOR_WEIGHT + count)
    return mean.quantize(THOUSANDTH)
