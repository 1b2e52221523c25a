"""How good is a version, by GB/T 36344, and may it be offered?

Source: docs/rules/quality.md. A success flag is not a score: a score is a share of elements.
Everything is exact (`Fraction`) until it is shown or stored, so a grade cannot turn on rounding.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import NewType, assert_never

from kernel.i18n import N_, Labelled
from market.datasets.rules import UpdateCycle

QualityRunId = NewType("QualityRunId", str)
QualitySuiteId = NewType("QualitySuiteId", str)
QualityWaiverId = NewType("QualityWaiverId", str)

LISTING_THRESHOLD = Fraction(85, 100)  # grade B
GRADE_FLOORS = (
    ("A", Fraction(95, 100)),
    ("B", LISTING_THRESHOLD),
    ("C", Fraction(70, 100)),
)
# How old the newest version may be before it is stale; twice that suspends the listing.
FRESH_FOR = {
    "real_time": timedelta(hours=1),
    "daily": timedelta(hours=36),
    "weekly": timedelta(days=8),
    "monthly": timedelta(days=35),
    "quarterly": timedelta(days=100),
    "yearly": timedelta(days=380),
}


class QualityDimension(Labelled):
    """The six groups of GB/T 36344, in the order of the judgement matrix."""

    ACCURACY = "accuracy", N_("准确性")
    COMPLETENESS = "completeness", N_("完整性")
    NORMATIVITY = "normativity", N_("规范性")
    CONSISTENCY = "consistency", N_("一致性")
    TIMELINESS = "timeliness", N_("时效性")
    ACCESSIBILITY = "accessibility", N_("可访问性")


class Indicator(Labelled):
    """The sub-indicators of GB/T 36344 by their codes."""

    DATA_STANDARD = "0101", N_("数据标准")
    DATA_MODEL = "0102", N_("数据模型")
    METADATA = "0103", N_("元数据")
    BUSINESS_RULE = "0104", N_("业务规则")
    REFERENCE_DATA = "0105", N_("权威参考数据")
    SECURITY_RULE = "0106", N_("安全规范")
    ELEMENT_COMPLETENESS = "0201", N_("数据元素完整性")
    RECORD_COMPLETENESS = "0202", N_("数据记录完整性")
    CONTENT = "0301", N_("内容正确性")
    FORMAT = "0302", N_("格式合规性")
    DUPLICATES = "0303", N_("重复率")
    UNIQUENESS = "0304", N_("唯一性")
    DIRTY_DATA = "0305", N_("脏数据出现率")
    SAME_DATA = "0401", N_("相同数据一致性")
    RELATED_DATA = "0402", N_("关联数据一致性")
    TIME_SEGMENT = "0501", N_("基于时间段的正确性")
    TIME_POINT = "0502", N_("基于时间点的及时性")
    SEQUENCE = "0503", N_("时序性")
    ACCESSIBLE = "0601", N_("可访问")
    USABLE = "0602", N_("可用性")

    @property
    def dimension(self) -> QualityDimension:
        """The group an indicator belongs to: the first two digits of its code."""
        return _DIMENSION_OF_GROUP[self.value[:2]]


_DIMENSION_OF_GROUP = {
    "01": QualityDimension.NORMATIVITY,
    "02": QualityDimension.COMPLETENESS,
    "03": QualityDimension.ACCURACY,
    "04": QualityDimension.CONSISTENCY,
    "05": QualityDimension.TIMELINESS,
    "06": QualityDimension.ACCESSIBILITY,
}


class RunState(Labelled):
    """Life of one check."""

    QUEUED = "queued", N_("排队检查")
    RUNNING = "running", N_("正在检查")
    FINISHED = "finished", N_("已出结论")


class Severity(Labelled):
    """How much a failed rule matters."""

    CRITICAL = "critical", N_("严重")
    WARNING = "warning", N_("一般")
    INFO = "info", N_("提示")


class Grade(Labelled):
    """The grade of a version; a product needs at least B."""

    A = "A", N_("A 级")
    B = "B", N_("B 级")
    C = "C", N_("C 级")
    D = "D", N_("D 级")


class Counting(StrEnum):
    """What a rule counts, and so how its share is computed."""

    VALUES = "values"  # cells of one column; empty cells are left out
    FILLED = "filled"  # cells that must not be empty: every row counts
    RECORDS = "records"  # whole rows
    ROW_NUMBER = "row_number"  # rows present against rows declared
    STATEMENT = "statement"  # one claim about the table: it holds or it does not


@dataclass(frozen=True)
class Rule:
    """One expectation: its Great Expectations type and arguments, and what it measures."""

    expectation: str
    arguments: Mapping[str, object]
    indicator: Indicator
    severity: Severity
    counting: Counting
    sentence: str
    facts: Mapping[str, object] = field(default_factory=dict)
    expected_rows: int = 0


@dataclass(frozen=True)
class Outcome:
    """What one rule found, in numbers only. None where the rule does not yield that number.

    failed_to_run: the rule could not be computed; it then measures nothing.
    """

    rule: Rule
    holds: bool
    elements: int | None = None
    missing: int | None = None
    unexpected: int | None = None
    rows: int | None = None
    failed_to_run: bool = False


@dataclass(frozen=True)
class Share:
    """A of B elements conform. B is positive."""

    conforming: int
    total: int

    @property
    def ratio(self) -> Fraction:
        return Fraction(self.conforming, self.total)


class Failing(Labelled):
    """Why a version does not pass."""

    NOTHING_MEASURED = "nothing_measured", N_("没有一项指标能够计量")
    BELOW_GRADE_B = "below_grade_b", N_("总分低于 B 级门槛 85 分")
    SECURITY_RULE = "security_rule", N_("安全规范（0106）未达到 100 %")
    RULE_NOT_RUN = "rule_not_run", N_("有规则没有运行成功")


@dataclass(frozen=True)
class QualityVerdict:
    """The judgement on one version. A missing key means: not measured."""

    indicators: Mapping[Indicator, Share]
    dimensions: Mapping[QualityDimension, Fraction]
    weights: Mapping[QualityDimension, Fraction]
    score: Fraction | None
    grade: Grade | None
    blockers: tuple[Failing, ...]

    @property
    def has_passed(self) -> bool:
        return not self.blockers


def measured_share(outcome: Outcome) -> Share | None:
    """Conforming elements out of all that a rule speaks about; None where there are none.

    Source: docs/rules/quality.md, sections 1 and 4.
    """
    if outcome.failed_to_run:
        return None
    match outcome.rule.counting:
        case Counting.VALUES:
            return _share(_known(outcome.elements) - _known(outcome.missing), outcome.unexpected)
        case Counting.FILLED | Counting.RECORDS:
            return _share(_known(outcome.elements), outcome.unexpected)
        case Counting.ROW_NUMBER:
            return _rows_present(_known(outcome.rows), outcome.rule.expected_rows)
        case Counting.STATEMENT:
            return Share(int(outcome.holds), 1)
        case _ as unknown:
            assert_never(unknown)


def _known(count: int | None) -> int:
    if count is None:
        raise ValueError("the runner keeps every count that a rule of this kind yields")
    return count


def _rows_present(found: int, expected: int) -> Share | None:
    """Record completeness is capped at 1; a surplus is a finding of its own."""
    return Share(min(found, expected), expected) if expected > 0 else None


def _share(total: int, unexpected: int | None) -> Share | None:
    return Share(total - _known(unexpected), total) if total > 0 else None


def indicator_shares(outcomes: Iterable[Outcome]) -> dict[Indicator, Share]:
    """Pool the elements of all rules of one sub-indicator; one without elements is absent."""
    shares: dict[Indicator, Share] = {}
    for outcome in outcomes:
        share = measured_share(outcome)
        if share is None:
            continue
        indicator = outcome.rule.indicator
        before = shares.get(indicator, Share(0, 0))
        shares[indicator] = Share(before.conforming + share.conforming, before.total + share.total)
    return shares


def dimension_scores(
    shares: Mapping[Indicator, Share],
) -> dict[QualityDimension, Fraction]:
    """The mean of a group's measured sub-indicators; a group without any is absent."""
    scores: dict[QualityDimension, Fraction] = {}
    for dimension in QualityDimension:
        ratios = [s.ratio for i, s in shares.items() if i.dimension is dimension]
        if ratios:
            scores[dimension] = sum(ratios, Fraction(0)) / len(ratios)
    return scores


