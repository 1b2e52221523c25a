"""Which monitoring rules are there, what do they watch, and by when must somebody answer?

Alerts are facts for a person and never punish. Thresholds, severities and answer times are
configuration: each value carries its unit, its source and how sure we are of it.

Source: docs/rules/supervision.md, section 4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NewType

from kernel.i18n import CIVIL_ZONE, N_, Labelled
from kernel.periods import Period, civil_day
from kernel.workdays import WorkCalendar, add_working_days

AlertId = NewType("AlertId", str)

CONFIGURATION_VERSION = "2026-1"
PAGE = "docs/rules/supervision.md §4"
LOG_KEEPER = "system:supervision.transparency"
LOG = "log"
FAULTS_SHOWN = 20
PRICE_LAW = N_("发改价格〔2025〕65号：实际价格不高于上限收费标准")


class Severity(Labelled):
    """How soon somebody must answer."""

    BLUE = "blue", N_("蓝色")
    YELLOW = "yellow", N_("黄色")
    ORANGE = "orange", N_("橙色")
    RED = "red", N_("红色")


class AlertState(Labelled):
    """Life of an alert."""

    OPEN = "open", N_("待处理")
    IN_PROGRESS = "in_progress", N_("处理中")
    CLOSED = "closed", N_("已关闭")


class Outcome(Labelled):
    """What the person who closed an alert found."""

    CONFIRMED = "confirmed", N_("情况属实，已处理")
    EXPLAINED = "explained", N_("已说明，无须处理")
    MISTAKEN = "mistaken", N_("误报")


class Mark(Labelled):
    """How sure we are of a number."""

    CONFIRMED = "C", N_("已见公开文本")
    FROM_MEMORY = "M", N_("凭记忆，待核实")
    OUR_DESIGN = "D", N_("本系统设定")


@dataclass(frozen=True)
class Setting:
    """One configured number. value: in `unit`."""

    value: Decimal
    unit: str
    source: str
    mark: Mark


@dataclass(frozen=True)
class MonitoringRule:
    """One SU- rule. blocks: the room that acts refuses; here the attempt is only seen.

    thresholds: by name. Who sees its alerts stands in supervision/audit/rules.py.
    """

    id: str
    title: str
    sentence: str
    severity: Severity
    blocks: bool
    thresholds: Mapping[str, Setting]
    mark: Mark = Mark.OUR_DESIGN
    source: str = PAGE


@dataclass(frozen=True)
class Evidence:
    """One named circumstance of a hit. name: Chinese message id; value: as people read it.

    in_english: where the value is a sentence, the same in English.
    """

    name: str
    value: str
    in_english: str = ""

    def stored(self) -> list[str]:
        """As the alert keeps it."""
        return [self.name, self.value, *([self.in_english] if self.in_english else [])]


@dataclass(frozen=True)
class Hit:
    """A rule met by a fact. subject_id: who did it; object_id: about what; event_id: the fact."""

    rule_id: str
    subject_id: str
    object_id: str
    occurred_at: datetime
    event_id: str
    evidence: tuple[Evidence, ...] = ()

    @property
    def day(self) -> date:
        return civil_day(self.occurred_at)


@dataclass(frozen=True)
class AnswerTime:
    """By when somebody must answer; due_at None: whenever there is time."""

    due_at: datetime | None
    is_provisional: bool


@dataclass(frozen=True)
class RefusedAct:
    """A refusal as the log keeps it."""

    actor_id: str
    organization_id: str | None
    about_id: str
    act: str
    code: str
    clause: str
    reason: str
    occurred_at: datetime
    event_id: str
    reason_en: str = ""


@dataclass(frozen=True)
class Grant:
    """When one authorisation agreement let its operator use which data sets."""

    dataset_ids: frozenset[str]
    term: Period
    activated_at: datetime | None
    suspended_at: datetime | None
    ended_at: datetime | None

    def held(self, at: datetime) -> bool:
        """Active by then, inside [start, end), not suspended and not ended."""
        began = self.activated_at is not None and self.activated_at <= at
        stopped = any(moment and moment <= at for moment in (self.suspended_at, self.ended_at))
        return began and not stopped and civil_day(at) in self.term


@dataclass(frozen=True)
class UseOfData:
    """Data of a product was used under a licence."""

    buyer_id: str
    product_id: str
    licence_id: str
    dataset_ids: tuple[str, ...]
    occurred_at: datetime
    event_id: str


def _never(unit: str) -> Mapping[str, Setting]:
    """The threshold of a rule that every single case breaks."""
    return {"most": Setting(Decimal(0), unit, PAGE, Mark.OUR_DESIGN)}


RULES: Mapping[str, MonitoringRule] = {
    rule.id: rule
    for rule in (
        MonitoringRule(
            "SU-01",
            N_("无有效授权而使用数据"),
            N_("在没有有效授权运营协议的情况下，有人使用或试图使用该数据。请核实授权状态。"),
            Severity.RED,
            blocks=True,
            thresholds=_never("uses"),
        ),
        MonitoringRule(
            "SU-02",
            N_("价格高于上限收费标准"),
            N_("有人试图把价格定得高于核定上限。系统已阻断，请核实定价依据。"),
            Severity.ORANGE,
            blocks=True,
            thresholds={
                "excess": Setting(
                    Decimal(0), "yuan per unit", "发改价格〔2025〕65号", Mark.CONFIRMED
                )
            },
            source=N_("发改价格〔2025〕65号：实际价格不高于上限收费标准"),
        ),
        MonitoringRule(
            "SU-25",
            N_("身份未核验或来源未说明"),
            N_("未通过身份审核的单位试图申请、购买或使用。系统已阻断；多次出现时请核实该单位。"),
            Severity.BLUE,
            blocks=True,
            thresholds=_never("acts"),
            source=N_("数据安全法第三十三条：核验交易双方身份，说明数据来源"),
        ),
        MonitoringRule(
            "SU-30",
            N_("日志中断或不符"),
            N_("有记录超过十分钟没有进入日志，或日志核对不符。请按运行手册“封印破损”一节处理。"),
            Severity.RED,
            blocks=False,
            thresholds={"gap": Setting(Decimal(600), "seconds", PAGE, Mark.OUR_DESIGN)},
        ),
        MonitoringRule(
            "SU-31",
            N_("未满足双人规则"),
            N_("同一人试图批准自己起草的事项。系统已阻断，请核实岗位分工。"),
            Severity.YELLOW,
            blocks=True,
            thresholds=_never("acts"),
        ),
    )
}

# A clause that refuses, and the monitoring rule that its attempts are watched under.
RULE_OF_CLAUSE: Mapping[str, str] = {
    "AO-07": "SU-01",
    "PR-04": "SU-02",
    "SU-25": "SU-25",
    "SU-31": "SU-31",
}

# One clause refuses several acts; of these only the named ones are attempts of its rule, or all
# but the named ones: asking to publish what is not authorised yet is no use of data.
ONLY_CODES: Mapping[str, frozenset[str]] = {"PR-04": frozenset({"price-above-cap"})}
NOT_CODES: Mapping[str, frozenset[str]] = {"AO-07": frozenset({"publication-blocked"})}

ANSWER_WORKING_DAYS: Mapping[Severity, Setting] = {
    Severity.YELLOW: Setting(Decimal(5), "working days", PAGE, Mark.OUR_DESIGN),
    Severity.ORANGE: Setting(Decimal(2), "working days", PAGE, Mark.OUR_DESIGN),
}
ANSWER_HOURS = Setting(Decimal(24), "hours", PAGE, Mark.OUR_DESIGN)  # red


def hit_of_refusal(refused: RefusedAct) -> Hit | None:
    """The monitoring rule that a refused attempt breaks, if any.

    The subject is the organisation where there is one, so that colleagues count together.
    """
    rule_id = RULE_OF_CLAUSE.get(refused.clause)
    if rule_id is None or not _is_attempt(refused):
        return None
    return Hit(
        rule_id=rule_id,
        subject_id=refused.organization_id or refused.actor_id,
        object_id=refused.about_id,
        occurred_at=refused.occurred_at,
        event_id=refused.event_id,
        evidence=(
            Evidence(N_("拒绝理由"), refused.reason, refused.reason_en),
            Evidence(N_("拒绝条款"), refused.clause),
            Evidence(N_("操作"), refused.act),
            Evidence(N_("操作人"), refused.actor_id),
        ),
    )


def hit_of_use(use: UseOfData, grants: Sequence[Grant]) -> Hit | None:
    """SU-01: a use of data that no agreement covered at that moment."""
    held = [grant for grant in grants if grant.held(use.occurred_at)]
    bare = [item for item in use.dataset_ids if not any(item in g.dataset_ids for g in held)]
    if not bare:
        return None
    return Hit(
        rule_id="SU-01",
        subject_id=use.buyer_id,
        object_id=use.product_id,
        occurred_at=use.occurred_at,
        event_id=use.event_id,
        evidence=(
            Evidence(N_("无有效授权的数据集"), "、".join(bare)),
            Evidence(N_("许可合同"), use.licence_id),
        ),
    )


def hit_of_gap(late: int, now: datetime) -> Hit | None:
    """SU-30: facts stand outside the log for longer than the configured gap. late: how many."""
    if late == 0:
        return None
    evidence = Evidence(N_("超过十分钟未入日志的记录数"), str(late))
    return Hit("SU-30", LOG_KEEPER, LOG, now, "", (evidence,))


def hit_of_faults(faults: Sequence[tuple[str, str]], now: datetime) -> Hit | None:
    """SU-30: the log does not match. faults: (what, place or event) of each, first ones first."""
    if not faults:
        return None
    shown = tuple(Evidence(what, place) for what, place in faults[:FAULTS_SHOWN])
    count = Evidence(N_("不符之处"), str(len(faults)))
    return Hit("SU-30", LOG_KEEPER, LOG, now, "", (count, *shown))


def answer_time(severity: Severity, raised_at: datetime, calendar: WorkCalendar) -> AnswerTime:
    """Red: 24 hours. Orange and yellow: to the end of the last working day. Blue: no limit."""
    if severity is Severity.BLUE:
        return AnswerTime(None, is_provisional=False)
    if severity is Severity.RED:
        return AnswerTime(raised_at + timedelta(hours=int(ANSWER_HOURS.value)), False)
    days = int(ANSWER_WORKING_DAYS[severity].value)
    deadline = add_working_days(civil_day(raised_at), days, calendar)
    end_of_day = datetime.combine(deadline.due_on + timedelta(days=1), time(), CIVIL_ZONE)
    return AnswerTime(end_of_day, deadline.is_provisional)


def _is_attempt(refused: RefusedAct) -> bool:
    only = ONLY_CODES.get(refused.clause)
    never = NOT_CODES.get(refused.clause, frozenset())
    return (only is None or refused.code in only) and refused.code not in never
