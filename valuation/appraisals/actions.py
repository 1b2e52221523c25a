"""Draft an appraisal; sign it with two people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict, Invalid
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from kernel.periods import add_years
from market.catalogue import reads as catalogue_reads
from market.catalogue.actions import push_verdict
from market.catalogue.rules import VerdictKind, VerdictState
from valuation.appraisals import reads
from valuation.appraisals.conclusion import Valuation, digest, value
from valuation.appraisals.events import (
    AppraisalCountersigned,
    AppraisalDrafted,
    AppraisalSigned,
)
from valuation.appraisals.models import (
    Appraisal,
    AppraisalInput,
    AppraisalSignature,
    ComparableRow,
)
from valuation.appraisals.rules import (
    AppraisalState,
    InputSheet,
    Method,
    last_valid_day,
)
from valuation.appraisals.schemas import AppraisalDraft, ComparableDraft, IncomeDraft
from valuation.costs import reads as costs

SIGNATURES_NEEDED = 2  # 资产评估法: at least two appraisers


@dataclass(eq=False)
class BaseDayOutOfRange(Invalid):
    code: ClassVar[str] = "appraisal-base-day"
    message: ClassVar[str] = N_("评估基准日应在 {first} 与 {last} 之间：不晚于今天，不早于一年前。")

    first: date
    last: date


@dataclass(eq=False)
class AppraisalNotOpen(Conflict):
    code: ClassVar[str] = "appraisal-not-open"
    message: ClassVar[str] = N_("这份评估已经签署，不能再改。需要变动时请新编一份。")


@dataclass(eq=False)
class SignedByYou(Conflict):
    code: ClassVar[str] = "appraisal-signed-by-you"
    message: ClassVar[str] = N_("您已经签过名。需要另一位评估人签署。")
    clause: ClassVar[str] = "VA-09"


@dataclass(eq=False)
class AppraisalExpired(Conflict):
    code: ClassVar[str] = "appraisal-expired"
    message: ClassVar[str] = N_(
        "评估基准日已过一年（有效至 {valid_through_on}），请以新基准日重编。"
    )
    clause: ClassVar[str] = "VA-09"

    valid_through_on: date


@dataclass(eq=False)
class AppraisalChanged(Conflict):
    code: ClassVar[str] = "appraisal-changed"
    message: ClassVar[str] = N_("按已存数据复算，结果与编制时封存的不一致，不能签署。请重新编制。")
    clause: ClassVar[str] = "VA-02"


def draft_appraisal(
    session: Session, actor: Actor, organization_id: str, draft: AppraisalDraft
) -> Appraisal:
    """Value a product by every method that speaks, keep all inputs, seal them in the log.

    The result is an internal estimate until two appraisers have signed it.
    Raises: MissingPermission, BaseDayOutOfRange, ProductNotFound, the refusals of the methods.
    """
    actor.require(Permission.APPRAISE, organization_id)
    today = clock.today()
    if not add_years(today, -1) <= draft.base_on <= today:
        raise BaseDayOutOfRange(add_years(today, -1), today)
    title = costs.get_project_title(session, actor, draft.product_id)
    inputs = draft.inputs()
    valuation = value(inputs)
    appraisal = _appraisal(actor, organization_id, draft, valuation)
    appraisal.title = title
    appraisal.content_sha256 = digest(inputs, valuation.conclusion)
    appraisal.inputs = [
        *_input_rows(Method.COST, inputs.cost),
        *(_input_rows(Method.INCOME, inputs.income.sheet) if inputs.income else ()),
    ]
    appraisal.comparables = [
        _comparable_row(position, one) for position, one in enumerate(draft.comparables, start=1)
    ]
    session.add(appraisal)
    session.flush()
    record(session, actor, _drafted(appraisal))
    return appraisal


def sign_appraisal(session: Session, actor: Actor, appraisal_id: str) -> Appraisal:
    """Put one's name under an appraisal; with the second person's it is signed (VA-09).

    What is signed is computed once more from the stored inputs and held against the log.
    Raises: NotFound, MissingPermission, AppraisalNotOpen, SignedByYou, AppraisalExpired,
    AppraisalChanged.
    """
    appraisal = reads.appraisal_for_update(session, actor, appraisal_id)
    actor.require(Permission.SIGN_APPRAISAL, appraisal.organization_id)
    if appraisal.stands is AppraisalState.SIGNED:
        raise AppraisalNotOpen
    if actor.id in {signature.person_id for signature in appraisal.signatures}:
        raise SignedByYou
    if clock.today() > appraisal.valid_through_on:
        raise AppraisalExpired(appraisal.valid_through_on)
    if not reads.recompute(session, appraisal).stands:
        raise AppraisalChanged
    appraisal.signatures.append(
        AppraisalSignature(
            appraisal_id=appraisal.id,
            person_id=actor.id,
            signer=actor.name or actor.id,
            signed_at=clock.now(),
        )
    )
    session.flush()
    count = len(appraisal.signatures)
    if count < SIGNATURES_NEEDED:
        record(
            session,
            actor,
            AppraisalCountersigned(appraisal.id, appraisal.organization_id, appraisal.title, count),
        )
        return appraisal
    appraisal.sign_off(clock.now())
    fact = record(session, actor, _signed(appraisal))
    _tell_catalogue(session, actor, appraisal, fact.id)
    return appraisal


def _tell_catalogue(session: Session, actor: Actor, appraisal: Appraisal, event_id: str) -> None:
    """The operator's own signed value becomes what the catalogue says of its product."""
    product = catalogue_reads.get_product(session, appraisal.product_id)
    if product.operator_id != appraisal.organization_id:
        return
    push_verdict(
        session,
        actor,
        kind=VerdictKind.APPRAISED,
        subject_id=appraisal.product_id,
        state=VerdictState.HOLDS,
        valid_until=clock.day_start(appraisal.valid_through_on + timedelta(days=1)),
        clause="VA-09",
        facts={
            "appraisal_id": appraisal.id,
            "base_on": appraisal.base_on.isoformat(),
            "value_minor": appraisal.value_minor,
            "low_minor": appraisal.low_minor,
            "high_minor": appraisal.high_minor,
            "currency": appraisal.value_currency,
        },
        event_id=event_id,
    )


