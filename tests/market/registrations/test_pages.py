"""The pages of registration: the whole way by forms, the public ones, the certificate."""

import hashlib
import io
import json
import zipfile
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from kernel import clock, settings
from kernel.events import ActRefused, EventLog
from kernel.settings import Settings
from market.accounts.roles import Role
from market.registrations import actions, registrar, standing
from market.registrations.evidence import find_registrable
from market.registrations.models import Registration, RegistrationObjection
from market.registrations.rules import FormField, Material, RegistrationState
from market.registrations.schemas import RegistrationDraft
from tests.factories.market import actor_of, sign_in_as
from tests.factories.registrations import (
    AFTER_NOTICE,
    NEEDED,
    WRITTEN,
    authorise,
    holder,
    make_draft,
    make_on_notice,
    make_resource,
    make_submitted,
    make_valid,
    registrar_of,
)

PDF = b"%PDF-1.7 test"
STATEMENT = "该资源的来源单位并非申请人，附证明材料。"


def pdf(name="材料.pdf"):
    return (io.BytesIO(PDF), name)


def uploads():
    return {kind.value: pdf(f"{kind.value}.pdf") for kind in NEEDED}


def one(session):
    session.expire_all()
    return session.scalars(select(Registration).order_by(Registration.drafted_at)).first()


def test_an_application_is_begun_written_evidenced_and_submitted_by_forms(client, session):
    dataset = make_resource(session)
    session.commit()
    sign_in_as(client, holder(session))
    assert "还没有登记" in client.get("/registrations/").text
    assert dataset.title in client.get("/registrations/new").text

    begun = client.post("/registrations/new", data={"chosen": f"resource/{dataset.id}"})
    registration = one(session)
    address = f"/registrations/{registration.id}"
    assert begun.location == f"{address}/edit"
    assert "3 条记录" in client.get(begun.location).text

    incomplete = client.post(f"{address}/submission")
    assert incomplete.status_code == 409
    assert "材料不齐" in incomplete.text

    written = {f"fields-{field.value}": text for field, text in WRITTEN.items()}
    assert client.post(f"{address}/edit", data=written).status_code == 303
    assert client.post(f"{address}/papers", data=uploads()).status_code == 303
    assert client.post(f"{address}/evidence").status_code == 303
    assert client.post(f"{address}/submission").status_code == 303

    assert one(session).state is RegistrationState.SUBMITTED
    page = client.get(address).text
    assert "risk.pdf" in page
    assert "受理或退回" in page
    paper = page.split("/papers/")[1].split('"')[0]
    fetched = client.get(client.get(f"{address}/papers/{paper}").location)
    assert fetched.data == PDF


def test_the_registrar_takes_it_to_a_code_by_buttons(client, session):
    registration = make_submitted(session)
    session.commit()
    address = f"/registrations/{registration.id}"
    sign_in_as(client, registrar_of(session))
    assert registration.title in client.get("/desk").text
    for name, word in (
        ("acceptance", "形式审核期限"),
        ("review", "通过并公示"),
        ("notice", "公示页"),
    ):
        assert client.post(f"{address}/{name}").status_code == 303
        assert word in client.get(address).text
    assert "参数待核实" in client.get(address).text

    with clock.frozen_at(clock.now() + AFTER_NOTICE):
        sign_in_as(client, registrar_of(session))
        assert "另一位人员" in client.get(address).text
        sign_in_as(client, registrar_of(session, 2))
        assert "录入官方编码" in client.get(address).text
        bad = {"code": "4601/2026-0001", "query_code": "QC2026", "coded_on": "2099-01-01"}
        refused = client.post(f"{address}/code", data=bad)
        assert refused.status_code == 422
        assert "4601/2026-0001" in refused.text
        good = bad | {"coded_on": str(clock.today())}
        assert client.post(f"{address}/code", data=good).status_code == 303
        assert "4601/2026-0001" in client.get(address).text

        anyone = client.application.test_client()
        assert registration.title in anyone.get("/registrations/lookup?code=QC2026").text


