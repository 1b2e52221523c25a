"""A privacy policy and its columns, valid by default, said in one line."""

from decimal import Decimal
from typing import Any

from sandbox.policies.rules import (
    Caps,
    Clip,
    ColumnKind,
    ColumnRule,
    Domain,
    PrivacyPolicy,
    Unit,
)

DISTRICTS = ("东城", "西城", "朝阳", "海淀")
MONTHS = tuple(range(1, 13))


def make_columns() -> tuple[ColumnRule, ...]:
    """The unit, three columns to group by, two to sum, five to filter by, one forbidden."""
    return (
        ColumnRule(name="shop", kind=ColumnKind.TEXT),
        ColumnRule(name="区", kind=ColumnKind.TEXT, domain=Domain(values=DISTRICTS)),
        ColumnRule(name="month", kind=ColumnKind.INTEGER, domain=Domain(values=MONTHS)),
        ColumnRule(name="weekend", kind=ColumnKind.TRUTH, domain=Domain(values=(False, True))),
        ColumnRule(
            name="score",
            kind=ColumnKind.INTEGER,
            clip=Clip(low=Decimal(0), high=Decimal(100)),
            is_filter=True,
        ),
        ColumnRule(
            name="金额（元）",
            kind=ColumnKind.NUMBER,
            clip=Clip(low=Decimal("-50"), high=Decimal("200"), places=2),
        ),
        ColumnRule(name="name", kind=ColumnKind.TEXT, is_filter=True),
        ColumnRule(name="day", kind=ColumnKind.DATE, is_filter=True),
        ColumnRule(name="seen", kind=ColumnKind.MOMENT, is_filter=True),
        ColumnRule(name="ratio", kind=ColumnKind.NUMBER, is_filter=True),
        ColumnRule(name="ok", kind=ColumnKind.TRUTH, is_filter=True),
        ColumnRule(name="phone", kind=ColumnKind.TEXT),
    )


def make_policy(**changes: Any) -> PrivacyPolicy:
    """Visits to shops: at most 8 rows a shop, at most 2 in one full cell."""
    facts: dict[str, Any] = {
        "table": "visits",
        "unit": Unit(column="shop", label="店铺"),
        "columns": make_columns(),
        "rows_per_unit": 8,
        "rows_per_cell": 2,
        "query_epsilon": Decimal("0.5"),
        "caps": Caps(
            licence_epsilon=Decimal(2),
            buyer_epsilon=Decimal(4),
            product_epsilon=Decimal(8),
            family_epsilon=Decimal(10),
        ),
    }
    return PrivacyPolicy(**{**facts, **changes})
