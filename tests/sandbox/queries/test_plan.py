from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    OutputKind,
    Rank,
    Some,
    question_key,
)
from sandbox.plans.syntax import Operator
from sandbox.policies.rules import ColumnKind, ColumnRule, Domain
from sandbox.queries.plan import plan_query
from tests.factories.sandbox import make_policy

POLICY = make_policy()


def plan(text: str):
    return plan_query(text, POLICY)


def refusal(text: str) -> QuestionRefused:
    with pytest.raises(QuestionRefused) as caught:
        plan(text)
    return caught.value


def where(condition: str):
    return plan(f"SELECT COUNT(*) FROM visits WHERE {condition}").question.where


def key_of(text: str) -> str:
    return question_key(plan(text).question)


def test_a_grouped_question_becomes_keys_measures_and_outputs():
    found = plan(
        'SELECT 区, COUNT(*) AS n, AVG("金额（元）") FROM visits GROUP BY 区 '
        "ORDER BY n DESC LIMIT 3"
    )

    assert [key.column for key in found.question.keys] == ["区"]
    assert [(m.kind, m.field, m.magnitude) for m in found.question.measures] == [
        (MeasureKind.PRESENT, "a5", 1),
        (MeasureKind.ROWS, "", 1),
        (MeasureKind.SUM, "a5", 20000),
    ]
    assert [(o.label, o.kind, o.sources) for o in found.outputs] == [
        ("区", OutputKind.KEY, (0,)),
        ("n", OutputKind.COUNT, (1,)),
        ("AVG(金额（元）)", OutputKind.AVERAGE, (2, 0)),
    ]
    assert (found.order, found.limit) == ((Rank(1, True),), 3)


def test_empty_groups_belong_to_the_public_key_domain():
    assert (
        plan("SELECT month, 区, COUNT(*) FROM visits GROUP BY month, 区").question.group_count == 48
    )


def test_a_condition_on_a_key_narrows_the_public_key_domain():
    found = plan("SELECT month, COUNT(*) FROM visits WHERE month BETWEEN 3 AND 5 GROUP BY month")

    assert found.question.keys[0].codes == (2, 3, 4)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("区 = '朝阳'", CodesIn("g1", (2,), 4)),
        ("区 <> '朝阳'", CodesIn("g1", (0, 1, 3), 4)),
        ("NOT 区 = '朝阳'", CodesIn("g1", (0, 1, 3), 4)),
        ("区 LIKE '%城'", CodesIn("g1", (0, 1), 4)),
        ("区 LIKE '_阳'", CodesIn("g1", (2,), 4)),
        ("区 IS NULL", IsMissing("g1")),
        ("区 IS NOT NULL", Opposite(IsMissing("g1"))),
        ("month <= 2", CodesIn("g2", (0, 1), 12)),
        ("3 > month", CodesIn("g2", (0, 1), 12)),
        ("month IN (1, 1, 12)", CodesIn("g2", (0, 11), 12)),
        ("month NOT IN (1,2,3,4,5,6,7,8,9,10)", CodesIn("g2", (10, 11), 12)),
        ("month > 1 AND month < 4", CodesIn("g2", (1, 2), 12)),
        ("month = 1 OR month = 4", CodesIn("g2", (0, 3), 12)),
        ("weekend", CodesIn("g3", (1,), 2)),
        ("weekend = FALSE", CodesIn("g3", (0,), 2)),
        ("score >= 90", Compare("f4", Operator.GREATER_OR_EQUAL, 90)),
        ("-1 < score", Compare("f4", Operator.GREATER, -1)),
        ("score IN (7)", Compare("f4", Operator.EQUAL, 7)),
        ("score IN (9, 7, 9)", OneOf("f4", (7, 9))),
        ("NOT (score IN (9, 7))", Opposite(OneOf("f4", (7, 9)))),
        ("ratio < 0.5", Compare("f9", Operator.LESS, 0.5)),
        ("day >= DATE '2024-02-29'", Compare("f7", Operator.GREATER_OR_EQUAL, date(2024, 2, 29))),
        ("day = '2024-02-29'", Compare("f7", Operator.EQUAL, date(2024, 2, 29))),
        ("seen < '2024-02-29 08:00:00'", Compare("f8", Operator.LESS, datetime(2024, 2, 29, 8))),  # noqa: DTZ001
        ("name LIKE '%饭''店%'", Matches("f6", "%饭'店%")),
        ("ok", Compare("f10", Operator.EQUAL, True)),
        ("name = 'ＳＥＬＥＣＴ，“*”'", Compare("f6", Operator.EQUAL, "ＳＥＬＥＣＴ，“*”")),
    ],
)
def test_conditions_become_typed_tests_on_the_extract(condition, expected):
    assert where(condition) == expected


