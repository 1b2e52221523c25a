"""Does the API describe itself, whole?"""

from flask import Flask
from flask.testing import FlaskClient

from tests.factories.market import sign_in_as

FILES = {"/api/log/proof/<event_id>.tlog-proof"}  # no JSON: nothing that a schema could describe


def test_every_documented_route_stands_in_the_description(app: Flask, client: FlaskClient):
    sign_in_as(client, "regulator")

    described = client.get("/api/openapi.json").get_json()

    assert described["openapi"].startswith("3.1")
    assert "post" in described["paths"]["/api/alerts/{alert_id}/closing"]
    assert "get" in described["paths"]["/api/audit/events"]
    problems = described["paths"]["/api/alerts/{alert_id}"]["get"]["responses"]
    assert {"200", "401", "403", "404"} <= set(problems)


def test_every_route_of_the_api_is_described(app: Flask, client: FlaskClient):
    sign_in_as(client, "regulator")
    described = client.get("/api/openapi.json").get_json()["paths"]

    spoken = {path.replace("{", "<").replace("}", ">") for path in described}
    silent = {
        str(rule)
        for rule in app.url_map.iter_rules()
        if str(rule).startswith("/api/") and "openapi" not in str(rule) and str(rule) not in spoken
    }

    assert silent <= FILES
