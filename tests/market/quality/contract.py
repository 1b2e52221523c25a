"""What the contract between our engine and Great Expectations on pandas is tried on.

Every rule type that suites may use is compared on data with duplicates, empty cells and failures,
on an empty table and on columns without any value. For codes with check digits pandas uses
python-stdnum, which is not ours.
"""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import great_expectations as gx
import pandas as pd
import pyarrow as pa
from great_expectations.core.expectation_suite import ExpectationSuite
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    column_condition_partial,
)
from stdnum.cn import ric, uscc

from kernel import clock
from market.quality.identifiers import REGION_CODES
from market.quality.rules import Counting, Indicator, Outcome, Rule, Severity
from market.quality.runner import (
    RESULT_FORMAT,
    run_suite,
)
from market.quality.suites import Suite

ROWS = 3_000
WHOLE, REAL, DAY = '整数 "n"', "real\\ [x]", "it's a day"
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("部门", pa.string()),
        ('odd "name" %s', pa.string()),
        (WHOLE, pa.int64()),
        (REAL, pa.float64()),
        ("money", pa.decimal128(18, 2)),
        (DAY, pa.date32()),
        ("moment", pa.timestamp("us")),
        ("credit", pa.string()),
        ("card", pa.string()),
        ("phone", pa.string()),
        ("车牌", pa.string()),
        ("region", pa.string()),
        ("written", pa.string()),
        ("nothing", pa.string()),
        ("no_number", pa.float64()),
    ]
)
PHONES = [
    "13800138000", "12800138000", "010-62345678", "01062345678", "0898-6234567", "62345678",
    "062345678", "1380013800", "6234567-12", "010-62345678-1234567", "x",
]  # fmt: skip
PLATES = [
    "琼A12345", "琼A1234挂", "琼AD12345", "琼A12345D", "琼AL12345", "琼AI2345O", "a12345",
]  # fmt: skip
WRITTEN = ["1899-12-31", "2024-02-30", "2024-02-29", "20240101", " 2024-01-01", "2024-01-01x", ""]
PANDAS_TYPES = {"VARCHAR": "str", "BIGINT": "int64", "DOUBLE": "float64"}


class _CreditCodeByStdnum(ColumnMapMetricProvider):
    condition_metric_name = "column_values.credit_code"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _on_pandas(cls, column, **_):
        return column.map(lambda value: uscc.is_valid(value) and value == uscc.compact(value))


class _IdCardByStdnum(ColumnMapMetricProvider):
    condition_metric_name = "column_values.id_card"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _on_pandas(cls, column, **_):
        return column.map(_is_id_card)


def _is_id_card(value: str) -> bool:
    """stdnum also asks for a known birth place, which the rule does not; take its other checks."""
    if len(value) != 18 or not value[:17].isdigit() or value[0] == "0" or value[-1].islower():
        return False
    try:
        born = ric.get_birth_date(value)
        return (
            ric.calc_check_digit(value) == value[-1] and date(1900, 1, 1) <= born <= clock.today()
        )
    except (ValueError, ric.ValidationError):
        return False


def credit_code(draw: random.Random) -> str:
    body = "91" + "".join(draw.choices("0123456789", k=6))
    body += "".join(draw.choices("0123456789ABCDEFGHJKLMNPQRTUWXY", k=9))
    return body + uscc.calc_check_digit(body)


def id_card(draw: random.Random) -> str:
    born = date(1930, 1, 1) + timedelta(days=draw.randrange(30_000))
    body = "110105" + born.strftime("%Y%m%d") + f"{draw.randrange(1000):03d}"
    return body + ric.calc_check_digit(body + "0")


def spoiled(value: str, draw: random.Random) -> str:
    place = draw.randrange(len(value))
    return value[:place] + draw.choice("0123456789AIX ") + value[place + 1 :]


def maybe(value, draw: random.Random, empty: float = 0.1):
    return None if draw.random() < empty else value


