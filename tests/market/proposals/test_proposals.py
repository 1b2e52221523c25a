"""From a delivered file to a suite that a clerk saved without writing code."""

import json
import re
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from kernel import clock, jobs
from kernel.events import EventLog
from market.datasets import reads as datasets
from market.datasets import tasks as loading
from market.datasets.rules import ColumnSpec, Sensitivity, TypeCode
from market.datasets.schemas import ColumnDraft
from market.proposals import actions, reads
from market.proposals.forms import item_of
from market.proposals.profiling import profile_version
from market.proposals.rules import Figures, ProposalState, TableProfile, propose
from market.proposals.tasks import give_up
from market.quality import actions as quality
from market.quality import reads as verdicts
from market.quality import tasks as checking
from market.quality.expectations import SUPPORTED
from market.quality.written import RuleRefused, read_suite
from tests.factories.data import SYSTEM, make_dataset, make_delivery, make_version
from tests.factories.market import actor_of, sign_in_as, stored
from tests.market.quality.contract import SCHEMA, credit_code, on_duckdb
from tests.market.quality.contract_rules import RULES
from tests.market.quality.test_engine_contract import tables  # noqa: F401 - a fixture

QUEUES = (loading.LOADER, checking.CHECKER)  # their tasks are known once they are imported
COLUMNS = (
    ColumnDraft(name="编号", title="编号", description="编号"),
    ColumnDraft(name="种类", title="种类", description="种类"),
    ColumnDraft(name="company", title="企业", description="企业"),
    ColumnDraft(name="phone", title="电话", description="电话", sensitivity="personal"),
    ColumnDraft(name="begin", title="开始", type=TypeCode.DATE, description="开始"),
    ColumnDraft(name='end "it"', title="结束", type=TypeCode.DATE, description="结束"),
    ColumnDraft(name="amount", title="数量", type=TypeCode.INTEGER, unit="件", description="量"),
)


def plain_file(rows: int = 60) -> bytes:
    import random  # noqa: PLC0415 - here only

    draw = random.Random(7)
    lines = ['编号,种类,company,phone,begin,"end ""it""",amount']
    for n in range(rows):
        code = credit_code(draw) if n else "91000000000000000X"
        lines.append(
            f"k{n:03d},{'甲乙丙'[n % 3]},{code},138{n:08d},2024-01-{n % 28 + 1:02d},"
            f"2024-02-{n % 28 + 1:02d},{n + 5}"
        )
    return ("\n".join(lines) + "\n").encode()


@pytest.fixture
def officer(client):
    sign_in_as(client, "bureau_officer")
    return client


@pytest.fixture
def dataset(session, store, bureau_officer):
    made = make_dataset(
        session,
        bureau_officer,
        columns=COLUMNS,
        personal_data="with_basis",
        legal_basis="法定职责",
    )
    make_delivery(session, made, bureau_officer, data=plain_file(), encoding="utf-8")
    session.commit()
    jobs.run_everything()
    session.expire_all()
    return datasets.find_dataset(session, made.id)


@pytest.fixture
def proposal(session, dataset):
    actions.request_proposal(session, SYSTEM, dataset.id)
    session.commit()
    jobs.run_everything()
    session.expire_all()
    return reads.latest_proposal(session, dataset.id)


def rules_of(proposal) -> dict[str, dict]:
    return {
        f"{item['rule']['type']} {item['rule']['kwargs'].get('column', '')}".strip(): item
        for item in proposal.items
    }


def test_rules_are_proposed_with_reasons_and_were_tried_on_the_data(session, proposal):
    rules = rules_of(proposal)

    assert proposal.state == ProposalState.READY
    assert rules["expect_column_values_to_be_unique 编号"]["rule"]["severity"] == "critical"
    assert rules["expect_column_values_to_be_in_set 种类"]["rule"]["kwargs"]["value_set"] == [
        "丙",
        "乙",
        "甲",
    ]
    order = rules["expect_column_pair_values_a_to_be_greater_than_b"]
    assert order["rule"]["kwargs"]["column_A"] == 'end "it"'
    assert order["rule"]["meta"]["indicator"] == "0503"
    standard = rules["expect_column_values_to_be_credit_codes company"]
    assert (standard["unexpected"], standard["holds"]) == (1, False)
    for item in proposal.items:
        assert item["reason"]
        assert item["holds"] or "credit_codes" in item["rule"]["type"]


def test_not_every_proposed_rule_is_critical_and_what_was_learned_is_not_ticked(proposal):
    severities = {item["rule"]["severity"] for item in proposal.items}
    learned = [item for item in proposal.items if "由现有数据得出" in item["reason"]]

    assert {"critical", "warning", "info"} <= severities
    assert learned
    assert not any(item["is_ticked"] for item in learned)


def test_a_proposal_holds_no_value_of_a_personal_column(proposal):
    about_phones = [i for i in proposal.items if i["rule"]["kwargs"].get("column") == "phone"]

    assert about_phones
    assert "13800000001" not in json.dumps(proposal.items)


