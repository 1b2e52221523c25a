"""Does a candidate become what the walk says, at cost, once, with every cost accounted for?"""

from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.actor import Actor, MissingPermission
from kernel.errors import NotFound
from kernel.money import Money
from market.organizations.reads import get_organization
from tests.factories.books import (
    answers,
    criteria,
    ensure_product,
    make_books,
    make_candidate,
    make_cost,
    make_decision,
    make_order,
    on_day,
)
from tests.factories.events import last_event, names_of_events
from tests.factories.market import actor_of
from tests.factories.valuation import YUAN
from valuation.assets import reads as asset_reads
from valuation.assets.models import DataAsset
from valuation.assets.rules import (
    AssetClass,
    AssetState,
    AssetStateWrong,
    NotAtCost,
    PriorExpenseRestated,
)
from valuation.books import actions as book_actions
from valuation.books import reads as books
from valuation.books.models import AccountingEntity
from valuation.books.rules import Account
from valuation.costs.rules import CostComponent, Stage
from valuation.recognitions import actions, reads
from valuation.recognitions.rules import (
    CostsUnproven,
    Node,
    Origin,
    OriginMismatch,
    Outcome,
    Purpose,
    Treatment,
    VatAbovePrice,
)

SYSTEM = Actor.system("test")
BOUGHT = make_decision(origin=Origin.BOUGHT, purpose=Purpose.OWN_USE, criteria=[])


@pytest.fixture
def entity(session: Session, finance_clerk: Actor) -> AccountingEntity:
    return make_books(session, finance_clerk)


def purchase(
    session: Session, entity: AccountingEntity, paid_on: date = date(2024, 4, 2)
) -> DataAsset:
    return actions.receive_purchase(session, SYSTEM, make_order(entity, paid_on=paid_on))


def balance(session: Session, entity: AccountingEntity, account: Account) -> Money:
    return Money(books.account_balances(session, entity.id, date(2099, 1, 1)).get(account, 0))


def test_a_paid_order_arrives_in_the_buyers_own_books_once(
    session: Session, entity: AccountingEntity
) -> None:
    first = purchase(session, entity)
    second = purchase(session, entity)

    assert first is second
    assert (first.stands, first.price, first.price_vat) == (
        AssetState.CANDIDATE,
        YUAN(1_272_000),
        YUAN(72_000),
    )
    assert names_of_events(session).count("valuation.candidate_received") == 1


def test_a_buyer_without_books_gets_them_in_its_own_name(
    session: Session, purchaser: Actor
) -> None:
    assert purchaser.organization_id is not None
    ensure_product(session, "prd_bought", purchaser.organization_id)
    order = make_order(AccountingEntity(organization_id=purchaser.organization_id))

    asset = actions.receive_purchase(session, SYSTEM, order)

    opened = books.find_entity_of(session, purchaser.organization_id)
    assert opened is not None
    assert asset.entity_id == opened.id
    assert opened.title == get_organization(session, purchaser.organization_id).name


