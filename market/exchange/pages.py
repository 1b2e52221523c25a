"""Where does a page lead to the same product in other formats?"""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, url_for

from kernel.i18n import translate
from market.exchange import reads
from market.exchange.croissant import schema_org
from market.exchange.rules import Document
from market.storefront.schemas import Sheet

bp = Blueprint("exchange", __name__, template_folder="templates")


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
