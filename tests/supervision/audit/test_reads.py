"""Does a regulator read what happened, in sentences, and only what its office may?"""

from base64 import urlsafe_b64decode
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from billing.metering.events import UseMetered
from billing.orders.events import OrderPaid
from kernel import clock
from kernel.actor import Actor, MissingPermission
from kernel.errors import NotAllowed, NotFound
from kernel.events import ActRefused, EventLog, record, record_refusal
from kernel.i18n import speaking
from kernel.settings import Settings
from licensing.entitlements.events import AllowanceUsedUp
from market.accounts.events import SessionOpened
from supervision.alerts.events import AlertTaken
from supervision.audit import actions, reads
from supervision.audit.reads import tell
from supervision.audit.schemas import ExportForm, TimelineFilter
from supervision.transparency import actions as log
from supervision.transparency.reads import CheckpointMissing, NotYetInLog
from tests.factories.catalogue import make_product
from tests.factories.market import actor_of, make_organization, make_user

HOUSE = Actor.system("billing.shares")
EVERYTHING = TimelineFilter()


def regulator(*scopes: str) -> Actor:
    return actor_of("regulator", scopes=scopes or ("data", "price", "cyberspace", "finance"))


def refuse(session: Session, clause: str, actor: Actor = HOUSE, about: str = "prd_1") -> EventLog:
    row = record(session, actor, ActRefused(about, "pricing", "code", clause, "价格 0.81 高于上限"))
    session.flush()
    return row


def test_facts_are_told_newest_first_in_sentences_with_names(session: Session):
    body = make_organization(session, "operator", name="江城数据运营公司")
    person = make_user(session, name="王小明")
    operator = actor_of("operator", id=person.id, organization_id=body.id)
    record(session, operator, SessionOpened("ses_1", person.id))
    refuse(session, "PR-04", operator)
    refuse(session, "SB-05")

    rows = reads.list_timeline(session, regulator(), EVERYTHING).items

    system, refusal, opened = rows
    assert system.actor == "系统（结算）"
    assert (refusal.actor, refusal.organization) == ("王小明", "江城数据运营公司")
    assert refusal.sentence == "拒绝了一次操作：价格 0.81 高于上限"
    assert (refusal.clause, refusal.is_refusal) == ("PR-04", True)
    assert opened.sentence == "用户 王小明 登录"
    assert opened.log_index is None


def test_a_desk_is_not_filled_by_who_came_and_went(session: Session):
    refuse(session, "SB-05")
    person = make_user(session, name="王小明")
    for number in range(5):
        record(session, HOUSE, SessionOpened(f"ses_{number}", person.id))
    session.flush()

    (row,) = reads.list_latest(session, regulator(), 5)

    assert row.clause == "SB-05"


def test_names_stand_in_for_ids_also_where_two_are_joined(session: Session):
    product = make_product(session)

    page = reads.list_timeline(session, regulator(), TimelineFilter(event="market.verdict_changed"))

    said = [row.sentence for row in page.items]
    assert any(f"《{product.title}》 / call" in sentence for sentence in said)
    assert any("测试运营机构 / 《" in sentence for sentence in said)
    assert not any("dst_" in sentence for sentence in said)


def test_a_fact_says_money_in_yuan_and_choices_in_words():
    facts = (
        OrderPaid("ord_1", "lic_1", "org_1", "prd_1", "气象", 2_000, 113, "CNY", date(2026, 1, 5)),
        UseMetered.from_payload(
            {"usage_id": "use_1", "licence_id": "lic_1", "product_id": "prd_1", "buyer_id": "org_1"}
            | {"title": "气象", "unit": "call", "units": 3, "charged_minor": 60}
        ),
        AllowanceUsedUp.from_payload({"licence_id": "lic_1", "kind": "epsilon"}),
    )

    said = [fact.said().replace("\u00a0", " ") for fact in facts]

    assert said == [
        "《气象》订单已付款，20.00 元，付款日 2026-01-05",
        "《气象》计量使用 3 次，本次另收 0.60 元",
        "许可合同额度用尽：隐私预算 ε",
    ]


def test_sentences_are_told_in_the_readers_language(session: Session):
    record(session, HOUSE, AlertTaken("alt_1", "SU-02", "价格高于上限收费标准"))
    session.flush()

    with speaking("en"):
        (row,) = reads.list_timeline(session, regulator(), EVERYTHING).items

    assert row.sentence == "A regulator took alert “Price above the cap” (SU-02) in hand"


def test_each_office_reads_its_own(session: Session):
    price = refuse(session, "PR-04")
    sandbox = refuse(session, "SB-05")
    books = refuse(session, "DA-02")
    plain = refuse(session, "")
    opened = record(session, HOUSE, SessionOpened("ses_1", "usr_1"))
    session.flush()

    def seen(*scopes: str) -> set[str]:
        return {
            r.event_id for r in reads.list_timeline(session, regulator(*scopes), EVERYTHING).items
        }

    assert seen("price") == {price.id}
    assert seen("finance") == {books.id}
    assert seen("cyberspace") == {sandbox.id, plain.id, opened.id}
    assert seen("data") == {price.id, sandbox.id, plain.id, opened.id}
    assert seen("price", "finance") == {price.id, books.id}
    with pytest.raises(NotFound):
        reads.get_fact(session, regulator("price"), sandbox.id)
    with pytest.raises(NotFound):
        reads.get_proof_bundle(session, regulator("price"), sandbox.id)


def test_facts_about_alerts_are_read_by_the_offices_of_their_rule(session: Session):
    price = record(session, HOUSE, AlertTaken("alt_1", "SU-02", "价格高于上限收费标准"))
    log_gap = record(session, HOUSE, AlertTaken("alt_2", "SU-30", "日志中断或不符"))
    session.flush()

    def seen(*scopes: str) -> set[str]:
        page = reads.list_timeline(session, regulator(*scopes), EVERYTHING)
        return {row.event_id for row in page.items}

    assert seen("price") == {price.id, log_gap.id}
    assert seen("finance") == {log_gap.id}


