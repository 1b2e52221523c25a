"""Which rules may a person write into a suite, and which are refused by name? Pure.

All core expectations of Great Expectations 1.24 stand here, either supported (the contract test
holds each to Great Expectations on pandas) or refused with what to use instead. Beside them stand
our own: Chinese identifiers.
"""

from collections.abc import Mapping

from kernel.i18n import N_
from market.datasets.rules import TypeCode
from market.quality.cellwise import CELLWISE
from market.quality.claims import CLAIMS
from market.quality.vocabulary import Expectation, Fits

SUPPORTED: Mapping[str, Expectation] = {one.type: one for one in (*CELLWISE, *CLAIMS)}

_NEEDS_OTHER = N_(
    "一个规则集只检查一版数据。请先把要比对的字段放进同一个数据集，再用“两个字段相等”。"
)
_NEEDS_ORDER = N_("表中的记录没有先后。请改用“字段甲大于字段乙”检查时间先后。")
_NEEDS_TYPE = N_("请改用“存储类型固定”（expect_column_type_to_be）。")
_NEEDS_JSON = N_("各引擎对 JSON 的宽严不一，结论不可比。请把要检查的内容拆成字段。")
# What is not computed, and what to use instead.
REFUSED: Mapping[str, str] = {
    "expect_column_kl_divergence_to_be_less_than": N_(
        "空表没有分布可比，且参照分布会写出数据原值。请用“分布漂移”监测。"
    ),
    "expect_column_values_to_be_dateutil_parseable": N_(
        "“猜得出的日期”没有确定的含义。请改用“符合时间格式”并写明格式。"
    ),
    "expect_column_values_to_be_json_parseable": _NEEDS_JSON,
    "expect_column_values_to_match_json_schema": _NEEDS_JSON,
    "expect_column_values_to_be_increasing": _NEEDS_ORDER,
    "expect_column_values_to_be_decreasing": _NEEDS_ORDER,
    "expect_column_values_to_be_of_type": _NEEDS_TYPE,
    "expect_column_values_to_be_in_type_list": _NEEDS_TYPE,
    "expect_multicolumn_values_to_be_unique": N_(
        "这个名称已停用。请改用“同一条记录里互不相同”"
        "（expect_select_column_values_to_be_unique_within_record）。"
    ),
    "expect_query_results_to_match_comparison": _NEEDS_OTHER,
    "expect_table_row_count_to_equal_other_table": _NEEDS_OTHER,
    "unexpected_rows_expectation": N_(
        "规则集不接收 SQL 文本。请用字段之间的规则：大于、相等、配对、求和。"
    ),
}


def fits(expectation: Expectation, type_code: TypeCode) -> bool:
    """Whether a rule of this kind can speak about a column of this type."""
    match expectation.fits:
        case Fits.TEXT:
            return type_code.is_text
        case Fits.NUMBER:
            return type_code.is_number
        case Fits.ORDERED:
            return type_code.is_number or type_code.is_time
        case Fits.ANY:
            return True