def record(draw: random.Random) -> dict:
    code, card = credit_code(draw), id_card(draw)
    return {
        "id": maybe(f"k{draw.randrange(ROWS)}", draw),
        "部门": maybe(draw.choice(["卫健", "交通", "市监", "x'y", "it's %d", ""]), draw),
        'odd "name" %s': maybe(
            draw.choice(["0164A", "007", "13800138000", "锟斤拷", "a:b", "100%"]), draw
        ),
        WHOLE: maybe(draw.randrange(-50, 50), draw),
        REAL: maybe(round(draw.uniform(-5, 5), 3), draw),
        "money": maybe(Decimal(draw.randrange(-1000, 1000)) / 100, draw),
        DAY: maybe(date(1890, 1, 1) + timedelta(days=draw.randrange(60_000)), draw),
        "moment": maybe(datetime(2013, 1, 1) + timedelta(hours=draw.randrange(9_000)), draw),  # noqa: DTZ001 - a civil moment
        "credit": maybe(code if draw.random() < 0.6 else spoiled(code, draw), draw),
        "card": maybe(card if draw.random() < 0.6 else spoiled(card, draw), draw),
        "phone": maybe(draw.choice(PHONES), draw),
        "车牌": maybe(draw.choice(PLATES), draw),
        "region": maybe(draw.choice(["110101", "110103", "460100", "999999", "11010"]), draw),
        "written": maybe(draw.choice(WRITTEN), draw),
        "nothing": None,
        "no_number": None,
    }


class _PhoneByPython(ColumnMapMetricProvider):
    condition_metric_name = "column_values.phone_number"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _on_pandas(cls, column, **_):
        return column.map(_is_phone)


def _is_phone(value: str) -> bool:
    """Read digit by digit, not by the pattern that the engine uses."""
    if len(value) == 11 and value.isdigit() and value.isascii() and value[0] == "1":
        return value[1] in "3456789"
    number, _, extension = value.rpartition("-")
    if number and extension.isdigit() and len(extension) <= 6 and _is_landline(number):
        return True
    return _is_landline(value)


def _is_landline(value: str) -> bool:
    area, dash, local = value.rpartition("-")
    if dash:
        return _is_area(area) and _is_local(local)
    return _is_local(value) or any(_is_area(value[:n]) and _is_local(value[n:]) for n in (3, 4))


def _is_area(value: str) -> bool:
    return value.isdigit() and value[0] == "0" and len(value) in {3, 4} and value[1] != "0"


def _is_local(value: str) -> bool:
    return value.isdigit() and len(value) in {7, 8} and value[0] in "23456789"


class _PlateByPython(ColumnMapMetricProvider):
    condition_metric_name = "column_values.plate_number"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _on_pandas(cls, column, **_):
        return column.map(_is_plate)


LETTERS = set("ABCDEFGHJKLMNPQRSTUVWXYZ")  # without I and O
PLACES = set("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼")


def _is_plate(value: str) -> bool:
    places = LETTERS | set("0123456789")
    if len(value) not in {7, 8} or value[0] not in PLACES or value[1] not in LETTERS:
        return False
    rest = value[2:]
    if len(rest) == 5:
        return set(rest[:4]) <= places and rest[4] in places | set("挂学警港澳")
    energy = set("ABCDEFGHJK")
    is_small = rest[0] in energy and rest[1] in places and rest[2:].isdigit()
    return is_small or (rest[:5].isdigit() and rest[5] in energy)


