"""Is a cost written down with its proof, once, and only by its own people?"""

from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.actor import Actor, MissingPermission
from kernel.errors import NotFound
from tests.factories.books import SHA, make_books, make_cost, on_day
from tests.factories.events import names_of_events
from tests.factories.market import actor_of
from tests.factories.valuation import YUAN
from valuation.costs import actions, reads
from valuation.costs.rules import NEVER_CAPITALISED, CostComponent, is_attributable, is_in_future
from valuation.costs.schemas import CostRecordDraft, EvidenceFile

PROOF = EvidenceFile("evidence/2", "合同.pdf", SHA)


def test_a_cost_is_recorded_with_its_proof_and_its_facts(
    session: Session, finance_clerk: Actor
) -> None:
    cost = make_cost(session, finance_clerk, "1234.56", vat="74.07")

    assert (cost.amount, cost.vat) == (YUAN("1234.56"), YUAN("74.07"))
    assert cost.evidence_sha256 == SHA
    assert names_of_events(session) == [
        "valuation.cost_recorded",
        "valuation.cost_evidence_attached",
    ]


def test_a_proof_is_attached_once_and_never_replaced(
    session: Session, finance_clerk: Actor
) -> None:
    cost = make_cost(session, finance_clerk, has_evidence=False)
    assert finance_clerk.organization_id is not None
    waiting = reads.costs_without_evidence(session, finance_clerk.organization_id)
    assert list(waiting) == [cost]

    actions.attach_evidence(session, finance_clerk, cost.id, PROOF)

    assert not reads.costs_without_evidence(session, finance_clerk.organization_id)
    with pytest.raises(actions.EvidenceAttachedAlready):
        actions.attach_evidence(session, finance_clerk, cost.id, PROOF)


def test_a_cost_of_tomorrow_is_not_recorded_today(session: Session, finance_clerk: Actor) -> None:
    with on_day(date(2024, 6, 1)):
        make_cost(session, finance_clerk, on=date(2024, 6, 1))

        with pytest.raises(actions.CostInFuture):
            make_cost(session, finance_clerk, on=date(2024, 6, 2))
    assert not is_in_future(date(2024, 6, 1), date(2024, 6, 1))


def test_only_people_of_the_organisation_record_its_costs(
    session: Session, finance_clerk: Actor, operator: Actor, appraiser: Actor
) -> None:
    make_cost(session, operator)

    with pytest.raises(MissingPermission):
        make_cost(session, appraiser)
    draft = CostRecordDraft.model_validate(
        {
            "product_id": "prd_1",
            "stage": "research",
            "component": "labour",
            "incurred_on": "2024-06-01",
            "amount": "1.00",
            "document": "1",
        }
    )
    with pytest.raises(MissingPermission):
        actions.record_cost(session, finance_clerk, "org_other", draft)


def test_costs_are_read_by_their_own_people_and_the_appointed_auditor(
    session: Session, finance_clerk: Actor, appraiser: Actor
) -> None:
    cost = make_cost(session, finance_clerk)
    entity = make_books(session, finance_clerk)

    assert reads.get_cost(session, appraiser, cost.id) is cost
    assert reads.get_cost(session, actor_of("auditor", entity_ids=[entity.id]), cost.id) is cost
    for stranger in (
        actor_of("auditor", entity_ids=["aen_other"]),
        actor_of("finance_clerk", organization_id="org_other"),
        actor_of("analyst"),
    ):
        with pytest.raises(NotFound):
            reads.get_cost(session, stranger, cost.id)


def test_totals_count_until_the_end_of_the_base_day(session: Session, finance_clerk: Actor) -> None:
    make_cost(session, finance_clerk, 100, on=date(2024, 6, 1))
    make_cost(session, finance_clerk, 50, on=date(2024, 6, 2))
    make_cost(session, finance_clerk, 7, CostComponent.STORAGE, on=date(2024, 6, 1))
    assert finance_clerk.organization_id is not None

    totals = reads.totals_by_component(
        session, finance_clerk.organization_id, "prd_own", date(2024, 6, 1)
    )

    assert totals == {CostComponent.LABOUR: YUAN(100), CostComponent.STORAGE: YUAN(7)}


@pytest.mark.parametrize(
    ("column", "value"), [("amount_minor", 0), ("vat_minor", -1), ("evidence_name", None)]
)
def test_the_database_refuses_an_unsound_cost(
    session: Session, finance_clerk: Actor, column: str, value: object
) -> None:
    cost = make_cost(session, finance_clerk)
    setattr(cost, column, value)

    with pytest.raises(IntegrityError):
        session.flush()


def test_four_kinds_of_cost_can_never_be_attributable() -> None:
    assert {one for one in CostComponent if not is_attributable(one)} == NEVER_CAPITALISED
