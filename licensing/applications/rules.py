"""The law of an application: completeness at once, a clock in working days, two persons. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from kernel.i18n import N_, Labelled
from kernel.parameters import Mark, Parameter, Setting
from market.catalogue.listing import DeliveryKind
from market.catalogue.rules import Purpose

REVIEW_WORKING_DAYS: Parameter[int] = Parameter(
    "LC-07",
    "working days",
    (Setting(10, "政务数据共享条例（国令第809号），有条件共享答复时限", Mark.UNCONFIRMED),),
)
MIN_SCENARIO_LENGTH = 20
MAX_TERM_MONTHS = 36


class Act(Labelled):
    """What somebody asks to do, and what a licence can let them do."""

    QUERY = "query", N_("沙箱查询")
    DOWNLOAD = "download", N_("下载")
    CALL = "call", N_("接口调用")


# What each way of delivery lets a buyer do.
ACT_BY: Mapping[DeliveryKind, Act] = {
    DeliveryKind.SANDBOX: Act.QUERY,
    DeliveryKind.API: Act.CALL,
    DeliveryKind.MODEL: Act.CALL,
    DeliveryKind.REPORT: Act.DOWNLOAD,
    DeliveryKind.DASHBOARD: Act.DOWNLOAD,
    DeliveryKind.DOWNLOAD: Act.DOWNLOAD,
}


class ApplicationState(Labelled):
    """The life of an application."""

    SUBMITTED = "submitted", N_("待初审")
    REVIEWED = "reviewed", N_("待批准")
    APPROVED = "approved", N_("已批准")
    REFUSED = "refused", N_("未批准")
    WITHDRAWN = "withdrawn", N_("已撤回")
    LAPSED = "lapsed", N_("已失效")


class Stage(Labelled):
    """Two persons decide, one after the other."""

    REVIEW = "review", N_("初审")
    APPROVAL = "approval", N_("批准")


class Missing(Labelled):
    """What the completeness check asks for (智能预审)."""

    SCENARIO = "scenario", N_("场景说明太短：请写清谁、在什么业务中、怎样使用结果（至少 20 字）")
    MEASURES = "measures", N_("请说明安全措施：谁能接触结果、存放在哪里、何时删除")
    PROOF = "proof", N_("公共治理或公益用途需写明证明材料，依据 PR-01 才可免费")


OPEN = frozenset({ApplicationState.SUBMITTED, ApplicationState.REVIEWED})


@dataclass(frozen=True)
class Completeness:
    """What is missing; empty means the application may be accepted."""

    missing: tuple[Missing, ...]

    @property
    def is_complete(self) -> bool:
        return not self.missing


def completeness(scenario: str, measures: str, purpose: Purpose, proof: str) -> Completeness:
    """Check an application at once, before a person reads it."""
    missing = []
    if len(scenario.strip()) < MIN_SCENARIO_LENGTH:
        missing.append(Missing.SCENARIO)
    if not measures.strip():
        missing.append(Missing.MEASURES)
    if purpose.is_free and not proof.strip():
        missing.append(Missing.PROOF)
    return Completeness(tuple(missing))


def acts_offered(delivery: Iterable[DeliveryKind]) -> tuple[Act, ...]:
    """What may be asked for, in the order of Act: nobody buys a use that is not delivered."""
    offered = {ACT_BY[kind] for kind in delivery}
    return tuple(act for act in Act if act in offered)


def stage_of(state: ApplicationState) -> Stage | None:
    """Which decision comes next; None when none does."""
    match state:
        case ApplicationState.SUBMITTED:
            return Stage.REVIEW
        case ApplicationState.REVIEWED:
            return Stage.APPROVAL
        case _:
            return None


def has_lapsed(state: ApplicationState, due_on: date, today: date) -> bool:
    """LC-07: not decided by the end of its last day."""
    return state in OPEN and today > due_on
