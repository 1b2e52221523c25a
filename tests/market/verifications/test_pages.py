"""Papers are handed in, opened and decided by page, by the API and from the console."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from kernel import clock, objects
from kernel.actor import Permission
from kernel.errors import NotFound
from kernel.events import ActRefused
from market.accounts import reads as accounts
from market.organizations.models import Organization
from market.verifications import actions
from market.verifications.models import Verification, VerificationDocument
from market.verifications.rules import (
    LARGEST_DOCUMENT_BYTES,
    VerificationState,
)
from tests.factories.market import (
    actor_of,
    make_credit_code,
    make_membership,
    make_organization,
    make_user,
    sign_in_as,
    stored,
)
from tests.factories.verifications import approval, facts_of, refusal, submit

PDF = b"%PDF-1.7 test"
PNG = b"\x89PNG\r\n\x1a\n test"


# --- pages ---


def uploads(**changes):
    return {
        "certificate": (io.BytesIO(PDF), "证书.pdf"),
        "authorization": (io.BytesIO(PNG), "scan/委托书.png"),
        **changes,
    }


def kept_keys(session):
    return [row.key for row in session.scalars(select(VerificationDocument))]


def test_papers_are_handed_in_and_a_reviewer_opens_them(
    client, session, store, applicant, bureau_officer
):
    sign_in_as(client, applicant)

    answer = client.post("/organization/verification", data=uploads(note="见附件"))

    assert answer.status_code == 303
    assert "材料正在审核" in client.get("/organization/verification").text
    submitted = session.scalars(select(Verification)).one()
    sign_in_as(client, bureau_officer)
    page = client.get(f"/verifications/{submitted.id}").text
    assert "委托书.png" in page
    assert "scan" not in page
    link = page.split("/documents/")[1].split('"')[0]
    to_file = client.get(f"/verifications/{submitted.id}/documents/{link}")
    assert client.get(to_file.location).data in {PDF, PNG}


def test_a_decision_by_the_page_shows_in_the_organisations_own_page(
    client, session, applicant, bureau_officer
):
    submitted = submit(session, applicant)
    sign_in_as(client, bureau_officer)
    assert "测试企业" in client.get("/verifications").text
    assert "测试企业" in client.get("/desk").text
    form = {
        "verdict": "approve",
        "reason": "证书与委托书一致",
        "valid_until_on": str(clock.today() + timedelta(days=30)),
    }

    answer = client.post(f"/verifications/{submitted.id}", data=form)

    assert answer.status_code == 303
    assert "没有待审核的单位" in client.get("/verifications").text
    sign_in_as(client, applicant)
    page = client.get("/organization/verification").text
    assert "证书与委托书一致" in page
    assert "已通过，有效期至" in page


def test_a_decision_without_reason_keeps_what_was_typed(client, session, applicant, bureau_officer):
    submitted = submit(session, applicant)
    sign_in_as(client, bureau_officer)

    page = client.post(f"/verifications/{submitted.id}", data={"verdict": "refuse", "reason": "无"})

    assert page.status_code == 422
    assert '<option value="refuse" selected>' in page.text


def test_a_refused_conflict_of_interest_stands_in_the_log(client, session, bureau_officer):
    administrator = stored(
        session, actor_of("administrator", organization_id="org_bureau", id="usr_admin")
    )
    submitted = submit(session, administrator)
    sign_in_as(client, bureau_officer)

    page = client.post(
        f"/verifications/{submitted.id}", data={"verdict": "refuse", "reason": "自己审核自己"}
    )

    assert page.status_code == 409
    fact = facts_of(session)[-1]
    assert isinstance(fact, ActRefused)
    assert (fact.code, fact.clause, fact.about_id) == (
        "own-organization-review",
        "SU-31",
        submitted.id,
    )


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("certificate", b"", "文件是空的"),
        ("certificate", b"MZ\x90 program", "只接受 PDF"),
        ("authorization", PDF + b"0" * LARGEST_DOCUMENT_BYTES, "超过 10 MB"),
    ],
)
def test_a_paper_that_is_none_is_refused_beside_its_field(
    client, session, applicant, name, content, word
):
    sign_in_as(client, applicant)
    form = uploads(note="保留这句话", **{name: (io.BytesIO(content), "x.pdf")})

    page = client.post("/organization/verification", data=form)

    assert page.status_code == 422
    assert word in page.text
    assert "保留这句话" in page.text
    assert kept_keys(session) == []


def test_more_than_five_papers_are_refused(client, session, applicant):
    sign_in_as(client, applicant)
    more = [(io.BytesIO(PDF), f"{number}.pdf") for number in range(4)]

    page = client.post("/organization/verification", data=uploads(other=more))

    assert page.status_code == 422
    assert "最多上传 5 份" in page.text


def test_a_request_that_fails_leaves_no_paper_behind(client, session, applicant, store):
    assert isinstance(store, objects.LocalStore)
    submit(session, applicant)
    sign_in_as(client, applicant)

    page = client.post("/organization/verification", data=uploads())

    assert page.status_code == 409
    assert [path for path in store._folder.rglob("*") if path.is_file()] == []


def test_handing_in_twice_is_handing_in_once(client, session, applicant):
    sign_in_as(client, applicant)

    first = client.post("/organization/verification", data=uploads(submission_id="one"))
    second = client.post("/organization/verification", data=uploads(submission_id="one"))

    assert (first.status_code, second.status_code) == (303, 303)
    assert len(session.scalars(select(Verification)).all()) == 1


def test_another_organisations_papers_do_not_exist(client, session, applicant):
    submitted = submit(session, applicant)
    document = session.scalars(select(VerificationDocument)).first()
    assert document is not None
    other = make_organization(session)
    sign_in_as(client, actor_of("administrator", organization_id=other.id, id="usr_other"))

    assert client.get(f"/verifications/{submitted.id}").status_code == 404
    address = f"/verifications/{submitted.id}/documents/{document.id}"
    assert client.get(address).status_code == 404
    assert client.get("/verifications").status_code == 403


def test_a_paper_of_another_case_is_not_opened_through_mine(client, session, applicant):
    submit(session, applicant)
    document = session.scalars(select(VerificationDocument)).first()
    assert document is not None
    other = stored(
        session,
        actor_of(
            "administrator",
            organization_id=make_organization(session, verified=False).id,
            id="usr_other",
        ),
    )
    own = submit(session, other)
    sign_in_as(client, other)

    assert client.get(f"/verifications/{own.id}/documents/{document.id}").status_code == 404


def test_an_unverified_administrator_is_asked_for_papers_on_the_desk(client, applicant):
    sign_in_as(client, applicant)

    assert "提交单位身份材料" in client.get("/desk").text


@pytest.mark.parametrize(("days", "is_asked"), [(31, False), (30, True)])
def test_a_verification_that_ends_soon_is_on_the_desk(
    client, session, administrator, days, is_asked
):
    organization = session.get_one(Organization, administrator.organization_id)
    organization.verified_until_on = clock.today() + timedelta(days=days)
    session.flush()
    sign_in_as(client, administrator)

    assert ("续办单位身份审核" in client.get("/desk").text) is is_asked


# --- api and command line ---


def test_the_whole_way_by_the_api(client, session, applicant, bureau_officer):
    sign_in_as(client, applicant)
    submitted = client.post("/api/verifications", data=uploads())
    twice = client.post("/api/verifications", data=uploads())
    sign_in_as(client, bureau_officer)
    listed = client.get("/api/verifications").json["verifications"]
    address = f"/api/verifications/{submitted.json['id']}"

    decided = client.post(
        f"{address}/decision",
        json={"verdict": "approve", "reason": "一致无误", "valid_until_on": "2027-06-30"},
    )

    assert (submitted.status_code, submitted.json["documents"]) == (201, 2)
    assert (twice.status_code, twice.json["code"]) == (409, "verification-waiting")
    assert [one["id"] for one in listed] == [submitted.json["id"]]
    assert decided.json["state"] == "approved"
    assert client.get(address).json["valid_until_on"] == "2027-06-30"


def test_the_console_verifies_the_first_bureau(app, session):
    code = make_credit_code(5)
    bureau = make_organization(session, "bureau", verified=False, credit_code=code)
    until = clock.today() + timedelta(days=365)
    words = ["verifications", "confirm", code, "--until", str(until), "--reason", "查验证书原件"]

    result = app.test_cli_runner().invoke(args=words)

    assert result.exit_code == 0, result.output
    session.refresh(bureau)
    assert bureau.verified_until_on == until
    assert session.scalars(select(Verification)).one().decided_by == "system:market.verifications"


def test_the_console_refuses_unknown_codes_and_past_days(app, session):
    code = make_credit_code(5)
    make_organization(session, "bureau", verified=False, credit_code=code)
    run = app.test_cli_runner().invoke
    rest = ["--until", "2020-01-01", "--reason", "查验证书原件"]

    assert run(args=["verifications", "confirm", make_credit_code(6), *rest]).exit_code == 1
    assert run(args=["verifications", "confirm", code, *rest]).exit_code == 1
    assert session.scalars(select(Verification)).all() == []


def test_a_console_confirmation_settles_the_request_that_waits(session, applicant):
    submitted = submit(session, applicant)
    organization = session.get_one(Organization, applicant.organization_id)
    until = clock.today() + timedelta(days=10)

    actions.confirm_at_console(session, organization.credit_code, "当面核验", until)

    assert submitted.state is VerificationState.APPROVED
    assert organization.verified_until_on == until


def test_an_unverified_bureau_gains_its_powers_by_verification(session, bureau_officer):
    bureau = make_organization(session, "bureau", verified=False)
    user = make_user(session)
    membership = make_membership(session, user, bureau, ["administrator", "bureau_officer"])
    standing = accounts.Standing(membership, bureau)
    before = accounts.actor_for(user, standing, clock.today())
    submitted = submit(session, before)

    actions.decide(session, bureau_officer, submitted.id, approval())

    after = accounts.actor_for(user, standing, clock.today())
    assert not before.may(Permission.REGISTER_DATASET)
    assert after.may(Permission.REGISTER_DATASET)


def test_an_unknown_request_does_not_exist(session, bureau_officer):
    with pytest.raises(NotFound):
        actions.decide(session, bureau_officer, "ver_unknown", refusal())
