"""The product desk: draft, price, review and publish; why something cannot go on sale yet."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel import settings
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import COLON, N_, Labelled, say, translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.shell import Desk, Panel, Waiting, desk_source
from kernel.web.submissions import claim_once, remember_location
from market.catalogue import actions, reads
from market.catalogue.listing import DeliveryKind, ProductForm, Scenario
from market.catalogue.models import Product
from market.catalogue.prices import ChargeUnit
from market.catalogue.remedies import REMEDIES
from market.catalogue.rules import ProductState, VerdictKind
from market.catalogue.schemas import PricePlanDraft, ProductDraft, ProductRevision, Reason
from market.datasets.rules import DataLevel
from market.organizations.reads import list_of_kinds, names_of
from market.organizations.rules import OrganizationKind

bp = Blueprint("catalogue", __name__, template_folder="templates", url_prefix="/products")
TONES: Mapping[ProductState, str] = {
    ProductState.DRAFT: "idle",
    ProductState.REVIEW: "wait",
    ProductState.NOTICE: "wait",
    ProductState.ON_SALE: "good",
    ProductState.SUSPENDED: "bad",
    ProductState.WITHDRAWN: "idle",
}

# What most products are, so that few fields must be touched.
BLANK = {
    "form": ProductForm.SERVICE.value,
    "delivery_kinds": [DeliveryKind.SANDBOX.value],
    "level": DataLevel.GENERAL.value,
}


@bp.get("")
def index() -> ResponseReturnValue:
    """Products of my organisation, by state."""
    actor, wanted = current_actor(), request.args.get("state", "")
    state = ProductState(wanted) if wanted in list(ProductState) else None
    with transaction() as session:
        page = reads.list_products(session, actor, state, request.args.get("cursor", ""))
        counts = reads.count_by_state(session, actor)
        names = names_of(session, {str(product.operator_id) for product in page.items})
    return render_template(
        "catalogue/index.html",
        page=page,
        state=state,
        counts=counts,
        states=ProductState,
        names=names,
        tones=TONES,
        may_draft=actor.may(Permission.DRAFT_PRODUCT) and actor.may(Permission.SET_PRICE),
        may_price=actor.may(Permission.SET_PRICE),
        has_endpoint=lambda name: name in current_app.view_functions,
        address=request.full_path.split("&cursor=")[0].rstrip("?"),
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Draft a product; only its name is needed to begin."""
    actor = current_actor()
    actor.require(Permission.DRAFT_PRODUCT)
    form = Form(ProductDraft, BLANK)
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                place = settings.in_use().jurisdiction
                product = actions.draft_product(session, actor, draft, jurisdiction=place)
                address = url_for("catalogue.show", product_id=product.id)
                remember_location(session, actor.id, address)
            flash(translate(N_("草稿已保存。接下来定价，再提交审核。")), "good")
            return redirect(address, 303)
    return _editor(form, product=None)


@bp.route("/<product_id>/edit", methods=["GET", "POST"])
def edit(product_id: str) -> ResponseReturnValue:
    """Change what a draft says."""
    actor = current_actor()
    with transaction() as session:
        product = reads.get_visible_product(session, actor, product_id)
    form = Form(ProductRevision, _texts_of(product))
    if form.is_sent:
        with form.showing_problems():
            revision = form.parse()
            with transaction() as session:
                actions.revise_product(session, actor, product_id, revision)
            flash(translate(N_("修改已保存。")), "good")
            return redirect(url_for("catalogue.show", product_id=product_id), 303)
    return _editor(form, product)


@bp.get("/<product_id>")
def show(product_id: str) -> ResponseReturnValue:
    """One product: its state, what is missing and why, prices, and the next step."""
    return _show(product_id)


@bp.post("/<product_id>/prices")
def price(product_id: str) -> ResponseReturnValue:
    """Set what one unit costs."""
    form = Form(PricePlanDraft)
    with form.showing_problems():
        draft = form.parse()
        with transaction() as session:
            actions.set_price(session, current_actor(), product_id, draft)
        flash(translate(N_("价格已更新，旧价格保留在历史中。")), "good")
        return redirect(url_for("catalogue.show", product_id=product_id) + "#prices", 303)
    return _show(product_id, price=form)


