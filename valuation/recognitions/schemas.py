"""What a finance clerk answers on the walk, and how a decision is shown."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kernel.money import Money
from valuation.recognitions.models import Recognition
from valuation.recognitions.rules import (
    Answer,
    Criterion,
    CriterionProof,
    Node,
    Origin,
    Outcome,
    Purpose,
    RecognitionFacts,
)

YuanAmount = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)]
_FROZEN = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class PaidOrder:
    """What an order tells the buyer's books. amount: paid, with the VAT inside it."""

    order_id: str
    buyer_id: str
    product_id: str
    title: str
    amount: Money
    vat: Money
    paid_on: date


class CandidateDraft(BaseModel):
    """A product of one's own that may become an asset. started_on: first day of the project."""

    model_config = _FROZEN

    product_id: str = Field(min_length=1, max_length=60)
    started_on: date


class AnswerDraft(BaseModel):
    """One node's answer. evidence: id, number or SHA-256 of a document."""

    model_config = _FROZEN

    node: Node
    holds: bool = True
    reason: str = Field(default="", max_length=2000)
    evidence: str = Field(default="", max_length=300)


class CriterionDraft(BaseModel):
    """Proof of one of the five criteria."""

    model_config = _FROZEN

    criterion: Criterion
    document: str = Field(min_length=1, max_length=300)
    met_on: date
    approver: str = Field(min_length=1, max_length=100)


class RecognitionDraft(BaseModel):
    """All answers of one walk.

    vat: deductible VAT inside the price of a purchase, in yuan; the order's own when not given.
    booked_amount: what the clerk expects to be booked; refused unless it is the proven cost.
    """

    model_config = _FROZEN

    purpose: Purpose
    origin: Origin
    answers: list[AnswerDraft] = Field(default_factory=list, max_length=len(Node))
    criteria: list[CriterionDraft] = Field(default_factory=list, max_length=len(Criterion))
    vat: YuanAmount | None = None
    booked_amount: YuanAmount | None = None

    def facts(self) -> RecognitionFacts:
        """The pure walk's input."""
        return RecognitionFacts(
            answers={
                answer.node: Answer(answer.holds, answer.reason, answer.evidence)
                for answer in self.answers
            },
            purpose=self.purpose,
            origin=self.origin,
            criteria={
                one.criterion: CriterionProof(one.document, one.met_on, one.approver)
                for one in self.criteria
            },
        )


CHOSEN = frozenset({Node.PURPOSE.value, Node.STAGE.value})  # answered by a choice, not by yes or no


class RecognitionForm(RecognitionDraft):
    """The same, as a page sends it: nodes and criteria that were left blank are not asked.

    Nobody's yes is taken for granted: who gives a reason says yes or no as well.
    """

    @model_validator(mode="before")
    @classmethod
    def _drop_blank(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        kept = {
            "answers": ("holds", "reason", "evidence"),
            "criteria": ("document", "met_on", "approver"),
        }
        filled = {
            name: [one for one in value if any(one.get(part) for part in kept[name])]
            if name in kept and isinstance(value, list)
            else value
            for name, value in values.items()
        }
        if isinstance(filled.get("answers"), list):
            filled["answers"] = [_said(one) for one in filled["answers"]]
        return filled


def _said(answer: dict[str, Any]) -> dict[str, Any]:
    is_said = "holds" in answer or answer.get("node") in CHOSEN
    return answer if is_said else {**answer, "holds": ""}


class FindingOut(BaseModel):
    """One node of the walk."""

    node: Node
    holds: bool
    choice: str | None
    reason: str
    evidence: str


class CriterionOut(BaseModel):
    """One criterion with its proof."""

    criterion: Criterion
    document: str
    met_on: date
    approver: str


class RecognitionOut(BaseModel):
    """One walked decision."""

    id: str
    asset_id: str
    outcome: Outcome
    capitalise_from_on: date | None
    findings: list[FindingOut]
    criteria: list[CriterionOut]

    @classmethod
    def of(cls, recognition: Recognition) -> Self:
        return cls(
            id=recognition.id,
            asset_id=recognition.asset_id,
            outcome=recognition.ended_as,
            capitalise_from_on=recognition.capitalise_from_on,
            findings=[
                FindingOut(
                    node=one.asked,
                    holds=one.holds,
                    choice=one.choice,
                    reason=one.reason,
                    evidence=one.evidence,
                )
                for one in recognition.findings
            ],
            criteria=[
                CriterionOut(
                    criterion=one.proves,
                    document=one.document,
                    met_on=one.met_on,
                    approver=one.approver,
                )
                for one in recognition.criteria
            ],
        )
