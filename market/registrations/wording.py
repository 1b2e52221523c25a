"""What does a registration's page say: its way, its next step, the open acts, its rules?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import FieldProblem, InvalidFields
from kernel.i18n import N_, translate
from kernel.parameters import Mark, Parameter
from kernel.workdays import state_council_calendar
from market.registrations.models import Registration
from market.registrations.rules import (
    FIRST_WITHIN,
    NOTICE_LASTS,
    RENEWAL_DAYS,
    REVIEW_WITHIN,
    UNSENT,
    VALID_YEARS,
    ObjectKind,
    RegistrationState,
    is_notice_over,
    may_ask_renewal,
)
from market.registrations.schemas import NewRegistration

S = RegistrationState
TONES = {
    S.DRAFT: "idle",
    S.EVIDENCED: "idle",
    S.SUBMITTED: "wait",
    S.RETURNED: "bad",
    S.ACCEPTED: "wait",
    S.REVIEW: "wait",
    S.NOTICE: "wait",
    S.OBJECTION: "bad",
    S.VALID: "good",
    S.REPLACED: "idle",
    S.CANCELLED: "idle",
}
NEXT_STEP = {
    S.DRAFT: N_("填写并存证"),
    S.EVIDENCED: N_("提交申请"),
    S.RETURNED: N_("补正后重新提交"),
    S.SUBMITTED: N_("受理或退回"),
    S.ACCEPTED: N_("开始形式审核"),
    S.REVIEW: N_("完成形式审核"),
    S.OBJECTION: N_("处理异议"),
}
CHOOSE = N_("请从列出的选项中选择。")
Step = tuple[str, date | datetime | None, str]


@dataclass(frozen=True)
class RuleNow:
    """A number of the law as it stands today, for 为什么. is_confirmed: else 参数待核实."""

    id: str
    value: int
    source: str
    is_confirmed: bool


def rule_now(parameter: Parameter[int]) -> RuleNow:
    setting = parameter.at(clock.today())
    is_confirmed = setting.mark is Mark.CONFIRMED
    return RuleNow(parameter.id, setting.value, setting.source, is_confirmed)


def rules_now() -> dict[str, RuleNow]:
    """The numbers behind the deadlines of a page."""
    return {
        "first": rule_now(FIRST_WITHIN),
        "review": rule_now(REVIEW_WITHIN),
        "notice": rule_now(NOTICE_LASTS),
        "years": rule_now(VALID_YEARS),
        "renewal": rule_now(RENEWAL_DAYS),
    }


def chosen(kind: str, object_id: str) -> NewRegistration:
    """What a form's choice "kind/id" means. Raises: InvalidFields."""
    if kind not in list(ObjectKind) or not object_id:
        raise InvalidFields([FieldProblem("chosen", CHOOSE)], 1)
    return NewRegistration(object_kind=ObjectKind(kind), object_id=object_id)


def is_provisional(day: date | None) -> bool:
    """Whether a deadline lies beyond the holidays that are known (settled, "Time")."""
    return day is not None and not state_council_calendar().covers(day)


def due_on(registration: Registration) -> date | None:
    """By when the next step is due, where a rule says so."""
    match registration.state:
        case S.ACCEPTED | S.REVIEW:
            return registration.review_due_on
        case S.NOTICE | S.OBJECTION:
            ends_on = registration.notice_ends_on
            is_over = ends_on is None or is_notice_over(ends_on, clock.today())
            return None if is_over else ends_on  # what follows it has no day in the rules
        case S.VALID if may_renew(registration):
            return registration.valid_until_on
        case _:
            return None


def next_step(registration: Registration) -> str:
    """The next step in words; a message id."""
    if registration.state is S.NOTICE:
        ends_on = registration.notice_ends_on
        is_over = ends_on is not None and is_notice_over(ends_on, clock.today())
        return N_("赋码") if is_over else N_("等待公示期满")
    if registration.state is S.VALID and registration.renewal_asked_at is not None:
        return N_("决定续期")
    if registration.state is S.VALID:
        return N_("申请续期") if may_renew(registration) else ""
    return NEXT_STEP.get(registration.state, "")


def may_renew(one: Registration) -> bool:
    """RG-09: whether today lies in the last days of its term."""
    if one.valid_until_on is None:
        return False
    days = RENEWAL_DAYS.at(clock.today()).value
    return may_ask_renewal(one.valid_until_on, clock.today(), days)


def track_of(one: Registration) -> Sequence[Step]:
    """The way of an application: (word, moment, done | now | next | failed)."""
    is_ended = one.state in {S.REJECTED, S.LAPSED, S.CANCELLED, S.REVOKED, S.REPLACED}
    steps: list[tuple[str, date | datetime | None, bool]] = [
        (N_("存证"), one.evidenced_at, one.evidenced_at is not None),
        (N_("提交申请"), one.submitted_at, one.state not in UNSENT),
        (N_("受理"), one.accepted_at, one.accepted_at is not None),
        (N_("公示"), one.notice_opened_on, one.notice_opened_on is not None),
        (N_("赋码"), one.coded_on, one.coded_on is not None),
    ]
    if one.is_cancellation:
        steps = steps[1:3]
    track: list[Step] = []
    for word, moment, is_done in steps:
        is_now = not is_done and not is_ended and all(phase == "done" for _, _, phase in track)
        phase = "done" if is_done else "now" if is_now else "next"
        track.append((translate(word), moment if is_done else None, phase))
    if is_ended:
        track.append((translate(one.state.label), one.ended_at, "failed"))
    return track


def open_acts(actor: Actor, one: Registration, *, is_registrar_here: bool) -> frozenset[str]:
    """The acts whose button this person sees; actions decide again."""
    found: set[str] = set()
    if actor.may(Permission.APPLY_FOR_REGISTRATION, one.subject_id):
        found |= _applicants_acts(one)
    is_outside = actor.organization_id != one.subject_id
    if is_outside and actor.may(Permission.REVIEW_REGISTRATION):
        found |= _registrars_acts(actor, one, is_registrar_here=is_registrar_here)
    return frozenset(found)


def _applicants_acts(one: Registration) -> set[str]:
    if one.state in UNSENT:
        return (
            {"submission"} if one.is_cancellation else {"edit", "papers", "evidence", "submission"}
        )
    if one.state is not S.VALID:
        return set()
    return {"later", *({"renewal"} if may_renew(one) and not one.renewal_asked_at else set())}


def _registrars_acts(actor: Actor, one: Registration, *, is_registrar_here: bool) -> set[str]:
    match one.state:
        case S.SUBMITTED:
            return {"acceptance", "return"}
        case S.ACCEPTED:
            return {"review"}
        case S.REVIEW:
            return {"notice", "return"}
        case S.OBJECTION:
            return {"objection"}
        case S.NOTICE if one.notice_ends_on and is_notice_over(one.notice_ends_on, clock.today()):
            is_second = actor.id != one.reviewed_by
            return {"own-code" if is_registrar_here else "code"} if is_second else {"second"}
        case S.VALID:
            return {"end", *({"renewal-decision"} if one.renewal_asked_at else set())}
        case _:
            return set()
