"""Who speaks to the market by HTTP alone: a signed-in person, or a program with a token."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from market.tokens.rules import ONLY_FOR_PERSONS

Json = dict[str, Any]
PATIENCE_SECONDS = 30
LIFE_DAYS = 365


@dataclass(frozen=True)
class Door:
    """Where the market is reached. heard: every answer it gave through this door, in order."""

    address: str
    heard: list[requests.Response] = field(default_factory=list)

    def opened(self) -> requests.Session:
        http = requests.Session()
        http.hooks["response"].append(lambda answer, **_: self.heard.append(answer))
        return http


@dataclass(frozen=True)
class Caller:
    """http: holds the cookie of a sign-in, or the header of a token."""

    door: Door
    http: requests.Session

    def send(self, method: str, path: str, **content: Any) -> requests.Response:
        return self.http.request(
            method,
            f"{self.door.address}{path}",
            timeout=PATIENCE_SECONDS,
            allow_redirects=False,
            **content,
        )

    def get(self, path: str, **query: str) -> Json:
        return told(self.send("GET", path, params=query))

    def text(self, path: str) -> str:
        answer = self.send("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Json:
        return told(self.send("POST", path, json=body or {}))

    def put(self, path: str, body: Mapping[str, object]) -> Json:
        return told(self.send("PUT", path, json=body))

    def refused(self, path: str, body: Mapping[str, object] | None = None) -> Json:
        """Post what must be refused; the problem with its code and clause."""
        answer = self.send("POST", path, json=body or {})
        assert answer.status_code in {403, 404, 409, 422}, (answer.status_code, answer.text)
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        problem: Json = answer.json()
        return problem


def told(answer: requests.Response) -> Json:
    """What an accepted request was answered."""
    assert answer.ok, (answer.request.method, answer.url, answer.status_code, answer.text)
    found: Json = answer.json()
    return found


def sign_in(door: Door, subject: str) -> Caller:
    """What a person does: press sign in, choose their name at the provider, come back.

    From then on the browser's cookie says who asks, and its Origin that our own page does.
    """
    http = door.opened()
    provider = http.get(f"{door.address}/sign-in/start", timeout=PATIENCE_SECONDS)
    back = http.post(provider.url, data={"sub": subject}, timeout=PATIENCE_SECONDS)
    assert back.ok, back.text
    http.headers["Origin"] = door.address
    return Caller(door, http)


def program_of(person: Caller, name: str) -> Caller:
    """A program with an API token of that person, for all that persons may leave to programs."""
    draft = {"name": name, "scopes": open_scopes(person), "life_days": LIFE_DAYS}
    return bearing(person.door, person.post("/api/tokens", draft)["token"])


def register_client(person: Caller, name: str) -> tuple[str, str]:
    """Id and secret of a program that asks for short-lived tokens by itself."""
    draft = {"name": name, "scopes": open_scopes(person)}
    made = person.post("/api/clients", draft)
    return made["client_id"], made["client_secret"]


def granted(door: Door, client: tuple[str, str]) -> Caller:
    """A program with a fresh token of the client-credentials grant (RFC 6749, 4.4)."""
    answer = door.opened().post(
        f"{door.address}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=client,
        timeout=PATIENCE_SECONDS,
    )
    return bearing(door, told(answer)["access_token"])


def bearing(door: Door, token: str) -> Caller:
    http = door.opened()
    http.headers["Authorization"] = f"Bearer {token}"
    return Caller(door, http)


def open_scopes(person: Caller) -> list[str]:
    mine = set(person.get("/api/me")["permissions"])
    return sorted(mine - {permission.value for permission in ONLY_FOR_PERSONS})