def test_a_return_names_everything_and_a_late_item_is_refused_and_recorded(client, session):
    registration = make_submitted(session)
    session.commit()
    address = f"/registrations/{registration.id}"
    sign_in_as(client, registrar_of(session))
    data = {"items": ["risk"], "reason": "评估报告没有盖章"}
    assert client.post(f"{address}/return", data=data).status_code == 303
    sign_in_as(client, holder(session))
    assert "评估报告没有盖章" in client.get(address).text
    assert client.post(f"{address}/submission").status_code == 303
    sign_in_as(client, registrar_of(session))

    refused = client.post(f"{address}/return", data={"items": ["scenario"], "reason": "场景不清楚"})

    assert refused.status_code == 409
    assert "一次性告知" in refused.text
    assert "场景不清楚" in refused.text
    fact = session.scalars(select(EventLog).order_by(EventLog.seq.desc())).first().event()
    assert isinstance(fact, ActRefused)
    assert (fact.code, fact.clause) == ("registration-items-named-late", "RG-06")


def test_everybody_reads_notices_and_a_named_objection_comes_with_evidence(client, session, store):
    registration = make_on_notice(session)
    session.commit()
    address = f"/registrations/notices/{registration.id}"
    assert registration.title in client.get("/registrations/notices").text
    public = client.get(address).text
    assert "异议须实名" in public
    assert WRITTEN[FormField.SCENARIO] in public
    assert WRITTEN[FormField.STORAGE_PLACE] not in public
    sign_in_as(client, Role.ANALYST)

    without = client.post(f"{address}/objections", data={"statement": STATEMENT})
    assert without.status_code == 422
    assert STATEMENT in without.text
    data = {"statement": STATEMENT, "evidence": pdf("证据.pdf")}
    assert client.post(f"{address}/objections", data=data).status_code == 303

    objection = session.scalars(select(RegistrationObjection)).one()
    sign_in_as(client, registrar_of(session))
    page = client.get(f"/registrations/{registration.id}").text
    assert STATEMENT in page
    assert "证据.pdf" in page
    decided = client.post(
        f"/registrations/{registration.id}/objections/{objection.id}",
        data={"outcome": "dismiss", "reason": "证据与本登记无关"},
    )
    assert decided.status_code == 303
    assert one(session).state is RegistrationState.NOTICE


def test_an_applicant_reads_an_objection_and_cannot_raise_one(client, session):
    registration = make_on_notice(session)
    session.commit()
    sign_in_as(client, holder(session))
    address = f"/registrations/notices/{registration.id}"

    assert "这是贵单位自己的登记" in client.get(address).text
    data = {"statement": STATEMENT, "evidence": pdf()}
    refused = client.post(f"{address}/objections", data=data)

    assert refused.status_code == 409
    assert session.scalars(select(RegistrationObjection)).all() == []


@pytest.mark.parametrize("make", [make_draft, make_submitted])
def test_what_is_not_on_notice_is_not_public(client, session, make):
    registration = make(session)
    session.commit()

    assert client.get(f"/registrations/notices/{registration.id}").status_code == 404
    assert "现在没有公示中的登记" in client.get("/registrations/notices").text


def test_what_is_registered_is_disclosed_to_everybody_with_its_code(client, session):
    registration = make_valid(session)
    session.commit()

    assert registration.code in client.get("/registrations/notices").text


def test_an_unknown_query_code_says_what_to_do(client):
    page = client.get("/registrations/lookup?code=nothing")

    assert page.status_code == 404
    assert "请核对登记结果上的查询码" in page.text


def papers_of(client, session):
    """A submitted application whose papers are really in the store."""
    registration = make_draft(session)
    session.commit()
    sign_in_as(client, holder(session))
    address = f"/registrations/{registration.id}"
    client.post(f"{address}/papers", data=uploads())
    actions.revise(session, holder(session), registration.id, RegistrationDraft(fields=WRITTEN))
    actions.keep_evidence(session, holder(session), registration.id)
    session.commit()
    return registration


def test_the_package_holds_fields_evidence_papers_hashes_and_a_sheet(client, session, store):
    registration = papers_of(client, session)
    address = f"/registrations/{registration.id}/package"

    answer = client.get(address)
    again = client.get(address)

    assert answer.data == again.data
    whole = zipfile.ZipFile(io.BytesIO(answer.data))
    fields = json.loads(whole.read("registration.json"))
    assert fields["subject_uscc"] == registration.subject_uscc
    assert fields["scenario"] == WRITTEN[FormField.SCENARIO]
    evidence = hashlib.sha256(whole.read("evidence.json")).hexdigest()
    assert evidence == fields["evidence_hash"] == registration.evidence_sha256
    names = [name for name in whole.namelist() if name.startswith("papers/")]
    assert [name.split("-")[1] for name in names] == ["source", "risk", "commitment"]
    assert all(whole.read(name) == PDF for name in names)
    assert registration.title in whole.read("sheet.html").decode()
    for line in whole.read("SHA256SUMS").decode().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256(whole.read(name)).hexdigest() == digest


