"""Noise as promised: by its own account, by its spread, and by what its answers give away."""

import math
import statistics
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import opendp.prelude as dp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.engines.duckdb_engine import exact_of, statement_of
from sandbox.plans.sensitivity import bound_of, sensitivity_of
from sandbox.policies.rules import PrivacyPolicy
from sandbox.privacy.mechanism import LARGEST, with_gaussian, with_laplace
from sandbox.privacy.rules import laplace_error
from sandbox.queries.plan import plan_query
from tests.factories.sandbox import make_extract, make_policy, make_rows
from tests.sandbox.privacy.audit import epsilon_at_least

DRAWS = 40_000


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 10**12), st.fractions(Fraction(1, 1000), 20, max_denominator=1000))
def test_the_library_confirms_that_no_more_is_spent_than_promised(l1, epsilon):
    noisy = with_laplace([0], l1=l1, epsilon=epsilon)

    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
    spent = dp.m.make_laplace(*space, scale=noisy.scale).map(l1)
    assert Fraction(spent) <= epsilon
    assert spent == pytest.approx(float(epsilon), rel=1e-12)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 10**12), st.fractions(Fraction(1, 1000), 20, max_denominator=1000))
def test_the_library_confirms_the_gaussian_too(l2_squared, rho):
    noisy = with_gaussian([0], l2_squared=l2_squared, rho=rho)

    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="f64")
    spent = dp.m.make_gaussian(*space, scale=noisy.scale).map(math.sqrt(l2_squared))
    assert Fraction(spent) <= rho
    assert spent == pytest.approx(float(rho), rel=1e-9)


def test_every_entry_has_noise_of_its_own_and_empty_vectors_have_none():
    noisy = with_laplace([5] * 1000, l1=8, epsilon=Fraction(1))

    assert len(set(noisy.values)) > 10
    assert with_laplace([], l1=8, epsilon=Fraction(1)).values == ()


def test_the_error_bar_holds_nineteen_times_in_twenty():
    noisy = with_laplace([0] * DRAWS, l1=8, epsilon=Fraction(1, 2))
    error = laplace_error(noisy.scale)

    inside = sum(abs(value) <= error for value in noisy.values) / DRAWS

    assert 0.945 < inside < 0.965


def test_the_noise_is_centred_on_the_truth():
    noisy = with_laplace([1000] * DRAWS, l1=8, epsilon=Fraction(1))

    assert statistics.fmean(noisy.values) == pytest.approx(1000, abs=0.5)


def test_numbers_beyond_63_bits_are_cut_and_do_not_wrap():
    noisy = with_laplace([10**30, -(10**30)], l1=1, epsilon=Fraction(1))

    assert [abs(abs(value) - LARGEST) < 100 for value in noisy.values] == [True, True]


# The audits: neighbouring versions, each through extraction, engine, bound and mechanism.

EPSILON = Fraction(1)
HEAVY = {"shop": "重", "区": "东城", "month": 1, "weekend": True, "score": 100, "name": "a"}
HEAVY |= {"金额（元）": 200.0, "day": None, "seen": None, "ratio": None, "ok": True, "phone": "1"}


def exact_sides(
    folder: Path, text: str, heavy: list[dict[str, object]], policy: PrivacyPolicy
) -> tuple[list[int], list[int], int]:
    """The exact vectors with and without one unit, and the sensitivity that is claimed."""
    question = plan_query(text, policy).question
    sides = []
    for name, rows in (("with", [*make_rows(60), *heavy]), ("without", make_rows(60))):
        (folder / name).mkdir()
        extract = make_extract(folder / name, rows, policy)
        statement = statement_of(question)
        with duckdb.connect() as connection:
            connection.execute(f"CREATE VIEW extract AS SELECT * FROM read_parquet('{extract}')")
            found = connection.execute(statement.sql, statement.parameters).fetchall()
        exact = exact_of([list(row) for row in found], question)
        groups = [(code,) for code in question.keys[0].codes] if question.keys else [()]
        sides.append([exact.get(group, (0,))[0] for group in groups])
    claimed = sensitivity_of(question.measures[0], bound_of(question, policy), question)
    return sides[0], sides[1], claimed.l1


