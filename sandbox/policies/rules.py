"""What may a product's privacy policy say, and does it contradict itself?"""

import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from kernel.i18n import N_, Labelled

MAX_COLUMNS = 300
MAX_DOMAIN = 65_000  # codes are stored in two bytes
MAX_ROWS_PER_UNIT = 254  # ranks are stored in one byte; 255 says "more"
MAX_PLACES = 6
MAX_MAGNITUDE_UNITS = 10**12  # 9 million rows at this size still sum below 2**63
MAX_NAME = 100
MAX_TEXT = 200

DomainValue: TypeAlias = StrictBool | StrictInt | StrictStr
Epsilon: TypeAlias = Annotated[Decimal, Field(max_digits=12, decimal_places=6)]


class ColumnKind(Labelled):
    """What a column's values are, as declared in the data dictionary."""

    TEXT = "text", N_("文本")
    INTEGER = "integer", N_("整数")
    NUMBER = "number", N_("小数")
    DATE = "date", N_("日期")
    MOMENT = "moment", N_("时间")
    TRUTH = "truth", N_("是否")


class ColumnUse(Labelled):
    """What a buyer may do with a column."""

    GROUP = "group", N_("可分组、可筛选")
    SUM = "sum", N_("可求和、求平均")
    FILTER = "filter", N_("可筛选")
    FORBIDDEN = "forbidden", N_("不可使用")


class Frozen(BaseModel):
    """A value that never changes and knows no extra fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Domain(Frozen):
    """The public list of values a grouping column may take; a value's place is its code."""

    values: tuple[DomainValue, ...]

    @property
    def size(self) -> int:
        return len(self.values)


class Clip(Frozen):
    """Values are cut to [low, high] and kept as integers of 10**-places (1234.5 -> 123450)."""

    low: Decimal
    high: Decimal
    places: int = 0

    @property
    def low_units(self) -> int:
        return units_of(self.low, self.places)

    @property
    def high_units(self) -> int:
        return units_of(self.high, self.places)

    @property
    def magnitude_units(self) -> int:
        """The most that one row can move a sum."""
        return max(abs(self.low_units), abs(self.high_units))


class ColumnRule(Frozen):
    """What one column is and what may be done with it. Nothing set: it is forbidden."""

    name: str
    kind: ColumnKind
    domain: Domain | None = None
    clip: Clip | None = None
    is_filter: bool = False
    description: str = ""

    @property
    def uses(self) -> tuple[ColumnUse, ...]:
        found = []
        if self.domain is not None:
            found.append(ColumnUse.GROUP)
        if self.clip is not None:
            found.append(ColumnUse.SUM)
        if self.is_filter and self.domain is None:
            found.append(ColumnUse.FILTER)
        return tuple(found) or (ColumnUse.FORBIDDEN,)


class Unit(Frozen):
    """Whose contribution is hidden: the column that names it, and its word (企业, 航空器)."""

    column: str
    label: str


class Caps(Frozen):
    """How much epsilon each purse holds. A query must fit all of them at once."""

    licence_epsilon: Epsilon
    buyer_epsilon: Epsilon
    product_epsilon: Epsilon
    family_epsilon: Epsilon

    def ascending(self) -> tuple[Decimal, ...]:
        return self.licence_epsilon, self.buyer_epsilon, self.product_epsilon, self.family_epsilon


class PrivacyPolicy(Frozen):
    """Everything that decides what may be asked of a product, and at what price in privacy.

    table: the name a query writes after FROM.
    unit: whose contribution is hidden; None only where nobody's is (is_open).
    is_open: answers are exact; only for general data without a protected unit.
    rows_per_unit: K, the most rows of one unit that count at all.
    rows_per_cell: L, the most rows of one unit in one full cell (all grouping columns together).
    query_epsilon: what a query costs when it does not say.
    """

    table: str
    unit: Unit | None
    is_open: bool = False
    columns: tuple[ColumnRule, ...]
    rows_per_unit: int = 1
    rows_per_cell: int = 1
    query_epsilon: Epsilon = Decimal("0.1")
    caps: Caps | None = None

    def grouped(self) -> Iterator[tuple[int, ColumnRule, Domain]]:
        """Every grouping column with its place in the policy and its public domain."""
        for place, column in enumerate(self.columns):
            if column.domain is not None:
                yield place, column, column.domain

    def summed(self) -> Iterator[tuple[int, ColumnRule, Clip]]:
        """Every summable column with its place and its clip bounds."""
        for place, column in enumerate(self.columns):
            if column.clip is not None:
                yield place, column, column.clip

    def filtered(self) -> Iterator[tuple[int, ColumnRule]]:
        """Every column kept only for filtering; grouping columns are filtered by their codes."""
        for place, column in enumerate(self.columns):
            if column.is_filter and column.domain is None:
                yield place, column

    def find(self, name: str) -> tuple[int, ColumnRule] | None:
        """A column by exact name, else by name without regard to ASCII case, if that is one."""
        alike = []
        for place, column in enumerate(self.columns):
            if column.name == name:
                return place, column
            if ascii_fold(column.name) == ascii_fold(name):
                alike.append((place, column))
        return alike[0] if len(alike) == 1 else None


