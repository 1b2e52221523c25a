"""Does the API describe itself, whole, and does it answer as it says?"""

import json

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from market.accounts.roles import Role
from market.accounts.rules import SESSION_COOKIE
from tests.factories.market import sign_in_as

ADDRESS = "/api/openapi.json"
FILES = {("get", "/api/log/proof/{event_id}.tlog-proof")}  # no JSON for a schema to describe
EXAMPLES = 3  # each read route is asked this often
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def described(client: FlaskClient) -> dict:
    answer = client.get(ADDRESS)
    assert answer.status_code == 200
    return answer.get_json()


def test_everybody_may_read_the_description_and_it_is_openapi_3_1(client: FlaskClient):
    description = described(client)

    assert description["openapi"].startswith("3.1")
    assert "post" in description["paths"]["/api/alerts/{alert_id}/closing"]
    problems = description["paths"]["/api/alerts/{alert_id}"]["get"]["responses"]
    assert {"200", "401", "403", "404"} <= set(problems)
    assert list(problems["404"]["content"]) == ["application/problem+json"]


def test_the_description_stands_at_one_address_and_has_no_page(app: Flask):
    assert [str(rule) for rule in app.url_map.iter_rules() if "openapi" in str(rule)] == [ADDRESS]


def test_every_route_of_the_api_is_described_with_each_method(app: Flask, client: FlaskClient):
    spoken = {
        (method, path) for path, item in described(client)["paths"].items() for method in item
    }

    served = {
        (method.lower(), spelled(str(rule)))
        for rule in app.url_map.iter_rules()
        if str(rule).startswith("/api/") and str(rule) != ADDRESS
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert served - spoken == FILES
    assert spoken <= served


def test_names_of_operations_are_used_once_and_references_lead_somewhere(client: FlaskClient):
    description = described(client)
    names = [
        operation["operationId"]
        for item in description["paths"].values()
        for operation in item.values()
    ]
    known = {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}

    assert len(names) == len(set(names))
    assert references(description) <= known


@pytest.mark.parametrize("role", [Role.BUREAU_OFFICER, Role.ANALYST, Role.REGULATOR])
def test_read_routes_answer_as_described_whatever_is_asked(app, client, role):
    """Each is asked a few times with values that fit its description, signed in as this role."""
    sign_in_as(client, role)
    cookie = client.get_cookie(SESSION_COOKIE).value
    schema = schemathesis.openapi.from_wsgi(ADDRESS, app)

    asked = [
        ask_a_few_times(operation.ok(), {"Cookie": f"{SESSION_COOKIE}={cookie}"})
        for operation in schema.include(method="GET").get_all_operations()
    ]

    assert len(asked) >= 20
    assert all(asked)


def ask_a_few_times(operation, headers: dict[str, str]) -> int:
    """How often it was asked. Raises what schemathesis found."""
    count = 0

    @given(case=operation.as_strategy())
    @hypothesis_settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case) -> None:
        nonlocal count
        count += 1
        case.headers.pop("Authorization", None)  # the cookie says who asks
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()
    return count


def spelled(rule: str) -> str:
    """Flask's <converter:name> as OpenAPI's {name}."""
    parts = rule.replace(">", "<").split("<")
    return "".join(
        f"{{{part.split(':')[-1]}}}" if place % 2 else part for place, part in enumerate(parts)
    )


def references(description: dict) -> set[str]:
    found: set[str] = set()
    json.loads(json.dumps(description), object_hook=lambda item: found.add(item.get("$ref", "")))
    return {name for name in found if name}
