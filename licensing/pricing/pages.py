"""The price desk: permitted revenue, caps, and the price beside each cap."""

from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.errors import NotFound
from kernel.i18n import N_, format_price, format_rate, say, translate
from kernel.money import Money
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.parse import parse_form
from kernel.web.shell import Desk, Panel, Waiting, desk_source
from kernel.web.submissions import claim_once, remember_location
from licensing.authorizations.reads import list_operators
from licensing.pricing import actions, reads
from licensing.pricing.rules import ProfitBase
from licensing.pricing.schemas import CapDraft, CapEnd, RevenueDraft
from market.catalogue.prices import ChargeUnit
from market.catalogue.reads import get_product, list_operated
from market.organizations.reads import names_of

bp = Blueprint("pricing", __name__, template_folder="templates", url_prefix="/pricing")


@bp.get("/")
def index() -> ResponseReturnValue:
    """One operator's permitted revenue and caps."""
    actor = current_actor()
    with transaction() as session:
        operators = reads.list_priced(session)
        ours = [one for one in operators if reads.may_read_prices(actor, one[0])]
        if not ours:
            return _without_operators(actor)
        chosen = request.args.get("operator", ours[0][0])
        if chosen not in dict(ours):
            raise NotFound
        revenue = reads.find_revenue(session, chosen, clock.today())
        forecast = reads.forecast_under(session, revenue) if revenue else None
        return render_template(
            "pricing/index.html",
            operators=ours,
            chosen=chosen,
            revenue=revenue,
            revenues=reads.list_revenues(session, actor, chosen),
            forecast=Money.rounded(forecast) if forecast is not None else None,
            standings=reads.list_standings(session, actor, chosen),
            names=names_of(session, {chosen}),
            may_set=actor.may(Permission.SET_CAP),
        )


def _without_operators(actor: Actor) -> ResponseReturnValue:
    """No operator has a product yet, or this one has none. Raises: MissingPermission."""
    if not actor.may(Permission.SET_CAP):
        actor.require(Permission.SET_PRICE)
    return render_template("pricing/none.html", may_set=actor.may(Permission.SET_CAP))


@bp.route("/revenues/new", methods=["GET", "POST"])
def permit() -> ResponseReturnValue:
    """Write down an approval document."""
    actor = current_actor()
    actor.require(Permission.SET_CAP)
    year = clock.today().year
    initial = {"start_on": f"{year}-01-01", "end_on": f"{year + 1}-01-01", "subsidy": "0"}
    form = Form(RevenueDraft, initial | {"operator_id": request.args.get("operator", "")})
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                row = actions.permit_revenue(session, actor, draft)
                address = url_for("pricing.index", operator=row.operator_id)
                remember_location(session, actor.id, address)
            return redirect(address, 303)
    with transaction() as session:
        page = render_template(
            "pricing/permit.html",
            form=form,
            operators=list_operators(session),
            bases=[(base.value, translate(base.label)) for base in ProfitBase],
        )
    return page, form.status


@bp.route("/caps/new/<operator_id>", methods=["GET", "POST"])
def set_cap(operator_id: str) -> ResponseReturnValue:
    """Set the highest unit price of one product."""
    actor = current_actor()
    actor.require(Permission.SET_CAP)
    form = Form(
        CapDraft,
        {
            "product_id": request.args.get("product", ""),
            "unit": request.args.get("unit", ChargeUnit.CALL.value),
            "is_tax_included": "true",
        },
    )
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                actions.set_cap(session, actor, draft)
                address = url_for("pricing.index", operator=operator_id)
                remember_location(session, actor.id, address)
            return redirect(address, 303)
    with transaction() as session:
        page = render_template(
            "pricing/cap.html",
            form=form,
            operator_id=operator_id,
            products=[(each.id, each.title) for each in list_operated(session, operator_id)],
            units=[(unit.value, translate(unit.label)) for unit in ChargeUnit],
        )
    return page, form.status


@bp.post("/caps/<cap_id>/end")
def end_cap(cap_id: str) -> ResponseReturnValue:
    """Take a cap back; what is charged under it stops being on sale."""
    reason = parse_form(CapEnd).reason
    with transaction() as session:
        cap = actions.end_cap(session, current_actor(), cap_id, reason)
        operator_id = get_product(session, cap.product_id).operator_id
    flash(translate(N_("上限已撤销；按它收费的产品已暂停。")), "good")
    return redirect(url_for("pricing.index", operator=operator_id), 303)


@desk_source
def uncapped(session: Session, actor: Actor, desk: Desk) -> None:
    """The price authority's desk: products that wait for a cap, and prices near theirs."""
    if not actor.may(Permission.SET_CAP):
        return
    desk.starts.append((translate(N_("价格与上限")), url_for("pricing.index")))
    for one in reads.list_uncapped(session, actor):
        desk.waiting.append(
            Waiting(
                title=say(
                    N_("待核定上限：《{title}》按{unit}计价"), title=one.title, unit=one.unit
                ),
                address=url_for(
                    "pricing.set_cap",
                    operator_id=one.operator_id,
                    product=one.product_id,
                    unit=one.unit.value,
                ),
                button=translate(N_("核定")),
                note=translate(N_("核定之前不能上架。")),
            )
        )
    rows = [
        (
            say(
                N_("《{title}》{price} 元，上限 {cap} 元，占 {share}"),
                title=row.product_title,
                price=format_price(row.price.highest.yuan) if row.price else "—",
                cap=format_price(row.cap.unit_price_yuan),
                share=format_rate(row.share or Decimal(0), 0),
            ),
            url_for("pricing.index"),
        )
        for row in reads.list_near_caps(session, actor)
    ]
    none = translate(N_("没有接近上限的价格。"))
    desk.at_risk.append(Panel(translate(N_("接近上限的价格")), rows, none))


@desk_source
def near_caps(session: Session, actor: Actor, desk: Desk) -> None:
    """Prices of mine that are near their caps."""
    if actor.may(Permission.SET_CAP):
        return
    for standing in reads.list_near_caps(session, actor):
        title = say(N_("价格接近上限：《{title}》"), title=standing.product_title)
        address = url_for("pricing.index")
        desk.waiting.append(Waiting(title=title, address=address, button=translate(N_("查看"))))