class PolicyProblem(Labelled):
    """Why a policy cannot be used. Each says what to change."""

    TABLE_NAME = (
        "table-name",
        N_("查询用的表名须为 1–100 个字，只含文字、数字和下划线，且不以数字开头。"),
    )
    COLUMN_NAME = "column-name", N_("列名为空、过长，或含有控制字符。")
    COLUMN_TWICE = "column-twice", N_("有两列同名（不分大小写）。")
    TOO_MANY_COLUMNS = "too-many-columns", N_("列数超过 300。")
    UNIT_MISSING = (
        "unit-missing",
        N_("没有保护单元的产品不能回答隐私查询。请指定保护单元，或在确为一般数据时设为公开统计。"),
    )
    UNIT_UNKNOWN = "unit-unknown", N_("保护单元所指的列不在列表中。")
    UNIT_USED = "unit-used", N_("保护单元所在的列不得用于分组、求和或筛选。")
    UNIT_OTHER = "unit-other", N_("数据集声明了别的保护单元。请用声明的那一列。")
    OPEN_NOT_GENERAL = (
        "open-not-general",
        N_("只有不含个人信息的一般数据可以设为公开统计。请指定保护单元。"),
    )
    COLUMN_UNDECLARED = "column-undeclared", N_("有一列不在数据字典中。")
    KIND_OTHER = "kind-other", N_("有一列的类型与数据字典不同。")
    PERSONAL_USED = "personal-used", N_("个人信息列不得用于分组、求和或筛选。")
    OPEN_WITH_UNIT = "open-with-unit", N_("有保护单元的产品不能设为公开统计。")
    DOMAIN_EMPTY = "domain-empty", N_("分组列的取值清单为空。")
    DOMAIN_TWICE = "domain-twice", N_("分组列的取值清单里有重复值。")
    DOMAIN_LARGE = "domain-large", N_("分组列的取值超过 65,000 个。请改用更粗的分类。")
    DOMAIN_KIND = (
        "domain-kind",
        N_("分组列的取值与该列类型不符。小数、日期和时间列须先归类再分组。"),
    )
    DOMAIN_TEXT = "domain-text", N_("分组列的取值过长（超过 200 字），或含有控制字符。")
    CLIP_KIND = "clip-kind", N_("只有整数列和小数列可以求和。")
    CLIP_ORDER = "clip-order", N_("求和列的下限须小于上限。")
    CLIP_PLACES = "clip-places", N_("求和列保留的小数位数须在 0 到 6 之间，上下限不得比它更细。")
    CLIP_LARGE = "clip-large", N_("求和列的上下限过大（按最小单位不得超过一万亿）。")
    ROWS_RANGE = "rows-range", N_("每个保护单元的行数上限须在 1 到 254 之间。")
    CELL_RANGE = "cell-range", N_("每格行数上限须在 1 与每单元行数上限之间。")
    EPSILON_RANGE = "epsilon-range", N_("单次查询的 ε 须大于 0，且不大于许可的上限。")
    CAPS_MISSING = "caps-missing", N_("有保护单元的产品须设定四级 ε 上限。")
    CAPS_ORDER = "caps-order", N_("ε 上限须为正，且许可 ≤ 需方 ≤ 产品 ≤ 同源数据。")


def policy_problems(policy: PrivacyPolicy) -> list[PolicyProblem]:
    """Every way in which a policy contradicts itself; empty means it may be used."""
    problems = [*_naming_problems(policy), *_unit_problems(policy), *_epsilon_problems(policy)]
    for column in policy.columns:
        problems += _domain_problems(column)
        problems += _clip_problems(column)
    if not 1 <= policy.rows_per_unit <= MAX_ROWS_PER_UNIT:
        problems.append(PolicyProblem.ROWS_RANGE)
    elif not 1 <= policy.rows_per_cell <= policy.rows_per_unit:
        problems.append(PolicyProblem.CELL_RANGE)
    return list(dict.fromkeys(problems))


