"""From a plan to the end of an agreement by web page and by machine, and what is refused."""

from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.db import transaction
from kernel.events import EventLog
from licensing.authorizations.models import AuthorizationAgreement
from licensing.authorizations.rules import AgreementState, WindDownDuty
from licensing.plans import actions as plan_actions
from licensing.plans.models import Plan
from licensing.plans.rules import PlanState
from licensing.plans.schemas import Consultation
from market.datasets.models import Dataset
from tests.factories.catalogue import make_source
from tests.factories.licensing import (
    AGREEMENT_PARTS,
    PLAN_PARTS,
    decision_draft,
    make_agreement,
    make_plan,
    plan_draft,
)
from tests.factories.market import actor_of, sign_in_as, stored

DECISION = {"body": "市数据局党组会议", "number": "〔2026〕12号", "decided_on": "2026-03-01"}
PLAN_FORM = {f"parts-{part}": text for part, text in PLAN_PARTS.items()}
AGREEMENT_FORM = {f"parts-{part}": text for part, text in AGREEMENT_PARTS.items()}


def a_source(**changes: object) -> Dataset:
    with transaction() as session:
        stored(session, actor_of("operator"))
        return make_source(session, **changes)


def state_of(session: Session, agreement_id: str) -> AgreementState:
    session.expire_all()
    return session.get_one(AuthorizationAgreement, agreement_id).phase


def agreement_form(plan_id: str, *dataset_ids: str) -> dict[str, object]:
    return {
        "plan_id": plan_id,
        "operator_id": "org_operator",
        "title": "餐饮监管数据授权协议",
        "selection_method": "public_bidding",
        "selection_evidence": "中标通知书〔2026〕5号",
        "selected_on": "2026-03-01",
        "start_on": clock.today().isoformat(),
        "end_on": date(clock.today().year + 3, 1, 1).isoformat(),
        "purposes": ["industry", "public_interest"],
        "dataset_ids": list(dataset_ids),
        **AGREEMENT_FORM,
    }


def an_approved_plan(client: FlaskClient, source: Dataset) -> str:
    """By web page: drafted and consulted by the officer, approved by the approver."""
    sign_in_as(client, "bureau_officer")
    form = {"title": "餐饮监管方案", "mode": "scenario", "dataset_ids": source.id, **PLAN_FORM}
    planned = client.post("/authorizations/plans/new", data=form)
    assert planned.status_code == 303
    said = {"consultation": "已征求八个部门意见。"}
    assert client.post(f"{planned.location}/consultation", data=said).status_code == 303
    sign_in_as(client, "bureau_approver")
    assert "餐饮监管方案" in client.get("/desk").text
    assert client.post(f"{planned.location}/approval", data=DECISION).status_code == 303
    return planned.location.rsplit("/", 1)[-1]


def an_approved_agreement(client: FlaskClient, plan_id: str, source: Dataset) -> str:
    """By web page: drafted by the officer, decided on by the approver. Its address."""
    sign_in_as(client, "bureau_officer")
    address = f"/authorizations/new/{plan_id}"
    assert source.title in client.get(address).text
    drafted = client.post(address, data=agreement_form(plan_id, source.id))
    assert drafted.status_code == 303
    sign_in_as(client, "bureau_approver")
    assert client.post(f"{drafted.location}/approval", data=DECISION).status_code == 303
    return drafted.location


