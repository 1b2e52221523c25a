"""What is known for a valuation, what was concluded, and does it follow from what was stored?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from billing.ledger.reads import revenue_of
from billing.metering.reads import count_uses_of_product
from billing.orders.reads import paid_orders_of_product
from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.events import EventLog
from kernel.i18n import CHINESE, N_, say, speaking
from kernel.money import Money
from kernel.paging import Page, page_of
from kernel.periods import add_years
from market.catalogue import reads as catalogue
from market.catalogue.rules import VerdictKind
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
    """A figure the house already has, with where it comes from. value: in the unit of its key."""

    key: InputKey
    value: Decimal
    source: str
    evidence: str = ""


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


def list_appraisals(
    session: Session, actor: Actor, organization_id: str, *, product_id: str = "", cursor: str = ""
) -> Page[Appraisal]:
    """An organisation's appraisals, newest first; of one product where it is given.

    Raises: NotFound where the actor may not see them, CursorUnknown.
    """
    if not any(actor.may(permission, organization_id) for permission in READERS):
        raise NotFound
    statement = select(Appraisal).where(Appraisal.organization_id == organization_id)
    if product_id:
        statement = statement.where(Appraisal.product_id == product_id)
    ordered = statement.options(selectinload(Appraisal.signatures)).order_by(
        Appraisal.drafted_at.desc(), Appraisal.id.desc()
    )
    return page_of(session, ordered, cursor)


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


@dataclass(frozen=True)
class Trade:
    """What the market says of a product in the year before the base date. revenue: before VAT."""

    orders: int
    revenue: Money
    uses: int


@dataclass(frozen=True)
class ProductFacts:
    """Everything the house knows for a valuation. trade: only of one's own product."""

    figures: list[KnownFigure]
    trade: Trade | None


def facts_for(
    session: Session, actor: Actor, organization_id: str, product_id: str, base_on: date
) -> ProductFacts:
    """Costs, quality, revenue and usage of a product, each from its own room.

    Raises: MissingPermission, ProductNotFound.
    """
    actor.require(Permission.APPRAISE, organization_id)
    product = catalogue.get_product(session, product_id)
    costs.get_project_title(session, actor, product_id)
    figures = known_figures(session, organization_id, product_id, base_on)
    is_own = product.operator_id == organization_id
    return ProductFacts(figures, _trade(session, product_id, base_on) if is_own else None)


def _trade(session: Session, product_id: str, base_on: date) -> Trade:
    since, until = add_years(base_on, -1), base_on + timedelta(days=1)
    orders = paid_orders_of_product(session, product_id)
    return Trade(
        len(orders),
        revenue_of(session, orders, since, until),
        count_uses_of_product(session, product_id, clock.day_start(since), clock.day_start(until)),
    )


def known_figures(
    session: Session, organization_id: str, product_id: str, base_on: date
) -> list[KnownFigure]:
    """What the house can say itself: costs from their records, quality from the last check."""
    return [
        *_known_costs(session, organization_id, product_id, base_on),
        *_known_quality(session, product_id),
    ]


def _known_costs(
    session: Session, organization_id: str, product_id: str, base_on: date
) -> list[KnownFigure]:
    totals: Counter[InputKey] = Counter()
    for component, amount in costs.totals_by_component(
        session, organization_id, product_id, base_on
    ).items():
        key = replacement_input(component)
        if key is not None:
            totals[key] += amount.minor
    with speaking(CHINESE):
        source = say(N_("成本记录，截至 {base_on}"), base_on=base_on)
    return [KnownFigure(key, Money(totals[key]).yuan, source) for key in InputKey if totals[key]]


def _known_quality(session: Session, product_id: str) -> list[KnownFigure]:
    """The AHP-weighted score of the weakest data set the product is made from."""
    product = catalogue.get_product(session, product_id)
    found = [
        verdict.facts
        for dataset_id in product.dataset_ids
        if (verdict := catalogue.find_verdict(session, VerdictKind.QUALITY, dataset_id))
        and verdict.facts.get("score")
    ]
    if not found or len(found) < len(product.dataset_ids):
        return []
    weakest = min(found, key=lambda facts: Decimal(str(facts["score"])))
    with speaking(CHINESE):
        source = say(N_("质量检查得分（层次分析法加权），等级 {grade}"), grade=weakest["grade"])
    score = Decimal(str(weakest["score"]))
    return [KnownFigure(InputKey.QUALITY_FACTOR, score, source, str(weakest["run_id"]))]


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