@bp.post("/<product_id>/submission")
def submit(product_id: str) -> ResponseReturnValue:
    """Hand the draft to the bureau."""
    with transaction() as session:
        actions.submit_product(session, current_actor(), product_id)
    return _back(product_id, N_("已提交审核，数据局另一位人员批准后上架。"))


@bp.post("/<product_id>/publication")
def publish(product_id: str) -> ResponseReturnValue:
    """Put it on sale, or begin its public notice."""
    form = Form(Reason)
    with form.showing_problems():
        with transaction() as session:
            product = actions.publish_product(session, current_actor(), product_id)
            is_on_sale = product.is_on_sale
        words = N_("已上架，公众现在可以看到。") if is_on_sale else N_("已开始公示。")
        return _back(product_id, words)
    return _show(product_id, decision=form)


@bp.post("/<product_id>/resumption")
def resume(product_id: str) -> ResponseReturnValue:
    """Put a suspended product back on sale."""
    form = Form(Reason)
    with form.showing_problems():
        with transaction() as session:
            actions.resume_product(session, current_actor(), product_id)
        return _back(product_id, N_("已恢复在售。"))
    return _show(product_id, decision=form)


@bp.post("/<product_id>/reopening")
def reopen(product_id: str) -> ResponseReturnValue:
    """Take a suspended product back to the editor."""
    with transaction() as session:
        actions.reopen_product(session, current_actor(), product_id)
    return _back(product_id, N_("已取回修改；修改后须重新审核。"))


REASONED = {
    "return": (actions.return_product, N_("已退回，起草人会看到原因。")),
    "suspension": (actions.suspend_product, N_("已暂停。")),
    "withdrawal": (actions.withdraw_product, N_("已下架。")),
}


@bp.post("/<product_id>/<any(return, suspension, withdrawal):act>")
def decide(product_id: str, act: str) -> ResponseReturnValue:
    """Return, suspend or withdraw, always with a reason."""
    action, words = REASONED[act]
    form = Form(Reason)
    with form.showing_problems():
        reason = form.parse().reason
        with transaction() as session:
            action(session, current_actor(), product_id, reason)
        return _back(product_id, words)
    return _show(product_id, decision=form)


@desk_source
def waiting_for_approval(session: Session, actor: Actor, desk: Desk) -> None:
    """The bureau's second person sees what others prepared; the operator what came back."""
    for product in reads.list_waiting_for_approval(session, actor):
        title = say(N_("审核产品《{title}》"), title=product.title)
        desk.waiting.append(_waiting(product, title, translate(N_("审核"))))
    if actor.may(Permission.DRAFT_PRODUCT) and actor.may(Permission.SET_PRICE):
        desk.starts.append((translate(N_("起草产品")), url_for("catalogue.new")))
    if actor.may(Permission.DRAFT_PRODUCT):
        for product in reads.list_returned(session, actor):
            title = say(N_("产品《{title}》被退回"), title=product.title)
            button = translate(N_("修改"))
            desk.waiting.append(_waiting(product, title, button, product.returned_reason))
    if actor.may(Permission.SUSPEND_PRODUCT):
        rows = [
            (f"{product.title}{translate(COLON)}{product.suspension_reason}", _address(product))
            for product in reads.list_suspended(session, actor)
        ]
        if rows:
            desk.at_risk.append(Panel(translate(N_("暂停的产品")), rows))


def _waiting(product: Product, title: str, button: str, note: str = "") -> Waiting:
    return Waiting(title=title, address=_address(product), button=button, note=note)


def _address(product: Product) -> str:
    return url_for("catalogue.show", product_id=product.id)


def _back(product_id: str, words: str) -> ResponseReturnValue:
    flash(translate(words), "good")
    return redirect(url_for("catalogue.show", product_id=product_id), 303)


def _editor(form: Form[Any], product: Product | None) -> ResponseReturnValue:
    actor = current_actor()
    with transaction() as session:
        datasets = reads.list_choosable_datasets(session, actor)
        names = names_of(session, {str(dataset.provider_id) for dataset in datasets})
        bureaus = list_of_kinds(session, [OrganizationKind.BUREAU])
    page = render_template(
        "catalogue/edit.html",
        form=form,
        product=product,
        datasets=[
            (each.id, f"{each.title}（{names.get(each.provider_id, '')}）") for each in datasets
        ],
        bureaus=[(bureau.id, bureau.name) for bureau in bureaus],
        forms=_choices(ProductForm),
        scenarios=_choices(Scenario),
        deliveries=_choices(DeliveryKind),
        levels=_choices(DataLevel),
    )
    return page, form.status


