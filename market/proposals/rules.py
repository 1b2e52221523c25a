"""Which rules does a profile suggest, and why? Pure: figures in, rules with reasons out.

Nothing that a personal column holds goes into a rule. What was merely learned from the data is
offered unticked: a rule learned from faults would make them the law.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NewType

from kernel.i18n import N_, Labelled
from market.datasets.rules import ColumnSpec, TypeCode

ProposalId = NewType("ProposalId", str)

FEW_VALUES = 30  # at most so many different values are a list
ENOUGH_ROWS = 20  # below, a share says little
REPEATED = 5  # a list's values stand so often each, on average
MATCHING = 0.9  # so many of a column have a form before it is taken for its form
IN_ORDER = 0.99
MOSTLY_FILLED = 0.95


class ProposalState(Labelled):
    """Life of one proposal."""

    QUEUED = "queued", N_("排队分析")
    RUNNING = "running", N_("正在分析")
    READY = "ready", N_("已有建议")
    FAILED = "failed", N_("没能分析")


@dataclass(frozen=True)
class Figures:
    """One column in figures. smallest, largest, values: empty for a personal column.

    distinct: about so many. matched: form -> how many of `sampled` values have it.
    """

    name: str
    filled: int
    distinct: int
    smallest: str = ""
    largest: str = ""
    shortest: int | None = None
    longest: int | None = None
    values: tuple[str, ...] = ()
    sampled: int = 0
    matched: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Order:
    """Two moments of a record: in how many of `compared` records the first is not later."""

    first: str
    second: str
    compared: int
    kept: int


@dataclass(frozen=True)
class Dependence:
    """Which values of two columns stand together."""

    first: str
    second: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TableProfile:
    """A whole version in figures."""

    rows: int
    columns: Sequence[Figures]
    orders: Sequence[Order] = ()
    dependences: Sequence[Dependence] = ()


@dataclass(frozen=True)
class Proposed:
    """One rule in Great Expectations' format, with why. is_standard: of a law, not of the data."""

    rule: Mapping[str, object]
    reason: str
    facts: Mapping[str, object]
    is_ticked: bool = True
    is_standard: bool = False


STANDARDS: Mapping[str, tuple[str, str]] = {
    "credit_code": ("expect_column_values_to_be_credit_codes", N_("统一社会信用代码")),
    "id_card": ("expect_column_values_to_be_id_cards", N_("公民身份号码")),
    "phone": ("expect_column_values_to_be_phone_numbers", N_("电话号码")),
    "plate": ("expect_column_values_to_be_plate_numbers", N_("机动车号牌")),
    "region": ("expect_column_values_to_be_region_codes", N_("行政区划代码")),
}
WRITTEN_DAY = "day"
# What the name of a number says about its bounds, whatever the data says.
KNOWN_BOUNDS = (
    (("latitude", "纬度"), -90, 90),
    (("longitude", "经度"), -180, 180),
    (("age", "年龄"), 0, 150),
    (("percent", "百分比"), 0, 100),
)


def propose(profile: TableProfile, columns: Sequence[ColumnSpec], today: date) -> list[Proposed]:
    """Every rule that the figures suggest, table first, then column by column."""
    found = list(_about_table(profile))
    has_key = any(column.is_key for column in columns)
    by_name = {column.name: column for column in columns}
    for figures in profile.columns:
        column = by_name[figures.name]
        found += _about_filling(figures, column, profile.rows)
        keys = list(_about_uniqueness(figures, column, profile.rows, has_key=has_key))
        has_key = has_key or bool(keys)
        found += keys
        standards = list(_about_standards(figures, today))
        found += standards
        if not standards:
            found += _about_values(figures, column, profile.rows)
        if not column.sensitivity.is_personal:
            found += _about_bounds(figures, column)
    return [*found, *_about_pairs(profile, by_name)]


def _rule(
    name: str, indicator: str = "", severity: str = "warning", **kwargs: object
) -> dict[str, object]:
    meta = {"indicator": indicator} if indicator else {}
    return {"type": name, "kwargs": kwargs, "meta": meta, "severity": severity}