def audit(sides: tuple[list[int], list[int], int], *, broken: float = 1.0) -> float:
    """The epsilon that answers give away. broken: by how much the scale is made too small.

    Where a unit touches several groups, the sum over them tells most.
    """
    touched = [place for place in range(len(sides[0])) if sides[0][place] != sides[1][place]]
    answers = []
    for exact in sides[:2]:
        totals = [0] * DRAWS
        for place in touched:
            sensitivity = max(math.ceil(sides[2] * broken), 1)
            noisy = with_laplace([exact[place]] * DRAWS, l1=sensitivity, epsilon=EPSILON)
            totals = [total + value for total, value in zip(totals, noisy.values, strict=True)]
        answers.append(totals)
    return epsilon_at_least(answers[0], answers[1])


POLICY = make_policy(query_epsilon=Decimal(1), rows_per_unit=8, rows_per_cell=8)
CASES = {
    "the heaviest unit, counted": ("SELECT COUNT(*) FROM visits", [HEAVY] * 50),
    "the heaviest unit, summed": ("SELECT SUM(score) FROM visits", [HEAVY] * 50),
    "huge amounts": (
        'SELECT SUM("金额（元）") FROM visits',
        [{**HEAVY, "金额（元）": 1e300}] * 50,
    ),
    "amounts that are not numbers": (
        'SELECT SUM("金额（元）") FROM visits',
        [{**HEAVY, "金额（元）": value} for value in (float("nan"), 200.0) for _ in range(7)],
    ),
    "a unit alone in a cell": (
        "SELECT month, COUNT(*) FROM visits WHERE name = 'a' GROUP BY month",
        [{**HEAVY, "month": 7}] * 50,
    ),
    "a unit as a unit": ("SELECT COUNT(DISTINCT shop) FROM visits", [HEAVY] * 50),
}


@pytest.mark.parametrize(("text", "heavy"), CASES.values(), ids=CASES.keys())
def test_no_answer_gives_away_more_than_was_claimed(tmp_path, text, heavy):
    sides = exact_sides(tmp_path, text, heavy, POLICY)

    assert sides[0] != sides[1]
    assert audit(sides) <= EPSILON


def test_the_audit_is_sharp_enough_to_mean_something(tmp_path):
    sides = exact_sides(tmp_path, *CASES["the heaviest unit, counted"], POLICY)

    assert audit(sides) > 0.85 * EPSILON


def test_the_audit_convicts_noise_of_half_the_scale(tmp_path):
    sides = exact_sides(tmp_path, *CASES["the heaviest unit, counted"], POLICY)

    assert audit(sides, broken=0.5) > 1.5 * EPSILON


def test_the_audit_convicts_a_unit_that_nobody_bounded(tmp_path):
    """The extract keeps 40 rows of a unit while the noise believes in 8."""
    unbounded = make_policy(rows_per_unit=40, rows_per_cell=40)
    text, heavy = CASES["the heaviest unit, counted"]
    with_it, without, _ = exact_sides(tmp_path, text, heavy, unbounded)

    assert audit((with_it, without, 8)) > 2 * EPSILON


def test_the_audit_convicts_a_coarser_group_by_with_the_bound_of_a_cell(tmp_path):
    """Two rows in each of four cells fall into one group: 8 rows, not L = 2."""
    policy = make_policy(rows_per_unit=8, rows_per_cell=2)
    heavy = [{**HEAVY, "month": month} for month in (1, 2, 3, 4) for _ in range(9)]
    with_it, without, claimed = exact_sides(tmp_path, "SELECT COUNT(*) FROM visits", heavy, policy)

    assert claimed == 8
    assert audit((with_it, without, claimed)) <= EPSILON
    assert audit((with_it, without, policy.rows_per_cell)) > 2 * EPSILON


def test_the_audit_convicts_a_sum_without_clipping(tmp_path):
    """Noise for scores up to 100 while a row may add 1,000."""
    text, heavy = CASES["the heaviest unit, summed"]
    columns = list(POLICY.columns)
    wide = columns[4].clip.model_copy(update={"high": Decimal(1000)})
    columns[4] = columns[4].model_copy(update={"clip": wide})
    policy = POLICY.model_copy(update={"columns": tuple(columns)})
    heavy = [{**row, "score": 1000} for row in heavy]
    with_it, without, _ = exact_sides(tmp_path, text, heavy, policy)

    assert audit((with_it, without, 8 * 100)) > 2 * EPSILON