def total_score(
    scores: Mapping[QualityDimension, Fraction],
    weights: Mapping[QualityDimension, Fraction],
) -> Fraction | None:
    """Weighted mean of the measured groups; weights of the others are spread over them."""
    carried = sum((weights[dimension] for dimension in scores), Fraction(0))
    if not carried:
        return None
    return sum((weights[d] * score for d, score in scores.items()), Fraction(0)) / carried


def grade_of(score: Fraction) -> Grade:
    """A from 0.95, B from 0.85, C from 0.70, D below; read from the unrounded score."""
    return next((Grade(letter) for letter, floor in GRADE_FLOORS if score >= floor), Grade.D)


def finding_key(expectation: str, column: str, indicator: str) -> str:
    """What a waiver speaks of: one kind of rule on one column, whatever its bounds."""
    return f"{expectation} {column} {indicator}"


def rule_key(rule: Rule) -> str:
    return finding_key(rule.expectation, named_columns(rule), rule.indicator.value)


def named_columns(rule: Rule) -> str:
    """The column or columns of a rule, as they are kept with its finding."""
    columns = rule.arguments.get("column_list")
    if "column_A" in rule.arguments:
        columns = [rule.arguments["column_A"], rule.arguments["column_B"]]
    column = rule.arguments.get("column", columns if len(str(columns)) < 500 else "")
    return ", ".join(map(str, column)) if isinstance(column, list) else str(column or "")


