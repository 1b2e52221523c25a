"""Does the walk end where the decision tree says, with a reason at every node?"""

from dataclasses import replace
from datetime import date

import pytest

from valuation.assets.rules import AcquisitionRoute
from valuation.costs.rules import NEVER_CAPITALISED, CostComponent, Stage
from valuation.recognitions.rules import (
    Answer,
    AnswerMissing,
    CostFacts,
    Criterion,
    CriterionProof,
    CriterionUnproven,
    EvidenceMissing,
    Node,
    Origin,
    OriginMismatch,
    Outcome,
    Purpose,
    ReasonMissing,
    RecognitionFacts,
    Treatment,
    capitalise_from,
    require_origin,
    treatment_of,
    unmet,
    walk,
)

YES = Answer(True, "有合同和授权文件", "evi_1")
NO = Answer(False, "没有证据表明成立")


def proofs(*days: int) -> dict[Criterion, CriterionProof]:
    dates = days or (1, 2, 3, 4, 5)
    return {
        criterion: CriterionProof(f"立项〔2024〕{day}号", date(2024, 5, day), "总经理办公会")
        for criterion, day in zip(Criterion, dates, strict=True)
    }


def facts(**changes: object) -> RecognitionFacts:
    """A self-developed service that meets every condition."""
    base = RecognitionFacts(
        answers=dict.fromkeys(Node, YES),
        purpose=Purpose.SERVICE,
        origin=Origin.DEVELOPMENT,
        criteria=proofs(),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def answering(no: Node) -> dict[Node, Answer]:
    return {node: NO if node is no else YES for node in Node}


@pytest.mark.parametrize(
    ("node", "outcome"),
    [
        (Node.RIGHTS, Outcome.NO_ASSET),
        (Node.CONTROL, Outcome.NO_ASSET),
        (Node.BENEFIT, Outcome.EXPENSE),
        (Node.RELIABLE_COST, Outcome.EXPENSE),
    ],
)
def test_a_no_at_a_gate_ends_the_walk_there(node: Node, outcome: Outcome) -> None:
    decision = walk(facts(answers=answering(node)))

    assert decision.outcome is outcome
    assert decision.path[-1].node is node
    assert not decision.path[-1].holds


def test_what_is_held_for_sale_is_inventory() -> None:
    assert walk(facts(purpose=Purpose.SALE)).outcome is Outcome.INVENTORY


@pytest.mark.parametrize("purpose", [Purpose.OWN_USE, Purpose.SERVICE])
def test_what_is_bought_for_use_is_intangible_if_identifiable(purpose: Purpose) -> None:
    bought = facts(purpose=purpose, origin=Origin.BOUGHT)

    assert walk(bought).outcome is Outcome.INTANGIBLE
    unidentifiable = replace(bought, answers=answering(Node.IDENTIFIABLE))
    assert walk(unidentifiable).outcome is Outcome.EXPENSE


def test_research_is_always_expensed() -> None:
    decision = walk(facts(origin=Origin.RESEARCH))

    assert decision.outcome is Outcome.EXPENSE
    assert decision.capitalise_from_on is None


def test_development_with_all_five_criteria_is_capitalised_from_the_latest_of_their_dates() -> None:
    decision = walk(facts(criteria=proofs(1, 2, 28, 4, 5)))

    assert decision.outcome is Outcome.DEVELOPMENT
    assert decision.capitalise_from_on == date(2024, 5, 28)
    assert [finding.node for finding in decision.path] == [
        Node.RIGHTS,
        Node.CONTROL,
        Node.BENEFIT,
        Node.RELIABLE_COST,
        Node.PURPOSE,
        Node.STAGE,
        Node.CRITERIA,
    ]


def test_development_that_misses_a_criterion_is_expensed() -> None:
    assert walk(facts(answers=answering(Node.CRITERIA))).outcome is Outcome.EXPENSE


@pytest.mark.parametrize("criterion", list(Criterion))
def test_each_of_the_five_criteria_needs_its_document_and_approver(criterion: Criterion) -> None:
    missing = {one: proof for one, proof in proofs().items() if one is not criterion}
    nameless = {**proofs(), criterion: CriterionProof("立项", date(2024, 5, 1), " ")}

    for criteria in (missing, nameless):
        with pytest.raises(CriterionUnproven) as refusal:
            walk(facts(criteria=criteria))
        assert refusal.value.criterion is criterion
    assert unmet(missing) == [criterion]


def test_every_node_passed_needs_an_answer_and_a_reason() -> None:
    silent = {node: YES for node in Node if node is not Node.BENEFIT}

    with pytest.raises(AnswerMissing):
        walk(facts(answers=silent))
    with pytest.raises(ReasonMissing):
        walk(facts(answers={**silent, Node.BENEFIT: Answer(True, " ", "evi_1")}))


def test_a_yes_needs_evidence_and_a_no_does_not() -> None:
    bare = {**dict.fromkeys(Node, YES), Node.RIGHTS: Answer(True, "口头说明")}

    with pytest.raises(EvidenceMissing):
        walk(facts(answers=bare))
    assert walk(facts(answers=answering(Node.RIGHTS))).outcome is Outcome.NO_ASSET


def test_nodes_that_are_not_reached_need_no_answer() -> None:
    decision = walk(facts(answers={Node.RIGHTS: NO}))

    assert len(decision.path) == 1


def treated(
    on: date,
    stage: Stage = Stage.DEVELOPMENT,
    component: CostComponent = CostComponent.LABOUR,
    outcome: Outcome = Outcome.DEVELOPMENT,
    ready_on: date | None = None,
) -> Treatment:
    """A cost under a decision whose five criteria were all met on 2024-05-05."""
    return treatment_of(
        CostFacts(component, stage, on), outcome, capitalise_from(proofs()), ready_on
    )


def test_costs_count_from_the_day_all_criteria_are_met_and_not_a_day_before() -> None:
    assert treated(date(2024, 5, 4)) is Treatment.EXPENSE
    assert treated(date(2024, 5, 5)) is Treatment.CAPITALISE
    assert treated(date(2024, 5, 5), Stage.RESEARCH) is Treatment.EXPENSE
    assert treated(date(2024, 5, 5), Stage.OPERATION) is Treatment.EXPENSE


def test_costs_count_until_the_day_it_is_ready_and_not_a_day_longer() -> None:
    ready = date(2025, 3, 10)

    assert treated(ready, ready_on=ready) is Treatment.CAPITALISE
    assert treated(date(2025, 3, 11), ready_on=ready) is Treatment.EXPENSE


@pytest.mark.parametrize("outcome", list(Outcome))
def test_costs_of_2023_are_never_brought_back(outcome: Outcome) -> None:
    assert treated(date(2023, 12, 31), outcome=outcome) is Treatment.PRIOR
    assert treated(date(2024, 1, 1), outcome=outcome) is not Treatment.PRIOR


@pytest.mark.parametrize("component", sorted(NEVER_CAPITALISED))
@pytest.mark.parametrize("outcome", list(Outcome))
def test_training_administration_waste_and_maintenance_never_become_an_asset(
    component: CostComponent, outcome: Outcome
) -> None:
    assert treated(date(2024, 6, 1), component=component, outcome=outcome) is Treatment.EXPENSE


@pytest.mark.parametrize(
    ("outcome", "treatment"),
    [
        (Outcome.NO_ASSET, Treatment.EXPENSE),
        (Outcome.EXPENSE, Treatment.EXPENSE),
        (Outcome.INTANGIBLE, Treatment.CAPITALISE),
        (Outcome.INVENTORY, Treatment.CAPITALISE),
    ],
)
def test_the_outcome_decides_what_an_attributable_cost_becomes(
    outcome: Outcome, treatment: Treatment
) -> None:
    assert treated(date(2024, 2, 1), Stage.PURCHASE, outcome=outcome) is treatment


def test_what_was_bought_is_not_called_developed() -> None:
    require_origin(Origin.BOUGHT, AcquisitionRoute.PURCHASED)
    require_origin(Origin.RESEARCH, AcquisitionRoute.SELF_DEVELOPED)

    with pytest.raises(OriginMismatch):
        require_origin(Origin.DEVELOPMENT, AcquisitionRoute.PURCHASED)
    with pytest.raises(OriginMismatch):
        require_origin(Origin.BOUGHT, AcquisitionRoute.SELF_DEVELOPED)
