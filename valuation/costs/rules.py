"""What kind of cost is it, and may it ever become part of an asset?

Source: docs/rules/data-assets.md, DA-04.
"""

from datetime import date

from kernel.i18n import N_, Labelled


class Stage(Labelled):
    PURCHASE = "purchase", N_("外购")
    RESEARCH = "research", N_("研究阶段")
    DEVELOPMENT = "development", N_("开发阶段")
    OPERATION = "operation", N_("投入使用后")


class CostComponent(Labelled):
    """What the money bought, in the words of the accounting rule."""

    PURCHASE_PRICE = "purchase_price", N_("购买价款")
    EARLY = "early", N_("前期费用")
    COLLECTION = "collection", N_("采集")
    MASKING = "masking", N_("脱敏")
    CLEANING = "cleaning", N_("清洗")
    LABELLING = "labelling", N_("标注")
    INTEGRATION = "integration", N_("整合")
    ANALYSIS = "analysis", N_("分析")
    VISUALISATION = "visualisation", N_("可视化")
    STORAGE = "storage", N_("存储")
    LABOUR = "labour", N_("人工")
    TOOLS = "tools", N_("工具")
    INDIRECT = "indirect", N_("间接费用")
    TAXES = "taxes", N_("相关税费")
    ATTESTATION = "attestation", N_("权属鉴证")
    QUALITY_EVALUATION = "quality_evaluation", N_("质量评估")
    REGISTRATION = "registration", N_("登记结算")
    SECURITY = "security", N_("安全管理")
    TRAINING = "training", N_("人员培训")
    ADMINISTRATION = "administration", N_("一般管理")
    WASTE = "waste", N_("非正常损耗")
    MAINTENANCE = "maintenance", N_("日常维护与更新")


# DA-04: never part of an asset's cost, whatever the stage.
NEVER_CAPITALISED = frozenset(
    {
        CostComponent.TRAINING,
        CostComponent.ADMINISTRATION,
        CostComponent.WASTE,
        CostComponent.MAINTENANCE,
    }
)


class PaidFrom(Labelled):
    """What the cost was paid with; the credit side of its voucher."""

    BANK = "bank", N_("银行存款")
    PAYABLE = "payable", N_("应付账款")
    PAYROLL = "payroll", N_("应付职工薪酬")


def is_attributable(component: CostComponent) -> bool:
    """Whether this kind of cost can be directly attributable to an asset at all (DA-04)."""
    return component not in NEVER_CAPITALISED


def is_in_future(incurred_on: date, today: date) -> bool:
    """A cost is recorded after it arose, not before."""
    return incurred_on > today