def _drafted(appraisal: Appraisal) -> AppraisalDrafted:
    return AppraisalDrafted(
        appraisal.id,
        appraisal.organization_id,
        appraisal.product_id,
        appraisal.title,
        appraisal.base_on,
        appraisal.value,
        appraisal.content_sha256,
    )


def _signed(appraisal: Appraisal) -> AppraisalSigned:
    return AppraisalSigned(
        appraisal.id,
        appraisal.organization_id,
        appraisal.product_id,
        appraisal.title,
        appraisal.value,
        appraisal.low,
        appraisal.high,
        appraisal.valid_through_on,
        appraisal.content_sha256,
    )


def _appraisal(
    actor: Actor, organization_id: str, draft: AppraisalDraft, valuation: Valuation
) -> Appraisal:
    conclusion = valuation.conclusion
    return Appraisal(
        id=new_id("apr"),
        organization_id=organization_id,
        state=AppraisalState.DRAFTED.value,
        base_on=draft.base_on,
        valid_through_on=last_valid_day(draft.base_on),
        cost_form=draft.cost.form.value,
        cost_weight=draft.cost_weight,
        income_weight=draft.income_weight,
        market_weight=draft.market_weight,
        reason=conclusion.reason,
        value_minor=conclusion.amount.minor,
        low_minor=conclusion.low.minor,
        high_minor=conclusion.high.minor,
        value_currency=conclusion.amount.currency.value,
        drafted_by=actor.id,
        drafted_at=clock.now(),
        **draft.words(),
        **_settings_columns(draft.income),
    )


def _settings_columns(income: IncomeDraft | None) -> dict[str, object]:
    if income is None:
        return {}
    return {
        "income_variant": income.variant.value,
        "flows_basis": income.flows.value,
        "rate_basis": income.rate.value,
        "loss_tax": income.loss_tax.value,
        "mid_year": income.mid_year,
    }


def _input_rows(method: Method, sheet: InputSheet) -> Iterable[AppraisalInput]:
    for position, one in enumerate(sheet.inputs, start=1):
        yield AppraisalInput(
            method=method.value,
            key=one.key.value,
            year=one.year,
            position=position,
            value=one.value,
            source=one.source,
            evidence=one.evidence,
        )


def _comparable_row(position: int, one: ComparableDraft) -> ComparableRow:
    deal = one.comparable()
    return ComparableRow(
        position=position,
        name=deal.name,
        price_minor=deal.price.minor,
        price_currency=deal.price.currency.value,
        deal_on=deal.deal_on,
        quality_factor=one.quality,
        supply_factor=one.supply,
        date_factor=one.date_factor,
        capacity_factor=one.capacity,
        other_factor=one.other,
        weight=one.weight,
        source=one.source,
        is_related_party=one.is_related_party,
        is_flagged=one.is_flagged,
    )
