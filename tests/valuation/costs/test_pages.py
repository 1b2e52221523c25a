"""Can a clerk record a cost, attach its proof, and see which lack one?"""

import hashlib
from io import BytesIO

from sqlalchemy.orm import Session

from kernel.actor import Actor
from tests.factories.books import ensure_product, make_cost
from tests.factories.market import actor_of
from tests.valuation.conftest import ClientAs
from valuation.books.models import AccountingEntity
from valuation.costs import storage

FORM = {
    "product_id": "prd_own",
    "component": "cleaning",
    "stage": "development",
    "incurred_on": "2024-06-01",
    "document": "发票 8",
    "amount": "1234.56",
    "vat": "74.07",
    "paid_from": "bank",
}


def test_a_cost_is_recorded_with_its_proof_by_page(
    client_as: ClientAs, session: Session, entity: AccountingEntity, finance_clerk: Actor
) -> None:
    ensure_product(session, "prd_own", entity.organization_id)
    session.commit()
    client = client_as(finance_clerk)
    assert "样例产品" in client.get("/costs/new").text

    answer = client.post("/costs/new", data={**FORM, "evidence": (BytesIO(b"invoice"), "发票.pdf")})

    page = client.get(answer.location).text
    assert "1,234.56" in page
    assert hashlib.sha256(b"invoice").hexdigest() in page
    assert "样例产品" in client.get("/costs").text


def test_a_wrong_field_is_named_and_what_was_typed_is_kept(
    client_as: ClientAs, session: Session, entity: AccountingEntity, finance_clerk: Actor
) -> None:
    ensure_product(session, "prd_own", entity.organization_id)
    session.commit()

    answer = client_as(finance_clerk).post("/costs/new", data={**FORM, "amount": "很多"})

    assert answer.status_code == 422
    assert "请填数字" in answer.text
    assert "发票 8" in answer.text


def test_vat_is_less_than_the_amount(
    client_as: ClientAs, session: Session, entity: AccountingEntity, finance_clerk: Actor
) -> None:
    answer = client_as(finance_clerk).post("/costs/new", data={**FORM, "vat": "1234.56"})

    assert answer.status_code == 422
    assert "可抵扣进项税应小于不含税金额" in answer.text


def test_a_missing_proof_is_shown_asked_for_and_attached_once(
    client_as: ClientAs, session: Session, entity: AccountingEntity, finance_clerk: Actor
) -> None:
    cost = make_cost(session, finance_clerk, has_evidence=False)
    session.commit()
    client = client_as(finance_clerk)
    assert "1 笔成本没有凭据" in client.get("/costs?missing=true").text
    assert "1 笔成本没有凭据" in client.get("/desk").text

    def attach() -> int:
        data = {"evidence": (BytesIO(b"contract"), "../合同.pdf")}
        return client.post(f"/costs/{cost.id}/evidence", data=data).status_code

    assert attach() == 303
    assert "合同.pdf" in client.get(f"/costs/{cost.id}").text
    assert attach() == 409


def test_an_empty_or_missing_proof_is_refused(
    client_as: ClientAs, session: Session, entity: AccountingEntity, finance_clerk: Actor
) -> None:
    cost = make_cost(session, finance_clerk, has_evidence=False)
    session.commit()
    client = client_as(finance_clerk)

    for data in ({}, {"evidence": (BytesIO(b""), "空.pdf")}):
        assert client.post(f"/costs/{cost.id}/evidence", data=data).status_code == 422


def test_a_proof_above_twenty_megabytes_is_refused(
    client_as: ClientAs, session: Session, entity: AccountingEntity, finance_clerk: Actor
) -> None:
    cost = make_cost(session, finance_clerk, has_evidence=False)
    session.commit()
    data = {"evidence": (BytesIO(b"x" * (storage.LARGEST_BYTES + 1)), "大.pdf")}

    answer = client_as(finance_clerk).post(f"/costs/{cost.id}/evidence", data=data)

    assert answer.status_code == 422
    assert "20 MB" in answer.text


def test_an_auditor_reads_the_costs_of_the_books_opened_to_them_only(
    client_as: ClientAs, session: Session, entity: AccountingEntity, finance_clerk: Actor
) -> None:
    cost = make_cost(session, finance_clerk)
    session.commit()
    appointed = actor_of("auditor", entity_ids=[entity.id])
    other = actor_of("auditor", entity_ids=["aen_other"])

    assert client_as(appointed).get(f"/costs/{cost.id}").status_code == 200
    assert client_as(appointed).get("/costs").status_code == 200
    assert client_as(other).get(f"/costs/{cost.id}").status_code == 404
    assert client_as(other).get("/costs").status_code == 404


def test_costs_by_json(
    client_as: ClientAs, session: Session, entity: AccountingEntity, finance_clerk: Actor
) -> None:
    ensure_product(session, "prd_own", entity.organization_id)
    session.commit()
    client = client_as(finance_clerk)

    made = client.post("/api/costs", json=FORM)

    assert made.status_code == 201
    identifier = made.json["id"]
    assert (made.json["amount"], made.json["evidence_name"]) == ("1234.56", None)
    attached = client.put(f"/api/costs/{identifier}/evidence?filename=a.pdf", data=b"invoice")
    assert attached.json["evidence_sha256"] == hashlib.sha256(b"invoice").hexdigest()
    assert [one["id"] for one in client.get("/api/costs").json["items"]] == [identifier]
    assert client.get("/api/costs?missing=true").json["items"] == []


def test_unknown_products_and_costs_are_not_found(
    client_as: ClientAs, session: Session, entity: AccountingEntity, finance_clerk: Actor
) -> None:
    client = client_as(finance_clerk)

    refused = client.post("/api/costs", json={**FORM, "product_id": "prd_unknown"})

    assert refused.status_code == 404
    assert refused.json["code"] == "product-not-found"
    assert client.get("/api/costs/csr_unknown").status_code == 404
