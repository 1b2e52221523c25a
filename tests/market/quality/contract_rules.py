"""The rules that the contract is tried on: every supported kind, holding and failing."""

from datetime import date, datetime

from market.quality.rules import Counting, Rule
from market.quality.suites import BROKEN_TEXT, PERSONAL_TEXT
from tests.market.quality.contract import DAY, REAL, ROWS, SCHEMA, WHOLE, rule

ODD = 'odd "name" %s'
MANY = [f"k{number}" for number in range(0, ROWS, 2)]
RULES = [
    rule("expect_column_values_to_not_be_null", Counting.FILLED, column="id"),
    rule("expect_column_values_to_not_be_null", Counting.FILLED, column="部门"),
    rule("expect_column_values_to_not_be_null", Counting.FILLED, column="nothing"),
    rule("expect_column_values_to_be_unique", column="id"),
    rule("expect_column_values_to_be_unique", column='odd "name" %s'),
    rule("expect_column_values_to_be_unique", column=WHOLE),
    rule("expect_column_values_to_be_unique", column="nothing"),
    *(
        rule(
            "expect_compound_columns_to_be_unique",
            Counting.RECORDS,
            column_list=names,
            ignore_row_if=ignored,
        )
        for names in (["部门", WHOLE], ["id", 'odd "name" %s', "credit"], SCHEMA.names)
        for ignored in ("all_values_are_missing", "any_value_is_missing", "never")
    ),
    rule("expect_column_values_to_be_in_set", column="部门", value_set=["卫健", "x'y", "it's %d"]),
    rule("expect_column_values_to_be_in_set", column="id", value_set=MANY),
    rule("expect_column_values_to_be_in_set", column="id", value_set=["k'", *MANY, "%s", None]),
    rule("expect_column_values_to_be_in_set", column=WHOLE, value_set=list(range(10))),
    rule("expect_column_values_to_be_in_set", column=WHOLE, value_set=list(range(40))),
    rule("expect_column_values_to_be_in_set", column="nothing", value_set=["a"]),
    rule("expect_column_values_to_be_between", column=WHOLE, min_value=-10, max_value=10),
    rule("expect_column_values_to_be_between", column=REAL, min_value=-1.5),
    rule("expect_column_values_to_be_between", column=REAL, max_value=0),
    rule("expect_column_values_to_be_between", column="no_number", min_value=0),
    rule(
        "expect_column_values_to_be_between",
        column=DAY,
        min_value=date(1900, 1, 1),
        max_value=date(2026, 11, 24),
    ),
    rule("expect_column_value_lengths_to_be_between", column="部门", min_value=1, max_value=3),
    rule(
        "expect_column_value_lengths_to_be_between",
        column='odd "name" %s',
        min_value=0,
        max_value=4,
    ),
    rule("expect_column_values_to_match_regex", column='odd "name" %s', regex=r"^[0-9]{3}%?$"),
    rule("expect_column_values_to_match_regex", column="部门", regex="通|'"),
    rule("expect_column_values_to_match_regex", column="nothing", regex="x"),
    rule("expect_column_values_to_not_match_regex", column='odd "name" %s', regex=PERSONAL_TEXT),
    rule("expect_column_values_to_not_match_regex", column='odd "name" %s', regex=BROKEN_TEXT),
    rule("expect_column_values_to_not_match_regex", column="card", regex=PERSONAL_TEXT),
    rule("expect_column_values_to_be_credit_codes", column="credit"),
    rule("expect_column_values_to_be_credit_codes", column="id"),
    rule("expect_column_values_to_be_id_cards", column="card"),
    rule("expect_column_values_to_be_id_cards", column="nothing"),
    rule(
        "expect_table_columns_to_match_set",
        Counting.STATEMENT,
        column_set=SCHEMA.names,
        exact_match=True,
    ),
    rule(
        "expect_table_columns_to_match_set",
        Counting.STATEMENT,
        column_set=["id", "missing"],
        exact_match=True,
    ),
    rule(
        "expect_table_row_count_to_be_between", Counting.ROW_NUMBER, min_value=3203, max_value=3203
    ),
    rule("expect_table_row_count_to_be_between", Counting.ROW_NUMBER, min_value=5, max_value=9),
    rule("expect_column_max_to_be_between", Counting.STATEMENT, column=WHOLE, min_value=49),
    rule("expect_column_max_to_be_between", Counting.STATEMENT, column=WHOLE, min_value=50),
    rule(
        "expect_column_max_to_be_between",
        Counting.STATEMENT,
        column=DAY,
        min_value=date(2020, 1, 1),
    ),
    rule(
        "expect_column_max_to_be_between",
        Counting.STATEMENT,
        column=DAY,
        min_value=date(2100, 1, 1),
    ),
    rule("expect_column_type_to_be", Counting.STATEMENT, column="id", type_="VARCHAR"),
    rule("expect_column_type_to_be", Counting.STATEMENT, column="id", type_="BIGINT"),
    rule("expect_column_type_to_be", Counting.STATEMENT, column=REAL, type_="DOUBLE"),
]