def test_a_package_leaves_complete_or_not_at_all(client, session):
    registration = make_draft(session)
    session.commit()
    sign_in_as(client, holder(session))

    refused = client.get(f"/registrations/{registration.id}/package")

    assert refused.status_code == 409
    assert Material.COMMITMENT.label in refused.text


def test_a_certificate_is_printed_for_codes_of_our_own_only(client, session, tmp_path):
    taken = make_valid(session)
    own = make_on_notice(session)
    with clock.frozen_at(clock.now() + AFTER_NOTICE):
        registrar.give_own_code(session, registrar_of(session, 2), own.id, is_registrar=True)
    session.commit()
    sign_in_as(client, holder(session))

    page = client.get(f"/registrations/{own.id}/certificate").text

    assert own.code in page
    assert f"http://localhost/registrations/lookup?code={own.query_code}" in page
    assert '<path transform="scale(4)"' in page
    assert client.get(f"/registrations/{taken.id}/certificate").status_code == 409


@pytest.mark.parametrize("is_registrar", [False, True])
def test_own_codes_are_a_setting(client, session, tmp_path, is_registrar):
    registration = make_on_notice(session)
    session.commit()
    address = f"/registrations/{registration.id}"
    folder = {"data_folder": tmp_path, "database_url": "unused"}
    settings.use(Settings(**folder, is_registrar=is_registrar))

    with clock.frozen_at(clock.now() + AFTER_NOTICE):
        sign_in_as(client, registrar_of(session, 2))
        shown = client.get(address).text
        answer = client.post(f"{address}/own-code")

    assert ("录入官方编码" in shown) is not is_registrar
    assert answer.status_code == (303 if is_registrar else 409)


def test_a_change_a_renewal_and_an_end_by_forms(client, session):
    registration = make_valid(session, valid_until_on=clock.today() + timedelta(days=90))
    session.commit()
    address = f"/registrations/{registration.id}"
    last = clock.day_start(registration.valid_until_on)
    sign_in_as(client, holder(session))
    later = {"reg_type": "cancel", "reason": "数据已经灭失"}
    assert "请选择注销事由" in client.post(f"{address}/later", data=later).text
    assert client.post(f"{address}/later", data=later | {"ground": "data_lost"}).status_code == 303

    with clock.frozen_at(last):
        sign_in_as(client, holder(session))
        assert registration.title in client.get("/desk").text
        assert client.post(f"{address}/renewal").status_code == 303
        sign_in_as(client, registrar_of(session))
        grant = {"outcome": "grant", "reason": "条件没有变化"}
        assert client.post(f"{address}/renewal-decision", data=grant).status_code == 303
        end = {"ground": "forgery", "reason": "来源证明系伪造"}
        assert client.post(f"{address}/end", data=end).status_code == 303
        assert "来源证明系伪造" in client.get(address).text

    session.expire_all()
    ended = session.get_one(Registration, registration.id)
    assert ended.state is RegistrationState.REVOKED


@pytest.mark.parametrize(("year", "is_said"), [(2026, False), (2031, True)])
def test_a_deadline_beyond_the_known_holidays_is_said_to_be_provisional(
    client, session, year, is_said
):
    with clock.frozen_at(clock.day_start(date(year, 3, 2))):
        registration = make_on_notice(session)
        session.commit()

        page = client.get(f"/registrations/notices/{registration.id}").text

    assert ("暂定" in page) is is_said


def test_a_stranger_finds_nothing_and_a_bureau_reads_without_buttons(client, session):
    registration = make_submitted(session)
    session.commit()
    address = f"/registrations/{registration.id}"
    sign_in_as(client, Role.ANALYST)
    assert client.get(address).status_code == 404
    sign_in_as(client, Role.BUREAU_APPROVER)
    page = client.get(address).text
    assert registration.title in page
    assert "退回补正" not in page


def test_a_resource_that_is_due_is_on_its_holders_desk(client, session):
    dataset = make_resource(session)
    authorise(session, dataset)
    thing = find_registrable(session, "resource", dataset.id)
    standing.begin_duty(session, actor_of(Role.REGISTRAR), thing, clock.today())
    session.commit()
    sign_in_as(client, holder(session))

    assert f"首次登记《{dataset.title}》" in client.get("/desk").text
    assert "须在时限内首次登记" in client.get("/registrations/").text
