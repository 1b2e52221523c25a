"""Do machines of the agency close an ended agreement with its duties (AO-12)?"""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from licensing.authorizations import actions
from licensing.authorizations.rules import AgreementState, WindDownDuty
from licensing.authorizations.schemas import EndDraft
from market.accounts.roles import Role
from tests.factories.catalogue import make_source
from tests.factories.described import as_described
from tests.factories.licensing import make_agreement
from tests.factories.market import actor_of, sign_in_as, stored


def test_an_ended_agreement_is_closed_once_every_duty_is_done(
    client: FlaskClient, session: Session
) -> None:
    agreement = make_agreement(session, [make_source(session)])
    approver = stored(session, actor_of(Role.BUREAU_APPROVER))
    draft = EndDraft(how=AgreementState.REVOKED, reason="严重违约")
    actions.end(session, approver, agreement.id, draft)
    session.commit()
    address = f"/api/authorizations/{agreement.id}/closure"
    whole = {"done": {duty.value: "已办理" for duty in WindDownDuty}}
    half = {"done": {WindDownDuty.LOGS_KEPT.value: "已封存"}}
    sign_in_as(client, Role.OPERATOR)
    assert as_described(client, client.post(address, json=whole)).status_code == 403
    sign_in_as(client, Role.BUREAU_APPROVER)

    refused = as_described(client, client.post(address, json=half))
    closed = as_described(client, client.post(address, json=whole))

    assert (refused.status_code, refused.json["clause"]) == (409, "AO-12")
    assert closed.json["state"] == "closed"