def units_of(value: Decimal, places: int) -> int:
    """A decimal as a whole number of 10**-places. The caller has checked that it is one."""
    return int(value.scaleb(places).to_integral_value())


def ascii_fold(name: str) -> str:
    """Lower-case A-Z only: no other letters are the same as another in SQL."""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in name)


def is_plain_name(name: str) -> bool:
    """Whether a name can be written without quotes: letters, Chinese, digits, underscore."""
    return bool(name) and not name[0].isdigit() and all(is_word_character(c) for c in name)


def is_word_character(character: str) -> bool:
    """ASCII letters and digits, underscore and Chinese characters; nothing that looks like them."""
    if character.isascii():
        return character.isalnum() or character == "_"
    if character == "〇":  # a numeral in Chinese names, of another category than its neighbours
        return True
    return unicodedata.name(character, "").startswith("CJK UNIFIED IDEOGRAPH")


def _naming_problems(policy: PrivacyPolicy) -> Iterator[PolicyProblem]:
    if not is_plain_name(policy.table) or len(policy.table) > MAX_NAME:
        yield PolicyProblem.TABLE_NAME
    if len(policy.columns) > MAX_COLUMNS:
        yield PolicyProblem.TOO_MANY_COLUMNS
    names = [column.name for column in policy.columns]
    if len({ascii_fold(name) for name in names}) < len(names):
        yield PolicyProblem.COLUMN_TWICE
    if any(not (name and _is_usable(name, MAX_NAME)) for name in names):
        yield PolicyProblem.COLUMN_NAME


def _is_usable(text: str, length: int) -> bool:
    return len(text) <= length and all(unicodedata.category(c)[0] != "C" for c in text)


def _unit_problems(policy: PrivacyPolicy) -> Iterator[PolicyProblem]:
    if policy.unit is None:
        if not policy.is_open:
            yield PolicyProblem.UNIT_MISSING
        return
    if policy.is_open:
        yield PolicyProblem.OPEN_WITH_UNIT
    named = [column for column in policy.columns if column.name == policy.unit.column]
    if not named:
        yield PolicyProblem.UNIT_UNKNOWN
    elif named[0].uses != (ColumnUse.FORBIDDEN,):
        yield PolicyProblem.UNIT_USED


def _domain_problems(column: ColumnRule) -> Iterator[PolicyProblem]:
    if column.domain is None:
        return
    values = column.domain.values
    if not values:
        yield PolicyProblem.DOMAIN_EMPTY
    if len({(type(value), value) for value in values}) < len(values):
        yield PolicyProblem.DOMAIN_TWICE
    if len(values) > MAX_DOMAIN:
        yield PolicyProblem.DOMAIN_LARGE
    expected = {ColumnKind.TEXT: str, ColumnKind.INTEGER: int, ColumnKind.TRUTH: bool}
    if any(type(value) is not expected.get(column.kind) for value in values):
        yield PolicyProblem.DOMAIN_KIND
    elif any(isinstance(value, str) and not _is_usable(value, MAX_TEXT) for value in values):
        yield PolicyProblem.DOMAIN_TEXT
    elif any(isinstance(value, int) and abs(value) >= 2**63 for value in values):
        yield PolicyProblem.DOMAIN_KIND


def _clip_problems(column: ColumnRule) -> Iterator[PolicyProblem]:
    clip = column.clip
    if clip is None:
        return
    if column.kind not in (ColumnKind.INTEGER, ColumnKind.NUMBER):
        yield PolicyProblem.CLIP_KIND
    if clip.low >= clip.high:
        yield PolicyProblem.CLIP_ORDER
    elif max(abs(clip.low), abs(clip.high)) > MAX_MAGNITUDE_UNITS:
        yield PolicyProblem.CLIP_LARGE
    elif not 0 <= clip.places <= MAX_PLACES or _is_finer(clip):
        yield PolicyProblem.CLIP_PLACES
    elif clip.magnitude_units > MAX_MAGNITUDE_UNITS:
        yield PolicyProblem.CLIP_LARGE


def _is_finer(clip: Clip) -> bool:
    step = Decimal(1).scaleb(-clip.places)
    return any(bound % step for bound in (clip.low, clip.high))


def _epsilon_problems(policy: PrivacyPolicy) -> Iterator[PolicyProblem]:
    if policy.is_open:
        return
    if policy.caps is None:
        yield PolicyProblem.CAPS_MISSING
        return
    caps = policy.caps.ascending()
    if min(caps) <= 0 or list(caps) != sorted(caps):
        yield PolicyProblem.CAPS_ORDER
    if not 0 < policy.query_epsilon <= policy.caps.licence_epsilon:
        yield PolicyProblem.EPSILON_RANGE
