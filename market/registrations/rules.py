"""When must what be registered, what is handed in, and how long does it count? RG-01 to RG-13.

Pure. Source: docs/rules/registration.md (发改数据规〔2025〕26号) and docs/rules/settled.md, "Time".
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import NewType

from kernel.i18n import N_, Labelled
from kernel.parameters import Mark, Parameter, Setting
from kernel.periods import add_years, last_day
from kernel.workdays import Deadline, WorkCalendar, add_working_days, next_working_day
from market.organizations.rules import OrganizationKind

RegistrationId = NewType("RegistrationId", str)
PaperId = NewType("PaperId", str)
ObjectionId = NewType("ObjectionId", str)

ORDER = "发改数据规〔2025〕26号"
IN_FORCE_ON = date(2025, 3, 1)  # RG-03: operations begun earlier count from this day
FIRST_WITHIN = Parameter("RG-03", "working days", (Setting(20, ORDER, Mark.UNCONFIRMED),))
EARLIER_WITHIN = Parameter("RG-03-earlier", "working days", (Setting(30, ORDER, Mark.UNCONFIRMED),))
REVIEW_WITHIN = Parameter("RG-06", "working days", (Setting(20, ORDER, Mark.UNCONFIRMED),))
NOTICE_LASTS = Parameter("RG-07", "working days", (Setting(10, ORDER, Mark.UNCONFIRMED),))
VALID_YEARS = Parameter("RG-09", "years", (Setting(3, ORDER, Mark.UNCONFIRMED),))
RENEWAL_DAYS = Parameter("RG-09-renewal", "days", (Setting(60, ORDER, Mark.UNCONFIRMED),))
MOST_PAPERS = 12


class ObjectKind(Labelled):
    """What is registered."""

    RESOURCE = "resource", N_("数据资源")
    PRODUCT = "product_service", N_("产品和服务")


class SubjectKind(Labelled):
    """Who applies: the holder of a resource, or the operator of a product."""

    HOLDER = "holder", N_("持有人")
    OPERATOR = "operator", N_("运营机构")


class PersonalInfo(Labelled):
    NONE = "none", N_("不含个人信息")
    ANONYMISED = "anonymised", N_("已匿名化")
    AUTHORISED = "authorised", N_("含个人信息，已取得授权或另有合法性基础")


class RegistrationType(Labelled):
    FIRST = "first", N_("首次登记")
    CHANGE = "change", N_("变更登记")
    CORRECTION = "correction", N_("更正登记")
    CANCELLATION = "cancel", N_("注销登记")

    @property
    def needs_evidence(self) -> bool:
        """RG-04: evidence comes before every application but the one that ends a registration."""
        return self is not RegistrationType.CANCELLATION


class RegistrationState(Labelled):
    """Life of an application and of the registration that comes of it."""

    DRAFT = "draft", N_("起草中")
    EVIDENCED = "evidenced", N_("已存证")
    SUBMITTED = "submitted", N_("待受理")
    RETURNED = "returned", N_("已退回补正")
    ACCEPTED = "accepted", N_("已受理")
    REVIEW = "review", N_("形式审核中")
    NOTICE = "notice", N_("公示中")
    OBJECTION = "objection", N_("异议处理中")
    REJECTED = "rejected", N_("不予登记")
    VALID = "valid", N_("已登记")
    REPLACED = "replaced", N_("已由新登记代替")
    LAPSED = "lapsed", N_("逾期注销")
    CANCELLED = "cancelled", N_("已注销")
    REVOKED = "revoked", N_("已撤销")


S = RegistrationState
UNSENT = frozenset({S.DRAFT, S.EVIDENCED, S.RETURNED})
OPEN = UNSENT | {S.SUBMITTED, S.ACCEPTED, S.REVIEW, S.NOTICE, S.OBJECTION}
CODED = frozenset({S.VALID, S.LAPSED, S.CANCELLED, S.REVOKED})
_MOVES: Mapping[RegistrationState, frozenset[RegistrationState]] = {
    S.DRAFT: frozenset({S.EVIDENCED, S.SUBMITTED}),
    S.EVIDENCED: frozenset({S.EVIDENCED, S.SUBMITTED}),
    S.SUBMITTED: frozenset({S.ACCEPTED, S.RETURNED}),
    S.RETURNED: frozenset({S.EVIDENCED, S.SUBMITTED}),
    S.ACCEPTED: frozenset({S.REVIEW}),
    S.REVIEW: frozenset({S.NOTICE, S.RETURNED, S.CANCELLED}),
    S.NOTICE: frozenset({S.OBJECTION, S.VALID}),
    S.OBJECTION: frozenset({S.NOTICE, S.REJECTED}),
    S.VALID: frozenset({S.REPLACED, S.LAPSED, S.CANCELLED, S.REVOKED}),
}


def may_move(before: RegistrationState, after: RegistrationState) -> bool:
    """Whether a registration may go from one state to another; an ended one never moves."""
    return after in _MOVES.get(before, frozenset())


class Duty(Labelled):
    """RG-01, RG-02: whether the law obliges or encourages."""

    REQUIRED = "required", N_("必须登记")
    ENCOURAGED = "encouraged", N_("鼓励登记")


_NOT_PUBLIC_BODIES = frozenset({OrganizationKind.OPERATOR, OrganizationKind.ENTERPRISE})


def duty_of_resource(holder: OrganizationKind, *, is_authorised: bool) -> Duty:
    """RG-01: public bodies must register what is in authorised operation; others are encouraged."""
    is_obliged = is_authorised and holder not in _NOT_PUBLIC_BODIES
    return Duty.REQUIRED if is_obliged else Duty.ENCOURAGED


def duty_of_product(*, place_requires_it: bool) -> Duty:
    """RG-02: encouraged nationally; where the place asks for full registration, required."""
    return Duty.REQUIRED if place_requires_it else Duty.ENCOURAGED


def first_due(began_on: date, calendar: WorkCalendar, within: int, earlier_within: int) -> Deadline:
    """RG-03: the last day for the first registration after supply or delivery began.

    within: working days; earlier_within: the same for what began before the order was in force.
    """
    if began_on < IN_FORCE_ON:
        return add_working_days(IN_FORCE_ON, earlier_within, calendar)
    return add_working_days(began_on, within, calendar)


class Material(Labelled):
    """RG-05: what an application consists of; the letter is a form of the national portal."""

    SUBJECT = "subject", N_("主体信息与证明")
    SOURCE = "source", N_("来源合法性说明与证明")
    FACTS = "facts", N_("资源基本情况与存储")
    EVIDENCE = "evidence", N_("存证")
    PRODUCTS = "products", N_("产品和服务信息")
    SCENARIO = "scenario", N_("应用场景")
    RISK = "risk", N_("安全风险评估")
    COMMITMENT = "commitment", N_("登记承诺书")
    OTHER = "other", N_("其他材料")


PAPERS = (
    Material.SUBJECT,
    Material.SOURCE,
    Material.RISK,
    Material.COMMITMENT,
    Material.OTHER,
)


class FormField(Labelled):
    """A line of the application form. material: the heading of RG-05 that it belongs to."""

    material: Material
    is_long: bool

    def __new__(
        cls, value: str, label: str = "", material: Material = Material.OTHER, is_long: bool = False
    ) -> "FormField":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.material = material
        member.is_long = is_long
        return member

    INDUSTRY = "industry", N_("所属行业（GB/T 4754）"), Material.FACTS
    REGION = "region", N_("地域（GB/T 2260 代码）"), Material.FACTS
    DATA_KIND = "data_kind", N_("数据类型"), Material.FACTS
    FORMAT = "format", N_("数据格式"), Material.FACTS
    VOLUME = "volume", N_("数据规模"), Material.FACTS
    TIME_SPAN = "time_span", N_("时间范围"), Material.FACTS
    UPDATE_CYCLE = "update_cycle", N_("更新频率"), Material.FACTS
    STORAGE_PLACE = "storage_place", N_("存储地点"), Material.FACTS
    STORAGE_MODE = "storage_mode", N_("存储方式"), Material.FACTS
    AGENT = "agent", N_("代理机构"), Material.OTHER
    SOURCE_DESCRIPTION = "source_description", N_("来源说明"), Material.SOURCE, True
    SOURCE_BASIS = "source_basis", N_("来源的法律、法规或协议依据"), Material.SOURCE
    PRODUCTS = "products", N_("产品和服务"), Material.PRODUCTS, True
    SCENARIO = "scenario", N_("应用场景"), Material.SCENARIO, True
    RISK_REPORT = "risk_report_id", N_("安全风险评估报告文号"), Material.RISK


def missing_materials(
    fields: Mapping[FormField, str],
    papers: Collection[Material],
    *,
    has_evidence: bool,
    is_verified: bool,
) -> tuple[Material, ...]:
    """RG-05: every heading that is not complete, all at once, in the order of the list.

    papers: the kinds handed in. is_verified: the body's papers were looked at already (SU-25).
    """
    empty = {field.material for field in FormField if not fields.get(field, "").strip()} - {
        Material.OTHER
    }
    without_paper = {Material.SOURCE, Material.RISK, Material.COMMITMENT} - set(papers)
    missing = empty | without_paper
    if not (is_verified or Material.SUBJECT in papers):
        missing.add(Material.SUBJECT)
    if not has_evidence:
        missing.add(Material.EVIDENCE)
    return tuple(material for material in Material if material in missing)


def named_late(
    now: Collection[Material],
    before: Collection[Material] | None,
    changed_since: Collection[Material],
) -> tuple[Material, ...]:
    """RG-06: what may not be asked for any more, since the first return did not name it.

    before: what the first return named, None before there was one. changed_since: what the
    applicant has handed in anew after it, which may be wrong in a new way.
    """
    if before is None:
        return ()
    allowed = set(before) | set(changed_since)
    return tuple(material for material in Material if material in set(now) - allowed)


def may_object(notice_ends_on: date, today: date) -> bool:
    """RG-07: to the end of the notice's last day."""
    return today <= notice_ends_on


