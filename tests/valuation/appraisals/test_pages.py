"""Can an appraiser value a product on the page, and two of them sign what is printed?"""

import re
from collections.abc import Iterator, Mapping
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.actor import Actor
from tests.factories.appraisals import BASE_ON, appraisal_json
from tests.factories.books import ensure_product, make_cost, on_day
from tests.factories.market import actor_of, stored
from tests.factories.valuation import V1, V2, Figure
from tests.valuation.conftest import ClientAs
from valuation.appraisals.models import Appraisal
from valuation.costs.rules import CostComponent


@pytest.fixture(autouse=True)
def _base_day(session: Session, appraiser: Actor) -> Iterator[None]:
    with on_day(BASE_ON):
        assert appraiser.organization_id is not None
        ensure_product(session, "prd_own", appraiser.organization_id)
        session.commit()
        yield


@pytest.fixture
def second(session: Session) -> Actor:
    actor = stored(session, actor_of("appraiser", id="usr_second_appraiser"))
    session.commit()
    return actor


def fields(method: str, figures: Mapping[str, Figure]) -> dict[str, str]:
    """Figures as the page's form sends them, with a blank line that must not count."""
    sent: dict[str, str] = {f"{method}-figures-99-key": "taxes", f"{method}-figures-99-value": ""}
    singles = [(key, one) for key, one in figures.items() if isinstance(one, str | int)]
    series = [(key, one) for key, one in figures.items() if not isinstance(one, str | int)]
    for index, (key, one) in enumerate(singles):
        base = f"{method}-figures-{index}"
        sent |= {f"{base}-key": key, f"{base}-value": str(one), f"{base}-source": "台账"}
    for index, (key, values) in enumerate(series):
        base = f"{method}-series-{index}"
        sent |= {f"{base}-key": key, f"{base}-source": "预测"}
        sent |= {f"{base}-values-{year}": str(one) for year, one in enumerate(values)}
    return sent


FORM = {
    "product_id": "prd_own",
    "base_on": "2026-01-01",
    "purpose": "pricing",
    "value_type": "market_value",
    "cost-form": "adjusted",
    **fields("cost", V1),
    "income-variant": "direct",
    "income-loss_tax": "saves_tax",
    **fields("income", V2),
    "comparables-0-name": "",
    "cost_weight": "0.4",
    "income_weight": "0.6",
    "market_weight": "0",
    "reason": "收益有合同支持，权重较高；成本作下限。",
}


def test_the_workbench_values_labels_and_explains(client_as: ClientAs, appraiser: Actor) -> None:
    client = client_as(appraiser)

    answer = client.post("/appraisals/new", data=FORM)

    assert answer.status_code == 303
    page = client.get(answer.location).text
    for words in (
        "2,011,834.72",
        "1,486,674.00",
        "2,361,941.86",
        "内部测算",
        "可比的干净成交不足三宗",
        "复算一致",
        "与日志封存一致",
        "2,485,920.48",
    ):
        assert words in page


def test_two_appraisers_sign_by_page_and_the_report_loses_its_mark(
    client_as: ClientAs, appraiser: Actor, second: Actor
) -> None:
    address = client_as(appraiser).post("/appraisals/new", data=FORM).location
    assert "签署《样例产品》的评估" in client_as(second).get("/desk").text
    report = client_as(appraiser).get(f"{address}/report").text
    assert "本文件是内部测算" in report
    assert report.count("未签署") == 2

    for actor in (appraiser, second):
        assert client_as(actor).post(f"{address}/signature").status_code == 303

    report = client_as(appraiser).get(f"{address}/report").text
    assert "本文件是内部测算" not in report
    assert "未签署" not in report
    assert "2027-01-01" in report


