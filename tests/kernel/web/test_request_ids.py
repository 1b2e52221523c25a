"""The id of a request: the caller's own where it is plain, else a fresh one."""

import re

import pytest
from flask.testing import FlaskClient

FRESH = re.compile(r"[0-9a-f]{16}")


def shown(client: FlaskClient, given: str) -> str:
    answer = client.get("/api/alerts", headers={"X-Request-Id": given})
    return str(answer.get_json()["request_id"])


def test_a_plain_id_of_the_caller_is_kept(client: FlaskClient) -> None:
    assert shown(client, "a" * 64) == "a" * 64


@pytest.mark.parametrize("given", ["", "a" * 65, "a-b", "<b>", "²é", "１２"])
def test_anything_else_gives_a_fresh_one(client: FlaskClient, given: str) -> None:
    assert FRESH.fullmatch(shown(client, given.encode().decode("latin-1")))
