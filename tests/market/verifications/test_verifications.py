"""Does a verification need papers, another organisation's person, a reason and an expiry?"""

import io
import secrets
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kernel import clock, objects
from kernel.actor import MissingPermission, Permission, SecondPersonNeeded
from kernel.errors import InvalidFields, NotFound
from kernel.events import ActRefused, EventLog
from market.accounts import reads as accounts
from market.organizations.events import OrganizationVerified
from market.organizations.models import Organization
from market.verifications import actions, rules
from market.verifications.actions import (
    OwnOrganizationReview,
    VerificationDecided,
    VerificationWaiting,
)
from market.verifications.events import VerificationRefused, VerificationSubmitted
from market.verifications.models import Verification, VerificationDocument
from market.verifications.rules import (
    LARGEST_DOCUMENT_BYTES,
    DocumentKind,
    DocumentProblem,
    VerificationState,
)
from market.verifications.schemas import DecisionDraft, KeptDocument, VerificationDraft
from tests.factories.market import (
    actor_of,
    make_credit_code,
    make_membership,
    make_organization,
    make_user,
    sign_in_as,
    stored,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
PDF = b"%PDF-1.7 test"
PNG = b"\x89PNG\r\n\x1a\n test"


def papers(*kinds):
    return [
        KeptDocument(
            kind=kind,
            filename="证书.pdf",
            media_type="application/pdf",
            key=f"verifications/{secrets.token_hex(4)}",
            size_bytes=9,
            sha256="0" * 64,
        )
        for kind in kinds or (DocumentKind.CERTIFICATE, DocumentKind.AUTHORIZATION)
    ]


@pytest.fixture
def applicant(session):
    """The administrator of an enterprise that nobody has verified."""
    return stored(session, actor_of("administrator", verified=False))


def submit(session, actor, *kinds):
    submitted = actions.submit(session, actor, VerificationDraft(), papers(*kinds))
    session.flush()
    return submitted


def approval(until_on=None):
    until_on = until_on or clock.today() + timedelta(days=365)
    return DecisionDraft(verdict="approve", reason="证书与委托书一致", valid_until_on=until_on)


def refusal():
    return DecisionDraft(verdict="refuse", reason="委托书没有盖章")


def facts_of(session):
    return [row.event() for row in session.scalars(select(EventLog).order_by(EventLog.seq))]


# --- rules ---


@given(st.binary(max_size=32), st.integers(0, LARGEST_DOCUMENT_BYTES * 2))
def test_only_papers_of_a_fair_size_are_accepted(beginning, size):
    problem = rules.document_problem(beginning, size)

    is_paper = rules.media_type(beginning) is not None
    assert (problem is None) == (is_paper and 0 < size <= LARGEST_DOCUMENT_BYTES)


def test_the_size_limit_from_both_sides():
    assert rules.document_problem(PDF, LARGEST_DOCUMENT_BYTES) is None
    too_large = rules.document_problem(PDF, LARGEST_DOCUMENT_BYTES + 1)
    assert too_large is DocumentProblem.TOO_LARGE


def test_a_validity_ends_between_tomorrow_and_three_years_from_now():
    assert not rules.is_validity_allowed(TODAY, TODAY)
    assert rules.is_validity_allowed(TODAY + timedelta(days=1), TODAY)
    assert rules.is_validity_allowed(TODAY + timedelta(days=1095), TODAY)
    assert not rules.is_validity_allowed(TODAY + timedelta(days=1096), TODAY)


# --- actions ---


def test_an_approved_organisation_is_verified_until_its_day(session, applicant, bureau_officer):
    submitted = submit(session, applicant)
    until_on = clock.today() + timedelta(days=100)

    actions.decide(session, bureau_officer, submitted.id, approval(until_on))

    organization = session.get_one(Organization, applicant.organization_id)
    assert organization.verified_until_on == until_on
    assert submitted.state is VerificationState.APPROVED
    assert facts_of(session) == [
        VerificationSubmitted(submitted.id, organization.id, organization.name, 2),
        OrganizationVerified(organization.id, organization.name, submitted.id, until_on),
    ]


def test_a_refusal_leaves_the_organisation_unverified_and_lets_it_try_again(
    session, applicant, bureau_officer
):
    submitted = submit(session, applicant)

    actions.decide(session, bureau_officer, submitted.id, refusal())

    organization = session.get_one(Organization, applicant.organization_id)
    assert organization.verified_until_on is None
    assert facts_of(session)[-1] == VerificationRefused(
        submitted.id, organization.id, organization.name
    )
    assert submit(session, applicant).id != submitted.id


@pytest.mark.parametrize("kinds", [(), (DocumentKind.CERTIFICATE,), (DocumentKind.OTHER,)])
def test_the_required_papers_are_required(session, applicant, kinds):
    with pytest.raises(InvalidFields) as refused:
        actions.submit(session, applicant, VerificationDraft(), papers(*kinds) if kinds else [])

    assert {problem.field for problem in refused.value.problems} >= {"authorization"}


def test_one_request_waits_at_a_time(session, applicant):
    submit(session, applicant)

    with pytest.raises(VerificationWaiting):
        submit(session, applicant)


def test_only_an_administrator_hands_in_papers(session):
    analyst = stored(session, actor_of("analyst", verified=False))

    with pytest.raises(MissingPermission):
        submit(session, analyst)


@pytest.mark.parametrize("role", ["administrator", "bureau_approver", "regulator", "analyst"])
def test_only_a_bureau_officer_decides(session, applicant, role):
    submitted = submit(session, applicant)
    other = make_organization(session)
    reviewer = actor_of(role, organization_id=other.id, id="usr_reviewer")

    with pytest.raises(MissingPermission):
        actions.decide(session, reviewer, submitted.id, approval())


def test_an_officer_of_an_unverified_bureau_decides_nothing(session, applicant):
    submitted = submit(session, applicant)
    officer = actor_of("bureau_officer", verified=False)

    with pytest.raises(MissingPermission):
        actions.decide(session, officer, submitted.id, approval())


def test_a_bureau_does_not_verify_itself(session, bureau_officer):
    administrator = stored(
        session, actor_of("administrator", organization_id="org_bureau", id="usr_admin")
    )
    submitted = submit(session, administrator)

    with pytest.raises(OwnOrganizationReview):
        actions.decide(session, bureau_officer, submitted.id, approval())


def test_an_officer_does_not_verify_a_company_that_they_also_belong_to(
    session, applicant, bureau_officer
):
    submitted = submit(session, applicant)
    company = session.get_one(Organization, applicant.organization_id)
    user = accounts.get_user(session, bureau_officer.id)
    make_membership(session, user, company, ["analyst"])

    with pytest.raises(OwnOrganizationReview):
        actions.decide(session, bureau_officer, submitted.id, approval())


def test_whoever_handed_in_does_not_decide(session, applicant):
    submitted = submit(session, applicant)
    same_person = actor_of("bureau_officer", id=applicant.id)

    with pytest.raises(SecondPersonNeeded):
        actions.decide(session, same_person, submitted.id, approval())


def test_a_request_is_decided_once(session, applicant, bureau_officer):
    submitted = submit(session, applicant)
    actions.decide(session, bureau_officer, submitted.id, refusal())

    with pytest.raises(VerificationDecided):
        actions.decide(session, bureau_officer, submitted.id, approval())


@pytest.mark.parametrize("days", [0, -1, 1096])
def test_an_expiry_outside_the_three_years_is_refused(session, applicant, bureau_officer, days):
    submitted = submit(session, applicant)
    until_on = clock.today() + timedelta(days=days)

    with pytest.raises(InvalidFields):
        actions.decide(session, bureau_officer, submitted.id, approval(until_on))


def test_the_review_is_due_on_the_fifth_working_day(session, applicant):
    with clock.frozen_at(NOW):  # a Monday
        submitted = submit(session, applicant)

    assert submitted.review_due_on == date(2026, 3, 9)


@pytest.mark.parametrize(
    "change",
    [
        {"state": VerificationState.APPROVED},
        {"decided_at": NOW},
        {"valid_until_on": TODAY},
    ],
)
def test_the_database_refuses_half_a_decision(session, applicant, change):
    submitted = submit(session, applicant)
    for name, value in change.items():
        setattr(submitted, name, value)

    with pytest.raises(IntegrityError):
        session.flush()


def test_the_database_refuses_the_same_person_twice(session, applicant):
    submitted = submit(session, applicant)
    submitted.refuse(applicant.id, NOW, "不行")

    with pytest.raises(IntegrityError):
        session.flush()


def test_a_loaded_state_is_a_member_again(session, applicant):
    submitted = submit(session, applicant)
    session.flush()
    session.expire_all()

    assert submitted.state is VerificationState.SUBMITTED
    kind = session.get_one(Organization, applicant.organization_id).kind
    assert kind.label == "企业"


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
