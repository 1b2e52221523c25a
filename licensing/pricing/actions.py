"""How does the price authority decide on revenue and caps?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict, Invalid
from kernel.events import EventLog, record
from kernel.i18n import N_, format_price
from kernel.ids import new_id
from kernel.money import Money, UnitPrice
from kernel.periods import Period
from licensing.authorizations.reads import operating_since
from licensing.pricing import reads
from licensing.pricing.events import CapEnded, CapSet, RevenuePermitted
from licensing.pricing.models import PermittedRevenue, PriceCap
from licensing.pricing.reads import RevenueNotFound
from licensing.pricing.rules import (
    Forecast,
    PermittedRevenueId,
    PriceCapId,
    after_excess,
    exceeds_permitted,
    forecast_revenue,
    has_complete_year,
    permitted_revenue,
)
from licensing.pricing.schemas import CapDraft, RevenueDraft
from market.catalogue.actions import push_verdict
from market.catalogue.prices import ChargeUnit
from market.catalogue.reads import get_product
from market.catalogue.rules import VerdictKind, VerdictState, capped_subject
from market.organizations.reads import get_organization


@dataclass(eq=False)
class CapsAbovePermitted(Conflict):
    """Σ cap × forecast would exceed the permitted revenue."""

    code = "caps-above-permitted-revenue"
    message = N_(
        "各项上限按预测销量合计 {forecast} 元，超过最高准许收入 {permitted}。"
        "请调低上限，或核对预测销量。"
    )
    clause = "PR-04"

    product_id: str
    forecast: str
    permitted: str


@dataclass(eq=False)
class TrialNoMore(Conflict):
    """PR-09: with a complete year behind it, an operator's caps are set formally."""

    code = "trial-price-no-more"
    message = N_("该运营机构已有完整运营年度，不能再用试行标准。请按正式程序核定上限。")
    clause = "PR-09"

    product_id: str


class CapOverAlready(Invalid):
    """The cap would end before it begins."""

    code = "price-cap-over-already"
    message = N_("上限的失效日须晚于今天。请核对批复文件。")


@dataclass(eq=False)
class RevenuesOverlap(Conflict):
    """Two permitted revenues of one operator may not speak of the same day."""

    code = "permitted-revenues-overlap"
    message = N_("该期间与已核定的 {start_on} 至 {end_on} 重叠。请核对起止日期。")

    operator_id: str
    start_on: date
    end_on: date


def permit_revenue(session: Session, actor: Actor, draft: RevenueDraft) -> PermittedRevenue:
    """PR-05: write down an approval document; a new one for the same period replaces the old.

    Raises: MissingPermission, NotFound, SubsidyAboveCost, CapitalMissing, RevenuesOverlap,
    CapsAbovePermitted.
    """
    actor.require(Permission.SET_CAP)
    operator = get_organization(session, draft.operator_id)
    result = permitted_revenue(draft.basis)
    permitted, carried = after_excess(result.permitted_revenue, Money.of_yuan(draft.excess))
    before = _replace_same_period(session, operator.id, Period(draft.start_on, draft.end_on))
    row = PermittedRevenue(
        id=PermittedRevenueId(new_id("mpr")),
        operator_id=operator.id,
        authority_id=str(actor.organization_id),
        start_on=draft.start_on,
        end_on=draft.end_on,
        gross_cost_minor=draft.basis.gross_cost.minor,
        subsidy_minor=draft.basis.subsidy.minor,
        profit_base=draft.profit_base,
        profit_rate=draft.profit_rate,
        invested_capital_minor=_minor(draft.basis.invested_capital),
        profit_minor=result.permitted_profit.minor,
        tax_minor=result.tax.minor,
        excess_minor=Money.of_yuan(draft.excess).minor,
        carried_minor=carried.minor,
        permitted_minor=permitted.minor,
        document=draft.document,
        decided_by=actor.id,
        decided_at=clock.now(),
    )
    session.add(row)
    session.flush()
    _carry_caps_over(session, before, row)
    event = RevenuePermitted(
        row.id, operator.id, draft.start_on, draft.end_on, permitted, draft.document
    )
    record(session, actor, event)
    session.flush()
    return row