def test_what_the_dictionary_declares_is_not_proposed_again(session, store, bureau_officer):
    made = make_dataset(
        session,
        bureau_officer,
        columns=(
            ColumnDraft(name="n", title="号", is_required=True, is_key=True, description="号"),
        ),
    )
    data = ("n\n" + "\n".join(f"k{n:02d}" for n in range(40)) + "\n").encode()
    make_delivery(session, made, bureau_officer, data=data, encoding="utf-8")
    session.commit()
    jobs.run_everything()
    actions.request_proposal(session, SYSTEM, made.id)
    session.commit()
    jobs.run_everything()
    session.expire_all()

    rules = rules_of(reads.latest_proposal(session, made.id))

    assert "expect_column_values_to_be_unique n" not in rules
    assert "expect_column_values_to_not_be_null n" not in rules


def test_the_clerk_ticks_edits_and_saves_and_the_next_check_uses_it(
    officer, session, dataset, proposal
):
    page = officer.get(f"/quality/datasets/{dataset.id}/suite").text
    form = sent_by(page)
    kept = next(n for n in form if n.endswith("-type") and "row_count" in form[n])
    form[kept.replace("-type", "-p-min_value")] = "1000"

    saved = officer.post(f"/quality/datasets/{dataset.id}/suite", data=form)

    assert saved.status_code == 303
    suite = verdicts.latest_suite(session, dataset.id)
    rows = next(r for r in suite.rules if r["type"] == "expect_table_row_count_to_be_between")
    assert rows["kwargs"] == {"min_value": 1000}
    assert "记录数在 1,000 到 — 条之间" in officer.get(saved.location).text
    quality.request_check(session, SYSTEM, datasets.latest_version(session, dataset.id).id)
    session.commit()
    jobs.run_everything()
    session.expire_all()
    run = verdicts.latest_verdict(session, datasets.latest_version(session, dataset.id).id)
    findings = verdicts.find_run(session, run.id).findings
    (found,) = [f for f in findings if f.expectation == "expect_table_row_count_to_be_between"]
    assert not found.holds
    assert run.indicators["0503"] == [60, 60]


def sent_by(page: str) -> dict[str, str]:
    """What a browser would send of the builder's form as it stands."""
    from html import unescape  # noqa: PLC0415 - here only

    form: dict[str, str] = {}
    inputs = re.findall(r"<input ([^>]*)>", page)
    for found in inputs:
        name, value = (
            re.search(r'name="(rules-[^"]+)"', found),
            re.search(r'value="([^"]*)"', found),
        )
        if name and ('type="checkbox"' not in found or "checked" in found):
            form[name[1]] = unescape(value[1]) if value else ""
    for name, text in re.findall(r'<textarea[^>]* name="(rules-[^"]+)"[^>]*>([^<]*)<', page):
        form[name] = unescape(text)
    for name, options in re.findall(
        r'<select[^>]* name="(rules-[^"]+)">(.*?)</select>', page, re.DOTALL
    ):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        form[name] = unescape(chosen[1]) if chosen else ""
    return form


def test_a_rule_that_cannot_be_used_keeps_everything_typed(officer, session, dataset):
    form = {
        "rules-0-type": "expect_column_values_to_match_regex",
        "rules-0-keep": "1",
        "rules-0-p-column": "种类",
        "rules-0-p-regex": "(?=甲)",
    }

    answer = officer.post(f"/quality/datasets/{dataset.id}/suite", data=form)

    assert answer.status_code == 422
    assert "不支持前后查找和反向引用" in answer.text
    assert "(?=甲)" in answer.text
    assert verdicts.latest_suite(session, dataset.id) is None


def test_a_rule_is_added_by_choosing_its_kind(officer, dataset):
    form = {"add": "1", "kind": "expect_column_values_to_be_plate_numbers"}

    page = officer.post(f"/quality/datasets/{dataset.id}/suite", data=form)

    assert page.status_code == 200
    assert 'name="rules-0-p-column"' in page.text


@pytest.mark.parametrize("rule", RULES, ids=lambda one: one.expectation)
def test_every_rule_survives_the_form(rule):
    written = {"type": rule.expectation, "kwargs": quality.plain_fact(rule.arguments)}

    item = item_of(written)

    assert item is not None
    assert set(item.written()["kwargs"]) == {
        name for name, value in written["kwargs"].items() if value not in ("", None, [])
    }
    assert item_of(item.written()).texts == item.texts


def test_suites_are_versions_that_the_database_keeps(session, dataset):
    one = {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "编号"}}
    other = {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "company"}}

    first = quality.save_suite(session, SYSTEM, dataset.id, [one])
    second = quality.save_suite(session, SYSTEM, dataset.id, [one, other])

    assert (first.number, second.number) == (1, 2)
    assert first.sha256 != second.sha256
    with pytest.raises(quality.SuiteUnchanged):
        quality.save_suite(session, SYSTEM, dataset.id, [one, other])
    names = session.scalars(select(EventLog.name)).all()
    assert names.count("market.suite_saved") == 2


def test_a_suite_on_a_missing_column_is_not_saved(session, dataset):
    absent = {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "absent"}}

    with pytest.raises(RuleRefused):
        quality.save_suite(session, SYSTEM, dataset.id, [absent])


