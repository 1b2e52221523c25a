"""A product as the public sees it, complete, without a database."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from market.catalogue.listing import DeliveryKind, ProductForm, Scenario
from market.catalogue.prices import ChargeUnit
from market.catalogue.rules import ProductState, Purpose
from market.datasets.rules import DataLevel, Sensitivity, TypeCode, UpdateCycle
from market.quality.rules import Grade, QualityDimension
from market.storefront.schemas import (
    ColumnLine,
    PriceSheet,
    QualityCard,
    RegistrationLine,
    RegistrationStanding,
    Sheet,
    SourceSheet,
    VersionLine,
)

MORNING = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
COLUMNS = (
    ("business", "单位名称", TypeCode.TEXT, Sensitivity.INTERNAL),
    ("inspected_on", "检查日期", TypeCode.DATE, Sensitivity.PUBLIC),
    ("score", "得分", TypeCode.INTEGER, Sensitivity.PUBLIC),
    ("fee", "费用", TypeCode.MONEY, Sensitivity.PUBLIC),
    ("is_weekend", "周末", TypeCode.LOGICAL, Sensitivity.PUBLIC),
    ("visited_at", "到场时间", TypeCode.DATETIME, Sensitivity.PUBLIC),
)


def source_sheet(**changes: Any) -> SourceSheet:
    given: dict[str, Any] = {
        "dataset_id": "dst_01",
        "title": "餐饮卫生检查",
        "abstract": "每次检查一行：单位、日期、得分。",
        "provider_id": "org_health",
        "provider": "卫生健康委员会",
        "update_cycle": UpdateCycle.MONTHLY,
        "protected_unit": "一家单位",
        "sample_origin": "",
        "sample_licence": "",
        "columns": [
            ColumnLine(
                name=name, title=title, type=kind, unit="", sensitivity=level, description=title
            )
            for name, title, kind, level in COLUMNS
        ],
        "versions": [
            VersionLine(id="ver_02", number=2, rows=27178, sha256="ab" * 32, delivered_at=MORNING)
        ],
        "quality": QualityCard(
            run_id="qrn_01",
            version_number=2,
            grade=Grade.A,
            score=Decimal("0.97"),
            has_passed=True,
            checked_at=MORNING,
            valid_until=None,
            rules=12,
            dimensions={
                dimension: None if dimension is QualityDimension.ACCESSIBILITY else Decimal("0.975")
                for dimension in QualityDimension
            },
        ),
        "purposes": list(Purpose)[:2],
        "authorised_until": datetime(2027, 1, 1, tzinfo=UTC),
    }
    return SourceSheet.model_validate({**given, **changes})


def price_sheet() -> PriceSheet:
    """0.80 yuan a call, tax included, under a cap of 1.00."""
    return PriceSheet(
        unit=ChargeUnit.CALL,
        unit_price=Decimal("0.80"),
        is_tax_included=True,
        tax_rate=Decimal("0.06"),
        tiers=[],
        cap=Decimal("1.00"),
        is_cap_taxed=True,
        cap_document="发改价〔2026〕1号",
        share_of_cap=Decimal("0.8"),
        set_at=MORNING,
    )


def sheet_of(**changes: Any) -> Sheet:
    """A product on sale with two ways of delivery, a price, a check and a registration."""
    given: dict[str, Any] = {
        "product_id": "prd_01",
        "title_zh": "餐饮卫生检查核验",
        "title_en": "Restaurant inspection check",
        "use_sentence": "查一家餐饮单位近年的卫生检查是否合格。",
        "description": "按单位和时间回答检查次数与合格率。",
        "form": ProductForm.SERVICE,
        "scenarios": [Scenario.CITY, Scenario.COMMERCE],
        "delivery_kinds": [DeliveryKind.SANDBOX, DeliveryKind.API],
        "level": DataLevel.GENERAL,
        "legal_basis": "履行法定职责",
        "is_sample": False,
        "sample_origin": "",
        "operator_id": "org_operator",
        "operator": "数据运营有限公司",
        "is_operator_verified": True,
        "bureau": "数据局",
        "state": ProductState.ON_SALE,
        "suspension_reason": "",
        "published_at": MORNING,
        "submitted_at": MORNING,
        "suspended_at": None,
        "withdrawn_at": None,
        "sources": [source_sheet()],
        "prices": [price_sheet()],
        "price_changes": [],
        "registration": RegistrationLine(
            state=RegistrationStanding.VALID, code="REG-2026-01", until=date(2029, 3, 1)
        ),
    }
    return Sheet.model_validate({**given, **changes})
