"""Who lives in the demo city? Invented people and organisations, with the roles they hold."""

from dataclasses import dataclass

from demo.identity import Person
from market.accounts.roles import Role
from market.organizations.rules import OrganizationKind, RegulatorScope, check_character


@dataclass(frozen=True)
class DemoOrganization:
    """An invented organisation; its credit code has a valid check character."""

    key: str
    name: str
    kind: OrganizationKind
    first_seventeen: str

    @property
    def credit_code(self) -> str:
        return self.first_seventeen + check_character(self.first_seventeen)


@dataclass(frozen=True)
class DemoPerson:
    """An invented member of one organisation. desk: the office shown at sign-in."""

    subject: str
    name: str
    organization: str
    roles: tuple[Role, ...]
    desk: str = ""
    scopes: tuple[RegulatorScope, ...] = ()

    @property
    def identity(self) -> Person:
        return Person(self.subject, self.name, f"{self.subject}@demo.invalid", self.desk)


ORGANIZATIONS = (
    DemoOrganization("bureau", "云州市数据局", OrganizationKind.BUREAU, "11460000MB1A23456"),
    DemoOrganization(
        "health", "云州市市场监督管理局", OrganizationKind.SOURCE_DEPARTMENT, "11460000MB2B34567"
    ),
    DemoOrganization(
        "operator", "云州数据运营有限公司", OrganizationKind.OPERATOR, "91460000MA5T3KX12"
    ),
    DemoOrganization(
        "buyer", "安禾保险科技有限公司", OrganizationKind.ENTERPRISE, "91460000MA5U7HQ34"
    ),
    DemoOrganization(
        "price", "云州市发展和改革委员会", OrganizationKind.PRICE_AUTHORITY, "11460000MB3C45678"
    ),
    DemoOrganization(
        "regulator", "云州市公共数据监管办公室", OrganizationKind.REGULATOR, "11460000MB4D56789"
    ),
    DemoOrganization(
        "registrar", "云州市公共数据登记中心", OrganizationKind.REGISTRAR, "12460000MB5E67891"
    ),
)

CAST = (
    DemoPerson("officer", "林知秋", "bureau", (Role.BUREAU_OFFICER,), "数据局 · 业务专员"),
    DemoPerson("operator", "周行远", "operator", (Role.OPERATOR,), "运营机构 · 运营"),
    DemoPerson("buyer", "陈若安", "buyer", (Role.ANALYST, Role.PURCHASER), "企业 · 分析与采购"),
    DemoPerson("finance", "顾清和", "operator", (Role.FINANCE_CLERK,), "财务 · 入表"),
    DemoPerson(
        "regulator",
        "方正言",
        "regulator",
        (Role.REGULATOR,),
        "监管 · 全程记录",
        scopes=tuple(RegulatorScope),
    ),
    DemoPerson(
        "approver",
        "沈慎之",
        "bureau",
        (Role.BUREAU_APPROVER, Role.ADMINISTRATOR),
        "数据局 · 审批与管理",
    ),
    DemoPerson("checker", "许明辨", "bureau", (Role.OUTPUT_CHECKER,), "数据局 · 结果放行"),
    DemoPerson("source", "赵怀德", "health", (Role.SOURCE_DEPARTMENT,), "数源单位 · 供数"),
    DemoPerson("pricing", "钱守度", "price", (Role.PRICE_AUTHORITY,), "价格主管部门"),
    DemoPerson("appraiser", "吴衡", "operator", (Role.APPRAISER,), "财务 · 评估"),
    DemoPerson("appraiser2", "郑权", "operator", (Role.APPRAISER,), "财务 · 评估"),
    DemoPerson("buyerfinance", "孙立账", "buyer", (Role.FINANCE_CLERK,), "企业 · 财务"),
    DemoPerson("registrar", "韩以册", "registrar", (Role.REGISTRAR,), "登记机构 · 审核"),
    DemoPerson("auditor", "秦鉴微", "operator", (Role.AUDITOR,), "审计 · 只读账册"),
)
# Those who sign in with one click; the first five are introduced at the start.
PEOPLE = tuple(person.identity for person in CAST)
FIVE = CAST[:5]


def person(subject: str) -> DemoPerson:
    """Raises: KeyError."""
    return {person.subject: person for person in CAST}[subject]
