"""Can a person paste a dictionary from a spreadsheet, and are they told the line that is wrong?"""

import pytest

from market.datasets.dictionaries import (
    DictionaryLineUnreadable,
    Heading,
    parse_dictionary,
    template,
)
from market.datasets.rules import FormatKind, Sensitivity, TypeCode


def test_the_template_itself_can_be_pasted_back():
    code, score = parse_dictionary(template())

    assert (code.name, code.type, code.is_key, code.longest) == ("code", TypeCode.TEXT, True, 20)
    assert (score.type, score.unit, score.minimum, score.maximum) == (
        TypeCode.INTEGER,
        "分",
        "0",
        "100",
    )


def test_columns_may_stand_in_any_order_under_their_headings():
    (column,) = parse_dictionary("类型\t备注\t字段名\t中文名称\n整型\t忽略\tn\t数量\n")

    assert (column.name, column.title, column.type) == ("n", "数量", TypeCode.INTEGER)


def test_without_headings_the_usual_order_counts():
    (column,) = parse_dictionary("n,数量,I,是\n")

    assert (column.name, column.type, column.is_required) == ("n", TypeCode.INTEGER, True)


def test_empty_lines_and_short_lines_are_no_harm():
    columns = parse_dictionary("字段名\t中文名称\n\na\t甲\n\t\nb\t乙\n")

    assert [column.name for column in columns] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "codes"), [("A、B，C", ("A", "B", "C")), ("01;02", ("01", "02")), ("", ())]
)
def test_codes_are_apart_by_any_usual_mark(text, codes):
    (column,) = parse_dictionary(f"字段名\t中文名称\t代码表\na\t甲\t{text}\n")

    assert column.codes == codes


def test_choices_are_read_by_code_and_by_chinese_words():
    (column,) = parse_dictionary(
        "字段名\t中文名称\t类型\t敏感程度\t格式\na\t甲\tc\t敏感个人\t公民身份\n"
    )

    assert column.type is TypeCode.TEXT
    assert column.sensitivity is Sensitivity.SENSITIVE_PERSONAL
    assert column.format is FormatKind.ID_CARD


@pytest.mark.parametrize(
    ("row", "heading", "found"),
    [
        ("a\t甲\t什么\t是", Heading.TYPE, "什么"),
        ("a\t甲\tC\t也许", Heading.IS_REQUIRED, "也许"),
        ("a\t\tC\t是", Heading.TITLE, ""),
        ("\t甲\tC\t是", Heading.NAME, ""),
    ],
)
def test_the_wrong_cell_is_named_by_line_and_heading(row, heading, found):
    text = f"字段名\t中文名称\t类型\t必填\nok\t好\tC\t否\n{row}\n"

    with pytest.raises(DictionaryLineUnreadable) as refused:
        parse_dictionary(text)

    assert (refused.value.line, refused.value.heading, refused.value.found) == (
        3,
        heading.value,
        found,
    )
