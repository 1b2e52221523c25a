import html
from collections.abc import Iterator
from datetime import timedelta

import pytest

from kernel import clock, jobs
from kernel.periods import last_day
from sandbox.queries import runner
from sandbox.queries.pages import example_of
from sandbox.queries.plan import plan_query
from tests.factories.licences import make_licence
from tests.factories.market import actor_of, stored
from tests.factories.sandbox import make_policy, run_sandbox_work

COUNT = "SELECT 区, COUNT(*) AS n FROM visits GROUP BY 区"


@pytest.fixture(autouse=True, scope="module")
def _no_spare_left() -> Iterator[None]:
    yield
    runner.cool_down()


@pytest.fixture
def analyst(client_as):
    return client_as(actor_of("analyst"))


def test_the_list_leads_to_the_desk_of_each_licence(analyst, licence):
    page = analyst.get("/queries")

    assert page.status_code == 200
    assert f"/queries/desk/{licence.id}" in page.text


def test_the_home_page_leads_only_to_query_desks_that_can_be_asked(analyst, licence, session):
    unasked = make_licence(session)
    session.commit()

    page = analyst.get("/desk").text

    assert f'href="/queries/desk/{licence.id}"' in page
    assert f'href="/queries/desk/{unasked.id}"' not in page
    assert f'href="/licences/{unasked.id}"' in page
    assert analyst.get(f"/licences/{unasked.id}").status_code == 200


def test_without_a_licence_the_list_says_how_to_get_one(client_as, session):
    someone = stored(session, actor_of("analyst", organization_id="org_empty"))

    assert "还没有可以提问的产品" in client_as(someone).get("/queries").text


def test_the_desk_shows_columns_a_question_that_runs_its_verdict_and_the_purses(analyst, licence):
    page = analyst.get(f"/queries/desk/{licence.id}").text

    for words in ("可分组、可筛选", "不可使用", "可以执行", "这样的问题还能问 4 次", "本许可", "±"):
        assert words in page
    assert "GROUP BY 区" in page


def test_the_verdict_follows_the_text(analyst, licence):
    address = f"/queries/desk/{licence.id}/verdict"

    good = analyst.post(address, data={"sql": COUNT}).text
    bad = analyst.post(address, data={"sql": "SELECT <b>*</b> FROM visits"}).text
    star = analyst.post(address, data={"sql": "SELECT * FROM visits"}).text
    dear = analyst.post(address, data={"sql": COUNT, "epsilon": "9"}).text
    odd = analyst.post(address, data={"sql": COUNT, "epsilon": "abc"}).text

    assert "可以执行" in good
    assert "不能执行" in bad
    assert "<b>" not in bad
    assert "SELECT <mark>*</mark> FROM visits" in star
    assert "不能取出原始行" in star
    assert "请改问统计量" in star
    assert "ε 不能大于" in dear
    assert "ε 须是大于 0 的数" in odd


def test_a_question_is_asked_waited_for_and_read(analyst, licence):
    sent = analyst.post(
        f"/queries/desk/{licence.id}", data={"licence_id": licence.id, "sql": COUNT}
    )
    assert sent.status_code == 303
    waiting = analyst.get(sent.location).text
    assert "排队中" in waiting
    assert "hx-get" in waiting

    run_sandbox_work()

    done = analyst.get(sent.location).text
    for words in ("已放行", "真值有 95 % 的把握在", "东城", "data-chart", "下载 CSV"):
        assert words in done
    assert analyst.get(f"{sent.location}/progress").headers["HX-Refresh"] == "true"


def test_the_download_has_the_interval_beside_each_number(analyst, licence):
    sql = 'SELECT 区 AS "=1+1", COUNT(*) AS "+n" FROM visits GROUP BY 区'
    sent = analyst.post(f"/queries/desk/{licence.id}", data={"licence_id": licence.id, "sql": sql})
    run_sandbox_work()

    file = analyst.get(f"{sent.location}/result.csv")

    assert file.mimetype == "text/csv"
    head, first, *_ = file.text.lstrip("\ufeff").splitlines()
    assert head == "'=1+1,'+n,'+n low95,'+n high95"
    assert first.startswith("东城,")
    assert first.count(",") == 3


def test_a_refused_text_stays_in_the_editor_with_the_reason(analyst, licence):
    sent = analyst.post(
        f"/queries/desk/{licence.id}",
        data={"licence_id": licence.id, "sql": "SELECT * FROM visits -- 我写的"},
    )

    assert sent.status_code == 422
    assert "SELECT * FROM visits -- 我写的" in sent.text
    assert "SB-05" in sent.text


@pytest.mark.parametrize(
    ("sql", "chinese", "instead", "english"),
    [
        (
            "SELEC COUNT(*) FORM visits",
            "只能用 SELECT 提问。",
            "请以 SELECT 开头。",
            "Questions are asked with SELECT only.",
        ),
        ("SELECT COUNT( FROM visits", "这里读不懂。", "的样子书写。", "This cannot be read."),
        (
            "SELECT '东城 FROM visits",
            "引号没有成对。",
            "文字写在一对半角单引号内。",
            "A quotation mark has no partner.",
        ),
    ],
)
def test_sql_that_cannot_be_read_stays_typed_and_costs_nothing(
    analyst, licence, sql, chinese, instead, english
):
    address = f"/queries/desk/{licence.id}"
    form = {"licence_id": licence.id, "sql": sql}

    page = analyst.post(address, data=form)
    foreign = analyst.post(f"{address}?lang=en", data=form)
    program = analyst.post("/api/queries", json=form)

    assert [answer.status_code for answer in (page, foreign, program)] == [422] * 3
    assert chinese in page.text
    assert english in foreign.text
    assert chinese in program.json["detail"]
    assert instead in program.json["detail"]
    assert html.unescape(page.text).count(sql) >= 1
    assert analyst.get("/api/queries").json["items"] == []
    assert "<strong>ε 2</strong> / 2" in page.text