def test_not_is_pushed_down_to_the_single_conditions():
    assert where("NOT (score > 3 AND (name = 'a' OR ok IS NULL))") == Some(
        (
            All(
                (
                    Compare("f6", Operator.UNEQUAL, "a"),
                    Opposite(IsMissing("f10")),
                )
            ),
            Compare("f4", Operator.LESS_OR_EQUAL, 3),
        )
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT COUNT(*) FROM visits", "select  count( * )\nfrom VISITS ;"),
        (
            "SELECT COUNT(*) FROM visits",
            "SELECT COUNT(*) AS 次数 FROM visits ORDER BY 次数 LIMIT 1",
        ),
        (
            "SELECT 区, month, COUNT(*), SUM(score) FROM visits GROUP BY 区, month",
            "SELECT SUM(score), COUNT(*), month FROM visits GROUP BY month, 区",
        ),
        (
            "SELECT COUNT(*) FROM visits WHERE score > 3 AND name = 'a' AND ok",
            "SELECT COUNT(*) FROM visits WHERE ok = TRUE AND ((3 < score) AND 'a' = name)",
        ),
        (
            "SELECT COUNT(*) FROM visits WHERE 区 IN ('东城', '西城')",
            "SELECT COUNT(*) FROM visits WHERE NOT (区 <> '西城' AND 区 <> '东城')",
        ),
        (
            "SELECT COUNT(*) FROM visits WHERE score BETWEEN 1 AND 2",
            "SELECT COUNT(*) FROM visits WHERE NOT (score < 1 OR score > 2) AND score >= 1",
        ),
        (
            "SELECT AVG(score) FROM visits",
            "SELECT SUM(score), COUNT(score) FROM visits",
        ),
    ],
)
def test_rewriting_a_question_does_not_make_it_another_one(one, other):
    assert key_of(one) == key_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT COUNT(*) FROM visits", "SELECT COUNT(score) FROM visits"),
        ("SELECT SUM(score) FROM visits", 'SELECT SUM("金额（元）") FROM visits'),
        (
            "SELECT COUNT(*) FROM visits WHERE score > 3",
            "SELECT COUNT(*) FROM visits WHERE score >= 3",
        ),
        (
            "SELECT COUNT(*) FROM visits WHERE name = '1'",
            "SELECT COUNT(*) FROM visits WHERE name LIKE '1'",
        ),
        ("SELECT COUNT(*) FROM visits WHERE ok", "SELECT COUNT(*) FROM visits WHERE NOT ok"),
        ("SELECT COUNT(*) FROM visits", "SELECT 区, COUNT(*) FROM visits GROUP BY 区"),
    ],
)
def test_different_questions_have_different_keys(one, other):
    assert key_of(one) != key_of(other)