def is_notice_over(notice_ends_on: date, today: date) -> bool:
    return not may_object(notice_ends_on, today)


def valid_until(
    coded_on: date, years: int, authorised_end: date | None, calendar: WorkCalendar
) -> date:
    """RG-09: the last day on which a registration counts.

    authorised_end: the day at which the authorisation is over already (half-open), None where
    none stands. Years end on the corresponding day, moved to a working day (settled, "Time").
    """
    by_years = next_working_day(add_years(coded_on, years), calendar).due_on
    return by_years if authorised_end is None else min(by_years, last_day(authorised_end))


def renewal_opens_on(valid_until_on: date, days: int) -> date:
    return valid_until_on - timedelta(days=days)


def may_ask_renewal(valid_until_on: date, today: date, days: int) -> bool:
    """RG-09: within the last days of the term, its last day included."""
    return renewal_opens_on(valid_until_on, days) <= today <= valid_until_on


def has_lapsed(valid_until_on: date, today: date) -> bool:
    """RG-09: over from the day after its last one."""
    return valid_until_on < today


class EndGround(Labelled):
    """RG-11: why a registration is cancelled; RG-12: why it is revoked."""

    DATA_LOST = "data_lost", N_("数据灭失")
    RIGHTS_ENDED = "rights_ended", N_("权利放弃或期满")
    SUBJECT_ENDED = "subject_ended", N_("主体终止")
    BY_LAW = "by_law", N_("法律法规规定的其他情形")
    CONCEALMENT = "concealment", N_("隐瞒事实")
    FORGERY = "forgery", N_("弄虚作假")

    @property
    def revokes(self) -> bool:
        return self in {EndGround.CONCEALMENT, EndGround.FORGERY}

    @property
    def clause(self) -> str:
        return "RG-12" if self.revokes else "RG-11"


class MajorFact(Labelled):
    """RG-10: what, when it changes, must be registered anew."""

    TITLE = "title", N_("名称")
    HOLDER = "holder_credit_code", N_("主体")
    LEVEL = "level", N_("数据级别")
    PERSONAL_INFO = "personal_info", N_("个人信息")
    DICTIONARY = "dictionary_sha256", N_("数据字典")
    FORM = "form", N_("产品形态")
    SOURCES = "source_ids", N_("来源数据集")


def major_changes(
    evidence: Mapping[str, object], now: Mapping[str, object]
) -> tuple[MajorFact, ...]:
    """RG-10: which major facts are no longer those that were put in evidence.

    A newer version with the same dictionary is the same resource.
    """
    return tuple(fact for fact in MajorFact if evidence.get(fact) != now.get(fact))
