"""Where bureau and operator see what came in, and where the bureau says who gets which part."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing.ledger.reads import balance
from billing.ledger.rules import AccountKind, AccountRef
from billing.shares import actions, reads
from billing.shares.models import ShareRule
from billing.shares.rules import PLATFORM, TAX, Span, one_yuan, span_of
from billing.shares.schemas import SharesForm
from kernel import clock
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.money import Money
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.shell import Desk, Panel, Waiting, desk_source, money
from kernel.web.submissions import claim_once, remember_location
from market.catalogue.reads import get_product
from market.organizations.reads import names_of

bp = Blueprint("shares", __name__, template_folder="templates", url_prefix="/revenue")

PICTURE_HEIGHT = 220
GAP = 16
LEAST_BAND = 3
LATEST = 5
HOUSE_NAMES = {PLATFORM: N_("平台"), TAX: N_("国库（增值税）")}


@dataclass(frozen=True)
class Band:
    """One stream of the picture: where it leaves on the left, where it arrives on the right."""

    label: str
    amount: object
    share: float
    left: float
    right: float
    height: float


@bp.get("/")
def revenue() -> ResponseReturnValue:
    """What my organisation got, of which products, and where the buyers' money went."""
    wanted = request.args.get("span", "")
    span = Span(wanted) if wanted in list(Span) else Span.THIS_YEAR
    since, until = span_of(span, clock.today())
    actor = current_actor()
    with transaction() as session:
        products = reads.revenue_by_product(session, actor, since, until)
        parties = reads.paid_by_party(session, actor, since, until)
        owed = balance(session, AccountRef(AccountKind.PAYABLE, actor.organization_id or ""))
        return render_template(
            "shares/revenue.html",
            products=products,
            parties=_named(session, parties),
            bands=_bands(_named(session, parties)),
            mine=sum((row.amount for row in products), Money(0)),
            paid=sum(parties.values(), Money(0)),
            owed=owed,
            sales=sum(row.sales for row in products),
            span=span,
            spans=list(Span),
            unshared=reads.list_unshared(session, actor),
        )


@bp.route("/products/<product_id>", methods=["GET", "POST"])
def rule(product_id: str) -> ResponseReturnValue:
    """Who gets which part of a product's revenue; the bureau's approver sets it here."""
    actor = current_actor()
    form: Form[SharesForm] | None = Form(SharesForm) if request.method == "POST" else None
    if form is not None:
        with form.showing_problems():
            draft = form.parse().draft()
            with transaction() as session:
                claim_once(session, actor.id)
                actions.set_shares(session, actor, product_id, draft)
                address = url_for("shares.rule", product_id=product_id)
                remember_location(session, actor.id, address)
            flash(translate(N_("收益分配已设定，从下一份订单起适用。")), "good")
            return redirect(address, 303)
    with transaction() as session:
        return _rule_page(session, actor, product_id, form)


def _rule_page(
    session: Session, actor: Actor, product_id: str, form: Form[SharesForm] | None
) -> ResponseReturnValue:
    versions = reads.list_versions(session, actor, product_id)
    product = get_product(session, product_id)
    current = versions[0] if versions else None
    parties = _parties(current, [product.bureau_id, product.operator_id, PLATFORM])
    names = _names(session, {*parties, *(p for row in versions for p, _ in row.parts)})
    form = form or Form(SharesForm, _initial(current, parties))
    yuan = one_yuan(reads.vat_rate(), current.shares) if current else {}
    shown = [
        (names.get(party, translate(HOUSE_NAMES.get(party, party))), part)
        for party, part in yuan.items()
    ]
    page = render_template(
        "shares/rule.html",
        product=product,
        versions=versions,
        parties=parties,
        names=names,
        form=form,
        yuan=shown,
        bands=_bands(shown),
        may_set=actor.may(Permission.SET_SHARES, product.bureau_id),
    )
    return page, form.status


def _parties(current: ShareRule | None, usual: Iterable[str]) -> list[str]:
    """The parties of the form: those of the rule, then the usual ones that it leaves out."""
    ruled = [party for party, _ in current.parts] if current else []
    return ruled + [party for party in dict.fromkeys(usual) if party not in ruled]


def _initial(current: ShareRule | None, parties: list[str]) -> dict[str, Any]:
    fractions = dict(current.shares.parts) if current else {}
    values: dict[str, Any] = {}
    for place, party in enumerate(parties):
        values[f"parts-{place}-party"] = party
        fraction = fractions.get(party)
        percent = "" if fraction is None else format((fraction * 100).normalize(), "f")
        values[f"parts-{place}-percent"] = percent
    return values


def _names(session: Session, parties: Iterable[str]) -> dict[str, str]:
    known = names_of(session, {party for party in parties if party not in HOUSE_NAMES})
    return known | {party: translate(name) for party, name in HOUSE_NAMES.items()}


def _named(session: Session, parts: Mapping[str, Money]) -> list[tuple[str, Money]]:
    names = _names(session, parts)
    return [(names.get(party, party), part) for party, part in parts.items() if part]


def _bands(parts: list[tuple[str, Any]]) -> list[Band]:
    """The picture of one sum flowing to its parties, in units of the drawing."""
    sizes = [float(getattr(part, "minor", part)) for _, part in parts]
    whole = sum(sizes)
    if not whole:
        return []
    bands, left, right = [], 0.0, 0.0
    for (label, part), size in zip(parts, sizes, strict=True):
        height = max(PICTURE_HEIGHT * size / whole, LEAST_BAND)
        bands.append(Band(label, part, size / whole, left, right, height))
        left += height
        right += height + GAP
    return bands


@desk_source
def waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """Products on sale whose revenue nobody may share yet: they cannot be ordered (BL-04)."""
    for product in reads.list_unshared(session, actor):
        desk.waiting.append(
            Waiting(
                title=say(N_("待设定收益分配：《{title}》"), title=product.title),
                address=url_for("shares.rule", product_id=product.product_id),
                button=translate(N_("设定")),
                note=translate(N_("设定之前企业无法下单。")),
            )
        )


@desk_source
def revenue_of_the_month(session: Session, actor: Actor, desk: Desk) -> None:
    """What came in this month, product by product."""
    if not actor.may(Permission.SEE_REVENUE) or actor.organization_id is None:
        return
    since, until = span_of(Span.THIS_MONTH, clock.today())
    rows = [
        (
            say(N_("{title}：{amount} 元"), title=row.title, amount=money(row.amount)),
            url_for("shares.revenue", span=Span.THIS_MONTH.value),
        )
        for row in reads.revenue_by_product(session, actor, since, until)[:LATEST]
    ]
    none = translate(N_("本月还没有收入。有订单付款后列在这里。"))
    desk.changed.append(Panel(translate(N_("本月收入（不含税）")), rows, none))
