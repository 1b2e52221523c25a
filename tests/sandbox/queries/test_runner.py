import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.engines import isolation
from sandbox.engines.isolation import Child, IsolationMissing, Wall
from sandbox.plans.rules import Question
from sandbox.queries import runner
from sandbox.queries.plan import plan_query
from sandbox.queries.runner import Limits, RunFailed, run_question
from tests.factories.sandbox import make_extract, make_policy, make_rows

POLICY = make_policy(rows_per_unit=30, rows_per_cell=9)


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_extract(tmp_path_factory.mktemp("extract"), make_rows(600), POLICY)


@pytest.fixture(autouse=True, scope="module")
def _no_spare_left() -> Iterator[None]:
    yield
    runner.cool_down()


def question(text: str) -> Question:
    return plan_query(text, POLICY).question


ROWS = question("SELECT weekend, COUNT(*) FROM visits WHERE name LIKE '%饭店%' GROUP BY weekend")


def test_a_question_gives_whole_numbers_by_group_and_says_which_walls_stood(extract):
    run = run_question(ROWS, extract)

    assert set(run.exact) == {(0,), (1,)}
    assert all(count > 0 for (count,) in run.exact.values())
    assert {Wall.LIMITS, Wall.LOCK, Wall.LANDLOCK, Wall.SECCOMP} <= set(run.walls)


def test_the_answer_does_not_depend_on_the_number_of_threads(extract):
    asked = question('SELECT 区, SUM("金额（元）"), COUNT(DISTINCT shop) FROM visits GROUP BY 区')

    answers = [run_question(asked, extract, Limits(threads=n)).exact for n in (1, 2, 4)]

    assert answers[0] == answers[1] == answers[2]


def test_without_bubblewrap_landlock_and_seccomp_still_stand(extract, monkeypatch):
    monkeypatch.setattr(isolation, "_namespaces", tuple)
    runner.cool_down()

    run = run_question(ROWS, extract)

    runner.cool_down()
    assert set(run.walls) == {Wall.LANDLOCK, Wall.SECCOMP, Wall.LIMITS, Wall.LOCK}


def test_without_any_wall_no_question_runs(extract, monkeypatch):
    monkeypatch.setattr(isolation, "_namespaces", tuple)
    monkeypatch.setattr(runner, "_hear", lambda *_, **__: {"ready": True, "walls": []})
    runner.cool_down()

    with pytest.raises(IsolationMissing):
        run_question(ROWS, extract)
    runner.cool_down()


def run_sql(sql: str, extract: Path, monkeypatch: pytest.MonkeyPatch, limits: Limits) -> object:
    """Put a statement of our own choice in place of the one that is written from a plan."""

    class Statement:
        parameters: tuple[object, ...] = ()

    Statement.sql = sql
    monkeypatch.setattr(runner, "statement_of", lambda _: Statement)
    return run_question(ROWS, extract, limits)


ENDLESS = "SELECT g3, sum(a.a4 * b.a4 * c.a4) FROM extract a, extract b, extract c GROUP BY a.g3"
ENDLESS = ENDLESS.replace("SELECT g3", "SELECT a.g3")


def test_a_question_without_end_is_killed_at_the_wall_clock(extract, monkeypatch):
    began = time.monotonic()

    with pytest.raises(RunFailed) as caught:
        run_sql(ENDLESS + ", b.g1", extract, monkeypatch, Limits(wall_seconds=1))

    assert (caught.value.word, caught.value.has_read) in {("time", True), ("died", True)}
    assert time.monotonic() - began < 10


def test_a_question_without_end_is_killed_at_its_processor_time(extract, monkeypatch):
    with pytest.raises(RunFailed) as caught:
        run_sql(ENDLESS, extract, monkeypatch, Limits(cpu_seconds=1))

    assert (caught.value.word, caught.value.has_read) == ("died", True)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/hostname')",
        "SELECT * FROM read_text('/proc/self/environ')",
        "SELECT * FROM glob('/**')",
        "COPY extract TO '/tmp/leak.parquet'",
        "ATTACH '/tmp/leak.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET memory_limit = '64GB'",
        "SET enable_external_access = true",
        "SELECT getenv('PATH')",
        "SELECT error(g1) FROM extract",
        "EXPORT DATABASE '/tmp/leak'",
    ],
)
def test_what_a_locked_engine_refuses_says_one_word_only(sql, extract, monkeypatch):
    with pytest.raises(RunFailed) as caught:
        run_sql(sql, extract, monkeypatch, Limits())

    assert caught.value.args == ("engine",)


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("SELECT f6, 1 FROM extract LIMIT 3", "malformed"),
        ("SELECT g3 FROM extract WHERE g3 = 1 LIMIT 1", "malformed"),
        ("SELECT g3, a5 FROM extract", "rows"),
        ("SELECT repeat('x', 30000000), 1", "malformed"),
    ],
)
def test_a_result_of_another_shape_never_arrives(sql, word, extract, monkeypatch):
    with pytest.raises(RunFailed) as caught:
        run_sql(sql, extract, monkeypatch, Limits(rows=100))

    assert caught.value.args == (word,)


def test_too_much_memory_is_refused_and_not_taken(extract, monkeypatch):
    sql = "SELECT g3, count(DISTINCT hash(i, g3)) FROM extract, range(3000000) t(i) GROUP BY g3"

    with pytest.raises(RunFailed) as caught:
        run_sql(sql, extract, monkeypatch, Limits(memory_megabytes=64))

    assert caught.value.args == ("memory",)


def test_a_child_that_dies_before_it_reads_costs_nothing(extract, monkeypatch):
    def dead() -> Child:
        child = isolation.start_child()
        os.killpg(child.process.pid, 9)
        return child

    monkeypatch.setattr(runner, "take_child", dead)

    with pytest.raises(RunFailed) as caught:
        run_question(ROWS, extract)

    assert not caught.value.has_read


def test_many_questions_at_once_do_not_disturb_each_other(extract):
    answers = []

    threads = [
        threading.Thread(target=lambda: answers.append(run_question(ROWS, extract).exact))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [answers[0]] * 6


def test_no_process_is_left_behind(extract):
    run_question(ROWS, extract)
    runner.cool_down()

    left = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", "child.py"], check=False, capture_output=True
    )

    assert left.stdout == b""