class _RegionByTable(ColumnMapMetricProvider):
    condition_metric_name = "column_values.region_code"
    condition_value_keys = ("on_day",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _on_pandas(cls, column, on_day, **_):
        table = pd.read_csv(REGION_CODES, dtype={"code": str})
        year = min(int(on_day[:4]), table["last_year"].max())
        valid = table[(table["first_year"] <= year) & (year <= table["last_year"])]
        return column.isin(set(valid["code"]))


def _as_pattern(like: str) -> str:
    return "".join({"%": ".*", "_": "."}.get(sign, re.escape(sign)) for sign in like)


def _is_like(column, pattern):
    compiled = re.compile(_as_pattern(pattern), re.DOTALL)
    return column.map(lambda value: compiled.fullmatch(value) is not None)


class _LikeOnPandas(ColumnMapMetricProvider):
    """Great Expectations has no like patterns on pandas."""

    condition_metric_name = "column_values.match_like_pattern"
    condition_value_keys = ("like_pattern", "escape")

    @column_condition_partial(engine=PandasExecutionEngine)
    def _on_pandas(cls, column, like_pattern, **_):
        return _is_like(column, like_pattern)


class _NotLikeOnPandas(ColumnMapMetricProvider):
    condition_metric_name = "column_values.not_match_like_pattern"
    condition_value_keys = ("like_pattern", "escape")

    @column_condition_partial(engine=PandasExecutionEngine)
    def _on_pandas(cls, column, like_pattern, **_):
        return ~_is_like(column, like_pattern).astype(bool)


class _LikesOnPandas(ColumnMapMetricProvider):
    condition_metric_name = "column_values.match_like_pattern_list"
    condition_value_keys = ("like_pattern_list", "match_on", "escape")

    @column_condition_partial(engine=PandasExecutionEngine)
    def _on_pandas(cls, column, like_pattern_list, match_on="any", **_):
        found = pd.DataFrame([_is_like(column, one) for one in like_pattern_list]).T
        return found.all(axis=1) if match_on == "all" else found.any(axis=1)


class _NotLikesOnPandas(ColumnMapMetricProvider):
    condition_metric_name = "column_values.not_match_like_pattern_list"
    condition_value_keys = ("like_pattern_list", "escape")

    @column_condition_partial(engine=PandasExecutionEngine)
    def _on_pandas(cls, column, like_pattern_list, **_):
        found = pd.DataFrame([_is_like(column, one) for one in like_pattern_list]).T
        return ~found.any(axis=1).astype(bool)


def rule(expectation: str, counting: Counting = Counting.VALUES, **arguments: object) -> Rule:
    return Rule(expectation, arguments, Indicator.CONTENT, Severity.WARNING, counting, "规则")


def on_duckdb(rules: list[Rule], path: Path) -> list[Outcome]:
    suite = Suite("contract", tuple(rules))
    return run_suite(suite, path, memory_mb=500, threads=2, on_progress=lambda _: None)


@contextmanager
def pandas_batch(path: Path) -> Iterator[object]:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    frame = pd.read_parquet(path)
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("frame")
    yield asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})


def on_pandas(rules: list[Rule], path: Path) -> list[dict]:
    with pandas_batch(path) as batch:
        report = batch.validate(
            ExpectationSuite(
                name="contract",
                expectations=[
                    {
                        "type": one.expectation,
                        "kwargs": _for_pandas(one),
                        "meta": {"position": position},
                    }
                    for position, one in enumerate(rules)
                ],
            ),
            result_format=RESULT_FORMAT,
        )
    in_order = {r.expectation_config.meta["position"]: r for r in report.results}
    return [in_order[position] for position in range(len(rules))]


def _for_pandas(one: Rule) -> dict:
    arguments = dict(one.arguments)
    if "type_" in arguments:
        arguments["type_"] = PANDAS_TYPES[arguments["type_"]]
    return arguments


def facts(outcome: Outcome) -> tuple:
    return (outcome.holds, outcome.elements, outcome.missing, outcome.unexpected, outcome.rows)


def pandas_facts(one: Rule, result) -> tuple:
    raised = any(info["raised_exception"] for info in _infos(result.exception_info))
    assert not raised, result.exception_info
    counts = result.result
    rows = counts.get("observed_value") if one.counting is Counting.ROW_NUMBER else None
    return (
        result.success,
        counts.get("element_count"),
        counts.get("missing_count"),
        counts.get("unexpected_count"),
        rows,
    )


def _infos(exception_info) -> list:
    if "raised_exception" in exception_info:
        return [exception_info]
    return list(exception_info.values())
