"""What is known for a valuation, what was concluded, and does it follow from what was stored?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.events import EventLog
from kernel.money import Money
from valuation.appraisals.conclusion import (
    AppraisalInputs,
    IncomeInputs,
    Valuation,
    digest,
    value,
)
from valuation.appraisals.cost import replacement_input
from valuation.appraisals.events import AppraisalDrafted
from valuation.appraisals.models import Appraisal
from valuation.appraisals.rules import AppraisalState, InputKey, InputSheet, Method
from valuation.costs import reads as costs

READERS = (Permission.APPRAISE, Permission.SIGN_APPRAISAL, Permission.KEEP_BOOKS)


@dataclass(frozen=True)
class KnownFigure:
    """A figure the house already has, with where it comes from."""

    key: InputKey
    amount: Money
    source: str


@dataclass(frozen=True)
class Recomputation:
    """An appraisal computed again from its stored inputs.

    is_sealed: inputs and value give the digest that stands in the log since the draft.
    """

    valuation: Valuation
    is_equal: bool
    is_sealed: bool

    @property
    def stands(self) -> bool:
        return self.is_equal and self.is_sealed


def may_read(actor: Actor, appraisal: Appraisal) -> bool:
    """The organisation's appraisers and finance staff."""
    return any(actor.may(permission, appraisal.organization_id) for permission in READERS)


def get_appraisal(session: Session, actor: Actor, appraisal_id: str) -> Appraisal:
    """One appraisal with inputs, comparables and signatures. Raises: NotFound."""
    appraisal = session.scalar(
        select(Appraisal)
        .where(Appraisal.id == appraisal_id)
        .options(
            selectinload(Appraisal.inputs),
            selectinload(Appraisal.comparables),
            selectinload(Appraisal.signatures),
        )
    )
    if appraisal is None or not may_read(actor, appraisal):
        raise NotFound
    return appraisal


def appraisal_for_update(session: Session, actor: Actor, appraisal_id: str) -> Appraisal:
    """The same, locked. Raises: NotFound."""
    session.get(Appraisal, appraisal_id, with_for_update=True)
    return get_appraisal(session, actor, appraisal_id)


def list_appraisals(organization_id: str) -> Select[Appraisal]:
    """An ordered select for paging, newest first."""
    return (
        select(Appraisal)
        .where(Appraisal.organization_id == organization_id)
        .options(selectinload(Appraisal.signatures))
        .order_by(Appraisal.drafted_at.desc(), Appraisal.id.desc())
    )


def waiting_for_signature(session: Session, actor: Actor) -> Sequence[Appraisal]:
    """Drafts of the actor's organisation that this person has not signed yet, oldest first."""
    rows = session.scalars(
        select(Appraisal)
        .where(
            Appraisal.organization_id == actor.organization_id,
            Appraisal.state == AppraisalState.DRAFTED,
        )
        .options(selectinload(Appraisal.signatures))
        .order_by(Appraisal.drafted_at, Appraisal.id)
    )
    today = clock.today()
    return [
        row
        for row in rows
        if row.valid_through_on >= today
        and actor.id not in {signature.person_id for signature in row.signatures}
    ]


def latest_signed(session: Session, product_id: str, organization_id: str) -> Appraisal | None:
    """The newest signed appraisal of a product."""
    return session.scalar(
        select(Appraisal)
        .where(
            Appraisal.product_id == product_id,
            Appraisal.organization_id == organization_id,
            Appraisal.state == AppraisalState.SIGNED,
        )
        .order_by(Appraisal.base_on.desc(), Appraisal.signed_at.desc())
        .limit(1)
    )


def count_signed(session: Session) -> int:
    """Signed appraisals of all organisations (demo summary)."""
    return len(
        session.scalars(select(Appraisal.id).where(Appraisal.state == AppraisalState.SIGNED)).all()
    )


def inputs_of(appraisal: Appraisal) -> AppraisalInputs:
    """What the pure methods are fed with, read back from the stored rows."""
    settings = appraisal.settings
    return AppraisalInputs(
        base_on=appraisal.base_on,
        cost_form=appraisal.form,
        cost=_sheet(appraisal, Method.COST),
        income=IncomeInputs(_sheet(appraisal, Method.INCOME), settings) if settings else None,
        comparables=tuple(row.as_comparable() for row in appraisal.comparables),
        weights=appraisal.weights,
        reason=appraisal.reason,
        words=appraisal.words,
    )


def recompute(session: Session, appraisal: Appraisal) -> Recomputation:
    """Compute an appraisal again and hold it against what was stored and what was sealed."""
    inputs = inputs_of(appraisal)
    valuation = value(inputs)
    conclusion = valuation.conclusion
    same = (conclusion.amount, conclusion.low, conclusion.high)
    return Recomputation(
        valuation,
        is_equal=same == (appraisal.value, appraisal.low, appraisal.high),
        is_sealed=digest(inputs, conclusion) == _sealed_digest(session, appraisal.id),
    )


def cost_facts(
    session: Session, organization_id: str, product_id: str, base_on: date
) -> list[KnownFigure]:
    """What the cost records say until the base date, by the cost method's own keys."""
    totals: Counter[InputKey] = Counter()
    for component, amount in costs.totals_by_component(
        session, organization_id, product_id, base_on
    ).items():
        key = replacement_input(component)
        if key is not None:
            totals[key] += amount.minor
    source = f"成本记录，截至 {base_on.isoformat()}"
    return [KnownFigure(key, Money(totals[key]), source) for key in InputKey if totals[key]]


def _sheet(appraisal: Appraisal, method: Method) -> InputSheet:
    return InputSheet(
        tuple(row.as_input() for row in appraisal.inputs if row.method == method.value)
    )


def _sealed_digest(session: Session, appraisal_id: str) -> str | None:
    """The digest as the append-only log knows it since the draft."""
    payload = session.scalar(
        select(EventLog.payload).where(
            EventLog.name == AppraisalDrafted.name, EventLog.subject_id == appraisal_id
        )
    )
    return str(payload["content_sha256"]) if payload else None
