"""How does a person paste a data dictionary? As the table that stands in their spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pydantic import ValidationError

from kernel.errors import Invalid
from kernel.i18n import N_, Labelled
from market.datasets.rules import FormatKind, Sensitivity, TypeCode
from market.datasets.schemas import ColumnDraft, split_words


class Heading(StrEnum):
    """What the columns of the pasted table are called, in their usual order."""

    NAME = "字段名"
    TITLE = "中文名称"
    TYPE = "类型"
    IS_REQUIRED = "必填"
    IS_KEY = "主键"
    UNIT = "单位"
    DESCRIPTION = "说明"
    SENSITIVITY = "敏感程度"
    CODES = "代码表"
    MINIMUM = "最小值"
    MAXIMUM = "最大值"
    LONGEST = "最大长度"
    FORMAT = "格式"


FIELDS: Mapping[Heading, str] = {heading: heading.name.lower() for heading in Heading}
YES = frozenset({"是", "√", "y", "yes", "true", "1", "✓"})
CODE_BAR = "|"  # between codes that hold blanks themselves
NO = frozenset({"", "否", "n", "no", "false", "0", "×"})


@dataclass(eq=False)
class DictionaryLineUnreadable(Invalid):
    """One line of the pasted table does not say a column."""

    code = "dictionary-line-unreadable"
    message = N_("数据字典第 {line} 行的“{heading}”写的是“{found}”，读不懂。请按表头下的说明改写。")

    line: int
    heading: str
    found: str


def parse_dictionary(text: str) -> list[ColumnDraft]:
    """The columns of a pasted table: tabs or commas, with or without a heading line.

    Raises: DictionaryLineUnreadable.
    """
    rows = [row for row in _rows(text) if any(cell.strip() for cell in row)]
    headings = _headings(rows[0]) if rows else None
    body = rows[1:] if headings else rows
    first_line = 2 if headings else 1
    order = headings or list(Heading)
    return [_column(line, order, row) for line, row in enumerate(body, start=first_line)]


def template() -> str:
    """A heading line and two examples, to be pasted into a spreadsheet and back."""
    lines = [
        [heading.value for heading in Heading],
        [
            "code",
            "机构编码",
            "C",
            "是",
            "是",
            "",
            "登记机构给的编码",
            "可公开",
            "",
            "",
            "",
            "20",
            "",
        ],
        ["score", "得分", "I", "否", "否", "分", "检查总分", "可公开", "", "0", "100", "", ""],
    ]
    return "\n".join("\t".join(line) for line in lines) + "\n"


def table_of(columns: Sequence[ColumnDraft]) -> str:
    """Declared columns as the table that parse_dictionary reads."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow([heading.value for heading in Heading])
    writer.writerows([_cell(column, heading) for heading in Heading] for column in columns)
    return text.getvalue()


def _cell(column: ColumnDraft, heading: Heading) -> str:
    value = getattr(column, FIELDS[heading])
    match value:
        case bool():
            return "是" if value else ""
        case tuple():
            return _written_codes(value)
        case Labelled():
            return value.value if isinstance(value, TypeCode) else value.label
        case None:
            return ""
        case _:
            return str(value)


def _written_codes(codes: Sequence[str]) -> str:
    """Apart by blanks; apart by bars, and with one at the end, where a code holds a blank."""
    if all(split_words(code) == (code,) for code in codes):
        return " ".join(codes)
    return CODE_BAR.join((*codes, ""))


def _read_codes(text: str) -> tuple[str, ...]:
    if CODE_BAR in text:
        return tuple(code.strip() for code in text.split(CODE_BAR) if code.strip())
    return split_words(text)


def _rows(text: str) -> Iterable[list[str]]:
    delimiter = "\t" if "\t" in text else ","
    return csv.reader(io.StringIO(text.replace("\r\n", "\n")), delimiter=delimiter)


def _headings(row: Sequence[str]) -> list[Heading | None] | None:
    """The headings of the first line; None when it is a column already."""
    known = {heading.value: heading for heading in Heading}
    named = [known.get(cell.strip()) for cell in row]
    return named if Heading.NAME in named else None


def _column(line: int, order: Sequence[Heading | None], row: Sequence[str]) -> ColumnDraft:
    said = {
        heading: cell.strip()
        for heading, cell in zip(order, row, strict=False)
        if heading is not None
    }
    values = {FIELDS[heading]: _value(line, heading, text) for heading, text in said.items()}
    present = {name: value for name, value in values.items() if value not in ("", None)}
    try:
        return ColumnDraft.model_validate(present)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0]) if error.errors()[0]["loc"] else "name"
        heading = Heading[name.upper()]
        raise DictionaryLineUnreadable(line, heading.value, said.get(heading, "")) from error


def _value(line: int, heading: Heading, text: str) -> object:
    match heading:
        case Heading.IS_REQUIRED | Heading.IS_KEY:
            return _yes_or_no(line, heading, text)
        case Heading.TYPE:
            return _choice(line, heading, text, TypeCode)
        case Heading.SENSITIVITY:
            return _choice(line, heading, text, Sensitivity)
        case Heading.FORMAT:
            return _choice(line, heading, text, FormatKind)
        case Heading.CODES:
            return _read_codes(text)
        case _:
            return text


def _yes_or_no(line: int, heading: Heading, text: str) -> bool:
    if text.lower() in YES:
        return True
    if text.lower() in NO:
        return False
    raise DictionaryLineUnreadable(line, heading.value, text)


def _choice(line: int, heading: Heading, text: str, choices: type[Labelled]) -> Labelled | None:
    """A choice by its code ("I"), its Chinese words ("整型 I") or their beginning ("整型")."""
    if not text:
        return None
    for choice in choices:
        if text.upper() == choice.value.upper() or choice.label.startswith(text):
            return choice
    raise DictionaryLineUnreadable(line, heading.value, text)
