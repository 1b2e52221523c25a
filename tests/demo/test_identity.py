"""The stand-in identity provider refuses what a real one would refuse."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet

from demo.identity import Person, provider, running

PEOPLE = (
    Person("bureau-officer", "李芳", "li.fang@bureau.example", "数据局 · 经办"),
    Person("regulator", "陈静", "chen.jing@watch.example", "监管"),
)
ISSUER = "http://localhost:9000"
BACK = "http://127.0.0.1:8000/signed-in"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]
SECRET = ("market", "s3cret")


@pytest.fixture
def client() -> FlaskClient:
    return provider(PEOPLE, *SECRET).test_client()


def address(**changes: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": "market",
        "redirect_uri": BACK,
        "scope": "openid profile email",
        "nonce": "n-1",
        "state": "s-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return (
        f"{ISSUER}/oauth2/authorize?{urlencode({k: v for k, v in (asked | changes).items() if v})}"
    )


def sign_in(client: FlaskClient, subject: str = "bureau-officer", **changes: str) -> str:
    answer = client.post(address(**changes), data={"sub": subject})
    sent = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert sent["state"] == ["s-1"]
    return sent["code"][0]


def tokens(client: FlaskClient, code: str, verifier: str = VERIFIER, **changes: str) -> Any:
    secret = (changes.pop("sender", SECRET[0]), changes.pop("secret", SECRET[1]))
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    return client.post(
        f"{ISSUER}/oauth2/token", data=form | {"code_verifier": verifier} | changes, auth=secret
    )


def test_the_sign_in_page_lists_the_people_by_name(client: FlaskClient) -> None:
    page = client.get(address()).text

    for person in PEOPLE:
        assert person.name in page
        assert person.office in page
        assert f'value="{person.subject}"' in page
    assert "http://" not in page
    assert "https://" not in page


def test_the_code_flow_with_pkce_gives_a_signed_identity(client: FlaskClient) -> None:
    answer = tokens(client, sign_in(client))

    keys = KeySet.import_key_set(client.get(f"{ISSUER}/jwks").json)
    claims = jwt.decode(answer.json["id_token"], keys).claims
    assert answer.status_code == 200
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (ISSUER, ["market"], "n-1")
    assert (claims["sub"], claims["name"]) == ("bureau-officer", "李芳")
    access = {"Authorization": f"Bearer {answer.json['access_token']}"}
    assert client.get(f"{ISSUER}/userinfo", headers=access).json["name"] == "李芳"


@pytest.mark.parametrize("verifier", ["wrong" * 10, "", VERIFIER[:-1]])
def test_a_wrong_verifier_is_refused(client: FlaskClient, verifier: str) -> None:
    answer = tokens(client, sign_in(client), verifier)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")


def test_after_a_wrong_verifier_the_code_is_spent(client: FlaskClient) -> None:
    code = sign_in(client)
    tokens(client, code, "wrong" * 10)

    assert tokens(client, code).status_code == 400


def test_a_code_works_once(client: FlaskClient) -> None:
    code = sign_in(client)

    assert tokens(client, code).status_code == 200
    assert tokens(client, code).status_code == 400


@pytest.mark.parametrize("changes", [{"secret": "guess"}, {"sender": "stranger"}])
def test_a_wrong_client_secret_is_refused(client: FlaskClient, changes: dict[str, str]) -> None:
    answer = tokens(client, sign_in(client), **changes)

    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
        {"client_id": "stranger"},
        {"redirect_uri": "http://evil.example/"},
        {"redirect_uri": "javascript:alert(1)"},
    ],
)
def test_an_unsafe_request_to_sign_in_is_refused(
    client: FlaskClient, changes: dict[str, str]
) -> None:
    assert client.get(address(**changes)).status_code == 400
    assert client.post(address(**changes), data={"sub": "regulator"}).status_code == 400


def test_a_request_without_nonce_gets_no_code(client: FlaskClient) -> None:
    answer = client.post(address(nonce=""), data={"sub": "regulator"})

    assert "code=" not in answer.headers.get("Location", "")


def test_strangers_cannot_sign_in(client: FlaskClient) -> None:
    assert client.post(address(), data={"sub": "stranger"}).status_code == 400


def test_who_declines_goes_back_without_a_code(client: FlaskClient) -> None:
    sent = client.post(address(), data={"action": "deny"}).headers["Location"]

    assert sent.startswith(BACK)
    assert "error=access_denied" in sent


@pytest.mark.parametrize("path", ["/", "/console", "/oidc/login"])
def test_nothing_else_is_open(client: FlaskClient, path: str) -> None:
    assert client.get(ISSUER + path).status_code == 404
    assert client.put(f"{ISSUER}/users/regulator", json={}).status_code == 404
    assert client.post(f"{ISSUER}/oauth2/clients", json={}).status_code == 404
    assert client.get(f"{ISSUER}/jwks?__debugger__=yes&cmd=resource").json["keys"]


def test_another_host_name_is_refused(client: FlaskClient) -> None:
    assert client.get("http://evil.example/jwks").status_code in (400, 404)


def test_signing_out_leads_back_here_and_nowhere_else(client: FlaskClient) -> None:
    out = f"{ISSUER}/oauth2/end_session?state=s-2&post_logout_redirect_uri="

    assert client.get(f"{out}http://127.0.0.1:8000/").headers["Location"] == (
        "http://127.0.0.1:8000/?state=s-2"
    )
    assert "Location" not in client.get(f"{out}http://evil.example/").headers


def test_it_serves_its_discovery_on_loopback() -> None:
    with running(PEOPLE, *SECRET) as issuer:
        found = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=5).json()

    assert found["issuer"] == issuer
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["end_session_endpoint"] == f"{issuer}/oauth2/end_session"
