"""Are books opened, posted, numbered and closed as the rules say, and by whom?"""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from kernel.actor import Actor, MissingPermission
from kernel.errors import NotFound
from kernel.money import Money
from tests.factories.books import make_books, on_day
from tests.factories.events import names_of_events
from tests.factories.market import actor_of
from tests.factories.valuation import YUAN
from valuation.books import actions, reads
from valuation.books.models import AccountingEntity, Voucher, VoucherLine
from valuation.books.rules import Account, spend_as_expense
from valuation.books.schemas import AccountMapping, VoucherFacts

ON = date(2024, 6, 3)
TODAY = date(2024, 7, 15)


def post(
    session: Session, actor: Actor, entity: AccountingEntity, on: date = ON, yuan: int = 100
) -> Voucher:
    posting = spend_as_expense(YUAN(yuan), YUAN(6), Account.BANK)
    return actions.post_voucher(
        session, actor, entity, posting, VoucherFacts(on, "培训费", "csr_1")
    )


@pytest.fixture
def entity(session: Session, finance_clerk: Actor) -> AccountingEntity:
    return make_books(session, finance_clerk)


def test_books_are_opened_once_per_organisation(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    assert names_of_events(session) == ["valuation.books_opened"]

    with pytest.raises(actions.BooksExist):
        make_books(session, finance_clerk)


def test_only_the_entitys_own_clerk_keeps_its_books(
    session: Session, appraiser: Actor, entity: AccountingEntity
) -> None:
    stranger = actor_of("finance_clerk", organization_id="org_other")

    for actor in (appraiser, stranger):
        with pytest.raises(MissingPermission):
            post(session, actor, entity)


def test_vouchers_are_numbered_by_month_without_a_gap(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    labels = [
        post(session, finance_clerk, entity, on).label
        for on in (ON, date(2024, 6, 30), date(2024, 7, 1))
    ]

    assert labels == ["记-2024-06-1", "记-2024-06-2", "记-2024-07-1"]


def test_a_voucher_records_its_fact_with_the_hash_of_its_lines(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    voucher = post(session, finance_clerk, entity)

    same = actions.content_digest(
        entity.id,
        VoucherFacts(ON, "另一句摘要", "csr_1"),
        1,
        spend_as_expense(YUAN(100), YUAN(6), Account.BANK),
    )
    other = actions.content_digest(
        entity.id,
        VoucherFacts(ON, "培训费", "csr_1"),
        1,
        spend_as_expense(YUAN(101), YUAN(6), Account.BANK),
    )
    assert names_of_events(session)[-1] == "valuation.voucher_posted"
    assert voucher.content_sha256 == same != other


def test_balances_stand_in_each_accounts_own_direction(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    post(session, finance_clerk, entity, yuan=100)
    post(session, finance_clerk, entity, date(2024, 7, 1), yuan=50)

    june = reads.account_balances(session, entity.id, date(2024, 6, 30))

    assert june[Account.ADMINISTRATION] == YUAN(100).minor
    assert june[Account.BANK] == -YUAN(106).minor


def test_a_closed_month_takes_no_voucher(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    with on_day(TODAY):
        post(session, finance_clerk, entity)
        actions.close_period(session, finance_clerk, entity.id, ON)

        with pytest.raises(actions.PeriodLocked):
            post(session, finance_clerk, entity)
        assert post(session, finance_clerk, entity, date(2024, 7, 1)).number == 1
    assert "valuation.period_closed" in names_of_events(session)


def test_a_month_is_closed_from_its_last_day_on_and_not_before(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    post(session, finance_clerk, entity)

    with on_day(date(2024, 6, 29)), pytest.raises(actions.PeriodNotOver):
        actions.close_period(session, finance_clerk, entity.id, ON)
    with on_day(date(2024, 6, 30)):
        actions.close_period(session, finance_clerk, entity.id, ON)


def test_months_are_closed_oldest_first(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    post(session, finance_clerk, entity)
    post(session, finance_clerk, entity, date(2024, 7, 1))

    with on_day(date(2024, 8, 1)), pytest.raises(actions.EarlierPeriodOpen):
        actions.close_period(session, finance_clerk, entity.id, date(2024, 7, 1))


def test_an_entity_may_call_an_account_by_its_own_code(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    mapping = AccountMapping(account=Account.BANK, local_code="100201", local_name="银行存款—工行")

    actions.map_account(session, finance_clerk, entity.id, mapping)
    session.flush()

    chart = reads.chart(session, entity.id)
    assert chart[Account.BANK] == ("100201", "银行存款—工行")
    assert chart[Account.INTANGIBLE] == ("1701", "无形资产—数据资源")


def test_an_auditor_reads_the_entity_that_was_opened_to_them_and_no_other(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    appointed = actor_of("auditor", entity_ids=[entity.id])
    colleague = actor_of("auditor", entity_ids=["aen_other"])

    assert reads.get_entity(session, appointed, entity.id) is entity
    assert list(reads.list_entities(session, appointed)) == [entity]
    assert list(reads.list_entities(session, colleague)) == []
    with pytest.raises(NotFound):
        reads.get_entity(session, colleague, entity.id)
    with pytest.raises(MissingPermission):
        post(session, appointed, entity)


def test_other_peoples_vouchers_do_not_exist(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    voucher = post(session, finance_clerk, entity)
    stranger = actor_of("finance_clerk", organization_id="org_other")

    assert reads.get_voucher(session, finance_clerk, voucher.id) is voucher
    with pytest.raises(NotFound):
        reads.get_voucher(session, stranger, voucher.id)
    with pytest.raises(NotFound):
        reads.get_voucher(session, finance_clerk, "vch_unknown")


# --- what the database itself refuses -------------------------------------------------------------


def line(voucher: Voucher, position: int, **changes: object) -> VoucherLine:
    facts: dict[str, object] = {
        "voucher_id": voucher.id,
        "position": position,
        "account": "6602",
        "debit_minor": 1,
        "credit_minor": 0,
    }
    return VoucherLine(**{**facts, **changes})


def bare_voucher(entity: AccountingEntity, number: int, **changes: object) -> Voucher:
    facts: dict[str, object] = {
        "id": f"vch_bare{number}",
        "entity_id": entity.id,
        "month_on": date(2024, 6, 1),
        "number": number,
        "posted_on": ON,
        "business": "expense",
        "text": "x",
        "source_id": "x",
        "line_count": 2,
        "content_sha256": "x",
        "prepared_by": "usr_x",
        "prepared_at": date(2024, 6, 3),
    }
    return Voucher(**{**facts, **changes})


def check_now(session: Session) -> None:
    """Fire the checks that normally wait for the commit."""
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


def test_the_database_accepts_a_balanced_voucher(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    post(session, finance_clerk, entity)

    check_now(session)


def test_the_database_refuses_a_voucher_whose_debits_and_credits_differ(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    post(session, finance_clerk, entity)
    voucher = bare_voucher(entity, 2)
    session.add(voucher)
    session.flush()
    session.add_all([line(voucher, 1), line(voucher, 2, debit_minor=0, credit_minor=2)])
    session.flush()

    with pytest.raises(IntegrityError, match="does not balance"):
        check_now(session)


def test_the_database_refuses_a_voucher_without_its_lines(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    post(session, finance_clerk, entity)
    session.add(bare_voucher(entity, 2))
    session.flush()

    with pytest.raises(IntegrityError, match="does not balance"):
        check_now(session)


def test_the_database_refuses_a_line_added_later(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    voucher = post(session, finance_clerk, entity)
    session.add(line(voucher, 4))

    with pytest.raises(IntegrityError, match="has no line 4"):
        session.flush()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE voucher_lines SET debit_minor = debit_minor + 1 WHERE debit_minor > 0",
        "DELETE FROM voucher_lines",
        "UPDATE vouchers SET posted_on = posted_on - 1",
        "DELETE FROM vouchers",
    ],
)
def test_the_database_refuses_to_change_what_was_posted(
    session: Session, finance_clerk: Actor, entity: AccountingEntity, statement: str
) -> None:
    post(session, finance_clerk, entity)

    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement))


def test_the_database_refuses_a_voucher_in_a_closed_month(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    with on_day(TODAY):
        post(session, finance_clerk, entity)
        actions.close_period(session, finance_clerk, entity.id, ON)
        session.flush()
    session.add(bare_voucher(entity, 2))

    with pytest.raises(IntegrityError, match="is closed"):
        session.flush()


@pytest.mark.parametrize(
    "changes",
    [
        {"debit_minor": 1, "credit_minor": 1},
        {"debit_minor": 0, "credit_minor": 0},
        {"debit_minor": -1},
        {"account": "1701"},
        {"asset_id": "ast_1"},
        {"movement": "charge", "asset_id": "ast_1"},
    ],
)
def test_the_database_refuses_an_unsound_line(
    session: Session,
    finance_clerk: Actor,
    entity: AccountingEntity,
    changes: dict[str, object],
) -> None:
    post(session, finance_clerk, entity)
    voucher = bare_voucher(entity, 2)
    session.add(voucher)
    session.flush()
    session.add(line(voucher, 1, **changes))

    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize(
    "changes",
    [{"posted_on": date(2024, 5, 31)}, {"posted_on": date(2024, 7, 1)}, {"line_count": 1}],
)
def test_the_database_refuses_an_unsound_voucher(
    session: Session,
    finance_clerk: Actor,
    entity: AccountingEntity,
    changes: dict[str, object],
) -> None:
    post(session, finance_clerk, entity)
    session.add(bare_voucher(entity, 2, **changes))

    with pytest.raises(IntegrityError):
        session.flush()


def test_amounts_of_a_line_are_money(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    voucher = post(session, finance_clerk, entity)
    session.expire_all()

    lines = reads.get_voucher(session, finance_clerk, voucher.id).lines

    assert [(one.account_name, one.debit, one.credit) for one in lines] == [
        (Account.ADMINISTRATION, YUAN(100), Money(0)),
        (Account.INPUT_VAT, YUAN(6), Money(0)),
        (Account.BANK, Money(0), YUAN(106)),
    ]
