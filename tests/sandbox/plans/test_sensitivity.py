"""The claimed bound against every way a unit can fill its allowance."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.plans.rules import CodesIn, MeasureKind, Question, possible_codes
from sandbox.plans.sensitivity import Bound, bound_of, sensitivity_of
from sandbox.policies.rules import ColumnKind, ColumnRule, Domain, PrivacyPolicy
from sandbox.queries.plan import plan_query
from tests.factories.sandbox import make_policy

SHOP = ColumnRule(name="shop", kind=ColumnKind.TEXT)


def bound(text: str, **changes: object) -> Bound:
    policy = make_policy(**changes)
    return bound_of(plan_query(text, policy).question, policy)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # full cells are asked for: L rows in each, K in all
        (
            "SELECT 区, month, weekend, COUNT(*) FROM visits GROUP BY 区, month, weekend",
            Bound(rows=8, rows_in_group=2),
        ),
        # a coarser GROUP BY: 3 x 13 cells fall into one group, so K binds and not L
        ("SELECT 区, COUNT(*) FROM visits GROUP BY 区", Bound(rows=8, rows_in_group=8)),
        ("SELECT COUNT(*) FROM visits", Bound(rows=8, rows_in_group=8)),
        # weekend collapses to its two values and "none": 3 cells
        ("SELECT 区, month, COUNT(*) FROM visits GROUP BY 区, month", Bound(8, 6)),
        # the condition leaves one cell of weekend
        (
            "SELECT 区, month, COUNT(*) FROM visits WHERE weekend GROUP BY 区, month",
            Bound(rows=8, rows_in_group=2),
        ),
        # the condition leaves one cell in all
        ("SELECT COUNT(*) FROM visits WHERE weekend AND 区 = '东城' AND month = 1", Bound(2, 2)),
        ("SELECT COUNT(*) FROM visits WHERE weekend AND 区 = '东城' AND month < 3", Bound(4, 4)),
        # a disjunction limits nothing
        ("SELECT COUNT(*) FROM visits WHERE weekend OR (区 = '东城' AND month = 1)", Bound(8, 8)),
    ],
)
def test_the_bound_of_a_question(text, expected):
    assert bound(text) == expected


def test_a_coarser_group_by_never_has_a_smaller_bound_per_group():
    texts = [
        "SELECT 区, month, weekend, COUNT(*) FROM visits GROUP BY 区, month, weekend",
        "SELECT 区, month, COUNT(*) FROM visits GROUP BY 区, month",
        "SELECT 区, COUNT(*) FROM visits GROUP BY 区",
        "SELECT COUNT(*) FROM visits",
    ]

    per_group = [bound(text, rows_per_unit=200, rows_per_cell=1).rows_in_group for text in texts]

    assert per_group == [1, 3, 39, 195]


def test_sums_move_by_the_magnitude_of_their_clip():
    policy = make_policy()
    question = plan_query('SELECT SUM("金额（元）"), COUNT(*) FROM visits', policy).question
    by_kind = {
        measure.kind: sensitivity_of(measure, bound_of(question, policy), question)
        for measure in question.measures
    }

    assert by_kind[MeasureKind.ROWS].l1 == 8
    assert by_kind[MeasureKind.SUM].l1 == 8 * 20000
    assert by_kind[MeasureKind.SUM].l2_squared == 64 * 20000**2


def test_a_unit_counts_once_per_group_as_a_unit():
    policy = make_policy()
    alone = plan_query("SELECT COUNT(DISTINCT shop) FROM visits", policy).question
    by_district = plan_query(
        "SELECT 区, COUNT(DISTINCT shop) FROM visits GROUP BY 区", policy
    ).question

    assert sensitivity_of(alone.measures[0], bound_of(alone, policy), alone).l1 == 1
    bound_by_district = bound_of(by_district, policy)
    assert sensitivity_of(by_district.measures[0], bound_by_district, by_district).l1 == 4


@st.composite
def situations(draw: st.DrawFn) -> tuple[PrivacyPolicy, Question, list[tuple[int | None, ...]]]:
    """A policy with up to three keys, a question under it, and all rows of one unit.

    A row is its full cell: a code or None in every grouping column.
    """
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    columns = [
        ColumnRule(name=f"k{i}", kind=ColumnKind.INTEGER, domain=Domain(values=tuple(range(size))))
        for i, size in enumerate(sizes)
    ]
    most = draw(st.integers(1, 9))
    policy = make_policy(
        columns=(SHOP, *columns),
        rows_per_unit=most,
        rows_per_cell=draw(st.integers(1, most)),
    )
    names = [column.name for column in columns]
    asked = draw(st.lists(st.sampled_from(names), unique=True))
    tests = [
        f"{name} IN ({','.join(map(str, chosen))})"
        for name, size in zip(names, sizes, strict=True)
        if (chosen := draw(st.sets(st.integers(0, size - 1))))
    ]
    joiner = draw(st.sampled_from([" AND ", " OR "]))
    text = "SELECT COUNT(*) FROM visits"
    text += f" WHERE {joiner.join(tests)}" if tests else ""
    text += f" GROUP BY {','.join(asked)}" if asked else ""
    cells = list(product(*([*range(size), None] for size in sizes)))
    wanted = draw(st.lists(st.sampled_from(cells), max_size=40))
    rows = [cell for cell in cells for _ in range(min(wanted.count(cell), policy.rows_per_cell))]
    return policy, plan_query(text, policy).question, draw(st.permutations(rows))[:most]


def passes(test: object, row: tuple[int | None, ...]) -> bool:
    """The condition as SQL decides it: unknown is not true. Only code sets occur here."""
    match test:
        case None:
            return True
        case CodesIn(field, codes, _):
            return row[int(field[1:]) - 1] in codes
        case _:
            decide = all if type(test).__name__ == "All" else any
            return decide(passes(inner, row) for inner in test.tests)


@settings(max_examples=600, deadline=None)
@given(situations())
def test_no_unit_moves_the_counts_by_more_than_the_bound(situation):
    policy, question, rows = situation
    counts: dict[tuple[int | None, ...], int] = {}
    for row in rows:
        group = tuple(row[int(key.field[1:]) - 1] for key in question.keys)
        if passes(question.where, row) and None not in group:
            counts[group] = counts.get(group, 0) + 1

    claimed = bound_of(question, policy)
    sensitivity = sensitivity_of(question.measures[0], claimed, question)

    assert max(counts.values(), default=0) <= claimed.rows_in_group
    assert sum(counts.values()) <= sensitivity.l1
    assert sum(count**2 for count in counts.values()) <= sensitivity.l2_squared


@settings(max_examples=200, deadline=None)
@given(situations())
def test_every_group_that_a_row_can_reach_is_in_the_public_domain(situation):
    _, question, rows = situation

    for row in rows:
        group = [row[int(key.field[1:]) - 1] for key in question.keys]
        if passes(question.where, row) and None not in group:
            assert all(code in key.codes for code, key in zip(group, question.keys, strict=True))


def test_a_code_set_inside_a_disjunction_narrows_nothing():
    policy = make_policy()
    where = plan_query("SELECT COUNT(*) FROM visits WHERE weekend OR ok", policy).question.where

    assert possible_codes(where, "g3", 2) is None
