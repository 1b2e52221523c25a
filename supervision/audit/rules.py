"""Which regulator reads which facts?

A regulator's office has one or more scopes. Every fact belongs to the scopes below, by the longest
beginning of its name; a refusal belongs to the scopes of the clause that refused, a fact about an
alert to those of its monitoring rule. The mapping is ours, drawn from what each office must watch;
a test sees to it that no fact is outside all scopes.

Source: docs/rules/supervision.md, section 9.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from kernel.i18n import N_
from market.organizations.rules import RegulatorScope

REFUSAL = "kernel.act_refused"
ALERTS = "supervision.alert_"  # facts about alerts, each with its rule_id
DATA = RegulatorScope.DATA
PRICE = RegulatorScope.PRICE
CYBERSPACE = RegulatorScope.CYBERSPACE
FINANCE = RegulatorScope.FINANCE
EVERYONE = frozenset(RegulatorScope)

SCOPES_OF_NAMES: Mapping[str, frozenset[RegulatorScope]] = {
    # The data authority answers for authorised operation as a whole (发改数据规〔2025〕27号).
    "market.": frozenset({DATA}),
    "licensing.": frozenset({DATA}),
    # The price authority watches prices and what they bring in (发改价格〔2025〕65号).
    "market.price": frozenset({DATA, PRICE}),
    "market.product": frozenset({DATA, PRICE}),
    "licensing.cap": frozenset({DATA, PRICE}),
    "licensing.price": frozenset({DATA, PRICE}),
    "licensing.revenue": frozenset({DATA, PRICE, FINANCE}),
    "billing.": frozenset({DATA, PRICE, FINANCE}),
    # The cyberspace administration watches accounts, data and its use (数据安全法, 网络安全法).
    "market.dataset": frozenset({DATA, CYBERSPACE}),
    "market.version": frozenset({DATA, CYBERSPACE}),
    "market.column": frozenset({DATA, CYBERSPACE}),
    "market.session": frozenset({DATA, CYBERSPACE}),
    "market.member": frozenset({DATA, CYBERSPACE}),
    "market.role": frozenset({DATA, CYBERSPACE}),
    "market.token": frozenset({DATA, CYBERSPACE}),
    "market.client": frozenset({DATA, CYBERSPACE}),
    "licensing.delivery": frozenset({DATA, CYBERSPACE}),
    "sandbox.": frozenset({DATA, CYBERSPACE}),
    # The finance authority watches assets, appraisals and shares (财资〔2024〕167号).
    "valuation.": frozenset({FINANCE}),
    "valuation.appraisal": frozenset({DATA, FINANCE}),
    # What the house and its regulators do concerns every office.
    "kernel.": EVERYONE,
    "supervision.": EVERYONE,
}

SCOPES_OF_CLAUSES: Mapping[str, frozenset[RegulatorScope]] = {
    "PR-": frozenset({DATA, PRICE}),
    "SB-": frozenset({DATA, CYBERSPACE}),
    "CL-": frozenset({DATA, CYBERSPACE}),
    "AO-": frozenset({DATA, CYBERSPACE}),
    "RG-": frozenset({DATA}),
    "DA-": frozenset({FINANCE}),
    "VA-": frozenset({FINANCE}),
}
OTHER_REFUSALS = frozenset({DATA, CYBERSPACE})

# What the house's own parts are called in a sentence, by the room they belong to.
PARTS: Mapping[str, str] = {
    "market": N_("目录与质量"),
    "licensing": N_("授权与许可"),
    "sandbox": N_("数据沙箱"),
    "billing": N_("结算"),
    "valuation": N_("估值与入账"),
    "supervision": N_("监测"),
    "cli": N_("命令行"),
}

# What people try to do, by the slice and the name of its route, pages and API alike.
ACTS: Mapping[str, Mapping[str, str]] = {
    "accounts": {
        "accept_invitation": N_("接受邀请"),
        "act_for": N_("换一个单位办事"),
        "change_roles member": N_("调整成员角色"),
        "end_membership": N_("移除成员"),
        "end_session end_sign_in sign_out": N_("结束登录"),
        "found_organization": N_("建立单位账户"),
        "invite organization": N_("邀请成员"),
        "withdraw_invitation": N_("撤回邀请"),
    },
    "alerts": {
        "take": N_("接办预警"),
        "close": N_("办结预警"),
    },
    "applications": {
        "new submit": N_("提交使用申请"),
        "decide": N_("审批使用申请"),
    },
    "appraisals": {
        "new create": N_("编制评估"),
        "sign": N_("签署评估"),
    },
    "assets": {
        "perform": N_("处理数据资产"),
        "impair": N_("资产减值测试"),
        "lapse": N_("转销失效资产"),
        "month_end": N_("计提摊销"),
        "put_into_use": N_("资产投入使用"),
        "remeasure": N_("存货跌价测试"),
        "revise_life": N_("调整摊销期"),
        "sell": N_("出售资产"),
        "write_up": N_("调增账面价值"),
    },
    "audit": {
        "export": N_("导出全程记录"),
    },
    "authorizations": {
        "new draft": N_("起草授权运营协议"),
        "edit revise": N_("修改授权运营协议"),
        "approve": N_("批准授权运营协议"),
        "sign": N_("签署授权运营协议"),
        "consent": N_("答复是否同意授权"),
        "suspend": N_("暂停授权"),
        "resume": N_("恢复授权"),
        "end close": N_("终止授权"),
    },
    "books": {
        "new create": N_("建立账簿"),
        "chart": N_("调整科目对应"),
        "close": N_("结账"),
    },
    "catalogue": {
        "new draft draft_product": N_("起草产品"),
        "edit revise": N_("修改产品"),
        "price set_price": N_("设定价格"),
        "submit": N_("提交产品审核"),
        "publish": N_("批准产品上架"),
        "decide": N_("退回、暂停或下架产品"),
        "give_back": N_("退回产品"),
        "suspend": N_("暂停产品"),
        "withdraw": N_("下架产品"),
        "resume": N_("恢复产品在售"),
        "reopen": N_("取回产品修改"),
    },
    "ckan": {
        "act act_in_any_version": N_("按 CKAN 接口读目录"),
    },
    "comparisons": {
        "compare": N_("比较两个版本"),
    },
    "costs": {
        "new create": N_("登记成本"),
        "attach": N_("补成本凭据"),
    },
    "datasets": {
        "new register": N_("登记数据集"),
        "deliver": N_("交付数据"),
        "confirm": N_("确认文件读法"),
        "column reclassify": N_("调整敏感程度"),
        "correct": N_("更正数据字典"),
    },
    "demands": {
        "new submit": N_("提出数据需求"),
        "edit revise": N_("修改数据需求"),
        "act": N_("办理数据需求"),
        "join": N_("加入数据需求"),
        "leave": N_("撤回数据需求"),
        "publish": N_("公布数据需求"),
        "give_back": N_("退回数据需求"),
        "plan refuse": N_("答复数据需求"),
        "fulfil": N_("给数据需求关联产品"),
    },
    "entitlements": {
        "decide": N_("询问能否使用"),
    },
    "interventions": {
        "new order": N_("下达监管措施"),
        "lift": N_("解除监管措施"),
    },
    "licences": {
        "new offer": N_("拟定许可合同"),
        "sign": N_("签署许可合同"),
        "suspend": N_("暂停许可合同"),
        "resume": N_("恢复许可合同"),
        "end": N_("终止许可合同"),
    },
    "orders": {
        "new place": N_("下单"),
        "cancel": N_("取消订单"),
    },
    "payments": {
        "begin begin_for_order begin_for_invoice": N_("发起付款"),
        "abandon": N_("放弃付款"),
        "give_back": N_("退回不符的付款"),
        "take_notice": N_("支付服务发来通知"),
    },
    "plans": {
        "new draft": N_("编制实施方案"),
        "edit revise": N_("修改实施方案"),
        "consult": N_("记录征求意见"),
        "approve": N_("批准实施方案"),
    },
    "policies": {
        "edit put": N_("设定隐私策略"),
    },
    "pricing": {
        "permit": N_("核定准许收入"),
        "set_cap": N_("核定上限"),
        "end_cap": N_("撤销上限"),
    },
    "proposals": {
        "request_proposal": N_("请求建议质量规则"),
        "save save_suite": N_("保存质量规则"),
    },
    "quality": {
        "request_check": N_("发起质量检查"),
        "waive": N_("豁免质量规则"),
        "end_waiver": N_("提前结束豁免"),
    },
    "quarantines": {
        "request_quarantine": N_("隔离不合格记录"),
        "fetch": N_("取隔离文件"),
    },
    "queries": {
        "desk submit": N_("提交查询"),
        "explain verdict": N_("预览查询"),
    },
    "recognitions": {
        "new create": N_("登记入表项目"),
        "show decide": N_("入表判断"),
        "book_costs": N_("成本记账"),
        "finish": N_("转入存货"),
    },
    "registrations": {
        "new draft": N_("起草登记申请"),
        "edit revise": N_("修改登记申请"),
        "later": N_("申请变更、更正或注销登记"),
        "add_papers": N_("提交登记材料"),
        "act": N_("办理登记"),
        "keep_evidence": N_("登记前存证"),
        "submit": N_("提交登记申请"),
        "accept": N_("受理登记申请"),
        "give_back": N_("退回登记申请"),
        "begin_review": N_("开始登记形式审核"),
        "open_notice": N_("通过登记形式审核"),
        "raise_objection": N_("对登记提出异议"),
        "decide_objection": N_("处理登记异议"),
        "take_code give_code": N_("登记赋码"),
        "ask_renewal": N_("申请登记续期"),
        "decide_renewal": N_("决定登记续期"),
        "end": N_("终止登记"),
    },
    "reviews": {
        "rate submit": N_("评价产品"),
        "append": N_("追评产品"),
        "act": N_("办理评价"),
        "contact": N_("联系差评买方"),
        "verify": N_("核实差评"),
        "rectify": N_("整改差评"),
        "reply": N_("答复评价"),
        "recheck": N_("复核差评整改"),
    },
    "shares": {
        "rule replace": N_("设定收益分配"),
    },
    "tokens": {
        "index issue_token token": N_("签发接口令牌"),
        "new_client register_client": N_("登记接口程序"),
        "revoke revoke_client revoke_token": N_("撤销接口令牌"),
    },
    "transparency": {
        "cosign": N_("见证人联署"),
    },
    "verifications": {
        "own submit": N_("提交单位身份材料"),
        "show decide": N_("审核单位身份"),
    },
}
_ACTS = {
    f"{part}.{name}": words
    for part, acts in ACTS.items()
    for names, words in acts.items()
    for name in names.split()
}

# Who sees alerts of a monitoring rule, and the facts about them.
SCOPES_OF_MONITORING_RULES: Mapping[str, frozenset[RegulatorScope]] = {
    "SU-01": frozenset({DATA, CYBERSPACE}),
    "SU-02": frozenset({DATA, PRICE}),
    "SU-25": frozenset({DATA}),
    "SU-30": EVERYONE,
    "SU-31": frozenset({DATA}),
}


@dataclass(frozen=True)
class TimelineRow:
    """One fact as a person reads it. log_index: None until the log has taken it in."""

    seq: int
    event_id: str
    name: str
    occurred_at: datetime
    sentence: str
    actor: str
    organization: str
    subject_id: str
    clause: str
    log_index: int | None
    is_proved: bool

    @property
    def is_refusal(self) -> bool:
        return self.name == REFUSAL


def words_of_act(act: str) -> str:
    """What somebody tried, in words to translate, by the route's name; "" when it is not known."""
    return _ACTS.get(act.replace("_api.", ".", 1), "")


