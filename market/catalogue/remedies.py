"""What does each blocker rest on, and who can lift it? Said on the product's page.

Source: docs/rules/catalogue.md, section 6.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kernel.i18n import N_
from market.catalogue.rules import Blocker


@dataclass(frozen=True)
class Remedy:
    """claim: what holds when the check is met. rule: the sentence behind it. step: what to do."""

    claim: str
    rule: str
    source: str
    step: str


REMEDIES: Mapping[Blocker, Remedy] = {
    Blocker.DESCRIPTION_INCOMPLETE: Remedy(
        N_("公开说明完整"),
        N_("中英文名称、用途、说明、应用场景和交付方式都要写，公众才看得懂"),
        N_("平台规则"),
        N_("由运营机构在“编辑”中补齐。"),
    ),
    Blocker.NO_SOURCE: Remedy(
        N_("已选择来源数据集"),
        N_("产品至少由一个登记的数据集加工而来"),
        N_("平台规则"),
        N_("由运营机构在“编辑”中选择来源。"),
    ),
    Blocker.SAMPLE_ORIGIN_MISSING: Remedy(
        N_("样例数据写明来源"),
        N_("样例数据处处标明并写出来源，不与本市数据混淆"),
        N_("平台规则"),
        N_("由运营机构在“编辑”中写明来源。"),
    ),
    Blocker.PRICE_MISSING: Remedy(
        N_("已定价"),
        N_("运营机构须制定并公布实际价格，免费也要写明"),
        "发改价格〔2025〕65号",
        N_("由运营机构在下方定价。"),
    ),
    Blocker.CAP_MISSING: Remedy(
        N_("收费有有效上限"),
        N_("收费的产品须先核定上限收费标准"),
        "发改价格〔2025〕65号",
        N_("请价格主管部门核定上限。"),
    ),
    Blocker.PRICE_ABOVE_CAP: Remedy(
        N_("价格不高于上限"),
        N_("实际价格不得高于上限，按同一计税口径、舍入之前比较"),
        "发改价格〔2025〕65号",
        N_("请改低价格，或请价格主管部门调整上限。"),
    ),
    Blocker.NOT_AUTHORISED: Remedy(
        N_("来源在有效授权之内"),
        N_("每次上架、计算和交付都须在有效授权的期限、范围和用途之内"),
        "发改数据规〔2025〕27号",
        N_("由实施机构与运营机构签订授权运营协议。"),
    ),
    Blocker.QUALITY_NOT_PASSED: Remedy(
        N_("来源质量合格且新鲜"),
        N_("来源数据须有新近通过的质量检查，达到 B 级"),
        "GB/T 36344",
        N_("请数源单位交付新版，由数据局发起质量检查。"),
    ),
    Blocker.RESOURCE_NOT_REGISTERED: Remedy(
        N_("来源数据已登记"),
        N_("本地要求授权运营的资源先行登记"),
        "发改数据规〔2025〕26号",
        N_("请持有人向登记机构申请登记。"),
    ),
    Blocker.PRODUCT_NOT_REGISTERED: Remedy(
        N_("产品已登记"),
        N_("本地要求产品全量登记"),
        "琼发改数据〔2025〕692号",
        N_("由运营机构向登记机构申请登记。"),
    ),
    Blocker.ORDER_STANDS: Remedy(
        N_("没有未解除的监管决定"),
        N_("监管机构可以责令暂停，解除后才能恢复"),
        N_("平台规则"),
        N_("按监管决定整改，并申请解除。"),
    ),
    Blocker.CORE_DATA: Remedy(
        N_("不含核心数据"),
        N_("核心数据不得上架"),
        "GB/T 43697-2024",
        N_("不能办理。请更换来源。"),
    ),
    Blocker.LEVEL_BELOW_SOURCE: Remedy(
        N_("级别不低于来源"),
        N_("产品级别取来源的最高级别，经衍生数据复核并留痕后方可降低"),
        "GB/T 43697-2024",
        N_("提高级别，或写明衍生数据复核意见。"),
    ),
    Blocker.IMPORTANT_LEAVES: Remedy(
        N_("重要数据不出沙箱"),
        N_("重要数据只能在沙箱使用，不得导出行级数据"),
        "GB/T 43697-2024",
        N_("交付方式只保留“沙箱查询”。"),
    ),
    Blocker.RISK_REPORT_MISSING: Remedy(
        N_("重要数据有风险评估"),
        N_("重要数据供数前须作风险评估"),
        "GB/T 43697-2024",
        N_("写明风险评估报告的文号。"),
    ),
    Blocker.LEGAL_BASIS_MISSING: Remedy(
        N_("个人信息有合法性基础"),
        N_("含个人信息的产品须记录合法性基础"),
        "个人信息保护法",
        N_("写明合法性基础。"),
    ),
    Blocker.RAW_DATA: Remedy(
        N_("原始数据不出域"),
        N_("未依法依规公开的原始公共数据不得直接进入市场"),
        "发改数据规〔2025〕27号",
        N_("去掉“文件下载”，或改用无条件开放的来源。"),
    ),
}