def test_a_purchase_is_booked_at_its_price_without_deductible_vat(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = purchase(session, entity)

    recognition = actions.decide(session, finance_clerk, asset.id, BOUGHT)

    assert recognition.ended_as is Outcome.INTANGIBLE
    assert (asset.stands, asset.booked_as) == (AssetState.RECOGNISED, AssetClass.INTANGIBLE)
    assert balance(session, entity, Account.INTANGIBLE) == YUAN(1_200_000)
    assert balance(session, entity, Account.INPUT_VAT) == YUAN(72_000)
    assert last_event(session).name == "valuation.asset_recognised"


def test_vat_that_cannot_be_deducted_is_part_of_the_cost(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = purchase(session, entity)

    actions.decide(session, finance_clerk, asset.id, BOUGHT.model_copy(update={"vat": 0}))

    assert balance(session, entity, Account.INTANGIBLE) == YUAN(1_272_000)


def test_vat_above_the_price_is_refused(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = purchase(session, entity)

    with pytest.raises(VatAbovePrice):
        actions.decide(
            session, finance_clerk, asset.id, BOUGHT.model_copy(update={"vat": 1_272_000})
        )


def test_a_purchase_without_control_is_expensed(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = purchase(session, entity)

    draft = make_decision(origin=Origin.BOUGHT, answers=answers(no=Node.CONTROL), criteria=[])
    recognition = actions.decide(session, finance_clerk, asset.id, draft)

    assert recognition.ended_as is Outcome.NO_ASSET
    assert asset.stands is AssetState.EXPENSED
    assert balance(session, entity, Account.ADMINISTRATION) == YUAN(1_200_000)
    assert balance(session, entity, Account.INTANGIBLE) == Money(0)
    assert last_event(session).name == "valuation.asset_not_recognised"


def test_booking_at_the_appraised_value_instead_of_cost_is_refused(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = purchase(session, entity)
    at_appraisal = BOUGHT.model_copy(update={"booked_amount": 1_780_627})
    at_cost = BOUGHT.model_copy(update={"booked_amount": 1_200_000})

    with pytest.raises(NotAtCost) as refusal:
        actions.decide(session, finance_clerk, asset.id, at_appraisal)

    assert refusal.value.cost == YUAN(1_200_000)
    assert asset.stands is AssetState.CANDIDATE
    actions.decide(session, finance_clerk, asset.id, at_cost)


def test_a_purchase_of_2023_is_not_brought_back(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = purchase(session, entity, paid_on=date(2023, 12, 31))

    with pytest.raises(PriorExpenseRestated):
        actions.decide(session, finance_clerk, asset.id, BOUGHT)


def test_the_walk_is_kept_with_reason_and_evidence_at_every_node(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = make_candidate(session, finance_clerk, entity)

    actions.decide(session, finance_clerk, asset.id, make_decision())

    kept = reads.find_recognition(session, finance_clerk, asset.id)
    assert kept is not None
    assert [one.asked for one in kept.findings] == [
        Node.RIGHTS,
        Node.CONTROL,
        Node.BENEFIT,
        Node.RELIABLE_COST,
        Node.PURPOSE,
        Node.STAGE,
        Node.CRITERIA,
    ]
    assert all(one.reason and one.evidence for one in kept.findings)
    assert len(kept.criteria) == 5
    assert kept.findings[4].chosen is Purpose.SERVICE
    assert kept.findings[5].chosen is Origin.DEVELOPMENT


def test_development_is_capitalised_from_the_day_of_the_criteria_and_research_never(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = make_candidate(session, finance_clerk, entity)
    make_cost(session, finance_clerk, 1_000, on=date(2023, 12, 31))
    make_cost(session, finance_clerk, 200, on=date(2024, 6, 1), stage=Stage.RESEARCH)
    make_cost(session, finance_clerk, 30, on=date(2024, 4, 30))
    make_cost(session, finance_clerk, 4, on=date(2024, 5, 1))
    make_cost(session, finance_clerk, 5, CostComponent.TRAINING, on=date(2024, 6, 1))

    actions.decide(session, finance_clerk, asset.id, make_decision())

    treated = {
        cost.amount: booked.treatment for cost, booked in reads.booked_costs(session, asset.id)
    }
    assert treated == {
        YUAN(1_000): Treatment.PRIOR,
        YUAN(200): Treatment.EXPENSE,
        YUAN(30): Treatment.EXPENSE,
        YUAN(4): Treatment.CAPITALISE,
        YUAN(5): Treatment.EXPENSE,
    }
    assert balance(session, entity, Account.RESEARCH_CAPITALISED) == YUAN(4)
    assert balance(session, entity, Account.RESEARCH_EXPENSED) == YUAN(230)
    assert balance(session, entity, Account.ADMINISTRATION) == YUAN(5)
    assert asset_reads.amounts_of(session, [asset])[asset.id].carrying == YUAN(4)


def test_each_cost_has_its_own_voucher_that_leads_back_to_it(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = make_candidate(session, finance_clerk, entity)
    cost = make_cost(session, finance_clerk, 4)

    actions.decide(session, finance_clerk, asset.id, make_decision())

    ((_, booked),) = reads.booked_costs(session, asset.id)
    assert booked.voucher_id is not None
    voucher = books.get_voucher(session, finance_clerk, booked.voucher_id)
    assert (voucher.source_id, voucher.posted_on) == (cost.id, cost.incurred_on)


def test_a_cost_is_booked_once_however_often_it_is_asked(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = make_candidate(session, finance_clerk, entity)
    actions.decide(session, finance_clerk, asset.id, make_decision())
    make_cost(session, finance_clerk, 4)

    assert actions.book_costs(session, finance_clerk, asset.id) == 1
    assert actions.book_costs(session, finance_clerk, asset.id) == 0
    assert reads.capitalised_costs(session, asset.id) == YUAN(4)


def test_costs_without_proof_cannot_be_capitalised(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = make_candidate(session, finance_clerk, entity)
    make_cost(session, finance_clerk, 4, has_evidence=False)

    with pytest.raises(CostsUnproven) as refusal:
        actions.decide(session, finance_clerk, asset.id, make_decision())

    assert (refusal.value.count, refusal.value.total) == (1, YUAN(4))


def test_costs_without_proof_may_be_expensed(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = make_candidate(session, finance_clerk, entity)
    make_cost(session, finance_clerk, 4, has_evidence=False)

    actions.decide(session, finance_clerk, asset.id, make_decision(origin=Origin.RESEARCH))

    assert asset.stands is AssetState.EXPENSED
    assert balance(session, entity, Account.RESEARCH_EXPENSED) == YUAN(4)


def test_a_cost_of_a_closed_month_is_posted_today(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = make_candidate(session, finance_clerk, entity)
    with on_day(date(2024, 8, 15)):
        actions.decide(session, finance_clerk, asset.id, make_decision())
        make_cost(session, finance_clerk, 3, on=date(2024, 6, 1))
        actions.book_costs(session, finance_clerk, asset.id)
        book_actions.close_period(session, finance_clerk, entity.id, date(2024, 6, 1))
        make_cost(session, finance_clerk, 4, on=date(2024, 6, 2))

        actions.book_costs(session, finance_clerk, asset.id)

    days = [voucher.posted_on for voucher in books.vouchers_touching(session, asset.id)]
    assert days == [date(2024, 6, 1), date(2024, 8, 15)]


def test_two_clerks_cannot_book_the_same_product_twice(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = make_candidate(session, finance_clerk, entity)

    with pytest.raises(actions.CandidateExists):
        make_candidate(session, finance_clerk, entity)
    actions.decide(session, finance_clerk, asset.id, make_decision())
    with pytest.raises(AssetStateWrong):
        actions.decide(session, finance_clerk, asset.id, make_decision())


def test_the_database_refuses_a_second_living_asset_of_ones_own_product(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    first = make_candidate(session, finance_clerk, entity)
    session.add(
        DataAsset(
            id="ast_second",
            entity_id=entity.id,
            product_id=first.product_id,
            title="第二个",
            route=first.route,
            acquired_on=first.acquired_on,
            state=AssetState.CANDIDATE.value,
            created_at=first.created_at,
        )
    )

    with pytest.raises(IntegrityError):
        session.flush()


def test_what_was_bought_is_not_called_developed(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = purchase(session, entity)

    with pytest.raises(OriginMismatch):
        actions.decide(session, finance_clerk, asset.id, make_decision(criteria=criteria()))


def test_only_the_entitys_own_clerk_decides(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = make_candidate(session, finance_clerk, entity)
    auditor = actor_of("auditor", entity_ids=[entity.id])
    stranger = actor_of("finance_clerk", organization_id="org_other")

    with pytest.raises(MissingPermission):
        actions.decide(session, auditor, asset.id, make_decision())
    with pytest.raises(NotFound):
        actions.decide(session, stranger, asset.id, make_decision())
    assert reads.find_recognition(session, auditor, asset.id) is None
