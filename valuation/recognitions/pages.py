"""Where does a clerk walk the recognition test, and an auditor read how it was walked?"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.parse import parse_form
from kernel.web.shell import Desk, Waiting, desk_source
from kernel.web.submissions import claim_once
from market.catalogue import reads as catalogue
from valuation.assets import reads as assets
from valuation.assets.pages import tone_of
from valuation.assets.rules import AcquisitionRoute, AssetClass, AssetState
from valuation.assets.schemas import FinishDraft
from valuation.books import reads as books
from valuation.recognitions import actions, reads
from valuation.recognitions.rules import Criterion, Node, Origin, Outcome, Purpose, Treatment
from valuation.recognitions.schemas import CandidateDraft, RecognitionForm

bp = Blueprint("recognitions", __name__, template_folder="templates", url_prefix="/recognitions")

HINTS = {
    Node.RIGHTS: N_("持有、加工使用或经营的权利从哪份授权、协议或合同来。"),
    Node.CONTROL: N_(
        "能主导它的使用并取得几乎全部利益；经营机构判断的是自己做成的产品，不是原始公共数据。"
    ),
    Node.BENEFIT: N_("有合同、订单或内部节约的测算支持。"),
    Node.RELIABLE_COST: N_("成本有项目归集和凭据。"),
    Node.PURPOSE: N_("看业务模式和经济利益的消耗方式，不看合同名称；反复非排他许可不转移控制。"),
    Node.IDENTIFIABLE: N_("能单独转让、许可，或源自合同性权利。"),
    Node.STAGE: N_("研究与开发的界限，附立项和阶段文件。"),
    Node.CRITERIA: N_("五项条件最晚满足之日起的支出才可资本化。"),
}
YES_OR_NO = (
    Node.RIGHTS,
    Node.CONTROL,
    Node.BENEFIT,
    Node.RELIABLE_COST,
    Node.IDENTIFIABLE,
    Node.CRITERIA,
)


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Begin the decision about a product of one's own."""
    actor = current_actor()
    actor.require(Permission.KEEP_BOOKS)
    form = Form(CandidateDraft, {"product_id": request.args.get("product_id", "")})
    with transaction() as session:
        entity = books.choose_entity(session, actor, request.args.get("entity_id", ""))
        projects = _own_products(session, entity.organization_id) if entity else []
    if entity is None:
        return redirect(url_for("books.new"))
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                asset = actions.open_candidate(session, actor, entity.id, draft)
            return redirect(url_for("recognitions.show", asset_id=asset.id), 303)
    return render_template(
        "recognitions/new.html", form=form, entity=entity, projects=projects
    ), form.status


@bp.route("/<asset_id>", methods=["GET", "POST"])
def show(asset_id: str) -> ResponseReturnValue:
    """The walk: its form while it is open, its path when it is decided."""
    form = Form(RecognitionForm)
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, current_actor().id)
                decided = actions.decide(session, current_actor(), asset_id, draft)
                said = translate(decided.ended_as.label)
            flash(say(N_("判断结论：{outcome}。"), outcome=said), "good")
            return redirect(url_for("recognitions.show", asset_id=asset_id), 303)
    return _page(asset_id, form)


@bp.post("/<asset_id>/costs")
def book_costs(asset_id: str) -> ResponseReturnValue:
    """Book the costs recorded since the decision."""
    with transaction() as session:
        count = actions.book_costs(session, current_actor(), asset_id)
    flash(say(N_("已记账 {count} 笔成本。"), count=count), "good")
    return redirect(url_for("recognitions.show", asset_id=asset_id), 303)


@bp.post("/<asset_id>/stock")
def finish(asset_id: str) -> ResponseReturnValue:
    """Processing is finished: into stock."""
    draft = parse_form(FinishDraft)
    with transaction() as session:
        actions.finish_inventory(session, current_actor(), asset_id, draft)
    flash(translate(N_("加工完成，已转入存货。")), "good")
    return redirect(url_for("assets.show", asset_id=asset_id), 303)


@desk_source
def show_waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """Whoever keeps the books sees what waits for a recognition test."""
    if not actor.organization_id or not actor.may(Permission.KEEP_BOOKS):
        return
    entity = books.find_entity_of(session, actor.organization_id)
    for asset in assets.candidates(session, entity.id) if entity else ():
        desk.waiting.append(
            Waiting(
                title=say(N_("判断《{title}》是否入表"), title=asset.title),
                address=url_for("recognitions.show", asset_id=asset.id),
                button=translate(N_("判断")),
                note=f"{translate(asset.came_by.label)} · {asset.acquired_on}",
            )
        )


def _page(asset_id: str, form: Form[RecognitionForm]) -> ResponseReturnValue:
    actor = current_actor()
    with transaction() as session:
        asset = assets.get_asset(session, actor, asset_id)
        entity = books.get_entity(session, actor, asset.entity_id)
        is_bought = asset.came_by is AcquisitionRoute.PURCHASED
        page = render_template(
            "recognitions/show.html",
            asset=asset,
            entity=entity,
            form=form,
            recognition=reads.find_recognition(session, actor, asset_id),
            booked=reads.booked_costs(session, asset_id),
            unbooked=reads.unbooked_costs(session, entity.organization_id, asset.product_id),
            may_keep=actor.may(Permission.KEEP_BOOKS, entity.organization_id),
            is_bought=is_bought,
            is_unfinished_stock=asset.stands is AssetState.DEVELOPING
            and asset.booked_as is AssetClass.INVENTORY,
            nodes=[node for node in Node if _is_asked(node, is_bought=is_bought)],
            yes_or_no=YES_OR_NO,
            hints=HINTS,
            criteria=list(Criterion),
            purposes=[(one.value, translate(one.label)) for one in Purpose],
            origins=[
                (one.value, translate(one.label))
                for one in Origin
                if (one is Origin.BOUGHT) == is_bought
            ],
            outcomes=Outcome,
            treatments=Treatment,
            today=clock.today(),
            tone=tone_of,
        )
    return page, form.status


def _own_products(session: Session, organization_id: str) -> list[tuple[str, str]]:
    return [
        (str(product.id), product.title)
        for product in catalogue.list_operated(session, organization_id)
    ]


def _is_asked(node: Node, *, is_bought: bool) -> bool:
    """A purchase is never asked for the five criteria, nor development for identifiability."""
    return node is not (Node.CRITERIA if is_bought else Node.IDENTIFIABLE)
