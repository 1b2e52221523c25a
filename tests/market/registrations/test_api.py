"""The whole way of a registration by programs."""

import io
from datetime import timedelta

from kernel import clock
from market.accounts.roles import Role
from tests.factories.market import sign_in_as
from tests.factories.registrations import (
    AFTER_NOTICE,
    NEEDED,
    WRITTEN,
    holder,
    make_resource,
    make_submitted,
    make_valid,
    registrar_of,
)

PDF = b"%PDF-1.7 test"
BASE = "/api/registrations"


def test_an_application_is_made_by_the_api(client, session, store):
    dataset = make_resource(session)
    session.commit()
    sign_in_as(client, holder(session))
    wanted = {"object_kind": "resource", "object_id": dataset.id}
    begun = client.post(BASE, json=wanted)
    assert (begun.status_code, begun.json["state"]) == (201, "draft")
    address = f"{BASE}/{begun.json['id']}"
    assert client.post(BASE, json=wanted).json["code"] == "already-registered"
    lacking = client.post(f"{address}/submission")
    assert (lacking.status_code, lacking.json["clause"]) == (409, "RG-05")
    client.put(address, json={"fields": WRITTEN})
    files = {kind.value: (io.BytesIO(PDF), f"{kind}.pdf") for kind in NEEDED}
    assert client.post(f"{address}/papers", data=files).status_code == 201
    listed = client.get(f"{address}/papers").json["papers"]
    assert [paper["kind"] for paper in listed] == ["source", "risk", "commitment"]
    assert client.get(listed[0]["address"]).data == PDF
    evidenced = client.post(f"{address}/evidence").json
    assert len(evidenced["evidence_sha256"]) == 64
    assert client.post(f"{address}/submission").json["state"] == "submitted"


def test_the_registrars_work_by_the_api(client, session, store):
    registration = make_submitted(session)
    session.commit()
    address = f"{BASE}/{registration.id}"
    sign_in_as(client, registrar_of(session))
    items = {"items": ["risk"], "reason": "缺少公章"}
    assert client.post(f"{address}/return", json=items).json["returned_items"] == ["risk"]
    sign_in_as(client, holder(session))
    client.post(f"{address}/submission")
    sign_in_as(client, registrar_of(session))
    for act, state in (("acceptance", "accepted"), ("review", "review"), ("notice", "notice")):
        assert client.post(f"{address}/{act}").json["state"] == state

    everybody = client.application.test_client()
    notices = everybody.get(f"{BASE}/notices").json["notices"]
    assert [notice["title"] for notice in notices] == [registration.title]
    sign_in_as(client, Role.ANALYST)
    data = {"statement": "来源单位并非申请人，有证明。", "evidence": (io.BytesIO(PDF), "证.pdf")}
    raised = client.post(f"{address}/objections", data=data)
    assert raised.status_code == 201
    sign_in_as(client, registrar_of(session))
    assert len(client.get(f"{address}/objections").json["objections"]) == 1
    dismissed = client.post(
        f"{address}/objections/{raised.json['id']}",
        json={"outcome": "dismiss", "reason": "证据与本登记无关"},
    )
    assert dismissed.json["state"] == "notice"

    with clock.frozen_at(clock.now() + AFTER_NOTICE):
        sign_in_as(client, registrar_of(session, 2))
        own = client.post(f"{address}/own-code")
        assert own.json["code"] == "not-the-registrar"
        code = {"code": "CODE-1", "query_code": "QUERY-1", "coded_on": str(clock.today())}
        assert client.post(f"{address}/code", json=code).json["state"] == "valid"
    result = everybody.get(f"{BASE}/results/QUERY-1").json
    assert (result["code"], result["state"]) == ("CODE-1", "valid")
    assert everybody.get(f"{BASE}/results/QUERY-2").json["code"] == "query-code-unknown"


def test_what_follows_a_code_by_the_api(client, session):
    registration = make_valid(session, valid_until_on=clock.today() + timedelta(days=90))
    session.commit()
    address = f"{BASE}/{registration.id}"
    sign_in_as(client, holder(session))
    assert client.post(f"{address}/renewal").json["code"] == "registration-renewal-not-open"
    change = {"reg_type": "change", "reason": "数据字典有重大变化"}
    begun = client.post(f"{address}/later", json=change)
    assert (begun.status_code, begun.json["based_on_id"]) == (201, registration.id)

    with clock.frozen_at(clock.day_start(registration.valid_until_on)):
        sign_in_as(client, holder(session))
        assert client.post(f"{address}/renewal").status_code == 200
        sign_in_as(client, registrar_of(session))
        refuse = {"outcome": "refuse", "reason": "材料过期"}
        answer = client.post(f"{address}/renewal-decision", json=refuse)
        assert answer.json["renewal_asked_at"] is None
        end = {"ground": "by_law", "reason": "依法应当注销"}
        assert client.post(f"{address}/end", json=end).json["state"] == "cancelled"


def test_registrations_are_listed_for_those_whom_they_concern(client, session):
    registration = make_valid(session)
    session.commit()
    for who, found in ((holder(session), [registration.id]), (Role.ANALYST, [])):
        sign_in_as(client, who)
        items = client.get(BASE).json["items"]
        assert [item["id"] for item in items] == found
    assert client.get(f"{BASE}/{registration.id}").json["code"] == "registration-not-found"