def test_one_person_signing_twice_is_refused_in_words(
    client_as: ClientAs, appraiser: Actor
) -> None:
    client = client_as(appraiser)
    address = client.post("/appraisals/new", data=FORM).location
    client.post(f"{address}/signature")

    answer = client.post(f"{address}/signature")

    assert answer.status_code == 409
    assert "需要另一位评估人签署" in answer.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": ""}, "这一项必填"),
        ({"cost_weight": "0.5"}, "权重合计为 1.1"),
        ({"market_weight": "0.1", "cost_weight": "0.3"}, "没有结果，不能给权重"),
        ({"cost-figures-8-value": "1.2"}, "“质量系数”为 1.2"),
        ({"income-series-0-values-4": ""}, "只填到第 4 年"),
        ({"cost-figures-0-source": ""}, "这一项必填"),
        ({"base_on": "2026-01-02"}, "不晚于今天"),
    ],
)
def test_each_slip_is_said_in_words_and_what_was_typed_is_kept(
    client_as: ClientAs, appraiser: Actor, changes: dict[str, str], words: str
) -> None:
    answer = client_as(appraiser).post("/appraisals/new", data={**FORM, **changes})

    assert answer.status_code == 422
    assert words in answer.text
    assert "600000" in answer.text


def test_the_workbench_begins_with_what_the_house_knows(
    client_as: ClientAs, session: Session, appraiser: Actor, finance_clerk: Actor
) -> None:
    make_cost(session, finance_clerk, 4321, CostComponent.COLLECTION)
    session.commit()

    page = client_as(appraiser).get("/appraisals/new?product_id=prd_own").text

    assert 'value="4321.00"' in page
    assert "成本记录，截至 2026-01-01" in page


def test_another_formula_keeps_every_figure_on_the_line_of_its_key(
    client_as: ClientAs, session: Session, appraiser: Actor
) -> None:
    other = "/appraisals/new?form=depreciated&variant=incremental"
    answer = client_as(appraiser).post(other, data={**FORM, "other_rows": "1"})

    assert answer.status_code == 200
    page = answer.text
    for key, typed in V1.items():
        line = re.search(rf'name="(cost-figures-\d+-)key" value="{key}"', page)
        if line:
            assert f'name="{line[1]}value" inputmode="decimal" value="{typed}"' in page, key
    assert 'name="cost-form" value="depreciated"' in page
    assert FORM["reason"] in page
    assert session.query(Appraisal).count() == 0


def test_a_changed_input_is_shown_loudly_and_cannot_be_signed(
    client_as: ClientAs, session: Session, appraiser: Actor
) -> None:
    client = client_as(appraiser)
    address = client.post("/appraisals/new", data=FORM).location
    session.execute(text("UPDATE appraisals SET value_minor = value_minor + 100"))
    session.commit()

    assert "与封存不符" in client.get(address).text
    assert client.post(f"{address}/signature").status_code == 409


def test_appraisals_by_json(
    client_as: ClientAs, session: Session, appraiser: Actor, second: Actor
) -> None:
    client = client_as(appraiser)

    made = client.post("/api/appraisals", json=appraisal_json())

    assert made.status_code == 201
    assert made.json["value"] == "2011834.72"
    assert made.json["is_internal_estimate"] is True
    assert [one["method"] for one in made.json["methods"]] == ["cost", "income", "market"]
    assert made.json["methods"][2]["rejected_reason"]
    address = f"/api/appraisals/{made.json['id']}"
    assert client.get(f"{address}/recomputation").json == {
        "value": "2011834.72",
        "is_equal": True,
        "is_sealed": True,
    }
    client.post(f"{address}/signature")
    signed = client_as(second).post(f"{address}/signature")
    assert signed.json["state"] == "signed"
    assert client.get("/api/appraisals").json["items"][0]["state"] == "signed"


def test_other_peoples_appraisals_do_not_exist(
    client_as: ClientAs, session: Session, appraiser: Actor
) -> None:
    address = client_as(appraiser).post("/appraisals/new", data=FORM).location
    stranger = actor_of("appraiser", organization_id="org_other")

    for path in (address, f"{address}/report"):
        assert client_as(stranger).get(path).status_code == 404
    assert client_as(stranger).post(f"{address}/signature").status_code == 404
    assert session.get_one(Appraisal, address.rsplit("/", 1)[-1]).is_internal_estimate


def test_an_empty_list_teaches(client_as: ClientAs, appraiser: Actor) -> None:
    assert "还没有评估" in client_as(appraiser).get("/appraisals").text
    assert date(2026, 1, 1) == BASE_ON