@pytest.mark.parametrize(
    ("text", "reason", "marked"),
    [
        ("", Reason.EMPTY, ""),
        ("  \n ", Reason.EMPTY, "  \n "),
        ("SELECT * FROM visits", Reason.STAR, "*"),
        ("SELECT visits.* FROM visits", Reason.QUALIFIED, "."),
        ("SELECT COUNT(*), * FROM visits", Reason.STAR, "*"),
        ("SELECT SUM(*) FROM visits", Reason.STAR, "*"),
        ("SELECT shop FROM visits", Reason.FORBIDDEN, "shop"),
        ("SELECT 区 FROM visits", Reason.NOT_GROUPED, "区"),
        ("SELECT 区 FROM visits GROUP BY 区", Reason.NO_AGGREGATE, "区 FROM visits"),
        ("SELECT month, COUNT(*) FROM visits GROUP BY 区", Reason.NOT_GROUPED, "month"),
        ("SELECT COUNT(*) FROM visits GROUP BY score", Reason.NOT_GROUPABLE, "score"),
        ("SELECT COUNT(*) FROM visits GROUP BY 1", Reason.ORDINAL, "1"),
        ("SELECT SUM(name) FROM visits", Reason.NOT_SUMMABLE, "name"),
        ("SELECT COUNT(phone) FROM visits", Reason.FORBIDDEN, "phone"),
        ("SELECT COUNT(*) FROM visits WHERE phone LIKE '13%'", Reason.FORBIDDEN, "phone"),
        (
            'SELECT COUNT(*) FROM visits WHERE "金额（元）" > 3',
            Reason.NOT_FILTERABLE,
            '"金额（元）"',
        ),
        ("SELECT COUNT(*) FROM visits WHERE shop = 'x'", Reason.FORBIDDEN, "shop"),
        ("SELECT COUNT(*) FROM people", Reason.UNKNOWN_TABLE, "people"),
        ("SELECT COUNT(年龄) FROM visits", Reason.UNKNOWN_COLUMN, "年龄"),
        ("SELECT COUNT(DISTINCT score) FROM visits", Reason.NOT_COUNTED_UNIT, "score"),
        ("SELECT SUM(DISTINCT score) FROM visits", Reason.DISTINCT, "score"),
        ("SELECT DISTINCT 区 FROM visits", Reason.DISTINCT, "区 FROM visits"),
        ("SELECT MIN(score) FROM visits", Reason.EXTREME, "MIN"),
        ("SELECT abs(score) FROM visits", Reason.FUNCTION, "abs"),
        ('SELECT "count"(*) FROM visits', Reason.FUNCTION, '"count"'),
        ("SELECT SUM(score + 1) FROM visits", Reason.ARITHMETIC, "+"),
        ("SELECT SUM(score * 9) FROM visits", Reason.ARITHMETIC, "*"),
        ("SELECT SUM(-score) FROM visits", Reason.ARITHMETIC, "-"),
        ("SELECT COUNT(*) - 1 FROM visits", Reason.ARITHMETIC, "-"),
        ("SELECT COUNT(*) FROM visits WHERE score > - -5", Reason.ARITHMETIC, "-"),
        ("SELECT COUNT(*) FROM visits v", Reason.TABLE_ALIAS, "v"),
        ("SELECT COUNT(*) FROM visits, visits", Reason.JOIN, "visits"),
        ("SELECT COUNT(*) FROM visits JOIN visits ON TRUE", Reason.JOIN, "JOIN"),
        ("SELECT COUNT(*) FROM (SELECT 1)", Reason.SUBQUERY, "SELECT"),
        ("SELECT COUNT(*) FROM visits WHERE score IN (SELECT 1)", Reason.SUBQUERY, "SELECT"),
        ("SELECT 1 UNION SELECT 2", Reason.SET_OPERATION, "UNION"),
        ("WITH a AS (SELECT 1) SELECT COUNT(*) FROM a", Reason.WITH, "WITH"),
        ("SELECT COUNT(*) OVER () FROM visits", Reason.WINDOW, "OVER"),
        ("SELECT COUNT(*) FROM visits HAVING COUNT(*) > 3", Reason.HAVING, "HAVING"),
        ("SELECT SUM(CASE WHEN ok THEN 1 END) FROM visits", Reason.CASE, "CASE"),
        ("SELECT COUNT(*) FILTER (WHERE ok) FROM visits", Reason.FILTER, "FILTER"),
        ("SELECT COUNT(*) FROM visits LIMIT 3 OFFSET 1", Reason.OFFSET, "OFFSET"),
        ("SELECT COUNT(*) FROM visits LIMIT 0", Reason.BAD_LIMIT, "0"),
        ("SELECT COUNT(*) FROM visits WHERE name ILIKE 'a'", Reason.LIKE_ONLY, "ILIKE"),
        ("SELECT COUNT(*) FROM visits WHERE COUNT(*) > 3", Reason.AGGREGATE_IN_WHERE, "COUNT(*"),
        ("SELECT COUNT(*) FROM visits WHERE score = ratio", Reason.COLUMN_PAIR, "ratio"),
        ("SELECT COUNT(*) FROM visits WHERE score = NULL", Reason.NULL_COMPARISON, "score"),
        ("SELECT COUNT(*) FROM visits WHERE score = 'x'", Reason.WRONG_KIND, "'x'"),
        ("SELECT COUNT(*) FROM visits WHERE name = 3", Reason.WRONG_KIND, "3"),
        ("SELECT COUNT(*) FROM visits WHERE score = 1.5", Reason.WHOLE_NUMBER, "1.5"),
        ("SELECT COUNT(*) FROM visits WHERE ratio = 1e9", Reason.BAD_NUMBER, "1e9"),
        ("SELECT COUNT(*) FROM visits WHERE score = 0x1F", Reason.UNREADABLE, "x1F"),
        ("SELECT COUNT(*) FROM visits WHERE day = '2023-02-29'", Reason.BAD_DATE, "'2023-02-29'"),
        ("SELECT COUNT(*) FROM visits WHERE day = '20230228'", Reason.BAD_DATE, "'20230228'"),
        ("SELECT COUNT(*) FROM visits WHERE score LIKE '9%'", Reason.NOT_TEXT, "'9%'"),
        ("SELECT COUNT(*) FROM visits WHERE name", Reason.NOT_TRUTH, "name"),
        (
            "SELECT COUNT(*) FROM visits WHERE 区 = '通州'",
            Reason.IMPOSSIBLE,
            "COUNT(*) FROM visits",
        ),
        ("SELECT COUNT(*) n, SUM(score) N FROM visits", Reason.LABEL_TWICE, "N"),
        ("SELECT COUNT(*) FROM visits ORDER BY SUM(score)", Reason.UNKNOWN_ORDER, "SUM(score"),
        ("SELECT COUNT(*) FROM visits ORDER BY 1", Reason.ORDINAL, "1"),
        ("SELECT COUNT(*) FROM visits; DROP TABLE visits", Reason.SEVERAL, ";"),
        ("SELECT COUNT(*) FROM visits; SELECT COUNT(*) FROM visits", Reason.SEVERAL, ";"),
        ("DELETE FROM visits", Reason.NOT_SELECT, "DELETE"),
        ("PRAGMA database_list", Reason.NOT_SELECT, "PRAGMA"),
        ("COPY visits TO 'x'", Reason.NOT_SELECT, "COPY"),
        ("ATTACH 'x.db'", Reason.NOT_SELECT, "ATTACH"),
        ("SET threads = 1", Reason.NOT_SELECT, "SET"),
        ("FROM visits", Reason.NOT_SELECT, "FROM"),
        ("SELECT COUNT(*) -- hi\nFROM visits", Reason.COMMENT, "-- hi\n"),
        ("SELECT COUNT(*) /* hi */ FROM visits", Reason.COMMENT, "/* hi */ "),
        ("SELECT COUNT(*) FROM visits WHERE name = 'abc", Reason.UNFINISHED, "'abc"),
        ("SELECT COUNT(*) FROM 'data.parquet'", Reason.UNKNOWN_TABLE, None),
        ("SELECT COUNT(*) FROM read_parquet('x')", Reason.FUNCTION, "read_parquet"),
        ("SELECT COUNT(*) FROM visits WHERE score = $1", Reason.PARAMETER, "$"),
        ("SELECT COUNT(*) FROM visits WHERE score = ?", Reason.PARAMETER, "?"),
        ("SELECT COUNT(*) FROM visits WHERE day = '2024-01-01'::DATE", Reason.CAST, "::"),
        ("SELECT CAST(score AS DATE) FROM visits", Reason.FUNCTION, "CAST"),
        ("SELECT COUNT(*) FROM visits TABLESAMPLE 10", Reason.NAME_QUOTING, "TABLESAMPLE"),
        ("SELECT COUNT(*) FROM visits GROUP BY ALL", Reason.SUBQUERY, "ALL"),
        ("SELECT COUNT(*) FROM visits GROUP BY (区, month)", Reason.GROUPING, "区, month"),
        ("SELECT ＊ FROM visits", Reason.LOOK_ALIKE, "＊"),
        ("SELECT COUNT(*) FROM visits WHERE score＞3", Reason.LOOK_ALIKE, "score＞3"),
        ("SELECT COUNT（*） FROM visits", Reason.LOOK_ALIKE, "COUNT（"),
        ("SELECT СOUNT(*) FROM visits", Reason.LOOK_ALIKE, "СOUNT"),  # a Cyrillic С
        ("SELECT COUNT(*) FROM visits　WHERE ok", Reason.LOOK_ALIKE, None),  # an ideographic space
        ("SELECT COUNT(*)\u00a0FROM visits", Reason.LOOK_ALIKE, None),
        ("SELECT COUNT(*) FROM visits WHERE name = ‘a’", Reason.LOOK_ALIKE, None),
        ("SELECT COUNT(*)\x00 FROM visits", Reason.CONTROL, "\x00"),
        ("SELECT COUNT(*)\u200b FROM visits", Reason.CONTROL, "\u200b"),
        ("SELECT COUNT(*) FROM visits WHERE name = 'a\u202eb'", Reason.CONTROL, "\u202e"),
        ("SELECT COUNT(*) FROM visits WHERE name = $$a$$", Reason.UNSUPPORTED, "$$a$$"),
        ("SELECT COUNT(*) FROM visits WHERE name = e'a'", Reason.UNSUPPORTED, "e'a'"),
        (
            "SELECT COUNT(*) FROM visits WHERE name LIKE 'a' ESCAPE '!'",
            Reason.NAME_QUOTING,
            "ESCAPE",
        ),
    ],
)
def test_what_is_not_in_the_language_is_refused_with_reason_and_place(text, reason, marked):
    error = refusal(text)

    assert error.reason is reason
    if marked is not None:
        assert text[error.start : error.end] == marked


