"""Counts each use once."""

from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from billing.metering.events import UseMetered
from billing.metering.models import UsageRecord
from billing.metering.rules import Use, cover_of
from kernel.actor import Actor
from kernel.events import record
from licensing.licences.reads import get_licence
from licensing.licences.rules import PaymentTerms
from market.catalogue.prices import ChargeUnit


def meter(session: Session, actor: Actor, use: Use) -> None:
    """Write down one use under its licence's terms; the same fact again changes nothing.

    Raises: LicenceNotFound.
    """
    licence = get_licence(session, actor, use.licence_id)
    cover = cover_of(PaymentTerms(licence.payment))
    counted = session.scalar(
        upsert(UsageRecord)
        .values(
            id=use.id,
            licence_id=licence.id,
            product_id=licence.product_id,
            buyer_id=licence.buyer_id,
            title=licence.title,
            about_id=use.about_id,
            unit=licence.unit,
            units=use.units,
            unit_price=licence.unit_price,
            cover=cover.value,
            charged_minor=0,
            used_at=use.used_at,
        )
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(UsageRecord.id)
    )
    if counted is not None:
        fact = UseMetered(
            use.id,
            licence.id,
            licence.product_id,
            licence.buyer_id,
            licence.title,
            ChargeUnit(licence.unit),
            use.units,
            0,
        )
        record(session, actor, fact)