def test_from_the_plan_to_both_signatures_by_web_page(
    client: FlaskClient, session: Session
) -> None:
    department = actor_of("source_department")
    with transaction() as writing:
        stored(writing, department)
    source = a_source(provider_id=department.organization_id)
    at = an_approved_agreement(client, an_approved_plan(client, source), source)

    early = client.post(f"{at}/signature")
    assert early.status_code == 409
    assert "AO-13" in early.text
    sign_in_as(client, department)
    assert "餐饮监管数据授权协议" in client.get("/desk").text
    consent = {"statement": " ", "document": "函〔2026〕3号"}
    assert client.post(f"{at}/consents/{source.id}", data=consent).status_code == 422
    consent["statement"] = "同意进入授权运营。"
    assert client.post(f"{at}/consents/{source.id}", data=consent).status_code == 303
    for role in ("bureau_approver", "operator"):
        sign_in_as(client, role)
        assert client.post(f"{at}/signature").status_code == 303

    assert state_of(session, at.rsplit("/", 1)[-1]) is AgreementState.ACTIVE


def test_suspended_resumed_ended_and_closed_by_web_page(
    client: FlaskClient, session: Session
) -> None:
    with transaction() as writing:
        agreement = make_agreement(writing, [make_source(writing)])
    at = f"/authorizations/{agreement.id}"
    sign_in_as(client, "bureau_approver")

    assert client.post(f"{at}/suspension", data={"reason": "核查"}).status_code == 303
    assert client.post(f"{at}/resumption").status_code == 303
    assert client.post(f"{at}/end", data={"how": "closed", "reason": "试试"}).status_code == 422
    ended = client.post(f"{at}/end", data={"how": "terminated", "reason": "协商终止"})
    assert ended.status_code == 303
    half = client.post(f"{at}/closing", data={"done-logs_kept": "已封存"})
    assert half.status_code == 409
    assert "AO-12" in half.text
    done = {f"done-{duty}": "已办理，见记录" for duty in WindDownDuty}
    assert client.post(f"{at}/closing", data=done).status_code == 303

    assert state_of(session, agreement.id) is AgreementState.CLOSED


def test_an_incomplete_plan_is_completed_in_its_editor(
    client: FlaskClient, session: Session
) -> None:
    source = a_source()
    sign_in_as(client, "bureau_officer")
    form = {"title": "方案", "mode": "whole", "dataset_ids": source.id}
    address = client.post("/authorizations/plans/new", data=form).location

    refused = client.post(f"{address}/consultation", data={"consultation": "已征求。"})
    assert refused.status_code == 409
    assert "AO-02" in refused.text
    assert "已征求。" in refused.text
    assert "方案" in client.get(f"{address}/edit").text
    assert client.post(f"{address}/edit", data=form | PLAN_FORM).status_code == 303
    passed = client.post(f"{address}/consultation", data={"consultation": "已征求。"})

    assert passed.status_code == 303


def test_a_change_of_an_approved_plan_restarts_its_approval(
    client: FlaskClient, session: Session
) -> None:
    with transaction() as writing:
        source = make_source(writing)
        plan = make_plan(writing, [source])
    sign_in_as(client, "bureau_officer")
    form = {"title": "方案（改）", "mode": "whole", "dataset_ids": source.id, **PLAN_FORM}

    assert "重新审批" in client.get(f"/authorizations/plans/{plan.id}/edit").text
    assert client.post(f"/authorizations/plans/{plan.id}/edit", data=form).status_code == 303

    session.expire_all()
    changed = session.get_one(Plan, plan.id)
    assert (changed.phase, changed.approved_at) == (PlanState.PLAN_DRAFT, None)
    event = session.scalars(select(EventLog).where(EventLog.name == "licensing.plan_revised")).one()
    assert event.payload["restarts"] is True


def test_who_changed_a_plan_last_may_not_approve_it(session: Session) -> None:
    officer = stored(session, actor_of("bureau_officer"))
    other = stored(session, actor_of("bureau_officer", id="usr_second_officer"))
    source = make_source(session)
    plan = plan_actions.draft_plan(session, officer, plan_draft([source]))
    plan_actions.revise_plan(session, other, plan.id, plan_draft([source], title="改过的方案"))
    plan_actions.record_consultation(
        session, officer, plan.id, Consultation(consultation="已征求意见。")
    )
    same = actor_of("bureau_approver", id=other.id)

    with pytest.raises(Exception, match="second-person-needed"):
        plan_actions.approve_plan(session, same, plan.id, decision_draft())