def test_every_reason_says_what_to_write_instead():
    assert all(reason.label and reason.instead for reason in Reason)


def test_a_refusal_repeats_nothing_that_was_written():
    error = refusal("SELECT 身份证号 FROM visits")

    assert set(error.facts()) == {"reason", "start", "end", "instead"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT COUNT(*) FROM visits" + " " * 3973, None),
        ("SELECT COUNT(*) FROM visits" + " " * 3974, Reason.TOO_LONG),
        ("SELECT COUNT(*) FROM visits WHERE " + "(" * 30 + "ok" + ")" * 30, None),
        ("SELECT COUNT(*) FROM visits WHERE " + "(" * 31 + "ok" + ")" * 31, Reason.TOO_DEEP),
        ("SELECT COUNT(*) FROM visits WHERE " + "NOT " * 29 + "ok", None),
        ("SELECT COUNT(*) FROM visits WHERE " + "NOT " * 31 + "ok", Reason.TOO_DEEP),
        ("SELECT COUNT(*) FROM visits WHERE " + "ok AND " * 100 + "ok", None),
        ("SELECT COUNT(*) FROM visits WHERE " + "ok AND " * 101 + "ok", Reason.TOO_MANY_PARTS),
        (f"SELECT COUNT(*) FROM visits WHERE score IN ({','.join('1' * 200)})", None),
        (
            f"SELECT COUNT(*) FROM visits WHERE score IN ({','.join('1' * 201)})",
            Reason.MANY_VALUES,
        ),
        (f"SELECT COUNT(*) FROM visits WHERE name = '{'长' * 200}'", None),
        (f"SELECT COUNT(*) FROM visits WHERE name = '{'长' * 201}'", Reason.LONG_TEXT),
        ("SELECT " + "COUNT(*)," * 300 + "COUNT(*) FROM visits", Reason.TOO_MANY_PARTS),
        ("(" * 3999, Reason.TOO_MANY_PARTS),
        ("SELECT COUNT(*) FROM visits LIMIT 10000", None),
        ("SELECT COUNT(*) FROM visits LIMIT 10001", Reason.BAD_LIMIT),
        ("SELECT COUNT(*) FROM visits WHERE score = 999999999999999999", None),
        ("SELECT COUNT(*) FROM visits WHERE score = 9999999999999999999", Reason.BAD_NUMBER),
    ],
)
def test_lengths_and_depths_are_capped_at_their_border(text, reason):
    if reason is None:
        plan(text)
    else:
        assert refusal(text).reason is reason