def set_cap(session: Session, actor: Actor, draft: CapDraft) -> PriceCap:
    """PR-04: set the highest unit price of one product; the catalogue is told.

    Raises: MissingPermission, ProductNotFound, CapOverAlready, RevenueNotFound, TrialNoMore,
    CapsAbovePermitted.
    """
    actor.require(Permission.SET_CAP)
    product = get_product(session, draft.product_id)
    if draft.end_on is not None and draft.end_on <= clock.today():
        raise CapOverAlready
    previous = reads.find_cap(session, product.id, draft.unit)
    revenue = _revenue_for(session, product.operator_id, draft)
    if revenue is not None:
        _require_within(session, revenue, draft, previous)
    now = clock.now()
    if previous is not None:
        previous.replaced_at = now
        session.flush()
    cap = PriceCap(
        id=PriceCapId(new_id("cap")),
        product_id=product.id,
        authority_id=str(actor.organization_id),
        permitted_revenue_id=revenue.id if revenue else None,
        unit=draft.unit,
        unit_price_yuan=draft.unit_price,
        is_tax_included=draft.is_tax_included,
        is_trial=draft.is_trial,
        forecast_units=draft.forecast_units,
        start_on=clock.today(),
        end_on=draft.end_on,
        document=draft.document,
        set_by=actor.id,
        set_at=now,
    )
    session.add(cap)
    row = record(session, actor, _cap_set(cap, product.title))
    session.flush()
    _push_capped(session, actor, cap, row)
    return cap


def end_cap(session: Session, actor: Actor, cap_id: str, reason: str) -> PriceCap:
    """Take a cap back; what is charged under it stops being on sale."""
    actor.require(Permission.SET_CAP)
    cap = reads.get_cap(session, cap_id)
    product = get_product(session, cap.product_id)
    cap.replaced_at = clock.now()
    event = CapEnded(product.id, product.title, ChargeUnit(cap.unit), reason, cap.id)
    row = record(session, actor, event)
    session.flush()
    push_verdict(
        session,
        actor,
        kind=VerdictKind.CAPPED,
        subject_id=capped_subject(product.id, ChargeUnit(cap.unit)),
        state=VerdictState.FAILS,
        clause="PR-04",
        event_id=row.id,
    )
    return cap


def _replace_same_period(
    session: Session, operator_id: str, period: Period
) -> PermittedRevenue | None:
    """Retire the standing decision for exactly this period; any other overlap is a mistake."""
    replaced = None
    for row in reads.revenues_overlapping(session, operator_id, period):
        if row.period != period:
            raise RevenuesOverlap(operator_id, row.start_on, row.end_on)
        row.replaced_at = clock.now()
        replaced = row
    session.flush()
    return replaced


def _carry_caps_over(
    session: Session, before: PermittedRevenue | None, after: PermittedRevenue
) -> None:
    """The caps of the replaced decision must fit the new one."""
    if before is None:
        return
    caps = reads.caps_under(session, before.id)
    forecasts = [cap.forecast for cap in caps]
    if exceeds_permitted(forecasts, after.permitted):
        raise _above(caps[0].product_id, forecasts, after)
    for cap in caps:
        cap.permitted_revenue_id = after.id


def _revenue_for(session: Session, operator_id: str, draft: CapDraft) -> PermittedRevenue | None:
    """The permitted revenue a cap is held against; a trial cap may stand before there is one."""
    today = clock.today()
    since = operating_since(session, operator_id)
    if draft.is_trial and has_complete_year(clock.civil_day(since) if since else None, today):
        raise TrialNoMore(draft.product_id)
    revenue = reads.revenue_for_update(session, operator_id, today)
    if revenue is None and not draft.is_trial:
        raise RevenueNotFound
    return revenue


def _require_within(
    session: Session, revenue: PermittedRevenue, draft: CapDraft, previous: PriceCap | None
) -> None:
    others = [cap.forecast for cap in reads.caps_under(session, revenue.id) if cap is not previous]
    forecasts = [*others, Forecast(UnitPrice(draft.unit_price), draft.forecast_units)]
    if exceeds_permitted(forecasts, revenue.permitted):
        raise _above(draft.product_id, forecasts, revenue)


def _above(
    product_id: str, forecasts: Sequence[Forecast], revenue: PermittedRevenue
) -> CapsAbovePermitted:
    total = format_price(forecast_revenue(forecasts))
    return CapsAbovePermitted(product_id, forecast=total, permitted=str(revenue.permitted))


def _cap_set(cap: PriceCap, title: str) -> CapSet:
    return CapSet(
        product_id=cap.product_id,
        title=title,
        unit=ChargeUnit(cap.unit),
        unit_price=cap.unit_price_yuan,
        is_tax_included=cap.is_tax_included,
        is_trial=cap.is_trial,
        document=cap.document,
        price_cap_id=cap.id,
    )


def _push_capped(session: Session, actor: Actor, cap: PriceCap, row: EventLog) -> None:
    facts = {**cap.cap.facts(), "is_trial": cap.is_trial, "document": cap.document}
    push_verdict(
        session,
        actor,
        kind=VerdictKind.CAPPED,
        subject_id=capped_subject(cap.product_id, ChargeUnit(cap.unit)),
        state=VerdictState.HOLDS,
        valid_until=clock.day_start(cap.end_on) if cap.end_on else None,
        clause="PR-04",
        facts=facts,
        event_id=row.id,
    )


def _minor(money: Money | None) -> int | None:
    return None if money is None else money.minor