def judge(
    outcomes: Sequence[Outcome],
    weights: Mapping[QualityDimension, Fraction],
    waived: frozenset[str] = frozenset(),
) -> QualityVerdict:
    """The verdict on a version from everything its rules found.

    waived: keys of rules for which somebody answers. They count in score and grade as ever, and
    are left out of the question whether the version passes; the security rule never is.
    """
    shares = indicator_shares(outcomes)
    dimensions = dimension_scores(shares)
    score = total_score(dimensions, weights)
    asked = [
        one
        for one in outcomes
        if rule_key(one.rule) not in waived or one.rule.indicator is Indicator.SECURITY_RULE
    ]
    decisive = total_score(dimension_scores(indicator_shares(asked)), weights)
    blockers = []
    if decisive is None:
        blockers.append(Failing.NOTHING_MEASURED)
    elif decisive < LISTING_THRESHOLD:
        blockers.append(Failing.BELOW_GRADE_B)
    security = shares.get(Indicator.SECURITY_RULE)
    if security is not None and security.conforming < security.total:
        blockers.append(Failing.SECURITY_RULE)
    if any(outcome.failed_to_run for outcome in outcomes):
        blockers.append(Failing.RULE_NOT_RUN)
    grade = None if score is None else grade_of(score)
    return QualityVerdict(shares, dimensions, weights, score, grade, tuple(blockers))


class Freshness(Labelled):
    """The age of the newest version against the promised update cycle."""

    FRESH = "fresh", N_("按期")
    STALE = "stale", N_("逾期")
    OVERDUE = "overdue", N_("严重逾期")
    NOT_PROMISED = "not_promised", N_("未承诺周期")


def fresh_until(cycle: UpdateCycle, delivered_at: datetime) -> datetime | None:
    """The moment after which a version counts as stale; None where no cycle is promised."""
    allowed = FRESH_FOR.get(cycle.value)
    return None if allowed is None else delivered_at + allowed


def listed_until(cycle: UpdateCycle, delivered_at: datetime) -> datetime | None:
    """The moment after which a listing is suspended: twice the time a version stays fresh."""
    allowed = FRESH_FOR.get(cycle.value)
    return None if allowed is None else delivered_at + 2 * allowed


def freshness(cycle: UpdateCycle, delivered_at: datetime, now: datetime) -> Freshness:
    """Fresh up to its time inclusive, stale up to twice that inclusive, overdue after."""
    stale_after, overdue_after = (
        fresh_until(cycle, delivered_at),
        listed_until(cycle, delivered_at),
    )
    if stale_after is None or overdue_after is None:
        return Freshness.NOT_PROMISED
    if now <= stale_after:
        return Freshness.FRESH
    return Freshness.STALE if now <= overdue_after else Freshness.OVERDUE
