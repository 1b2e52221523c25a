"""What does a visitor see, without signing in?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from kernel.db import transaction
from kernel.i18n import N_, translate
from kernel.money import Money
from kernel.web.guard import current_actor, public
from kernel.web.parse import parse_query
from kernel.web.visitors import alike_for_visitors
from market.catalogue.listing import Scenario
from market.catalogue.prices import ChargeUnit, charge
from market.catalogue.rules import ProductState
from market.quality.rules import LISTING_THRESHOLD, Grade
from market.reviews import reads as ratings
from market.reviews.rules import LEVELS
from market.reviews.schemas import ReviewOut, ScoreOut
from market.storefront import reads
from market.storefront import search as searching
from market.storefront.related import related_products
from market.storefront.schemas import Order, Related, SearchQuestion, Sheet

bp = Blueprint("storefront", __name__, template_folder="templates")

TONES: Mapping[ProductState, str] = {
    ProductState.DRAFT: "idle",
    ProductState.REVIEW: "wait",
    ProductState.NOTICE: "wait",
    ProductState.ON_SALE: "good",
    ProductState.SUSPENDED: "bad",
    ProductState.WITHDRAWN: "idle",
}
GRADE_TONES = {Grade.A: "good", Grade.B: "good", Grade.C: "wait", Grade.D: "bad"}
TABS: Sequence[tuple[str, str]] = (
    ("overview", N_("概览")),
    ("dictionary", N_("数据字典")),
    ("quality", N_("质量")),
    ("versions", N_("版本")),
    ("price", N_("价格")),
    ("terms", N_("使用条款")),
    ("reviews", N_("评价")),
)
APPLY = "applications.new"


class PageQuestion(BaseModel):
    """Which tab of a product, and how many units the calculator counts."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tab: str = "overview"
    unit: ChargeUnit | None = None
    units: Annotated[int, Field(ge=0, le=10**12)] = 1000


@dataclass(frozen=True)
class Reckoning:
    """What the calculator says."""

    unit: ChargeUnit
    units: int
    amount: Money
    is_tax_included: bool


@dataclass(frozen=True)
class Rated:
    """What buyers say of a product."""

    rating: ScoreOut
    reviews: Sequence[ReviewOut]


def _edition() -> str | None:
    with transaction() as session:
        return reads.edition(session)


@bp.get("/")
@public
@alike_for_visitors(_edition)
def home() -> ResponseReturnValue:
    """What is here, the newest, and the figures of the market."""
    with transaction() as session:
        page = reads.front_page(session)
    return render_template("storefront/home.html", page=page, scenarios=Scenario, **_words())


@bp.get("/catalogue")
@public
@alike_for_visitors(_edition)
def search() -> ResponseReturnValue:
    """Search with facets; every state of it is an address."""
    question = parse_query(SearchQuestion)
    with transaction() as session:
        result = searching.search(session, question)
    return render_template(
        "storefront/search.html",
        question=question,
        result=result,
        orders=Order,
        nothing_asked=SearchQuestion(),
        address_with=_address_with(question),
        **_words(),
    )


@bp.get("/catalogue/suggestions")
@public
@alike_for_visitors(_edition)
def suggestions() -> ResponseReturnValue:
    """Titles that answer what is being typed, as a part of the search form."""
    question = parse_query(SearchQuestion)
    with transaction() as session:
        found = searching.suggest(session, question.q)
    return render_template("storefront/suggestions.html", found=found)


@bp.get("/catalogue/<product_id>")
@public
@alike_for_visitors(_edition)
def product(product_id: str) -> ResponseReturnValue:
    """The shop window of one product."""
    with transaction() as session:
        sheet = reads.get_sheet(session, product_id)
        related = related_products(session, product_id)
        rated = _rated(session, product_id)
    return _page(sheet, related, rated, is_preview=False)


@bp.get("/catalogue/<product_id>/preview")
def preview(product_id: str) -> ResponseReturnValue:
    """The public page as it would be now, for those who prepare it."""
    with transaction() as session:
        sheet = reads.preview_sheet(session, current_actor(), product_id)
        rated = _rated(session, product_id)
    return _page(sheet, [], rated, is_preview=True)


def _rated(session: Session, product_id: str) -> Rated:
    rating = ratings.score_of(session, product_id)
    return Rated(rating, ratings.list_public(session, product_id) if rating.count else [])


def _page(
    sheet: Sheet, related: Sequence[Related], rated: Rated, *, is_preview: bool
) -> ResponseReturnValue:
    question = parse_query(PageQuestion)
    tab = question.tab if question.tab in dict(TABS) else "overview"
    here = "storefront.preview" if is_preview else "storefront.product"
    return render_template(
        "storefront/product.html",
        sheet=sheet,
        related=related,
        rating=rated.rating,
        reviews=rated.reviews,
        levels=LEVELS,
        tab=tab,
        tabs=[
            (translate(label), url_for(here, product_id=sheet.product_id, tab=name), name == tab)
            for name, label in TABS
        ],
        is_preview=is_preview,
        reckoning=_reckon(sheet, question),
        apply_address=_apply_address(sheet),
        track=track_of(sheet),
        threshold=float(LISTING_THRESHOLD),
        **_words(),
    )


def track_of(sheet: Sheet) -> list[tuple[str, datetime | None, str]]:
    """The states the product has passed, and the one it is in."""
    on_sale = "done" if sheet.published_at else "next"
    track = [
        (translate(N_("提交审核")), sheet.submitted_at, "done" if sheet.submitted_at else "next"),
        (translate(N_("上架")), sheet.published_at, on_sale),
    ]
    match sheet.state:
        case ProductState.ON_SALE:
            track[-1] = (*track[-1][:2], "now")
        case ProductState.SUSPENDED:
            track.append((translate(N_("暂停")), sheet.suspended_at, "failed"))
        case ProductState.WITHDRAWN:
            track.append((translate(N_("下架")), sheet.withdrawn_at, "done"))
        case _:
            pass
    return track


def _reckon(sheet: Sheet, question: PageQuestion) -> Reckoning | None:
    prices = {price.unit: price for price in sheet.prices}
    chosen = prices.get(question.unit) if question.unit else next(iter(prices.values()), None)
    if chosen is None:
        return None
    amount = charge(chosen.price, question.units)
    return Reckoning(chosen.unit, question.units, amount, chosen.is_tax_included)


def _apply_address(sheet: Sheet) -> str:
    if sheet.state is not ProductState.ON_SALE or APPLY not in current_app.view_functions:
        return ""
    return url_for(APPLY, product_id=sheet.product_id)


def _address_with(question: SearchQuestion) -> Any:
    """A link to the same search with one thing changed; changing anything begins at page one."""
    kept = {name: value for name, value in question if value and name != "page"}

    def address(**changes: Any) -> str:
        wanted = {**kept, **changes}
        given = urlencode({name: str(value) for name, value in wanted.items() if value})
        return f"{url_for('storefront.search')}?{given}" if given else url_for("storefront.search")

    return address


def _words() -> dict[str, Any]:
    return {
        "tones": TONES,
        "grade_tones": GRADE_TONES,
        "has_endpoint": lambda name: name in current_app.view_functions,
        "full_address": request.full_path.rstrip("?"),
    }
