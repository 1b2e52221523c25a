"""What words describe data, and is a declared dictionary usable?

Source: docs/rules/classification.md. The law of levels and sharing is in classification.py.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NewType, assert_never

from kernel.i18n import N_, Labelled

DatasetId = NewType("DatasetId", str)
ColumnId = NewType("ColumnId", str)
DatasetVersionId = NewType("DatasetVersionId", str)

MOST_COLUMNS = 300


class TypeCode(Labelled):
    """Data types of the catalogue guide."""

    TEXT = "C", N_("字符型 C")
    NUMERIC = "N", N_("数值型 N")
    MONEY = "Y", N_("货币型 Y")
    DATE = "D", N_("日期型 D")
    DATETIME = "T", N_("日期时间型 T")
    LOGICAL = "L", N_("逻辑型 L")
    MEMO = "M", N_("备注型 M")
    GENERAL = "G", N_("通用型 G")
    DOUBLE = "B", N_("双精度型 B")
    INTEGER = "I", N_("整型 I")
    FLOAT = "F", N_("浮点型 F")

    @property
    def is_text(self) -> bool:
        return self in {TypeCode.TEXT, TypeCode.MEMO, TypeCode.GENERAL}

    @property
    def is_number(self) -> bool:
        return self in {
            TypeCode.NUMERIC,
            TypeCode.MONEY,
            TypeCode.DOUBLE,
            TypeCode.INTEGER,
            TypeCode.FLOAT,
        }

    @property
    def is_time(self) -> bool:
        return self in {TypeCode.DATE, TypeCode.DATETIME}


class Sensitivity(Labelled):
    """Whether a column identifies, describes or may be shown; ordered by strictness."""

    PUBLIC = "public", N_("可公开")
    INTERNAL = "internal", N_("内部")
    PERSONAL = "personal", N_("个人信息")
    SENSITIVE_PERSONAL = "sensitive_personal", N_("敏感个人信息")

    @property
    def is_personal(self) -> bool:
        return self in {Sensitivity.PERSONAL, Sensitivity.SENSITIVE_PERSONAL}


class FormatKind(Labelled):
    """Identifiers whose form can be checked."""

    CREDIT_CODE = "credit_code", N_("统一社会信用代码")
    ID_CARD = "id_card", N_("公民身份号码")
    MOBILE = "mobile", N_("手机号码")
    REGION = "region", N_("行政区划代码")


class DataLevel(Labelled):
    """Levels of GB/T 43697, strictest first."""

    CORE = "core", N_("核心数据")
    IMPORTANT = "important", N_("重要数据")
    GENERAL = "general", N_("一般数据")


class PersonalData(Labelled):
    """Whether a data set holds personal data. De-identified data still is personal."""

    NONE = "none", N_("不含个人信息")
    ANONYMISED = "anonymised", N_("已匿名化")
    WITH_BASIS = "with_basis", N_("含个人信息，有合法性基础")


class SharingAttribute(Labelled):
    """Between departments."""

    UNCONDITIONAL = "1", N_("无条件共享")
    CONDITIONAL = "2", N_("有条件共享")
    NONE = "3", N_("不予共享")


class Openness(Labelled):
    """Towards the public."""

    UNCONDITIONAL = "1", N_("无条件开放")
    CONDITIONAL = "2", N_("有条件开放")
    NONE = "3", N_("不开放")


class UpdateCycle(Labelled):
    """How often a new version is promised."""

    REAL_TIME = "real_time", N_("实时")
    DAILY = "daily", N_("每日")
    WEEKLY = "weekly", N_("每周")
    MONTHLY = "monthly", N_("每月")
    QUARTERLY = "quarterly", N_("每季度")
    YEARLY = "yearly", N_("每年")
    OTHER = "other", N_("其他（不承诺周期）")


class VersionState(Labelled):
    """Life of a delivered version."""

    DELIVERED = "delivered", N_("待确认读法")
    QUEUED = "queued", N_("排队装载")
    LOADING = "loading", N_("正在装载")
    READY = "ready", N_("已入库")
    REFUSED = "refused", N_("已退回")


_MOVES = {
    VersionState.DELIVERED: {VersionState.QUEUED, VersionState.REFUSED},
    VersionState.QUEUED: {VersionState.LOADING, VersionState.REFUSED},
    VersionState.LOADING: {
        VersionState.LOADING,
        VersionState.READY,
        VersionState.REFUSED,
    },
    VersionState.READY: set[VersionState](),
    VersionState.REFUSED: set[VersionState](),
}


def may_move(before: VersionState, after: VersionState) -> bool:
    """Whether a version may go from one state to another; a finished one never moves."""
    return after in _MOVES[before]


Bound = Decimal | date


@dataclass(frozen=True)
class ColumnSpec:
    """One declared column: what its values must be. Bounds are inclusive."""

    name: str
    title: str
    type: TypeCode
    unit: str = ""
    description: str = ""
    is_required: bool = False
    is_key: bool = False
    sensitivity: Sensitivity = Sensitivity.PUBLIC
    codes: tuple[str, ...] = ()
    minimum: Bound | None = None
    maximum: Bound | None = None
    longest: int | None = None
    format: FormatKind | None = None


@dataclass(frozen=True)
class ColumnProfile:
    """One column in a sample. smallest, largest: as text, "" for personal and text columns.

    sampled: rows looked at; filled: rows with a value; distinct: different values among them.
    """

    name: str
    sampled: int
    filled: int
    distinct: int
    smallest: str
    largest: str
    mean: str


class DictionaryFault(Labelled):
    """What makes a declared dictionary unusable."""

    NO_COLUMN = "no_column", N_("字典里没有一个字段")
    TOO_MANY = "too_many", N_("字段超过 300 个，请拆分数据集")
    NAME_MISSING = "name_missing", N_("字段名为空")
    TITLE_MISSING = "title_missing", N_("字段缺中文名称")
    NAME_REPEATED = "name_repeated", N_("字段名重复（不分大小写）")
    RANGE_NEEDS_NUMBER_OR_TIME = "range_type", N_("只有数值和日期字段可以写取值范围")
    RANGE_REVERSED = "range_reversed", N_("取值范围的下限大于上限")
    CODES_NEED_TEXT_OR_INTEGER = "codes_type", N_("只有字符和整型字段可以写代码表")
    FORMAT_NEEDS_TEXT = "format_type", N_("只有字符字段可以写格式")
    LENGTH_NEEDS_TEXT = "length_type", N_("只有字符字段可以写最大长度")
    LENGTH_NOT_POSITIVE = "length_positive", N_("最大长度须大于 0")
    KEY_MUST_BE_REQUIRED = "key_required", N_("主键字段必须设为必填")
    FORMAT_NEEDS_PERSONAL = (
        "format_personal",
        N_("身份证号和手机号字段必须标为个人信息"),
    )


@dataclass(frozen=True)
class DictionaryProblem:
    """One fault and the column it is in (empty where it concerns all)."""

    fault: DictionaryFault
    column: str = ""


def dictionary_problems(columns: Sequence[ColumnSpec]) -> list[DictionaryProblem]:
    """Everything wrong with a declared dictionary; empty means it can be used."""
    if not columns:
        return [DictionaryProblem(DictionaryFault.NO_COLUMN)]
    problems = []
    if len(columns) > MOST_COLUMNS:
        problems.append(DictionaryProblem(DictionaryFault.TOO_MANY))
    times = Counter(column.name.casefold() for column in columns)
    for column in columns:
        if times[column.name.casefold()] > 1:
            problems.append(DictionaryProblem(DictionaryFault.NAME_REPEATED, column.name))
        problems += [DictionaryProblem(fault, column.name) for fault in _column_faults(column)]
    return problems


def _column_faults(column: ColumnSpec) -> Iterable[DictionaryFault]:
    if not column.name.strip():
        yield DictionaryFault.NAME_MISSING
    if not column.title.strip():
        yield DictionaryFault.TITLE_MISSING
    if column.is_key and not column.is_required:
        yield DictionaryFault.KEY_MUST_BE_REQUIRED
    if column.codes and not (column.type.is_text or column.type is TypeCode.INTEGER):
        yield DictionaryFault.CODES_NEED_TEXT_OR_INTEGER
    if column.format is not None and not column.type.is_text:
        yield DictionaryFault.FORMAT_NEEDS_TEXT
    if column.format in PERSONAL_FORMATS and not column.sensitivity.is_personal:
        yield DictionaryFault.FORMAT_NEEDS_PERSONAL
    yield from _range_faults(column)
    yield from _length_faults(column)


PERSONAL_FORMATS = frozenset({FormatKind.ID_CARD, FormatKind.MOBILE})


def _range_faults(column: ColumnSpec) -> Iterable[DictionaryFault]:
    low, high = column.minimum, column.maximum
    if low is None and high is None:
        return
    if not (column.type.is_number or column.type.is_time):
        yield DictionaryFault.RANGE_NEEDS_NUMBER_OR_TIME
    elif low is not None and high is not None and _is_above(low, high):
        yield DictionaryFault.RANGE_REVERSED


def _is_above(low: Bound, high: Bound) -> bool:
    match low, high:
        case (Decimal(), Decimal()):
            return low > high
        case (date(), date()):
            return low > high
        case _:
            return True  # a number against a day: no order, so no range


def _length_faults(column: ColumnSpec) -> Iterable[DictionaryFault]:
    if column.longest is None:
        return
    if not column.type.is_text:
        yield DictionaryFault.LENGTH_NEEDS_TEXT
    elif column.longest <= 0:
        yield DictionaryFault.LENGTH_NOT_POSITIVE


def read_bound(type_code: TypeCode, text: str) -> Bound | None:
    """A bound as a person wrote it, typed like its column; None for an empty field.

    Raises: ValueError when it is neither a number nor a day.
    """
    text = text.strip()
    if not text:
        return None
    if type_code.is_time:
        return date.fromisoformat(text)
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not number.is_finite():
        raise ValueError(text)
    return number


@dataclass(frozen=True)
class HeaderDifference:
    """How the columns of a file differ from the declared dictionary."""

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    repeated: tuple[str, ...]


def header_difference(declared: Sequence[str], found: Sequence[str]) -> HeaderDifference | None:
    """What does not match between dictionary and file; None when the same names stand there.

    Order does not matter: columns are taken by name.
    """
    times = Counter(found)
    difference = HeaderDifference(
        missing=tuple(name for name in declared if name not in times),
        unexpected=tuple(name for name in times if name not in set(declared)),
        repeated=tuple(name for name, count in times.items() if count > 1),
    )
    has_any = difference.missing or difference.unexpected or difference.repeated
    return difference if has_any else None


def stored_type(type_code: TypeCode) -> str:
    """The column type in which a version's file keeps a declared type."""
    match type_code:
        case TypeCode.TEXT | TypeCode.MEMO | TypeCode.GENERAL:
            return "VARCHAR"
        case TypeCode.NUMERIC | TypeCode.DOUBLE | TypeCode.FLOAT:
            return "DOUBLE"
        case TypeCode.INTEGER:
            return "BIGINT"
        case TypeCode.MONEY:
            return "DECIMAL(18,2)"
        case TypeCode.DATE:
            return "DATE"
        case TypeCode.DATETIME:
            return "TIMESTAMP"
        case TypeCode.LOGICAL:
            return "BOOLEAN"
        case _ as unknown:
            assert_never(unknown)
