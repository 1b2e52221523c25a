"""Do people see and end their sign-ins, and administrators their invitations, by the JSON API?"""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.accounts import actions
from market.accounts.roles import Role
from market.accounts.schemas import MemberInvitationDraft
from tests.factories.described import as_described
from tests.factories.market import actor_of, sign_in_as, stored


def test_one_lists_ones_browsers_and_signs_another_out(app, client: FlaskClient) -> None:
    sign_in_as(client, Role.ANALYST)
    other = app.test_client()
    sign_in_as(other, Role.ANALYST)
    stranger = app.test_client()
    sign_in_as(stranger, Role.OPERATOR)
    listed = as_described(client, client.get("/api/me/sessions"))
    [elsewhere] = [one["id"] for one in listed.json["items"] if not one["is_this"]]
    address = f"/api/me/sessions/{elsewhere}"

    refused = as_described(stranger, stranger.delete(address))
    ended = as_described(client, client.delete(address))

    assert (len(listed.json["items"]), refused.status_code, ended.status_code) == (2, 404, 204)
    assert other.get("/api/me").status_code == 401
    assert client.get("/api/me").status_code == 200


def test_sign_ins_are_a_persons_own_matter(client: FlaskClient, session: Session) -> None:
    person = actor_of(Role.OPERATOR)
    sign_in_as(client, person)
    scopes = {"name": "程序", "scopes": ["set_price"]}
    made = client.post("/api/tokens", json=scopes)
    key = made.json["token"]
    program = client.application.test_client()
    headers = {"Authorization": f"Bearer {key}"}

    for answer in (
        program.get("/api/me/sessions", headers=headers),
        program.delete("/api/me/sessions/ses_1", headers=headers),
    ):
        as_described(program, answer)
        assert (answer.status_code, answer.json["code"]) == (403, "person-needed")


def test_an_administrator_lists_open_invitations_and_nobody_else(
    client: FlaskClient, session: Session
) -> None:
    administrator = stored(session, actor_of(Role.ADMINISTRATOR))
    draft = MemberInvitationDraft(roles=[Role.AUDITOR], regulator_scopes=[], subject="new")
    made = actions.invite(session, administrator, draft)
    session.commit()
    sign_in_as(client, Role.ANALYST)
    assert as_described(client, client.get("/api/invitations")).status_code == 403
    sign_in_as(client, administrator)

    answer = as_described(client, client.get("/api/invitations"))

    assert [one["id"] for one in answer.json["items"]] == [made.id]
