"""Is what cannot be computed refused by name when the suite is written?"""

from datetime import date, datetime

import pytest

from kernel.i18n import ENGLISH, speaking
from kernel.web.problems import words
from market.datasets.rules import ColumnSpec, Sensitivity, TypeCode
from market.quality.expectations import REFUSED, SUPPORTED
from market.quality.rules import Counting, Indicator, Severity
from market.quality.written import Fault, RuleRefused, read_suite

COLUMNS = (
    ColumnSpec("id", "编号", TypeCode.TEXT),
    ColumnSpec('odd "名" %s', "怪名", TypeCode.TEXT),
    ColumnSpec("age", "年龄", TypeCode.INTEGER, sensitivity=Sensitivity.PERSONAL),
    ColumnSpec("born", "出生", TypeCode.DATE),
    ColumnSpec("seen", "到访", TypeCode.DATETIME),
    ColumnSpec("pay", "金额", TypeCode.MONEY),
)


def one(name: str, severity: str = "warning", indicator: str = "", **kwargs: object):
    meta = {"indicator": indicator} if indicator else {}
    written = {"type": name, "kwargs": kwargs, "severity": severity, "meta": meta}
    return read_suite([written], COLUMNS)


def fault_of(name: str, **kwargs: object) -> str:
    with pytest.raises(RuleRefused) as refused:
        one(name, **kwargs)
    return refused.value.why


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_not_computed_is_refused_with_what_to_use_instead(name):
    with pytest.raises(RuleRefused) as refused:
        one(name, column="id")

    assert refused.value.why == REFUSED[name]
    assert "第 1 条规则" in words(refused.value)
    with speaking(ENGLISH):
        assert "Rule 1" in words(refused.value)
        assert words(refused.value).isascii()


@pytest.mark.parametrize(
    ("why", "name", "kwargs"),
    [
        (Fault.UNKNOWN, "expect_wonders", {}),
        (Fault.NO_COLUMN, "expect_column_values_to_be_unique", {"column": "absent"}),
        (Fault.WRONG_TYPE, "expect_column_values_to_match_regex", {"column": "age", "regex": "x"}),
        (Fault.WRONG_TYPE, "expect_column_mean_to_be_between", {"column": "id", "min_value": 1}),
        (Fault.MISSING, "expect_column_values_to_match_regex", {"column": "id"}),
        (Fault.MISSING, "expect_column_values_to_be_unique", {}),
        (Fault.STRANGE, "expect_column_values_to_be_unique", {"column": "id", "row_condition": 1}),
        (Fault.PATTERN, "expect_column_values_to_match_regex", {"column": "id", "regex": "(?=x)"}),
        (Fault.PATTERN, "expect_column_values_to_match_regex", {"column": "id", "regex": "("}),
        (Fault.NO_BOUND, "expect_column_values_to_be_between", {"column": "age"}),
        (
            Fault.REVERSED,
            "expect_column_values_to_be_between",
            {"column": "age", "min_value": 2, "max_value": 1},
        ),
        (
            Fault.MALFORMED,
            "expect_column_values_to_be_between",
            {"column": "born", "min_value": "then"},
        ),
        (Fault.MALFORMED, "expect_column_values_to_be_unique", {"column": "id", "mostly": 1.5}),
        (Fault.MALFORMED, "expect_column_values_to_be_in_set", {"column": "id", "value_set": []}),
        (Fault.MALFORMED, "expect_compound_columns_to_be_unique", {"column_list": ["id"]}),
    ],
)
def test_a_rule_that_does_not_fit_the_dictionary_is_refused(why, name, kwargs):
    assert fault_of(name, **kwargs) == why


def test_what_is_no_rule_at_all_is_refused():
    for nonsense in ("x", {}, {"type": "expect_column_to_exist", "kwargs": []}, None):
        with pytest.raises(RuleRefused):
            read_suite([nonsense], COLUMNS)


def test_more_rules_than_fit_are_refused():
    with pytest.raises(RuleRefused):
        read_suite([{}] * 501, COLUMNS)


def test_values_take_the_type_of_their_column():
    def bound(column: str, value: object) -> object:
        (rule,) = one("expect_column_values_to_be_between", column=column, min_value=value)
        return rule.arguments["min_value"]

    assert bound("born", "1899-12-31") == date(1899, 12, 31)
    assert bound("seen", "2024-01-01") == datetime(2024, 1, 1)  # noqa: DTZ001 - a civil moment
    assert bound("age", "7") == 7
    assert bound("pay", "0.5") == 0.5


def test_a_rule_keeps_its_severity_and_indicator_and_is_counted_by_its_kind():
    (rule,) = one(
        "expect_column_values_to_be_unique", "critical", "0305", column='odd "名" %s', mostly=0.9
    )

    assert (rule.severity, rule.indicator) == (Severity.CRITICAL, Indicator.DIRTY_DATA)
    assert rule.counting is Counting.VALUES
    assert rule.facts["column"] == "怪名"


def test_the_words_of_a_rule_on_a_personal_column_hold_no_value():
    (rule,) = one("expect_column_values_to_be_between", column="age", min_value=17, max_value=93)

    assert "17" not in str(rule.facts)
    assert "93" not in str(rule.facts)


def test_the_same_rule_twice_is_kept_once():
    written = {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "id"}}

    assert len(read_suite([written, written], COLUMNS)) == 1


def test_every_kind_of_rule_has_words_for_its_facts():
    for kind in SUPPORTED.values():
        assert kind.label
        assert "{" in kind.sentence
