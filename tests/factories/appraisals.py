"""Drafts of appraisals, said in one line."""

from collections.abc import Mapping
from datetime import date

from tests.factories.valuation import V1, V2, Figure
from valuation.appraisals.schemas import AppraisalDraft

BASE_ON = date(2026, 1, 1)


def sheet_draft(figures: Mapping[str, Figure]) -> dict[str, object]:
    """Single figures and forecasts as the JSON interface takes them."""
    single = {key: value for key, value in figures.items() if isinstance(value, str | int)}
    yearly = {key: value for key, value in figures.items() if not isinstance(value, str | int)}
    return {
        "figures": [
            {"key": key, "value": str(value), "source": "台账"} for key, value in single.items()
        ],
        "series": [
            {"key": key, "values": [str(one) for one in values], "source": "预测"}
            for key, values in yearly.items()
        ],
    }


def appraisal_json(**changes: object) -> dict[str, object]:
    """V1 and V2, weighed 0.4 and 0.6, without comparables."""
    facts: dict[str, object] = {
        "product_id": "prd_own",
        "base_on": BASE_ON.isoformat(),
        "purpose": "pricing",
        "cost": sheet_draft(V1),
        "income": sheet_draft(V2),
        "cost_weight": "0.4",
        "income_weight": "0.6",
        "reason": "收益有合同支持，权重较高；成本作下限。",
    }
    return {**facts, **changes}


def make_draft(**changes: object) -> AppraisalDraft:
    return AppraisalDraft.model_validate(appraisal_json(**changes))
