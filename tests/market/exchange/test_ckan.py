"""The action API, asked by CKAN's own client over a real connection."""

import threading
from collections.abc import Iterator

import pytest
from ckanapi import NotFound, RemoteCKAN, ValidationError
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.serving import make_server

from kernel.db import transaction
from market.catalogue.rules import ProductState
from market.storefront.actions import put_in_window
from tests.factories.catalogue import make_product


def shown(**changes: object) -> str:
    with transaction() as session:
        product = make_product(session, **changes)
        put_in_window(session, product.id)
        return product.id


@pytest.fixture
def address(own_database: Engine, built_app: Flask, store: object) -> Iterator[str]:
    """A served market: its threads share a database of this test's own."""
    del own_database, store
    server = make_server("127.0.0.1", 0, built_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.mark.parametrize("get_only", [False, True])
def test_ckanapi_reads_the_market(address: str, get_only: bool) -> None:
    product_id = shown(title_zh="公交线路客流", description="<b>粗</b> [x](javascript:1)")
    other = shown(title_zh="机场气象")
    shown(title_zh="公交草稿", state=ProductState.DRAFT)
    stopped = shown(title_zh="公交停用", state=ProductState.SUSPENDED)

    with RemoteCKAN(address, get_only=get_only) as ckan:
        names = ckan.action.package_list()
        found = ckan.action.package_search(q="公交", rows=5)
        every = ckan.action.package_search(q="*:*", rows=1, start=1)
        package = ckan.action.package_show(id=names[0])
        with pytest.raises(NotFound):
            ckan.action.package_show(id=stopped)
        status = ckan.action.status_show()

    assert sorted(names) == sorted([product_id.lower(), other.lower()])
    assert [each["title"] for each in found["results"]] == ["公交线路客流"]
    assert found["count"] == 1
    assert (every["count"], len(every["results"])) == (2, 1)
    assert package["name"] == names[0]
    assert {each["format"] for each in package["resources"]} >= {"SQL", "TTL", "YAML"}
    assert "<b>" not in found["results"][0]["notes"]
    assert "](" not in found["results"][0]["notes"].replace("\\](", "")
    assert status["site_url"]


def test_ckanapi_is_told_which_field_does_not_fit(address: str) -> None:
    with RemoteCKAN(address) as ckan:
        with pytest.raises(ValidationError) as refused:
            ckan.action.package_search(rows=101, fq="organization:x")
        with pytest.raises(NotFound):
            ckan.action.package_delete(id="prd_01")

    assert refused.value.error_dict["rows"] == ["不能大于 100。"]
    assert refused.value.error_dict["fq"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"json": {"id": 5}}, 409),
        ({"json": []}, 409),
        ({"data": "{", "content_type": "application/json"}, 409),
        ({"data": "x" * 70_000, "content_type": "application/json"}, 413),
    ],
)
def test_a_bad_question_is_refused(client: FlaskClient, sent: dict, status: int) -> None:
    answer = client.post("/api/3/action/package_show", **sent)

    assert answer.status_code == status


def test_a_search_gives_exactly_the_rows_that_are_asked_for(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("exchange.reads", "storefront.search"):
        monkeypatch.setattr(f"market.{module}.PAGE_SIZE", 2)
    for _ in range(5):
        shown()
    search = "/api/3/action/package_search?q=餐饮"
    whole = client.get(f"{search}&rows=100").json["result"]
    order = [each["id"] for each in whole["results"]]

    assert whole["count"] == len(order) == 5
    for start, rows in [(0, 2), (1, 3), (3, 2), (4, 10), (5, 5), (40, 1), (2, 0)]:
        part = client.get(f"{search}&rows={rows}&start={start}").json["result"]
        assert [each["id"] for each in part["results"]] == order[start : start + rows]
        assert part["count"] == 5
