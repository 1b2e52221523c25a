"""Is every indicator measured, or marked not measured with what would make it measured?"""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from kernel import jobs
from market.datasets import reads as datasets
from market.datasets import tasks as loading
from market.datasets.rules import TypeCode, UpdateCycle
from market.datasets.schemas import ColumnDraft
from market.quality import actions, reads
from market.quality import tasks as checking
from market.quality.gaps import GAPS
from market.quality.practice import NOT_PROMISED, TOO_EARLY, Practice, practice_scores
from market.quality.rules import Indicator, QualityDimension
from tests.factories.data import SYSTEM, make_dataset, make_delivery, make_version

QUEUES = (loading.LOADER, checking.CHECKER)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def synchrony(cycle: UpdateCycle, *deliveries: datetime, now: datetime):
    return next(
        one
        for one in practice_scores({}, cycle, deliveries, now)
        if one.practice is Practice.SYNCHRONY
    )


def test_synchrony_counts_deliveries_in_time_from_both_sides_of_the_border():
    limit = timedelta(days=8)

    in_time = synchrony(UpdateCycle.WEEKLY, NOON, NOON + limit, now=NOON + limit)
    late = synchrony(UpdateCycle.WEEKLY, NOON, NOON + limit + DAY, now=NOON + limit + DAY)

    assert in_time.share == 1
    assert late.share == 0


def test_a_running_delay_counts_as_a_miss():
    found = synchrony(UpdateCycle.WEEKLY, NOON, NOON + 7 * DAY, now=NOON + 16 * DAY)

    assert found.share == Fraction(1, 2)


def test_synchrony_is_not_measured_without_a_promise_or_before_anything_was_due():
    assert synchrony(UpdateCycle.OTHER, NOON, now=NOON).gap == NOT_PROMISED
    assert synchrony(UpdateCycle.WEEKLY, NOON, now=NOON + DAY).gap == TOO_EARLY


def test_four_of_the_five_are_the_dimensions_of_the_same_name():
    shares = {QualityDimension.TIMELINESS: Fraction(3, 4)}

    found = {one.practice: one for one in practice_scores(shares, UpdateCycle.OTHER, (), NOON)}

    assert found[Practice.TIMELINESS].share == Fraction(3, 4)
    assert found[Practice.ACCURACY].share is None
    assert found[Practice.ACCURACY].gap
    assert list(found) == list(Practice)


def test_every_indicator_says_what_would_make_it_measured():
    assert set(GAPS) == set(Indicator)


COLUMNS = (
    ColumnDraft(name="k", title="编号", is_key=True, is_required=True, description="号"),
    ColumnDraft(
        name="a", title="甲", type=TypeCode.INTEGER, unit="个", description="甲", minimum="0"
    ),
    ColumnDraft(name="b", title="乙", type=TypeCode.INTEGER, unit="个", description="乙"),
    ColumnDraft(name="begin", title="始", type=TypeCode.DATE, description="始"),
    ColumnDraft(name="end", title="止", type=TypeCode.DATE, description="止"),
    ColumnDraft(name="secret", title="电话", description="电话", sensitivity="personal"),
)
RECORDS = (
    "k,a,b,begin,end,secret\n"
    "k1,4,6,2024-01-01,2024-01-02,13800138000\n"
    "k2,5,5,2024-01-01,2024-01-01,13800138001\n"
    "k3,5,4,2024-01-03,2024-01-02,nonsense-772\n"
)
SUITE = [
    {
        "type": "expect_multicolumn_sum_to_equal",
        "kwargs": {"column_list": ["a", "b"], "sum_total": 10},
    },
    {
        "type": "expect_column_pair_values_a_to_be_greater_than_b",
        "kwargs": {"column_A": "end", "column_B": "begin", "or_equal": True},
    },
    {"type": "expect_column_pair_values_to_be_equal", "kwargs": {"column_A": "a", "column_B": "b"}},
    {
        "type": "expect_column_pair_values_to_be_in_set",
        "kwargs": {"column_A": "a", "column_B": "b", "value_pairs_set": [[4, 6], [5, 5]]},
    },
    {
        "type": "expect_column_values_to_be_phone_numbers",
        "kwargs": {"column": "secret"},
    },
]


@pytest.fixture
def dataset(session, store, bureau_officer):
    made = make_dataset(
        session,
        bureau_officer,
        columns=COLUMNS,
        update_cycle="monthly",
        code="301001/1",
        personal_data="with_basis",
        legal_basis="法定职责",
    )
    actions.save_suite(session, SYSTEM, made.id, SUITE)
    make_delivery(session, made, bureau_officer, data=RECORDS.encode(), encoding="utf-8")
    session.commit()
    jobs.run_everything()
    session.expire_all()
    return datasets.find_dataset(session, made.id)


def test_the_six_that_need_rules_or_probes_are_measured(session, dataset):
    run = reads.latest_verdict(session, datasets.latest_version(session, dataset.id).id)

    assert run.indicators["0104"] == [2, 3]
    assert run.indicators["0401"] == [1, 3]
    assert run.indicators["0402"] == [2, 3]
    assert run.indicators["0503"] == [2, 3]
    assert run.indicators["0601"] == [1, 1]
    assert run.indicators["0602"] == [1, 1]


def test_a_file_that_was_changed_or_lost_costs_access(session, store, dataset):
    version = datasets.latest_version(session, dataset.id)
    make_version(session, dataset)  # promised, and never there
    actions.request_check(session, SYSTEM, version.id)
    with store.local_file(version.parquet_key) as path:
        path.chmod(0o600)
        whole = path.read_bytes()
        path.write_bytes(whole[:-4] + b"PAR1")
        spoiled = path.read_bytes() != whole
    session.commit()
    jobs.run_everything()
    session.expire_all()

    run = reads.latest_verdict(session, version.id)

    assert run.indicators["0601"] == [1, 2]
    assert run.indicators["0602"] == ([0, 1] if spoiled else [1, 1])


def test_the_console_checks_and_prints_the_report(app, session, dataset):
    told = app.test_cli_runner().invoke(args=["quality", "run", "301001/1"])

    assert told.exit_code == 0, told.output
    assert "0104 业务规则  66.66 %" in told.output
    assert "0105 权威参考数据  未测量  没有字段声明代码表" in told.output
    assert "同步性  未测量" in told.output
    for value in ("nonsense-772", "13800138001"):
        assert value not in told.output


def test_the_console_speaks_english_and_says_what_it_cannot_find(app, dataset):
    run = app.test_cli_runner().invoke

    english = run(args=["quality", "run", dataset.id, "--language", "en"])
    absent = run(args=["quality", "run", "nothing"])

    assert "not measured" in english.output
    assert absent.exit_code == 1
    assert "Traceback" not in absent.output


def test_the_page_says_why_something_is_not_measured(client, session, dataset):
    from tests.factories.market import sign_in_as  # noqa: PLC0415 - here only

    sign_in_as(client, "bureau_officer")

    page = client.get(f"/quality/datasets/{dataset.id}").text

    assert "未测量 · 没有字段声明代码表" in page
    assert "政务实践的五项指标" in page
    assert "nonsense-772" not in page
