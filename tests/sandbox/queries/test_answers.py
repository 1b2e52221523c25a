from decimal import Decimal
from fractions import Fraction

import pytest

from sandbox.plans.rules import OutputKind
from sandbox.policies.rules import PrivacyPolicy
from sandbox.queries.answers import (
    Answer,
    Cell,
    groups_of,
    scales_of,
    table_of,
    typical_error,
)
from sandbox.queries.noise import noisy_answer
from sandbox.queries.plan import plan_query
from sandbox.queries.schemas import content_of
from tests.factories.sandbox import make_policy

POLICY = make_policy()
OPEN = make_policy(unit=None, is_open=True, caps=None)


def plan(text: str, policy: PrivacyPolicy = POLICY):
    return plan_query(text, policy)


def table(text: str, values: list[list[int]], scales: list[float]):
    found = plan(text)
    return table_of(found, Answer(tuple(map(tuple, values)), tuple(scales)))


def test_every_group_of_the_public_domain_is_answered_with_its_error_bar():
    shown = table("SELECT 区, COUNT(*) AS n FROM visits GROUP BY 区", [[100, 3, -2, 0]], [16.0])

    assert [column.error95 for column in shown.columns] == [None, 48]
    assert shown.rows == (
        ("东城", Cell(100, 52, 148)),
        ("西城", Cell(3, 0, 51)),
        ("朝阳", Cell(-2, 0, 46)),
        ("海淀", Cell(0, 0, 48)),
    )


def test_sums_come_back_in_their_own_unit():
    shown = table('SELECT SUM("金额（元）") FROM visits', [[123456]], [100.0])

    assert shown.rows == ((Cell(Decimal("1234.56"), Decimal("1231.56"), Decimal("1237.56")),),)
    assert content_of(shown)["rows"] == [
        [{"value": "1234.56", "low": "1231.56", "high": "1237.56"}]
    ]


def test_an_average_is_a_noisy_sum_over_a_noisy_count_with_both_errors():
    (row,) = table("SELECT AVG(score) FROM visits", [[1000], [80000]], [1.0, 100.0]).rows
    (cell,) = row

    assert cell.value == Decimal("80.00")
    assert Decimal("79") < cell.low < cell.value < cell.high < Decimal("81")


@pytest.mark.parametrize("count", [3, 0, -5])
def test_an_average_over_too_few_rows_says_nothing(count):
    (row,) = table("SELECT AVG(score) FROM visits", [[count], [200]], [2.0, 200.0]).rows

    assert row == (Cell(None, Decimal(0), Decimal(100)),)


def test_an_average_stays_within_its_clip_bounds():
    (row,) = table("SELECT AVG(score) FROM visits", [[100], [10400]], [1.0, 100.0]).rows

    assert row[0].value == row[0].high == 100


def test_order_and_limit_work_on_the_noisy_numbers():
    text = "SELECT 区, COUNT(*) AS n FROM visits GROUP BY 区 ORDER BY n DESC, 区 LIMIT 3"

    shown = table(text, [[5, 9, 9, 1]], [1.0])

    assert [row[0] for row in shown.rows] == ["朝阳", "西城", "东城"]


def test_measures_are_shared_between_outputs():
    found = plan("SELECT SUM(score), AVG(score), COUNT(score) FROM visits")

    assert len(found.question.measures) == 2
    assert [output.kind for output in found.outputs] == [
        OutputKind.SUM,
        OutputKind.AVERAGE,
        OutputKind.COUNT,
    ]


def test_the_scale_is_known_before_any_data_is_read_and_is_the_one_that_is_used():
    found = plan("SELECT 区, COUNT(*), SUM(score) FROM visits GROUP BY 区")

    answer = noisy_answer(found.question, {}, POLICY, Decimal("0.5"))

    promised = scales_of(found.question, POLICY, Decimal("0.5"))
    assert answer.scales == pytest.approx(promised, rel=1e-12)
    assert promised == (32.0, 3200.0)  # 8 rows, and 8 x 100, at half of 0.5 each
    assert [len(vector) for vector in answer.values] == [4, 4]


def test_open_statistics_are_exact():
    found = plan("SELECT weekend, COUNT(*) FROM visits GROUP BY weekend", OPEN)

    answer = noisy_answer(found.question, {(1,): (12,)}, OPEN, Decimal(0))

    assert answer == Answer(((0, 12),), (0.0,))
    assert table_of(found, answer).rows == ((False, Cell(0, 0, 0)), (True, Cell(12, 12, 12)))


def test_an_answer_survives_its_journey_through_the_database():
    answer = Answer(((1, 2), (3, 10**18)), (1.5, 2.0))

    assert Answer.of_plain(answer.plain()) == answer


def test_the_expected_error_of_an_average_shrinks_with_the_public_number_of_rows():
    found = plan("SELECT AVG(score) FROM visits")
    scales = scales_of(found.question, POLICY, Decimal(1))

    errors = [typical_error(found.outputs[0], scales, rows) for rows in (10, 1000, 100_000)]

    assert errors[0] == 100
    assert errors[0] > errors[1] > errors[2]


def test_groups_are_the_product_of_the_keys_that_the_condition_leaves():
    found = plan("SELECT 区, weekend, COUNT(*) FROM visits WHERE 区 <> '东城' GROUP BY 区, weekend")

    assert groups_of(found.question) == [(1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (3, 1)]


def test_the_true_value_lies_in_the_bar_nineteen_times_in_twenty():
    """Averages too, whose bar is built from two."""
    found = plan("SELECT AVG(score), COUNT(*) FROM visits")
    exact = {
        (): tuple(
            {"present": 500, "rows": 500, "sum": 41_500}[m.kind] for m in found.question.measures
        )
    }
    hits = {0: 0, 1: 0}

    for _ in range(600):
        answer = noisy_answer(found.question, exact, POLICY, Decimal(1))
        (row,) = table_of(found, answer).rows
        for place, truth in ((0, Fraction(83)), (1, Fraction(500))):
            hits[place] += row[place].low <= truth <= row[place].high

    assert hits[0] >= 0.93 * 600
    assert 0.92 * 600 <= hits[1] <= 0.98 * 600