def _show(
    product_id: str,
    *,
    price: Form[PricePlanDraft] | None = None,
    decision: Form[Reason] | None = None,
) -> ResponseReturnValue:
    actor = current_actor()
    with transaction() as session:
        product = reads.get_visible_product(session, actor, product_id)
        checks = reads.publication_checks(session, product)
        verdicts = reads.standing_verdicts(session, product)
        history = reads.price_history(session, product.id)
        titles = reads.dataset_titles(session, product.dataset_ids)
        names = names_of(session, {str(product.operator_id), str(product.bureau_id)})
    page = render_template(
        "catalogue/show.html",
        product=product,
        state=ProductState(product.state),
        tones=TONES,
        track=track_of(product),
        holder=_holder(product, names),
        checks=checks,
        remedies=REMEDIES,
        verdicts=[v for v in verdicts if v.kind is not VerdictKind.SATISFIED],
        history=history,
        titles=titles,
        names=names,
        price=price or Form(PricePlanDraft, {"tax_rate": "0.06", "is_tax_included": "true"}),
        decision=decision or Form(Reason),
        units=_choices(ChargeUnit),
        may=_may(actor, product),
        has_endpoint=lambda name: name in current_app.view_functions,
    )
    return page, (price or decision).status if price or decision else 200  # type: ignore[union-attr]


def track_of(product: Product) -> list[tuple[str, datetime | None, str]]:
    """The states a product passes, with the days on which it did."""
    state = ProductState(product.state)
    order = [ProductState.DRAFT, ProductState.REVIEW, ProductState.ON_SALE]
    moments = [product.drafted_at, product.submitted_at, product.published_at]
    if state is ProductState.NOTICE:
        order.insert(2, ProductState.NOTICE)
        moments.insert(2, None)
    if state in {ProductState.SUSPENDED, ProductState.WITHDRAWN}:
        order.append(state)
        moments.append(product.suspended_at or product.withdrawn_at)
    here = order.index(state)
    return [
        (translate(step.label), moments[place], _phase(place, here, step))
        for place, step in enumerate(order)
    ]


def _phase(place: int, here: int, step: ProductState) -> str:
    if place == here:
        return "failed" if step is ProductState.SUSPENDED else "now"
    return "done" if place < here else "next"


def _holder(product: Product, names: Mapping[str, str]) -> str:
    """Who holds the next step."""
    match ProductState(product.state):
        case ProductState.DRAFT:
            return names.get(str(product.operator_id), "")
        case ProductState.REVIEW | ProductState.SUSPENDED:
            return names.get(str(product.bureau_id), "")
        case _:
            return ""


def _may(actor: Actor, product: Product) -> Mapping[str, bool]:
    """Which buttons stand on the page; the actions decide again."""
    state = ProductState(product.state)
    operator, bureau = product.operator_id, product.bureau_id
    drafts = actor.may(Permission.DRAFT_PRODUCT, operator)
    publishes = actor.may(Permission.PUBLISH_PRODUCT, bureau)
    stops = any(actor.may(Permission.SUSPEND_PRODUCT, each) for each in (operator, bureau))
    is_suspended = state is ProductState.SUSPENDED
    return {
        "edit": drafts and state is ProductState.DRAFT,
        "submit": drafts and state is ProductState.DRAFT,
        "publish": publishes and state is ProductState.REVIEW,
        "return": publishes and state is ProductState.REVIEW,
        "price": actor.may(Permission.SET_PRICE, operator) and state.may_be_priced,
        "suspend": stops and state is ProductState.ON_SALE,
        "resume": actor.may(Permission.SUSPEND_PRODUCT, bureau) and is_suspended,
        "reopen": drafts and is_suspended,
        "withdraw": stops and state in {ProductState.ON_SALE, ProductState.SUSPENDED},
    }


def _texts_of(product: Product) -> dict[str, Any]:
    names = ProductRevision.model_fields.keys()
    values = {name: getattr(product, name) for name in names}
    return {**values, "is_sample": str(product.is_sample).lower()}


def _choices(labels: type[Labelled]) -> list[tuple[str, str]]:
    return [(each.value, translate(each.label)) for each in labels]
