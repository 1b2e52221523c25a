"""How is a product's public page put together from its slices?"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from kernel import clock
from market.catalogue import reads as catalogue
from market.catalogue.listing import listing_profile
from market.catalogue.models import Product
from market.catalogue.prices import share_of_cap
from market.catalogue.reads import ProductNotFound
from market.catalogue.rules import (
    VerdictKind,
    Verdicts,
    authorised_subject,
    cap_of,
    capped_subject,
)
from market.datasets import reads as datasets
from market.datasets.models import Dataset, DatasetVersion
from market.organizations.models import Organization
from market.quality import reads as quality
from market.quality.models import QualityRun
from market.quality.rules import Grade, QualityDimension
from market.storefront.schemas import (
    ColumnLine,
    PriceChange,
    PriceSheet,
    QualityCard,
    RegistrationLine,
    RegistrationStanding,
    Sheet,
    SourceSheet,
    TierLine,
    VersionLine,
)

MOST_VERSIONS = 20


def compose_sheet(session: Session, product: Product) -> Sheet:
    """Everything a visitor may read about one product, gathered from its slices."""
    verdicts = catalogue.standing_verdicts(session, product)
    operator = session.get_one(Organization, product.operator_id)
    bureau = session.get_one(Organization, product.bureau_id)
    copied = Sheet.model_fields.keys() & {column.key for column in Product.__table__.columns}
    return Sheet.model_validate(
        {name: getattr(product, name) for name in copied}
        | {
            "product_id": product.id,
            "operator": operator.name,
            "is_operator_verified": operator.is_verified(clock.today()),
            "operator_verified_until_on": operator.verified_until_on,
            "bureau": bureau.name,
            "sources": [
                _source(session, product, verdicts, dataset_id)
                for dataset_id in product.dataset_ids
            ],
            "prices": _prices(product, verdicts),
            "price_changes": _price_changes(session, product),
            "registration": _registration(verdicts, product.id),
            "requires_registration": listing_profile(
                product.jurisdiction, clock.today()
            ).requires_product_registration,
        }
    )


def _source(session: Session, product: Product, verdicts: Verdicts, dataset_id: str) -> SourceSheet:
    dataset = datasets.find_dataset(session, dataset_id)
    if dataset is None:
        raise ProductNotFound
    provider = session.get_one(Organization, dataset.provider_id)
    subject = authorised_subject(product.operator_id, dataset.id)
    authorised = verdicts.find(VerdictKind.AUTHORISED, subject)
    is_authorised = authorised is not None and authorised.holds(clock.now())
    copied = SourceSheet.model_fields.keys() & {c.key for c in Dataset.__table__.columns}
    return SourceSheet.model_validate(
        {name: getattr(dataset, name) for name in copied}
        | {
            "dataset_id": dataset.id,
            "provider": provider.name,
            "columns": [_column(column) for column in dataset.columns],
            "versions": [
                VersionLine(
                    id=version.id,
                    number=version.number,
                    rows=version.rows or 0,
                    sha256=version.parquet_sha256 or "",
                    delivered_at=version.delivered_at,
                )
                for version in _loaded_versions(session, dataset)
            ],
            "quality": _quality(session, verdicts, dataset),
            "purposes": authorised.facts.get("purposes", []) if authorised else [],
            "authorised_until": authorised.valid_until if authorised and is_authorised else None,
            "registration": _registration(verdicts, dataset.id),
        }
    )


def _registration(verdicts: Verdicts, subject_id: str) -> RegistrationLine:
    """What market.registrations last said of a data set or product."""
    said = verdicts.find(VerdictKind.REGISTERED, subject_id)
    known = {standing.value for standing in RegistrationStanding}
    if said is None or said.facts.get("state") not in known:
        return RegistrationLine()
    return RegistrationLine(
        state=said.facts["state"],
        code=said.facts.get("code", ""),
        query_code=said.facts.get("query_code", ""),
        until=said.facts.get("valid_until_on") or said.facts.get("due_on"),
    )


def _column(column: Any) -> ColumnLine:
    return ColumnLine.model_validate(
        {name: getattr(column, name) for name in ColumnLine.model_fields}
    )


def _loaded_versions(session: Session, dataset: Dataset) -> list[DatasetVersion]:
    found = [each for each in datasets.list_versions(session, dataset.id) if each.is_ready]
    return found[:MOST_VERSIONS]


def _quality(session: Session, verdicts: Verdicts, dataset: Dataset) -> QualityCard | None:
    """The check of the version in service, or of the newest when none is in service."""
    served = verdicts.find(VerdictKind.QUALITY, dataset.id)
    version_id = str(served.facts.get("version_id", "")) if served else ""
    run = quality.latest_verdict(session, version_id) if version_id else None
    if run is None or run.ended_at is None:
        return None
    version = datasets.find_version(session, run.version_id)
    return QualityCard(
        run_id=run.id,
        version_number=version.number if version else 0,
        grade=Grade(run.grade) if run.grade else None,
        score=run.score,
        has_passed=bool(run.has_passed),
        checked_at=run.ended_at,
        valid_until=run.valid_until,
        rules=run.rules_total,
        dimensions=_dimensions(run),
    )


def _dimensions(run: QualityRun) -> dict[QualityDimension, Decimal | None]:
    shares = run.dimensions or {}
    return {
        dimension: Decimal(shares[dimension]) if dimension in shares else None
        for dimension in QualityDimension
    }


def _prices(product: Product, verdicts: Verdicts) -> list[PriceSheet]:
    now = clock.now()
    return [_price(product, plan, verdicts, now) for plan in product.plans]


def _price(product: Product, plan: Any, verdicts: Verdicts, now: datetime) -> PriceSheet:
    price = plan.price
    cap = cap_of(verdicts, product.id, price.unit, now)
    said = verdicts.find(VerdictKind.CAPPED, capped_subject(product.id, price.unit))
    return PriceSheet(
        unit=price.unit,
        unit_price=price.unit_price.yuan,
        is_tax_included=price.is_tax_included,
        tax_rate=price.tax_rate,
        tiers=[
            TierLine(from_units=tier.from_units, unit_price=tier.unit_price.yuan)
            for tier in price.tiers
        ],
        cap=cap.unit_price.yuan if cap else None,
        is_cap_taxed=cap.is_tax_included if cap else False,
        cap_document=str(said.facts.get("document", "")) if said and cap else "",
        share_of_cap=share_of_cap(price, cap) if cap else None,
        set_at=plan.set_at,
    )


def _price_changes(session: Session, product: Product) -> list[PriceChange]:
    return [
        PriceChange(
            unit=plan.unit,
            unit_price=plan.unit_price_yuan,
            set_at=plan.set_at,
            replaced_at=plan.replaced_at,
            reason=plan.reason,
        )
        for plan in catalogue.price_history(session, product.id)
    ]
