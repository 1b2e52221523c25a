"""The bureau says who gets which part; each version is kept."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from billing.ledger import reads as ledger
from billing.ledger.kinds import TransferKind
from billing.ledger.rules import AccountKind, AccountRef
from billing.shares import actions, reads
from billing.shares.events import RevenueShared, SharesSet
from billing.shares.rules import PLATFORM, TAX, Sale
from kernel import clock
from kernel.actor import MissingPermission
from kernel.money import Money
from kernel.rates import rate
from market.accounts.rules import Role
from tests.factories.billing import BUREAU, OPERATOR, approver, make_shares, shares_draft
from tests.factories.billing import sold_product as sold
from tests.factories.events import last_event, names_of_events
from tests.factories.market import actor_of, stored


def sale(product_id: str, minor: int = 80_000, version: int = 1, order_id: str = "ord_1") -> Sale:
    return Sale(
        key=f"order:{order_id}",
        kind=TransferKind.PAYMENT,
        order_id=order_id,
        product_id=product_id,
        title="餐饮检查",
        amount=Money(minor),
        tax_rate=rate("0.06"),
        version=version,
        source=AccountRef(AccountKind.CLEARING),
        on=clock.today(),
    )


def test_the_first_rule_is_version_one_and_says_who_gets_what(session: Session) -> None:
    product = sold(session, is_shared=False)

    rule = make_shares(session, product.id)

    assert (rule.version, reads.current_rule(session, product.id)) == (1, rule)
    event = last_event(session)
    assert isinstance(event, SharesSet)
    assert "60.00" in event.summary
    assert "平台 10.00" in event.summary


def test_another_rule_is_the_next_version_and_the_first_one_stays(session: Session) -> None:
    product = sold(session)
    first = reads.current_rule(session, product.id)

    rule = make_shares(session, product.id, (BUREAU, "0.5"), (OPERATOR, "0.5"))

    assert rule.version == 2
    assert reads.get_rule(session, product.id, 1) is first
    assert reads.current_rule(session, product.id) is rule


def test_the_same_parts_again_change_nothing(session: Session) -> None:
    product = sold(session)
    before = names_of_events(session)

    rule = make_shares(session, product.id)

    assert rule.version == 1
    assert names_of_events(session) == before


@pytest.mark.parametrize("role", [Role.BUREAU_OFFICER, Role.OPERATOR, Role.PURCHASER])
def test_only_the_bureaus_approver_sets_shares(session: Session, role: Role) -> None:
    product = sold(session, is_shared=False)

    with pytest.raises(MissingPermission):
        actions.set_shares(session, stored(session, actor_of(role)), product.id, shares_draft())


def test_another_bureaus_approver_may_not(session: Session) -> None:
    product = sold(session, is_shared=False)
    other = stored(
        session, actor_of(Role.BUREAU_APPROVER, organization_id="org_other", id="usr_other")
    )

    with pytest.raises(MissingPermission):
        actions.set_shares(session, other, product.id, shares_draft())


def test_money_cannot_be_owed_to_nobody(session: Session) -> None:
    product = sold(session, is_shared=False)

    with pytest.raises(actions.PartyUnknown) as refusal:
        actions.set_shares(
            session, approver(session), product.id, shares_draft((BUREAU, "0.5"), ("org_x", "0.5"))
        )
    assert refusal.value.party == "org_x"


def test_the_treasury_cannot_be_named_as_a_party(session: Session) -> None:
    product = sold(session, is_shared=False)

    with pytest.raises(actions.PartyUnknown):
        actions.set_shares(
            session, approver(session), product.id, shares_draft((BUREAU, "0.5"), (TAX, "0.5"))
        )


def test_nobody_changes_a_rule_that_was_set(session: Session) -> None:
    product = sold(session)
    session.flush()

    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(
            text("UPDATE share_rules SET version = 9 WHERE product_id = :id"), {"id": product.id}
        )


def test_a_sale_is_posted_to_everybody_and_kept_part_by_part(session: Session) -> None:
    product = sold(session)

    actions.share_revenue(session, approver(session), sale(product.id))

    assert ledger.balance(session, AccountRef(AccountKind.PAYABLE, BUREAU)) == Money(45_283)
    assert ledger.balance(session, AccountRef(AccountKind.PAYABLE, OPERATOR)) == Money(22_642)
    assert ledger.balance(session, AccountRef(AccountKind.PLATFORM)) == Money(7_547)
    assert ledger.balance(session, AccountRef(AccountKind.TAX)) == Money(4_528)
    assert ledger.balance(session, AccountRef(AccountKind.CLEARING)) == Money(-80_000)
    kept = {row.party: row.amount.minor for row in reads.shares_of_order(session, "ord_1")}
    assert kept == {BUREAU: 45_283, OPERATOR: 22_642, PLATFORM: 7_547, TAX: 4_528}
    event = last_event(session)
    assert isinstance(event, RevenueShared)
    assert (event.amount, event.tax, event.version) == (Money(80_000), Money(4_528), 1)


def test_the_same_sale_again_changes_nothing(session: Session) -> None:
    product = sold(session)
    first = actions.share_revenue(session, approver(session), sale(product.id))
    before = names_of_events(session)

    again = actions.share_revenue(session, approver(session), sale(product.id))

    assert first == again
    assert names_of_events(session) == before
    assert ledger.sum_of_everything(session) == 0


def test_a_sale_follows_the_version_it_names(session: Session) -> None:
    product = sold(session)
    make_shares(session, product.id, (BUREAU, "1"))

    actions.share_revenue(session, approver(session), sale(product.id, version=1))

    assert ledger.balance(session, AccountRef(AccountKind.PAYABLE, OPERATOR)) == Money(22_642)


def test_each_side_sees_what_it_got_and_where_the_money_went(session: Session) -> None:
    product = sold(session)
    actions.share_revenue(session, approver(session), sale(product.id, order_id="ord_1"))
    actions.share_revenue(session, approver(session), sale(product.id, order_id="ord_2"))
    operator = stored(session, actor_of(Role.OPERATOR))
    today = clock.today()
    tomorrow = today.fromordinal(today.toordinal() + 1)

    [mine] = reads.revenue_by_product(session, operator, today, tomorrow)
    parties = reads.paid_by_party(session, operator, today, tomorrow)

    assert (mine.sales, mine.amount) == (2, Money(45_284))
    assert sum(part.minor for part in parties.values()) == 160_000
    assert reads.revenue_by_product(session, operator, tomorrow, tomorrow) == []


def test_strangers_see_no_rule(session: Session) -> None:
    product = sold(session)
    stranger = stored(session, actor_of(Role.OPERATOR, organization_id="org_other", id="usr_o"))

    with pytest.raises(reads.ShareRuleNotFound):
        reads.list_versions(session, stranger, product.id)
    with pytest.raises(reads.ShareRuleNotFound):
        reads.list_versions(session, stored(session, actor_of(Role.PURCHASER)), product.id)
    assert len(reads.list_versions(session, stored(session, actor_of(Role.OPERATOR)), product.id))


def test_products_without_a_rule_wait_for_the_bureaus_approver(session: Session) -> None:
    product = sold(session, is_shared=False)

    assert [item.product_id for item in reads.list_unshared(session, approver(session))] == [
        product.id
    ]
    make_shares(session, product.id)
    assert reads.list_unshared(session, approver(session)) == []
    assert reads.list_unshared(session, stored(session, actor_of(Role.OPERATOR))) == []