def scopes_of_name(name: str) -> frozenset[RegulatorScope]:
    """The offices that read facts of this name; refusals are decided by their clause."""
    beginnings = [start for start in SCOPES_OF_NAMES if name.startswith(start)]
    return SCOPES_OF_NAMES[max(beginnings, key=len)] if beginnings else frozenset()


def scopes_of_clause(clause: str) -> frozenset[RegulatorScope]:
    """The offices that read a refusal under this clause."""
    return next(
        (scopes for start, scopes in SCOPES_OF_CLAUSES.items() if clause.startswith(start)),
        OTHER_REFUSALS,
    )


def visible_names(names: Iterable[str], scopes: frozenset[str]) -> list[str]:
    """Those facts, refusals and alerts apart, that an office of these scopes reads."""
    return sorted(
        name
        for name in names
        if name != REFUSAL
        and not name.startswith(ALERTS)
        and not scopes_of_name(name).isdisjoint(scopes)
    )


def visible_rules(scopes: frozenset[str]) -> list[str]:
    """The monitoring rules whose alerts an office of these scopes sees."""
    return [rule for rule, offices in SCOPES_OF_MONITORING_RULES.items() if offices & scopes]


def visible_clauses(scopes: frozenset[str]) -> list[str]:
    """Beginnings of clauses whose refusals an office of these scopes reads."""
    return [start for start, offices in SCOPES_OF_CLAUSES.items() if offices & scopes]


def reads_other_refusals(scopes: frozenset[str]) -> bool:
    return not OTHER_REFUSALS.isdisjoint(scopes)