def test_a_question_that_nobody_takes_up_is_kept_said_to_wait_and_answered_later(analyst, licence):
    sent = analyst.post(
        f"/queries/desk/{licence.id}", data={"licence_id": licence.id, "sql": COUNT}
    )

    with clock.frozen_at(clock.now() + timedelta(seconds=jobs.STALLED_SECONDS + 1)):
        for address in (sent.location, f"{sent.location}/progress"):
            assert "您的任务已保存，恢复后自动继续" in analyst.get(address).text
            assert "Your task is kept" in analyst.get(f"{address}?lang=en").text
    run_sandbox_work()
    done = analyst.get(sent.location).text

    assert "已放行" in done
    assert "您的任务已保存" not in done


def test_a_form_sent_twice_asks_once(analyst, licence):
    data = {"licence_id": licence.id, "sql": COUNT, "submission_id": "once-only"}

    first = analyst.post(f"/queries/desk/{licence.id}", data=data)
    second = analyst.post(f"/queries/desk/{licence.id}", data=data)

    assert first.location == second.location
    assert len(analyst.get("/api/queries").json["items"]) == 1


def test_the_budget_page_shows_the_burn_down_to_the_bureau(client_as, analyst, licence, product):
    analyst.post(
        f"/queries/desk/{licence.id}",
        data={"licence_id": licence.id, "sql": COUNT},
    )
    bureau = client_as(actor_of("bureau_officer"))

    page = bureau.get(f"/privacy/{product.id}").text

    for words in ("产品终身", "同源数据", "逐笔支出", "data-chart", "已扣，待答"):
        assert words in page


def test_the_policy_page_says_in_words_what_may_be_done(client_as, product):
    page = client_as(actor_of("analyst")).get(f"/policies/{product.id}").text

    assert "任何一个店铺最多有 8 行参与统计" in page
    assert "修改策略" not in page
    assert "修改策略" in client_as(actor_of("bureau_officer")).get(f"/policies/{product.id}").text


@pytest.mark.parametrize(("role", "is_led"), [("bureau_officer", True), ("output_checker", False)])
def test_the_policy_page_leads_to_the_budget_who_may_read_it(client_as, product, role, is_led):
    reader = client_as(actor_of(role))
    address = f"/privacy/{product.id}"

    assert (f'href="{address}"' in reader.get(f"/policies/{product.id}").text) is is_led
    assert (reader.get(address).status_code == 200) is is_led


def test_the_bureau_changes_a_policy_on_its_page(client_as, product):
    bureau = client_as(actor_of("bureau_officer"))
    address = f"/policies/{product.id}/edit"
    assert "东城" in bureau.get(address).text
    data = {
        "table": "visits", "unit_column": "shop", "unit_label": "店铺",
        "rows_per_unit": "5", "rows_per_cell": "1", "query_epsilon": "0.25",
        "licence_epsilon": "1", "buyer_epsilon": "2", "product_epsilon": "3", "family_epsilon": "4",
        "domain-1": "东城\n西城", "low-4": "0", "high-4": "100", "places-4": "0", "filter-7": "yes",
    }  # fmt: skip

    kept = bureau.post(address, data={**data, "rows_per_unit": "0"})
    done = bureau.post(address, data=data)

    assert kept.status_code == 422
    assert "每个保护单元的行数上限须在 1 到 254 之间" in kept.text
    assert done.status_code == 303
    policy = bureau.get(f"/api/policies/{product.id}").json["policy"]
    assert policy["columns"][1]["domain"]["values"] == ["东城", "西城"]
    assert policy["columns"][4]["clip"] == {"low": "0", "high": "100", "places": 0}
    assert policy["columns"][7]["is_filter"]
    assert policy["columns"][2]["domain"] is None


def test_english_readers_get_english(analyst, licence):
    page = analyst.get(f"/queries/desk/{licence.id}?lang=en").text

    assert "may run" in page.lower()
    assert "可以执行" not in page


def test_the_example_of_any_policy_is_a_question_that_it_allows():
    policy = make_policy()

    assert plan_query(example_of(policy), policy).question.measures


def test_the_supplier_has_no_business_at_the_desk(client_as, licence):
    seller = actor_of("analyst", organization_id=licence.supplier_id)

    assert client_as(seller).get(f"/queries/desk/{licence.id}").status_code == 404
    question = {"licence_id": licence.id, "sql": COUNT}
    assert client_as(seller).post("/api/queries/explanation", json=question).status_code == 404


def test_the_persons_own_desk_says_what_each_licence_still_holds(analyst, licence):
    page = analyst.get("/desk").text

    assert "许可余量与到期日" in page
    assert f'href="/queries/desk/{licence.id}"' in page
    assert f"{last_day(licence.ends_on)}" in page
