"""Record a cost; attach its proof."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict, Invalid
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from kernel.money import Currency, Money
from valuation.costs import reads
from valuation.costs.events import CostEvidenceAttached, CostRecorded
from valuation.costs.models import CostRecord
from valuation.costs.rules import is_in_future
from valuation.costs.schemas import CostRecordDraft, EvidenceFile


@dataclass(eq=False)
class CostInFuture(Invalid):
    code: ClassVar[str] = "cost-in-future"
    message: ClassVar[str] = N_("{incurred_on} 还没有到。成本发生以后再登记。")

    incurred_on: date


@dataclass(eq=False)
class EvidenceAttachedAlready(Conflict):
    code: ClassVar[str] = "cost-evidence-attached"
    message: ClassVar[str] = N_("这笔成本已有凭据 {filename}，凭据不能替换。如有错误，请另行登记。")

    filename: str


def record_cost(
    session: Session,
    actor: Actor,
    organization_id: str,
    draft: CostRecordDraft,
    evidence: EvidenceFile | None = None,
) -> CostRecord:
    """Write down one cost of the organisation for a product, with its proof where there is one.

    Raises: MissingPermission, CostInFuture, ProductNotFound.
    """
    actor.require(Permission.RECORD_COST, organization_id)
    if is_in_future(draft.incurred_on, clock.today()):
        raise CostInFuture(draft.incurred_on)
    title = reads.get_project_title(session, actor, draft.product_id)
    cost = _new_record(actor, organization_id, draft, title)
    if evidence is not None:
        cost.attach(evidence.key, evidence.name, evidence.sha256)
    session.add(cost)
    session.flush()
    record(
        session,
        actor,
        CostRecorded(
            cost.id,
            organization_id,
            draft.product_id,
            title,
            draft.component.label,
            cost.amount,
            draft.incurred_on,
        ),
    )
    if evidence is not None:
        record(session, actor, CostEvidenceAttached(cost.id, evidence.name, evidence.sha256))
    return cost


def attach_evidence(
    session: Session, actor: Actor, cost_record_id: str, evidence: EvidenceFile
) -> CostRecord:
    """Give a cost its proof, once.

    Raises: NotFound, MissingPermission, EvidenceAttachedAlready.
    """
    reads.get_cost(session, actor, cost_record_id)
    cost = reads.cost_for_update(session, cost_record_id)
    actor.require(Permission.RECORD_COST, cost.organization_id)
    if cost.evidence_name is not None:
        raise EvidenceAttachedAlready(cost.evidence_name)
    cost.attach(evidence.key, evidence.name, evidence.sha256)
    record(session, actor, CostEvidenceAttached(cost.id, evidence.name, evidence.sha256))
    return cost


def _new_record(
    actor: Actor, organization_id: str, draft: CostRecordDraft, title: str
) -> CostRecord:
    return CostRecord(
        id=new_id("csr"),
        organization_id=organization_id,
        product_id=draft.product_id,
        title=title,
        stage=draft.stage.value,
        component=draft.component.value,
        incurred_on=draft.incurred_on,
        amount_minor=Money.of_yuan(draft.amount).minor,
        amount_currency=Currency.CNY.value,
        vat_minor=Money.of_yuan(draft.vat).minor,
        paid_from=draft.paid_from.value,
        document=draft.document.strip(),
        note=draft.note.strip(),
        recorded_by=actor.id,
        recorded_at=clock.now(),
    )