DEPARTMENTS = ["卫健", "交通", "市监", "x'y", "it's %d", ""]
FAILING = {"min_value": 10_000_000, "max_value": 20_000_000}


def _claim(expectation: str, **arguments: object) -> Rule:
    return rule(expectation, Counting.STATEMENT, **arguments)


RULES += [
    rule("expect_column_values_to_be_null", Counting.FILLED, column="部门"),
    rule("expect_column_values_to_not_be_in_set", column="部门", value_set=["卫健", "x'y"]),
    rule("expect_column_values_to_not_be_in_set", column="nothing", value_set=["卫健"]),
    rule("expect_column_values_to_match_regex_list", column=ODD, regex_list=["^0", "%$"]),
    rule(
        "expect_column_values_to_match_regex_list",
        column="部门",
        regex_list=["卫", "健"],
        match_on="all",
    ),
    rule("expect_column_values_to_not_match_regex_list", column="部门", regex_list=["卫", "'"]),
    rule("expect_column_values_to_match_like_pattern", column="部门", like_pattern="_健"),
    rule("expect_column_values_to_match_like_pattern", column=ODD, like_pattern="0%"),
    rule("expect_column_values_to_not_match_like_pattern", column="部门", like_pattern="卫%"),
    rule(
        "expect_column_values_to_match_like_pattern_list",
        column="部门",
        like_pattern_list=["卫%", "%通"],
        match_on="any",
    ),
    rule(
        "expect_column_values_to_match_like_pattern_list",
        column="部门",
        like_pattern_list=["卫%", "%健"],
        match_on="all",
    ),
    rule(
        "expect_column_values_to_not_match_like_pattern_list",
        column="部门",
        like_pattern_list=["卫%", "%'%"],
    ),
    rule(
        "expect_column_values_to_match_strftime_format",
        column="written",
        strftime_format="%Y-%m-%d",
    ),
    rule("expect_column_value_lengths_to_equal", column="部门", value=2),
    rule(
        "expect_column_value_z_scores_to_be_less_than",
        column=WHOLE,
        threshold=1.2,
        double_sided=True,
    ),
    rule(
        "expect_column_value_z_scores_to_be_less_than",
        column=REAL,
        threshold=1.2,
        double_sided=False,
    ),
    rule("expect_column_values_to_not_be_outliers", column=REAL, method="iqr", multiplier=0.3),
    rule("expect_column_values_to_not_be_outliers", column=WHOLE, method="std", multiplier=1),
    rule("expect_column_values_to_not_be_outliers", column="no_number", method="iqr"),
    rule("expect_column_values_to_be_phone_numbers", column="phone"),
    rule("expect_column_values_to_be_plate_numbers", column="车牌"),
    *(
        rule("expect_column_values_to_be_region_codes", column="region", on_day=day)
        for day in ("2009-06-30", "2026-11-24")
    ),
    *(
        rule(
            "expect_column_pair_values_a_to_be_greater_than_b",
            column_A=WHOLE,
            column_B=REAL,
            or_equal=or_equal,
            ignore_row_if=ignored,
        )
        for or_equal in (True, False)
        for ignored in ("both_values_are_missing", "either_value_is_missing", "neither")
    ),
    rule("expect_column_pair_values_to_be_equal", column_A="id", column_B=ODD),
    *(
        rule(
            "expect_column_pair_values_to_be_in_set",
            column_A="部门",
            column_B=ODD,
            value_pairs_set=[["卫健", "007"], ["x'y", "100%"]],
            ignore_row_if=ignored,
        )
        for ignored in ("both_values_are_missing", "either_value_is_missing")
    ),
    *(
        rule(
            "expect_multicolumn_sum_to_equal",
            column_list=[WHOLE, "no_number"],
            sum_total=3,
            ignore_row_if=ignored,
        )
        for ignored in ("all_values_are_missing", "any_value_is_missing", "never")
    ),
    rule("expect_multicolumn_sum_to_equal", column_list=[WHOLE, WHOLE], sum_total=0),
    rule("expect_multicolumn_values_to_be_equal", column_list=["id", "部门"]),
    rule(
        "expect_select_column_values_to_be_unique_within_record",
        column_list=["nothing", "部门", ODD],
        ignore_row_if="any_value_is_missing",
    ),
    rule(
        "expect_select_column_values_to_be_unique_within_record",
        column_list=["部门", "部门"],
    ),
    rule(
        "expect_column_values_to_be_between",
        column="moment",
        min_value=datetime(2013, 3, 1),  # noqa: DTZ001 - a civil moment
    ),
    _claim("expect_column_min_to_be_between", column=WHOLE, min_value=-50, max_value=-40),
    _claim("expect_column_min_to_be_between", column=WHOLE, **FAILING),
    _claim("expect_column_mean_to_be_between", column=WHOLE, min_value=-2, max_value=2),
    _claim("expect_column_mean_to_be_between", column=REAL, **FAILING),
    _claim("expect_column_median_to_be_between", column=WHOLE, min_value=-5, max_value=5),
    _claim("expect_column_median_to_be_between", column=WHOLE, **FAILING),
    _claim("expect_column_stdev_to_be_between", column=WHOLE, min_value=20, max_value=40),
    _claim("expect_column_stdev_to_be_between", column=WHOLE, **FAILING),
    _claim("expect_column_sum_to_be_between", column=WHOLE, min_value=-9_999, max_value=9_999),
    _claim("expect_column_sum_to_be_between", column=WHOLE, **FAILING),
    *(
        _claim(
            "expect_column_quantile_values_to_be_between",
            column=WHOLE,
            quantile_ranges={"quantiles": [0.25, 0.75], "value_ranges": [[low, low + 8], [20, 30]]},
        )
        for low in (-30, 0)
    ),
    *(
        _claim(name, column=WHOLE, min_value=low, max_value=high)
        for name, low, high in (
            ("expect_column_unique_value_count_to_be_between", 100, 100),
            ("expect_column_unique_value_count_to_be_between", 101, 200),
            ("expect_column_proportion_of_unique_values_to_be_between", 0, 0.1),
            ("expect_column_proportion_of_unique_values_to_be_between", 0.5, 1),
            ("expect_column_proportion_of_non_null_values_to_be_between", 0.5, 1),
            ("expect_column_proportion_of_non_null_values_to_be_between", 0.99, 1),
        )
    ),
    *(
        _claim(name, column="部门", value_set=values)
        for name in (
            "expect_column_distinct_values_to_be_in_set",
            "expect_column_distinct_values_to_contain_set",
            "expect_column_distinct_values_to_equal_set",
        )
        for values in (DEPARTMENTS, ["卫健", "海关"])
    ),
    *(
        _claim(
            "expect_column_most_common_value_to_be_in_set",
            column="部门",
            value_set=values,
            ties_okay=True,
        )
        for values in (DEPARTMENTS, ["海关"])
    ),
    _claim("expect_table_row_count_to_equal", value=3203),
    _claim("expect_table_row_count_to_equal", value=3204),
    _claim("expect_table_column_count_to_equal", value=len(SCHEMA.names)),
    _claim("expect_table_column_count_to_equal", value=1),
    _claim("expect_table_column_count_to_be_between", min_value=1, max_value=99),
    _claim("expect_table_column_count_to_be_between", min_value=99),
    _claim("expect_table_columns_to_match_ordered_list", column_list=SCHEMA.names),
    _claim("expect_table_columns_to_match_ordered_list", column_list=SCHEMA.names[::-1]),
    _claim("expect_column_to_exist", column=WHOLE),
    _claim("expect_column_to_exist", column="absent"),
    _claim("expect_column_to_exist", column=WHOLE, column_index=3),
]
