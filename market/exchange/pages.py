"""Where are a product's other formats, and how well is it described?"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.i18n import translate
from kernel.web.guard import current_actor
from market.exchange import reads
from market.exchange.croissant import schema_org
from market.exchange.rules import Document
from market.exchange.score import Place, Side, score_of
from market.storefront.reads import preview_sheet
from market.storefront.schemas import Sheet

bp = Blueprint("exchange", __name__, template_folder="templates")


@bp.get("/products/<product_id>/metadata")
def metadata(product_id: str) -> ResponseReturnValue:
    """How well the product is described, and what to mend first, for those who prepare it."""
    with transaction() as session:
        sheet = preview_sheet(session, current_actor(), product_id)
    return render_template(
        "exchange/metadata.html",
        sheet=sheet,
        score=score_of(sheet),
        sides=Side,
        where=_where_to_mend(sheet),
    )


def _where_to_mend(sheet: Sheet) -> Mapping[Place, Sequence[tuple[str, str]]]:
    """Name and address of the pages on which each kind of fault is mended."""
    product = url_for("catalogue.show", product_id=sheet.product_id)
    return {
        Place.PRODUCT: [(translate(Place.PRODUCT.label), product)],
        Place.PRICES: [(translate(Place.PRICES.label), f"{product}#prices")],
        Place.DATASET: [
            (source.title, url_for("datasets.show", dataset_id=source.dataset_id))
            for source in sheet.sources
        ],
        Place.REGISTRATION: [(translate(Place.REGISTRATION.label), url_for("registrations.index"))],
        Place.ORGANIZATION: [(translate(Place.ORGANIZATION.label), url_for("accounts.me"))],
    }


@bp.app_template_global()
def structured_data(sheet: Sheet) -> dict[str, Any]:
    """What search engines read in the head of a product's page."""
    return schema_org(sheet, reads.addresses())


@bp.app_template_global()
def other_formats(sheet: Sheet) -> Sequence[tuple[str, str, str]]:
    """Name, address and media type of each format of a product."""
    return [
        (
            translate(each.label),
            url_for("exchange_api.document", product_id=sheet.product_id, name=each.value),
            each.mimetype,
        )
        for each in Document
    ]