def test_more_groups_than_the_cap_are_refused_and_the_cap_itself_is_not():
    wide = ColumnRule(
        name="区", kind=ColumnKind.TEXT, domain=Domain(values=tuple(map(str, range(5000))))
    )
    policy = make_policy(columns=(POLICY.columns[0], wide, *POLICY.columns[2:]))
    text = "SELECT 区, {more}, COUNT(*) FROM visits GROUP BY 区, {more}"

    assert plan_query(text.format(more="weekend"), policy).question.group_count == 10_000
    with pytest.raises(QuestionRefused) as caught:
        plan_query(text.format(more="month"), policy)
    assert caught.value.reason is Reason.MANY_GROUPS


def test_units_are_not_counted_where_nobody_is_protected():
    open_policy = make_policy(unit=None, is_open=True, caps=None)

    with pytest.raises(QuestionRefused) as caught:
        plan_query("SELECT COUNT(DISTINCT shop) FROM visits", open_policy)
    assert caught.value.reason is Reason.NOT_COUNTED_UNIT


WORDS = """
    SELECT FROM WHERE GROUP BY ORDER LIMIT HAVING AND OR NOT IN IS NULL LIKE BETWEEN AS DISTINCT
    DATE COUNT SUM AVG MIN ( ( ( ) ) ) , , * * ; . :: - + / = <> < >= 区 month weekend score name
    day ok phone shop visits "金额（元）" 'x' '朝阳' 1 2.5 -3 '2024-01-01' TRUE ALL ANY CASE WHEN
    THEN END OVER JOIN ON UNION WITH RECURSIVE VALUES $1 ? @x {} [] a->>b x:=1 /* */ -- ＊ （ ‘ \\
    E'\\n' 0x1 1e9 EXISTS UNNEST LATERAL PIVOT QUALIFY SAMPLE USING EXCLUDE REPLACE COLUMNS LAMBDA
"""
PIECES = st.sampled_from(WORDS.split())


@settings(max_examples=1500, deadline=None)
@given(st.lists(PIECES, max_size=30).map(" ".join))
def test_any_sequence_of_sql_words_is_planned_or_refused(text):
    check_planned_or_refused(text)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(PIECES, max_size=12).map(
        lambda words: "SELECT COUNT(*) FROM visits WHERE " + " ".join(words)
    )
)
def test_any_condition_is_planned_or_refused(text):
    check_planned_or_refused(text)


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=200))
def test_any_text_at_all_is_planned_or_refused(text):
    check_planned_or_refused(text)


def check_planned_or_refused(text: str) -> None:
    try:
        found = plan(text)
    except QuestionRefused as refused:
        place = refused.start, refused.end
        assert sorted(place) == list(place)
    else:
        assert found.question.measures


def test_clip_bounds_are_carried_in_whole_units():
    (output,) = plan('SELECT SUM("金额（元）") FROM visits').outputs

    assert (output.clip.low_units, output.clip.high_units) == (-5000, 20000)
    assert output.clip.magnitude_units == 20000
    assert output.clip.high == Decimal(200)