def test_a_draft_agreement_is_edited_on_its_page(client: FlaskClient, session: Session) -> None:
    with transaction() as writing:
        source = make_source(writing)
        agreement = make_agreement(writing, [source], is_signed=False)
        plan = make_plan(writing, [source])
    sign_in_as(client, "bureau_officer")
    drafted = client.post(
        f"/authorizations/new/{plan.id}", data=agreement_form(plan.id, source.id)
    ).location

    assert "餐饮监管数据授权协议" in client.get(f"{drafted}/edit").text
    changed = agreement_form(plan.id, source.id) | {"title": "协议（修订）"}
    assert client.post(f"{drafted}/edit", data=changed).status_code == 303
    assert "协议（修订）" in client.get(drafted).text
    decided = client.post(f"/authorizations/{agreement.id}/edit", data=changed)
    assert decided.status_code == 409


def test_a_term_beyond_five_years_is_refused_with_its_rule(client: FlaskClient) -> None:
    with transaction() as writing:
        source = make_source(writing)
        plan = make_plan(writing, [source])
        stored(writing, actor_of("operator"))
    sign_in_as(client, "bureau_officer")
    form = agreement_form(plan.id, source.id) | {"end_on": "2099-01-01"}
    address = client.post(f"/authorizations/new/{plan.id}", data=form).location
    sign_in_as(client, "bureau_approver")

    refused = client.post(f"{address}/approval", data=DECISION)

    assert refused.status_code == 409
    assert "AO-04" in refused.text
    assert "市数据局党组会议" in refused.text


@pytest.mark.parametrize("role", ["analyst", "purchaser", "finance_clerk"])
def test_the_register_does_not_exist_for_buyers(client: FlaskClient, role: str) -> None:
    with transaction() as writing:
        agreement = make_agreement(writing, [make_source(writing)])
    sign_in_as(client, role)

    assert client.get(f"/authorizations/{agreement.id}").status_code == 404
    assert client.get(f"/api/authorizations/{agreement.id}").status_code == 404
    assert client.get("/api/authorizations").json["items"] == []


def test_machines_draft_decide_and_sign(client: FlaskClient, session: Session) -> None:
    source = a_source()
    sign_in_as(client, "bureau_officer")
    plan = client.post(
        "/api/authorization-plans", json=plan_draft([source]).model_dump(mode="json")
    )
    assert plan.status_code == 201
    at = f"/api/authorization-plans/{plan.json['id']}"
    revised = client.put(at, json=plan_draft([source], title="改名").model_dump(mode="json"))
    assert revised.json["title"] == "改名"
    assert client.post(f"{at}/consultation", json={"consultation": "已征求。"}).status_code == 200
    sign_in_as(client, "bureau_approver")
    decision = decision_draft().model_dump(mode="json")
    assert client.post(f"{at}/approval", json=decision).json["state"] == "plan_approved"

    sign_in_as(client, "bureau_officer")
    form = agreement_form(plan.json["id"], source.id)
    body = {name: value for name, value in form.items() if not name.startswith("parts-")}
    body["parts"] = {part.value: text for part, text in AGREEMENT_PARTS.items()}
    drafted = client.post("/api/authorizations", json=body)
    assert drafted.status_code == 201
    agreement = f"/api/authorizations/{drafted.json['id']}"
    sign_in_as(client, "bureau_approver")
    assert client.post(f"{agreement}/approval", json=decision).json["text_sha256"]
    assert client.post(f"{agreement}/signatures").status_code == 200
    twice = client.post(f"{agreement}/signatures")
    assert (twice.status_code, twice.json["code"]) == (409, "second-person-needed")
    sign_in_as(client, "operator")
    assert client.post(f"{agreement}/signatures").json["state"] == "active"
