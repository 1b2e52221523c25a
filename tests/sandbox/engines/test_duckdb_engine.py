"""The SQL we write against a plain reading of the same question, row by row in Python."""

import re
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sandbox.engines.duckdb_engine import Exact, ResultMalformed, exact_of, statement_of
from sandbox.plans.refusals import QuestionRefused, Reason
from sandbox.plans.rules import (
    All,
    CodesIn,
    Compare,
    IsMissing,
    Matches,
    MeasureKind,
    OneOf,
    Opposite,
    Question,
    Some,
    Test,
)
from sandbox.queries.plan import plan_query
from tests.factories.sandbox import make_extract, make_policy, make_rows

POLICY = make_policy(rows_per_unit=30, rows_per_cell=9)


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_extract(tmp_path_factory.mktemp("extract"), make_rows(600), POLICY)


def by_duckdb(question: Question, extract: Path) -> Exact:
    statement = statement_of(question)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW extract AS SELECT * FROM read_parquet('{extract}')")
        rows = connection.execute(statement.sql, statement.parameters).fetchall()
    return exact_of([list(row) for row in rows], question)


def by_hand(question: Question, extract: Path) -> Exact:
    groups: dict[tuple[int, ...], list[dict[str, object]]] = {} if question.keys else {(): []}
    for row in pq.read_table(extract).to_pylist():
        group = tuple(row[key.field] for key in question.keys)
        is_kept = question.where is None or holds(question.where, row) is True
        if is_kept and None not in group:
            groups.setdefault(group, []).append(row)
    return {group: tuple(measures(question, rows)) for group, rows in groups.items()}


def measures(question: Question, rows: list[dict[str, object]]) -> list[int]:
    found = []
    for measure in question.measures:
        present = [row[measure.field] for row in rows if row.get(measure.field) is not None]
        match measure.kind:
            case MeasureKind.ROWS:
                found.append(len(rows))
            case MeasureKind.PRESENT:
                found.append(len(present))
            case MeasureKind.SUM:
                found.append(sum(present))
            case MeasureKind.UNITS:
                found.append(len(set(present)))
    return found


COMPARE = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def holds(test: Test, row: dict[str, object]) -> bool | None:
    """SQL's three-valued logic, spelled out."""
    match test:
        case All(tests):
            found = [holds(inner, row) for inner in tests]
            return False if False in found else None if None in found else True
        case Some(tests):
            found = [holds(inner, row) for inner in tests]
            return True if True in found else None if None in found else False
        case Opposite(inner):
            found = holds(inner, row)
            return None if found is None else not found
        case IsMissing(field):
            return row[field] is None
    value = row[test.field]
    return None if value is None else of_value(test, value)


def of_value(test: Test, value: object) -> bool:
    match test:
        case CodesIn(_, codes, _):
            return value in codes
        case Compare(_, operator, other):
            return COMPARE[operator](value, other)
        case OneOf(_, values):
            return value in values
        case Matches(_, pattern):
            shape = "".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in pattern)
            return re.fullmatch(shape, str(value), re.DOTALL) is not None


ATOMS = st.sampled_from(
    [
        "区 = '朝阳'",
        "区 > '东城'",
        "区 LIKE '%城'",
        "区 IS NULL",
        "month BETWEEN 3 AND 8",
        "month NOT IN (1, 2)",
        "weekend",
        "NOT weekend",
        "score >= 50",
        "score IN (0, 99)",
        "score NOT IN (0, 99)",
        "score IS NULL",
        "ratio < 0.5",
        "name LIKE '%饭店%'",
        "name NOT LIKE 'a_b'",
        "name = 'O''Hara'",
        "name = ''",
        "day < '2024-07-01'",
        "day BETWEEN DATE '2024-02-01' AND DATE '2024-03-01'",
        "seen >= '2024-01-01 12:00:00'",
        "ok",
        "ok IS NOT NULL",
    ]
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map(lambda a: f"NOT ({a})"),
        st.tuples(inner, inner).map(lambda ab: f"({ab[0]} AND {ab[1]})"),
        st.tuples(inner, inner).map(lambda ab: f"({ab[0]} OR {ab[1]})"),
    ),
    max_leaves=6,
)
AGGREGATES = st.lists(
    st.sampled_from(
        [
            *("COUNT(*)", "COUNT(score)", "COUNT(区)", "COUNT(name)", "SUM(score)", "AVG(score)"),
            *('SUM("金额（元）")', 'AVG("金额（元）")', "COUNT(DISTINCT shop)"),
        ]
    ),
    min_size=1,
    unique=True,
)
KEYS = st.lists(st.sampled_from(["区", "month", "weekend"]), unique=True)


@settings(max_examples=300, deadline=None)
@given(CONDITIONS, AGGREGATES, KEYS)
def test_duckdb_counts_what_the_question_says(extract, condition, aggregates, keys):
    text = f"SELECT {', '.join([*keys, *aggregates])} FROM visits WHERE {condition}"
    text += f" GROUP BY {', '.join(keys)}" if keys else ""
    try:
        question = plan_query(text, POLICY).question
    except QuestionRefused as refused:
        assume(refused.reason is not Reason.IMPOSSIBLE)
        raise

    assert by_duckdb(question, extract) == by_hand(question, extract)


def test_no_word_of_the_person_is_in_the_statement():
    question = plan_query(
        "SELECT 区 AS 别名, COUNT(*) FROM visits"
        " WHERE name = '机密' AND 区 = '朝阳' AND day > '2024-01-01' GROUP BY 区",
        POLICY,
    ).question

    statement = statement_of(question)

    assert statement.sql == (
        "SELECT g1, count(*) FROM extract WHERE g1 IS NOT NULL AND"
        " (g1 IN (2) AND f6 = ? AND f7 > ?) GROUP BY g1"
    )
    assert statement.parameters == ["机密", date(2024, 1, 1)]


def question(text: str) -> Question:
    return plan_query(text, POLICY).question


def test_a_result_of_the_right_shape_is_laid_out_by_group():
    asked = question("SELECT month, SUM(score), COUNT(*) FROM visits GROUP BY month")

    assert exact_of([[0, 3, 10], [11, 2, None]], asked) == {(0,): (3, 10), (11,): (2, 0)}


@pytest.mark.parametrize(
    "rows",
    [
        [[0, 3]],
        [[0, 3, 10, 1]],
        [[12, 3, 10]],
        [[None, 3, 10]],
        [[0, 3, 10], [0, 3, 10]],
        [["0", 3, 10]],
        [[0, 3.5, 10]],
        [[True, 3, 10]],
        [["13800000000", "甲", "乙"]],
    ],
)
def test_a_result_of_another_shape_is_thrown_away(rows):
    asked = question("SELECT month, SUM(score), COUNT(*) FROM visits GROUP BY month")

    with pytest.raises(ResultMalformed):
        exact_of(rows, asked)


def test_a_group_outside_the_condition_cannot_come_back():
    asked = question("SELECT month, COUNT(*) FROM visits WHERE month = 3 GROUP BY month")

    with pytest.raises(ResultMalformed):
        exact_of([[0, 7]], asked)