def _about_table(profile: TableProfile) -> Iterable[Proposed]:
    if profile.rows >= ENOUGH_ROWS:
        yield Proposed(
            _rule("expect_table_row_count_to_be_between", min_value=profile.rows // 2),
            N_("这一版有 {rows} 条。以后少于一半，多半是没有交全。"),
            {"rows": profile.rows},
        )


def _about_filling(figures: Figures, column: ColumnSpec, rows: int) -> Iterable[Proposed]:
    if column.is_required or not rows:
        return
    if figures.filled == rows:
        yield Proposed(
            _rule("expect_column_values_to_not_be_null", column=figures.name),
            N_("全部 {rows} 条都有值。"),
            {"rows": rows},
        )
    elif figures.filled >= MOSTLY_FILLED * rows:
        share = math.floor(figures.filled / rows * 100) / 100
        yield Proposed(
            _rule(
                "expect_column_proportion_of_non_null_values_to_be_between",
                severity="info",
                column=figures.name,
                min_value=share,
            ),
            N_("{rows} 条中 {filled} 条有值。由现有数据得出，请核对。"),
            {"rows": rows, "filled": figures.filled},
            is_ticked=False,
        )


def _about_uniqueness(
    figures: Figures, column: ColumnSpec, rows: int, *, has_key: bool
) -> Iterable[Proposed]:
    """An estimate only; the test on the data that follows is exact."""
    can_name = column.type.is_text or column.type is TypeCode.INTEGER
    is_whole = rows >= ENOUGH_ROWS and figures.filled == rows
    if can_name and is_whole and not column.is_key and figures.distinct >= 0.9 * rows:
        yield Proposed(
            _rule(
                "expect_column_values_to_be_unique",
                severity="warning" if has_key else "critical",
                column=figures.name,
            ),
            N_("{rows} 条的值各不相同，像是编号。"),
            {"rows": rows},
        )


def _about_standards(figures: Figures, today: date) -> Iterable[Proposed]:
    if figures.sampled < ENOUGH_ROWS:
        return
    for form, (name, label) in STANDARDS.items():
        if figures.matched.get(form, 0) >= MATCHING * figures.sampled:
            more = {"on_day": today.isoformat()} if form == "region" else {}
            yield Proposed(
                _rule(name, column=figures.name, **more),
                N_("抽查 {sampled} 个值，{matched} 个是{form}。"),
                {"sampled": figures.sampled, "matched": figures.matched[form], "form": label},
                is_standard=True,
            )
            return
    if figures.matched.get(WRITTEN_DAY, 0) >= MATCHING * figures.sampled:
        yield Proposed(
            _rule(
                "expect_column_values_to_match_strftime_format",
                column=figures.name,
                strftime_format="%Y-%m-%d",
            ),
            N_("抽查 {sampled} 个值，{matched} 个写成年-月-日。"),
            {"sampled": figures.sampled, "matched": figures.matched[WRITTEN_DAY]},
            is_standard=True,
        )


def _about_values(figures: Figures, column: ColumnSpec, rows: int) -> Iterable[Proposed]:
    if not column.type.is_text:
        return
    repeats = figures.filled >= REPEATED * max(len(figures.values), 1)
    if 1 < len(figures.values) <= FEW_VALUES and repeats and rows >= ENOUGH_ROWS:
        if not column.codes:
            yield Proposed(
                _rule(
                    "expect_column_values_to_be_in_set",
                    column=figures.name,
                    value_set=list(figures.values),
                ),
                N_("只出现过 {count} 种值，像是代码。请核对有没有错值混在里面。"),
                {"count": len(figures.values)},
            )
    else:
        yield from _about_lengths(figures, column)


def _about_lengths(figures: Figures, column: ColumnSpec) -> Iterable[Proposed]:
    if figures.shortest is None or figures.filled < ENOUGH_ROWS:
        return
    if figures.shortest == figures.longest and figures.shortest > 1:
        yield Proposed(
            _rule(
                "expect_column_value_lengths_to_equal",
                column=figures.name,
                value=figures.longest,
            ),
            N_("每个值都是 {length} 个字符。"),
            {"length": figures.longest},
        )
    elif column.longest is None:
        yield Proposed(
            _rule(
                "expect_column_value_lengths_to_be_between",
                severity="info",
                column=figures.name,
                min_value=figures.shortest,
                max_value=figures.longest,
            ),
            N_("长度在 {shortest} 到 {longest} 之间。由现有数据得出，请核对。"),
            {"shortest": figures.shortest, "longest": figures.longest},
            is_ticked=False,
        )


def _about_bounds(figures: Figures, column: ColumnSpec) -> Iterable[Proposed]:
    is_bounded = column.minimum is not None or column.maximum is not None
    is_ordered = column.type.is_number or column.type.is_time
    if not is_ordered or is_bounded or figures.filled < ENOUGH_ROWS or not figures.smallest:
        return
    words = f"{column.name} {column.title}".lower()
    for hints, low, high in KNOWN_BOUNDS if column.type.is_number else ():
        if any(hint in words.split() or (hint in words and not hint.isascii()) for hint in hints):
            yield Proposed(
                _between(column, low, high),
                N_("名称说明它在 {low} 到 {high} 之间。"),
                {"low": low, "high": high},
                is_standard=True,
            )
            return
    if column.type.is_number and float(figures.smallest) >= 0:
        yield Proposed(_between(column, 0, None), N_("没有出现过负数。"), {})
    yield Proposed(
        _between(column, figures.smallest, figures.largest, severity="info"),
        N_("现有数据在 {low} 到 {high} 之间。由现有数据得出，请核对。"),
        {"low": figures.smallest, "high": figures.largest},
        is_ticked=False,
    )


def _between(
    column: ColumnSpec, low: object, high: object, severity: str = "warning"
) -> dict[str, object]:
    bounds = {"min_value": low, "max_value": high}
    return _rule(
        "expect_column_values_to_be_between",
        "0501" if column.type.is_time else "0301",
        severity,
        column=column.name,
        **{name: bound for name, bound in bounds.items() if bound is not None},
    )


def _about_pairs(profile: TableProfile, columns: Mapping[str, ColumnSpec]) -> Iterable[Proposed]:
    for order in profile.orders:
        if order.compared >= ENOUGH_ROWS and order.kept >= IN_ORDER * order.compared:
            yield Proposed(
                _rule(
                    "expect_column_pair_values_a_to_be_greater_than_b",
                    "0503",
                    column_A=order.second,
                    column_B=order.first,
                    or_equal=True,
                    ignore_row_if="either_value_is_missing",
                ),
                N_("{compared} 条中 {kept} 条的“{first}”不晚于“{second}”。"),
                {
                    "compared": order.compared,
                    "kept": order.kept,
                    "first": columns[order.first].title,
                    "second": columns[order.second].title,
                },
                is_standard=True,
            )
    for one in profile.dependences:
        yield Proposed(
            _rule(
                "expect_column_pair_values_to_be_in_set",
                "0402",
                column_A=one.first,
                column_B=one.second,
                value_pairs_set=[list(pair) for pair in one.pairs],
                ignore_row_if="either_value_is_missing",
            ),
            N_("“{first}”定了，“{second}”就定了：只有 {count} 对。"),
            {
                "first": columns[one.first].title,
                "second": columns[one.second].title,
                "count": len(one.pairs),
            },
        )
