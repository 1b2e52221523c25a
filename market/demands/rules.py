"""When may a demand be joined, answered or withdrawn, and by when is it answered? DM-01 to DM-07.

Pure. Source: docs/rules/catalogue.md, section 7.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import NewType

from kernel.i18n import N_, Labelled
from kernel.parameters import Mark, Parameter, Setting
from kernel.workdays import Deadline, WorkCalendar, add_working_days, is_working_day

DemandId = NewType("DemandId", str)
DemandAskerId = NewType("DemandAskerId", str)

ANSWER_WITHIN: Parameter[int] = Parameter(
    "DM-04",
    "working days",
    (
        Setting(
            10,
            "参照政务数据共享条例（国令第809号）有条件共享的答复时限",
            Mark.UNCONFIRMED,
            since=date(2025, 8, 1),
        ),
    ),
)
TOLD_DAYS = 30  # how long an answer stands on the desks of those who asked

# What belongs to a person has no place in a text that everybody will read (DM-03).
_OF_A_PERSON = (
    re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)", re.ASCII),
    re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[\dXx](?![0-9A-Za-z])", re.ASCII),
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+", re.ASCII),
)


class DemandState(Labelled):
    """Life of a demand."""

    SUBMITTED = "submitted", N_("待公布")
    RETURNED = "returned", N_("退回修改")
    PUBLISHED = "published", N_("征集中")
    PLANNED = "planned", N_("已列入计划")
    REFUSED = "refused", N_("不予采纳")
    FULFILLED = "fulfilled", N_("已有产品")
    WITHDRAWN = "withdrawn", N_("已撤回")


S = DemandState
_MOVES: Mapping[DemandState, frozenset[DemandState]] = {
    S.SUBMITTED: frozenset({S.PUBLISHED, S.RETURNED, S.REFUSED, S.WITHDRAWN}),
    S.RETURNED: frozenset({S.SUBMITTED, S.WITHDRAWN}),
    S.PUBLISHED: frozenset({S.PLANNED, S.REFUSED, S.FULFILLED, S.WITHDRAWN}),
    S.PLANNED: frozenset({S.REFUSED, S.FULFILLED, S.WITHDRAWN}),
}
OPEN = frozenset(_MOVES)
JOINABLE = frozenset({S.PUBLISHED, S.PLANNED})
ANSWERS = frozenset({S.PLANNED, S.REFUSED, S.FULFILLED})


def may_move(before: DemandState, after: DemandState) -> bool:
    """Whether a demand may go from one state to another; an ended one never moves."""
    return after in _MOVES.get(before, frozenset())


def may_be_joined(state: DemandState, needed_until_on: date, today: date) -> bool:
    """DM-02: while it is public and open, to the last day on which the data is needed."""
    return state in JOINABLE and today <= needed_until_on


def answer_due(submitted_on: date, calendar: WorkCalendar) -> Deadline:
    """DM-04: by when the bureau answers; the day of asking is not counted."""
    days = ANSWER_WITHIN.at(submitted_on).value
    return add_working_days(submitted_on, days, calendar)


def tells_of_a_person(text: str) -> bool:
    """DM-03: whether a text holds a mobile number, an identity number or a mail address."""
    return any(form.search(text) for form in _OF_A_PERSON)


def working_days_between(start: date, end: date, calendar: WorkCalendar) -> int:
    """Working days after start, up to and with end; 0 when end is not after start."""
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(is_working_day(day, calendar) for day in days)


def median_days(answered: Collection[tuple[date, date]], calendar: WorkCalendar) -> Decimal | None:
    """The median of working days from asking to the first answer; None when none is answered.

    answered: (asked on, answered on) of each.
    """
    taken: Sequence[int] = [working_days_between(*pair, calendar) for pair in answered]
    return Decimal(str(median(taken))) if taken else None
