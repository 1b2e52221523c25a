"""Who acts, and may they? Every action takes an Actor; nobody looks up users."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from kernel.errors import Conflict, NotAllowed
from kernel.i18n import N_, Labelled


class Permission(Labelled):
    """One business act each. Which role holds which stands in market/accounts/rules.py."""

    MANAGE_MEMBERS = "manage_members", N_("管理本单位成员")
    ISSUE_TOKEN = "issue_token", N_("签发接口令牌")
    SUBMIT_VERIFICATION = "submit_verification", N_("提交本单位身份材料")
    VERIFY_ORGANIZATION = "verify_organization", N_("审核单位身份")
    REGISTER_DATASET = "register_dataset", N_("登记数据集")
    DELIVER_VERSION = "deliver_version", N_("交付数据版本")
    CHECK_QUALITY = "check_quality", N_("发起质量检查")
    DRAFT_PRODUCT = "draft_product", N_("起草产品")
    PUBLISH_PRODUCT = "publish_product", N_("批准产品上架")
    SUSPEND_PRODUCT = "suspend_product", N_("暂停产品")
    PROPOSE_PLAN = "propose_plan", N_("编制实施方案")
    APPROVE_PLAN = "approve_plan", N_("批准实施方案")
    SIGN_AUTHORIZATION = "sign_authorization", N_("签订授权运营协议")
    GIVE_CONSENT = "give_consent", N_("同意数据进入授权运营")
    SUSPEND_AUTHORIZATION = "suspend_authorization", N_("暂停授权")
    APPLY_FOR_REGISTRATION = "apply_for_registration", N_("申请公共数据资源登记")
    REVIEW_REGISTRATION = "review_registration", N_("审核登记申请")
    READ_REGISTRATIONS = "read_registrations", N_("查阅登记")
    OBJECT_TO_REGISTRATION = "object_to_registration", N_("对登记公示提出异议")
    ASK_FOR_DATA = "ask_for_data", N_("提出数据需求")
    ANSWER_DEMAND = "answer_demand", N_("公布和答复数据需求")
    RATE_PRODUCT = "rate_product", N_("评价已购产品")
    ANSWER_REVIEW = "answer_review", N_("答复评价并整改")
    RECHECK_RECTIFICATION = "recheck_rectification", N_("复核差评整改")
    SET_CAP = "set_cap", N_("核定上限价格")
    SET_PRICE = "set_price", N_("制定实际价格")
    APPLY_FOR_LICENCE = "apply_for_licence", N_("提出使用申请")
    APPROVE_PURCHASE = "approve_purchase", N_("批准采购")
    REVIEW_APPLICATION = "review_application", N_("初审使用申请")
    APPROVE_APPLICATION = "approve_application", N_("批准使用申请")
    SIGN_LICENCE_AS_SUPPLIER = "sign_licence_as_supplier", N_("代表供方签署许可合同")
    SIGN_LICENCE_AS_BUYER = "sign_licence_as_buyer", N_("代表需方签署许可合同")
    SET_PRIVACY_POLICY = "set_privacy_policy", N_("设定隐私策略")
    RUN_QUERY = "run_query", N_("运行沙箱查询")
    SEE_PRIVACY_BUDGET = "see_privacy_budget", N_("查看隐私预算")
    SEE_RELEASES = "see_releases", N_("查看放行和拒绝的答案")
    PLACE_ORDER = "place_order", N_("下单与付款")
    SEE_REVENUE = "see_revenue", N_("查看收入与分成")
    SET_SHARES = "set_shares", N_("设定收益分配")
    RECORD_COST = "record_cost", N_("登记成本")
    APPRAISE = "appraise", N_("编制评估")
    SIGN_APPRAISAL = "sign_appraisal", N_("签署评估")
    KEEP_BOOKS = "keep_books", N_("记账")
    READ_BOOKS = "read_books", N_("查阅账簿与凭据")
    SEE_TIMELINE = "see_timeline", N_("查看全程记录")
    WORK_ALERT = "work_alert", N_("办理预警")
    ORDER_INTERVENTION = "order_intervention", N_("作出监管决定")
    ADMINISTER = "administer", N_("系统管理")


class ActorKind(StrEnum):
    """A person at a screen, a machine with a token, or the house itself."""

    PERSON = "person"
    MACHINE = "machine"
    SYSTEM = "system"


@dataclass(eq=False)
class MissingPermission(NotAllowed):
    """The actor's roles do not include this act, or not for this organisation."""

    code = "missing-permission"
    message = N_("您没有“{permission}”权限，或这不属于您的单位。请联系本单位管理员。")

    permission: Permission


@dataclass(eq=False)
class OrganizationUnverified(NotAllowed):
    """The organisation may look, not buy, until its identity is verified."""

    code = "organization-unverified"
    message = N_("贵单位尚未通过身份审核，可以浏览，暂不能申请或购买。请先在“单位”页提交证明材料。")
    clause = "SU-25"


@dataclass(eq=False)
class SecondPersonNeeded(Conflict):
    """The person who prepared an act may not also approve it."""

    code = "second-person-needed"
    message = N_("起草人不能批准自己的事项，请由另一位有权限的人员批准。")
    clause = "SU-31"


@dataclass(eq=False)
class PersonNeeded(NotAllowed):
    """A token may not do what only its person may."""

    code = "person-needed"
    message = N_("这件事须由本人登录后办理，不能用接口令牌。")


@dataclass(frozen=True)
class Actor:
    """Who acts, for which organisation, with which permissions.

    id: the user's or the system part's id; never a name. A machine acts under the id of the
        member who answers for it, so that a token never counts as a second person.
    regulator_scopes: data, price, cyberspace, finance, as far as granted.
    entity_ids: accounting entities whose books an auditor may read.
    """

    id: str
    kind: ActorKind
    organization_id: str | None = None
    permissions: frozenset[Permission] = frozenset()
    roles: frozenset[str] = frozenset()
    regulator_scopes: frozenset[str] = frozenset()
    entity_ids: frozenset[str] = frozenset()
    is_verified: bool = False
    name: str = field(default="", compare=False)
    organization_name: str = field(default="", compare=False)

    @classmethod
    def system(cls, part: str) -> Self:
        """The house acting by itself, e.g. Actor.system("billing.shares")."""
        return cls(id=f"system:{part}", kind=ActorKind.SYSTEM, permissions=frozenset(Permission))

    @property
    def is_system(self) -> bool:
        return self.kind is ActorKind.SYSTEM

    def may(self, permission: Permission, organization_id: str | None = None) -> bool:
        """Whether the act is open to this actor, for that organisation where one is named."""
        if self.is_system:
            return True
        if permission not in self.permissions:
            return False
        return organization_id is None or organization_id == self.organization_id

    def require(self, permission: Permission, organization_id: str | None = None) -> None:
        """Raises: MissingPermission."""
        if not self.may(permission, organization_id):
            raise MissingPermission(permission)

    def require_verified(self) -> None:
        """SU-25: an organisation whose identity nobody verified may look, not buy.

        Raises: OrganizationUnverified.
        """
        if not (self.is_system or self.is_verified):
            raise OrganizationUnverified

    def require_person(self) -> None:
        """Some acts are a person's own: no token does them. Raises: PersonNeeded."""
        if self.kind is not ActorKind.PERSON:
            raise PersonNeeded

    def require_another_person_than(self, *person_ids: str | None) -> None:
        """SU-31: four eyes; a shared login never counts as two.

        Raises: SecondPersonNeeded.
        """
        if self.id in person_ids:
            raise SecondPersonNeeded