def test_nobody_but_regulators_reads_the_timeline(session: Session):
    with pytest.raises(MissingPermission):
        reads.list_timeline(session, actor_of("bureau_officer"), EVERYTHING)
    with pytest.raises(MissingPermission):
        reads.get_fact(session, actor_of("operator"), "evt_1")


def test_days_are_civil_days_and_both_are_included(session: Session):
    moments = [
        datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC),  # still 31 October in Shanghai
        datetime(2026, 10, 31, 16, 0, tzinfo=UTC),  # 1 November begins
        datetime(2026, 11, 2, 15, 59, 59, tzinfo=UTC),  # 2 November ends
        datetime(2026, 11, 2, 16, 0, tzinfo=UTC),
    ]
    for moment in moments:
        with clock.frozen_at(moment):
            refuse(session, "PR-04")
    wanted = TimelineFilter(since_on=date(2026, 11, 1), until_on=date(2026, 11, 2))

    rows = reads.list_timeline(session, regulator(), wanted).items

    assert [row.occurred_at for row in rows] == [moments[2], moments[1]]


def test_facts_are_found_by_what_they_are_about_or_mention(session: Session):
    about = refuse(session, "PR-04", about="prd_7")
    mentions = record(session, HOUSE, SessionOpened("ses_1", "prd_7"))
    refuse(session, "PR-04", about="prd_70")
    session.flush()

    rows = reads.list_timeline(session, regulator(), TimelineFilter(about="prd_7")).items

    assert {row.event_id for row in rows} == {about.id, mentions.id}


def test_facts_are_found_by_organisation_kind_and_refusal(session: Session):
    operator = actor_of("operator")
    ours = refuse(session, "PR-04", operator)
    opened = record(session, operator, SessionOpened("ses_1", "usr_1"))
    refuse(session, "PR-04")
    session.flush()

    def found(**wanted: object) -> set[str]:
        page = reads.list_timeline(session, regulator(), TimelineFilter(**wanted))
        return {row.event_id for row in page.items}

    assert found(organization="org_operator") == {ours.id, opened.id}
    assert found(event="market.session_opened") == {opened.id}
    assert opened.id not in found(refusals=True)
    assert found(organization="org_operator", refusals=True) == {ours.id}


def test_a_refusal_is_told_in_the_readers_language(session: Session, operator: Actor):
    refused = record_refusal(session, operator, NotAllowed(), act="pricing.new", about_id="prd_1")
    session.flush()

    def told() -> str:
        return reads.list_timeline(session, regulator(), EVERYTHING).items[0].sentence

    assert told() == "拒绝了一次操作：您的岗位没有这项权限。请联系本单位管理员。"
    with speaking("en"):
        assert told().isascii()
    assert {"reason", "reason_en"} <= refused.payload.keys()


def test_a_filter_cannot_widen_what_an_office_reads(session: Session):
    refuse(session, "SB-05")

    wanted = TimelineFilter(event="kernel.act_refused", refusals=True, about="prd_1")

    assert list(reads.list_timeline(session, regulator("price"), wanted).items) == []


def test_pages_are_cut_by_cursor_and_stay_put_while_facts_are_added(session: Session):
    for number in range(120):
        refuse(session, "PR-04", about=f"prd_{number}")
    first = reads.list_timeline(session, regulator(), EVERYTHING)
    refuse(session, "PR-04", about="prd_new")

    second = reads.list_timeline(session, regulator(), TimelineFilter(cursor=first.next_cursor))

    assert len(first.items) == len(second.items) == 50
    assert first.items[-1].subject_id == "prd_70"
    assert second.items[0].subject_id == "prd_69"


def test_a_fact_has_its_place_in_the_log_and_its_bundle(session: Session, settings: Settings):
    row = refuse(session, "PR-04")
    with pytest.raises(CheckpointMissing):
        reads.get_proof_bundle(session, regulator(), row.id)
    log.extend_log(session, HOUSE, log.log_key(settings))
    late = refuse(session, "PR-04")
    log.sequence_leaves(session, HOUSE)

    sheet = reads.get_fact(session, regulator(), row.id)
    bundle = reads.get_proof_bundle(session, regulator(), row.id)
    (late_row,) = tell(session, [late])
    with pytest.raises(NotYetInLog):
        reads.get_proof_bundle(session, regulator(), late.id)

    assert (sheet.row.log_index, sheet.row.is_proved, sheet.checkpoint_size) == (0, True, 1)
    assert (late_row.log_index, late_row.is_proved) == (1, False)
    padded = bundle.entry_bytes + "=" * (-len(bundle.entry_bytes) % 4)
    assert urlsafe_b64decode(padded).decode() == sheet.entry == row.leaf


def test_taking_the_timeline_home_is_a_fact_itself(session: Session):
    refuse(session, "PR-04")
    refuse(session, "SB-05")

    rows = actions.export_timeline(session, regulator("price"), EVERYTHING, ExportForm.CSV)

    (trace,) = reads.list_timeline(
        session, regulator(), TimelineFilter(event="supervision.timeline_exported")
    ).items
    assert len(rows) == 1
    assert trace.sentence == "监管人员导出全程记录 1 条（csv）"


def test_a_fact_that_no_module_knows_is_still_told_to_the_house(session: Session):
    row = refuse(session, "PR-04")
    session.expunge(row)
    row.name = "elsewhere.thing_happened"

    (told,) = tell(session, [row])

    assert told.sentence == "其他记录 elsewhere.thing_happened"