def test_machines_propose_and_save_too(officer, session, dataset):
    asked = officer.post(f"/api/quality/datasets/{dataset.id}/proposals", json={})
    again = officer.post(f"/api/quality/datasets/{dataset.id}/proposals", json={})
    jobs.run_everything()
    ready = officer.get(f"/api/quality/proposals/{asked.json['id']}").json
    chosen = [r["expectation"] for r in ready["rules"] if r["is_ticked"]]
    saved = officer.post(
        f"/api/quality/datasets/{dataset.id}/suites", json={"expectations": chosen}
    )

    assert (asked.status_code, again.status_code, saved.status_code) == (202, 409, 201)
    assert ready["state"] == "ready"
    assert officer.get(f"/api/quality/suites/{saved.json['id']}").json["rules"] == len(chosen)
    listed = officer.get(f"/api/quality/datasets/{dataset.id}/suites").json
    assert [one["number"] for one in listed["items"]] == [1]


def test_another_bureau_may_neither_propose_nor_save(session, client, dataset):
    stored(session, actor_of("operator"))
    session.commit()
    sign_in_as(client, "operator")

    assert client.get(f"/quality/datasets/{dataset.id}/suite").status_code == 200
    assert client.post(f"/quality/datasets/{dataset.id}/proposals").status_code == 403
    assert client.post(f"/quality/datasets/{dataset.id}/suite", data={}).status_code == 403


def test_a_proposal_that_cannot_be_made_ends(session, bureau_officer):
    made = make_dataset(session, bureau_officer)
    make_version(session, made)
    asked = actions.request_proposal(session, SYSTEM, made.id)
    job = session.scalars(select(jobs.Job).where(jobs.Job.task == actions.PROPOSE)).one()
    job.failed_at = clock.now()
    session.commit()

    give_up()

    session.expire_all()
    assert reads.latest_proposal(session, made.id).state == ProposalState.FAILED
    assert asked.id == reads.latest_proposal(session, made.id).id


def test_without_data_there_is_nothing_to_look_at(officer, session, bureau_officer):
    made = make_dataset(session, bureau_officer)
    session.commit()

    assert officer.post(f"/quality/datasets/{made.id}/proposals").status_code == 409


@pytest.mark.parametrize("rows", [0, 3])
def test_a_table_with_hardly_any_row_suggests_hardly_any_rule(rows):
    column = ColumnSpec("a", "甲", TypeCode.TEXT)
    figures = Figures("a", filled=rows, distinct=rows)

    proposed = propose(TableProfile(rows, [figures]), [column], date(2026, 11, 24))

    assert len(proposed) == (1 if rows else 0)


def test_bounds_of_a_personal_number_are_not_proposed():
    column = ColumnSpec("pay", "收入", TypeCode.MONEY, sensitivity=Sensitivity.PERSONAL)
    figures = Figures("pay", filled=100, distinct=90, smallest="1234", largest="98765")

    proposed = propose(TableProfile(100, [figures]), [column], date(2026, 11, 24))

    assert "1234" not in str(proposed)


def test_every_supported_kind_can_be_chosen(officer, dataset):
    page = officer.get(f"/quality/datasets/{dataset.id}/suite").text

    assert all(f'value="{kind}"' in page for kind in SUPPORTED)


def spec_of(name: str, kind: pa.DataType) -> ColumnSpec:
    types = {"int64": TypeCode.INTEGER, "double": TypeCode.DOUBLE, "date32[day]": TypeCode.DATE}
    types |= {"decimal128(18, 2)": TypeCode.MONEY, "timestamp[us]": TypeCode.DATETIME}
    return ColumnSpec(name, name, types.get(str(kind), TypeCode.TEXT))


SPECS = [spec_of(field.name, field.type) for field in SCHEMA]


@pytest.mark.parametrize("table", ["faulty", "empty", "single", "all_null"])
def test_odd_tables_are_profiled_and_every_rule_that_is_proposed_can_run(tables, table):  # noqa: F811
    """Without rows, without values, with dates before 1900 and quotes in names."""
    profile = profile_version(tables[table], SPECS, "2026-11-24", memory_mb=500, threads=2)
    proposed = propose(profile, SPECS, date(2026, 11, 24))
    rules = read_suite([one.rule for one in proposed], SPECS)

    assert len(profile.columns) == len(SPECS)
    assert not any(outcome.failed_to_run for outcome in on_duckdb(list(rules), tables[table]))
    assert bool(rules) == (table in {"faulty", "single"})


def test_as_many_columns_as_a_dictionary_may_have_are_profiled(tmp_path):
    path = tmp_path / "wide.parquet"
    names = [f"c{number}" for number in range(300)]
    pq.write_table(pa.table({name: ["x", "y"] for name in names}), path)
    specs = [ColumnSpec(name, name, TypeCode.TEXT) for name in names]

    profile = profile_version(path, specs, "2026-11-24", memory_mb=500, threads=2)

    assert [figures.filled for figures in profile.columns] == [2] * 300
