"""In which terms is a kind of rule described: its parameters, its columns, its words? Pure."""

from dataclasses import dataclass
from enum import StrEnum

from kernel.i18n import N_, Labelled
from market.quality.rules import Counting, Indicator


class Takes(Labelled):
    """What a parameter is, and so how a form asks for it."""

    COLUMN = "column", N_("字段")
    COLUMNS = "columns", N_("多个字段")
    BOUND = "bound", N_("数字或日期")
    NUMBER = "number", N_("数字")
    WHOLE = "whole", N_("整数")
    SHARE = "share", N_("比例（0 到 1）")
    TEXT = "text", N_("文字")
    VALUES = "values", N_("多个值，每行一个")
    PATTERN = "pattern", N_("正则表达式")
    PATTERNS = "patterns", N_("多个正则表达式，每行一个")
    TEXTS = "texts", N_("多个文字，每行一个")
    PAIRS = "pairs", N_("多个值对，每行一个，两个值用逗号隔开")
    FLAG = "flag", N_("是或否")
    CHOICE = "choice", N_("从选项中选择")
    QUANTILES = "quantiles", N_("分位数及其范围")


class Fits(StrEnum):
    """Which columns a rule can speak about."""

    ANY = "any"
    TEXT = "text"
    NUMBER = "number"
    ORDERED = "ordered"  # numbers and moments


@dataclass(frozen=True)
class Parameter:
    """One argument of a rule, in the library's name and in words."""

    name: str
    takes: Takes
    label: str
    is_required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expectation:
    """One kind of rule. indicator: where it counts unless its writer says otherwise."""

    type: str
    label: str
    sentence: str
    indicator: Indicator
    counting: Counting
    parameters: tuple[Parameter, ...]
    fits: Fits = Fits.ANY

    @property
    def columns(self) -> tuple[Parameter, ...]:
        return tuple(p for p in self.parameters if p.takes in {Takes.COLUMN, Takes.COLUMNS})


COLUMN = Parameter("column", Takes.COLUMN, N_("字段"), is_required=True)
COLUMNS = Parameter("column_list", Takes.COLUMNS, N_("字段（至少两个）"), is_required=True)
FIRST = Parameter("column_A", Takes.COLUMN, N_("字段甲"), is_required=True)
SECOND = Parameter("column_B", Takes.COLUMN, N_("字段乙"), is_required=True)
MOSTLY = Parameter("mostly", Takes.SHARE, N_("至少多少符合才算通过"))
MINIMUM = Parameter("min_value", Takes.BOUND, N_("下限"))
MAXIMUM = Parameter("max_value", Takes.BOUND, N_("上限"))
LEAST = Parameter("min_value", Takes.WHOLE, N_("最少"))
MOST = Parameter("max_value", Takes.WHOLE, N_("最多"))
LOWEST = Parameter("min_value", Takes.NUMBER, N_("下限"))
HIGHEST = Parameter("max_value", Takes.NUMBER, N_("上限"))
VALUES = Parameter("value_set", Takes.VALUES, N_("值"), is_required=True)
STRICT = (
    Parameter("strict_min", Takes.FLAG, N_("不含下限")),
    Parameter("strict_max", Takes.FLAG, N_("不含上限")),
)
BOTH = ("both_values_are_missing", "either_value_is_missing", "neither")
RECORD = ("all_values_are_missing", "any_value_is_missing", "never")
PAIR_GAPS = Parameter("ignore_row_if", Takes.CHOICE, N_("哪些空值不比较"), choices=BOTH)
RECORD_GAPS = Parameter("ignore_row_if", Takes.CHOICE, N_("哪些空值不比较"), choices=RECORD)
MATCH_ON = Parameter("match_on", Takes.CHOICE, N_("满足任一或全部"), choices=("any", "all"))


def on_cells(
    name: str,
    label: str,
    sentence: str,
    indicator: Indicator,
    *parameters: Parameter,
    fits: Fits = Fits.ANY,
) -> Expectation:
    """A rule on the cells of one column; empty cells are left out."""
    whole = (COLUMN, *parameters, MOSTLY)
    return Expectation(name, label, sentence, indicator, Counting.VALUES, whole, fits)


def claim(
    name: str,
    label: str,
    sentence: str,
    indicator: Indicator,
    *parameters: Parameter,
    fits: Fits = Fits.ANY,
) -> Expectation:
    """One claim about a column or the table: it holds or it does not."""
    return Expectation(name, label, sentence, indicator, Counting.STATEMENT, parameters, fits)


def claim_between(
    name: str, label: str, sentence: str, *bounds: Parameter, fits: Fits
) -> Expectation:
    """A figure of a column lies between two bounds."""
    return claim(name, label, sentence, Indicator.CONTENT, COLUMN, *bounds, *STRICT, fits=fits)
